#pragma once
// Op codes, generated from ODS: OpCode::add, ... and their names, families and traits.

#include <cstdint>
#include <string_view>

namespace etch::ir {

enum class OpCode : uint16_t {
#define ETCH_OP(mnemonic, family) mnemonic,
#define ETCH_OP_KEYWORD(identifier, mnemonic, family) identifier,
#include "ir/tape/op_codes.inc"
#undef ETCH_OP
#undef ETCH_OP_KEYWORD
};

/// "add", without the dialect prefix.
std::string_view mnemonic_of(OpCode op);
enum class Family : uint8_t {
  Elementwise,
  Reduction,
  Scan,
  Linear,
  Attention,
  Window,
  Shape,
  Indexing,
  Create,
  Random,
  Control,
  State,
  Schedule
};
Family family_of(OpCode op);

}  // namespace etch::ir

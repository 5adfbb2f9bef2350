#pragma once
// The tape: what tracing records. A compact list of dialect ops, one to one, with no meaning of its own.
//
// It holds no LLVM or MLIR, so that recording costs nanoseconds and a program that only looks things up in a cache
// never loads the compiler. ir/tape/TapeImport.h turns it into a module.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/tape/op_codes.h"
#include "runtime/base/error.h"
#include "runtime/base/tensor_type.h"

namespace etch::ir {

/// Index of a value in its tape.
using ValueId = uint32_t;

/// Dense elements of a constant, row-major; `bytes` holds one element when `splat`.
struct Literal {
  TensorType type;
  std::shared_ptr<const std::vector<std::byte>> bytes;
  bool splat = false;
  bool operator==(const Literal &other) const;
};

struct Tape;

/// Attribute kinds the dialect uses; each maps to one MLIR attribute (I64Attr, DenseI64ArrayAttr, StrAttr, TypeAttr,
/// ElementsAttr, FlatSymbolRefAttr).
using AttributeValue =
    std::variant<int64_t, std::vector<int64_t>, std::string, DType, Literal, std::shared_ptr<const Tape>>;

struct Attribute {
  const char *name;  // a literal: the ODS name
  AttributeValue value;
};

/// One recorded op.
struct Node {
  OpCode op{};
  uint16_t num_results = 1;
  ValueId first_result = 0;  // results are first_result .. first_result + num_results - 1
  std::vector<ValueId> operands;
  std::vector<int32_t> segments;  // sizes of variadic operand groups, for ops that have several
  std::vector<Attribute> attributes;
  std::vector<std::unique_ptr<Tape>> regions;  // values of the enclosing tape reach in through Tape::captures
  Location location;
};

/// What an argument of a function is to its caller.
struct Argument {
  enum class Kind : uint8_t { parameter, variable, captured };
  ValueId id = 0;
  Kind kind = Kind::parameter;
  std::string name;
};

/// A value of the enclosing tape under the id it has inside a region.
struct Capture {
  ValueId inner = 0;
  ValueId outer = 0;
};

/// A function or a region: arguments, ops in program order, results. Arguments and captures may be added while ops are
/// being recorded (a variable that is first read half way, say), so they carry their ids.
struct Tape {
  std::string name = "main";
  std::vector<TensorType> types;  // by ValueId
  std::vector<Argument> arguments;
  std::vector<Capture> captures;  // regions only; functions have none
  std::vector<Node> nodes;
  std::vector<ValueId> results;
  std::vector<std::string> result_names;
  /// For each result: -1, or the index of the variable argument that takes it as its new value.
  std::vector<int32_t> updates;
  Location location;

  Tape() = default;
  Tape(const Tape &) = delete;
  Tape &operator=(const Tape &) = delete;

  ValueId add_argument(const TensorType &type, Argument::Kind kind, std::string name);
  /// The id inside this region of value `outer` of the enclosing tape, added on first use.
  ValueId add_capture(ValueId outer, const TensorType &type);
  /// Appends an op whose results have the given types; returns its first result's id.
  ValueId add_node(Node node, const std::vector<TensorType> &result_types);

  /// Equal for tapes that compile to the same code: covers ops, types, attributes, regions and callees, not locations.
  uint64_t hash() const;
  bool equals(const Tape &other) const;
};

/// The same recording, whatever numbers this process gave to its host functions.
bool is_same_recording(const Tape &a, const Tape &b);
bool is_same_recording(const Node &a, const Node &b);

/// Readable listing, one op a line, for tests and debugging.
std::string to_string(const Tape &tape);

}  // namespace etch::ir

#pragma once
// Machine code as bytes under a key: what the disk cache and the kernel pack keep.

#include <optional>
#include <string>
#include <string_view>

#include "codegen/abi/compiler.h"
#include "ir/tape/tape_key.h"

namespace etch::detail {

/// Everything that decides what the compiler would make: who compiles, with which options, what, and for which `target`
/// (the identity of this processor, or the name of a level).
std::string code_key(const ir::TapeKey &tape, const codegen::CompileOptions &options, std::string_view target);

/// Code without its timings; the user's lines become their numbers in the key of the tape. Nothing for code with a line
/// that the tape does not have, or that borrows kernels of a program that is not stored.
std::optional<std::string> code_to_bytes(const codegen::CompiledObject &code, const ir::TapeKey &tape);
/// Nothing for bytes that code_to_bytes did not write. Borrowed kernels are to be found. Without the tape the code has
/// no lines: it is for those who borrow from it.
std::optional<codegen::CompiledObject> code_from_bytes(std::string_view bytes, const ir::TapeKey *tape);

}  // namespace etch::detail

#pragma once
// Where machine code comes from: the disk cache, else the compiler.

#include "codegen/abi/compiler.h"

namespace etch::detail {

/// A program that can be run, for this tape and these options. Loads LLVM only when nobody has compiled the same before.
/// Throws UserError with the user's line when the tape cannot be compiled.
codegen::Compiled obtain_code(const ir::Tape &tape, const codegen::CompileOptions &options);

}  // namespace etch::detail

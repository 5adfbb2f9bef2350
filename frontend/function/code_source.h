#pragma once
// Where machine code comes from: the kernel pack, the disk cache, else the compiler.

#include <functional>

#include "codegen/abi/compiler.h"

namespace etch::detail {

/// A program that can be run, for this tape and these options. Loads LLVM only when nobody has compiled the same
/// before. Throws UserError with the user's line when the tape cannot be compiled.
codegen::Compiled obtain_code(const ir::Tape &tape, const codegen::CompileOptions &options);

/// Asked in place of all of them from now on: for tools. Not to be set while functions run.
using CodeProvider = std::function<codegen::CompiledObject(const ir::Tape &, const codegen::CompileOptions &)>;
void set_code_provider(CodeProvider provider);

}  // namespace etch::detail

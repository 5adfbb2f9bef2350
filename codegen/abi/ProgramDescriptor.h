#pragma once
// The constants by which a program describes itself to the runtime (runtime/executable/abi.h).

#include "llvm/IR/Module.h"

#include "codegen/cpu/Entry.h"

namespace etch::codegen {

/// Adds the global `<name>_program` to a translated module that has `<name>_entry` (and `<name>_shapes`).
void addProgramDescriptor(llvm::Module &module, const ProgramInfo &info, const std::string &cpuFeatures);

/// Adds the C function `int32_t name(arg pointers..., result pointers...)`; variables are passed once, in place.
void addCFunction(llvm::Module &module, const ProgramInfo &info);

}  // namespace etch::codegen

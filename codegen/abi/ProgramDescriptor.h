#pragma once
// The constants by which a program describes itself to the runtime (runtime/executable/abi.h).

#include "llvm/IR/Module.h"

#include "codegen/cpu/entry/Entry.h"

namespace etch::codegen {

/// Adds the global `<name>_program` to a translated module that has `<name>_entry` (and `<name>_shapes`).
void addProgramDescriptor(llvm::Module &module, const ProgramInfo &info, const std::string &cpuFeatures);

/// The name, inside the module, of the constant that holds a variable argument's initial value.
std::string initialValueSymbol(const std::string &program, size_t argument);

/// Unknown extents over all values: the length of the `dims` and `result_dims` arrays of a program.
int64_t unknownExtents(const std::vector<ValueInfo> &values);

/// Adds the C function `int32_t name(arg pointers..., result pointers...)`; variables are passed once, in place. With
/// unknown extents it is `name(args..., dims, results..., result_dims)`, where `result_dims` is there when a result has
/// unknown extents, and `name_result_dims(dims, result_dims)` computes those alone.
void addCFunctions(llvm::Module &module, const ProgramInfo &info);

}  // namespace etch::codegen

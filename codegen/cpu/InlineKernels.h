#pragma once
// Small kernels become part of the function that calls them.

#include "llvm/IR/Module.h"

namespace etch::codegen {

/// Kernels of few instructions and blocks with a single call: calls of shared routines, updates of a few numbers, rows,
/// short loops that are never split among threads. LLVM takes a third of a millisecond for each function, however small
/// (docs/decisions/0043-small-kernels.md).
void inlineSmallKernels(llvm::Module &module);

/// Of few instructions and blocks.
bool isSmall(llvm::Function &function);

}  // namespace etch::codegen

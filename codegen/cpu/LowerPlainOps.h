#pragma once
// Ops with a counterpart in the LLVM dialect.

#include "mlir/IR/BuiltinOps.h"

namespace etch::codegen {

/// Lowers functions whose values are numbers, pointers and vectors of one axis, which is all that most kernels know:
/// types stay as they are, and each op becomes the one of the LLVM dialect that stands for it. What has none stays for
/// MLIR's own patterns, which ask a hundred questions an op (docs/decisions/0109-instructions-of-a-first-call.md).
/// Loops are branches by then.
///
///     %2 = arith.addf %0, %1 fastmath<contract> : vector<16xf32>
///     =>
///     %2 = llvm.fadd %0, %1 {fastmathFlags = #llvm.fastmath<contract>} : vector<16xf32>
void lowerPlainOps(mlir::ModuleOp module);

/// Is everything of the LLVM dialect?
bool isLowered(mlir::ModuleOp module);

}  // namespace etch::codegen

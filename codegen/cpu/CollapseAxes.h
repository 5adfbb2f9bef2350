#pragma once
// Fewer axes for a kernel that treats several as one.

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::codegen {

/// Makes one axis of neighbouring ones wherever every op of a loop or reduce kernel keeps them side by side, so that
/// emitters see rows as long, and as many rows, as there are:
///
///     a sum over the last axis of 128x64x3x32    over that of 24576x32
///     x[1:, :] of 1000x2                         elements 2 to 2000 of 2000
///
/// Changes the kernel's ops and types in place; only for kernels whose extents are all known. Axes that are reduced
/// stay apart: what is added up in which order follows from them.
void collapseAxes(mlir::func::FuncOp kernel);

}  // namespace etch::codegen

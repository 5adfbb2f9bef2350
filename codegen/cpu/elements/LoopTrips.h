#pragma once
// What kernels of kind "loop" share.

#include "codegen/cpu/Kernel.h"

namespace etch::codegen {

/// How much a kernel computes for each element, in additions.
int64_t opCount(mlir::Block &kernel);
bool hasMath(mlir::Block &kernel);
/// How many lanes a trip of a loop over `length` elements takes, of `count` altogether. Decides about calls of math
/// functions, too.
int64_t lanesOfTrip(KernelFrame &f, std::optional<int64_t> length, std::optional<int64_t> count);

/// Emits every result at `index`. All values first, then all stores: a result may lie over an operand that is read at
/// the same index.
void emitElements(KernelFrame &f, const Index &index);
/// The axes that are longer than 1, with the vectorised axis `lane` as the innermost.
llvm::SmallVector<int64_t> loopOrder(mlir::RankedTensorType domain, int64_t lane);

/// Emits kernels of many rows of few elements; false for others.
bool emitLoopFewColumns(KernelFrame &frame);
/// Emits kernels that put computed columns side by side; false for others.
bool emitLoopJoinedColumns(KernelFrame &frame);
/// Emits kernels that read transposed operands across their lanes; false for others.
bool emitLoopCrossed(KernelFrame &frame);

}  // namespace etch::codegen

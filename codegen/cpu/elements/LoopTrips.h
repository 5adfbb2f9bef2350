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

/// Emits kernels of many rows of few elements; false for others.
bool emitLoopFewColumns(KernelFrame &frame);

}  // namespace etch::codegen

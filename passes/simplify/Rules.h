#pragma once
// Rules of SimplifyTensors that need a page of their own. Each returns the value that replaces the op's result, or
// null.

#include "mlir/IR/Builders.h"
#include "mlir/IR/Operation.h"

namespace etch::passes {

/// f(c, d) -> constant, for splats and IEEE operations that are exactly rounded: the bits are those of the run-time
/// result.
mlir::Value foldSplats(mlir::Operation *op, mlir::OpBuilder &b);

/// f(reshape(x), reshape(y)) -> reshape(f(x, y)): the reshape, a view, leaves the way between a reduction and what
/// follows.
mlir::Value sinkReshape(mlir::Operation *op, mlir::OpBuilder &b);

/// broadcast_in_dim(reshape(x)) -> broadcast_in_dim(x) when the reshape only adds axes of extent 1; else it adds none.
mlir::Value broadcastThroughReshape(mlir::Operation *op, mlir::OpBuilder &b);

/// broadcast_in_dim(reshape(broadcast_in_dim(x))) -> reshape(broadcast_in_dim(reshape(x))) when the axes on both sides
/// of the reshape consist of the same parts: pixels that are repeated along two axes are copied once.
mlir::Value composeRepeats(mlir::Operation *op, mlir::OpBuilder &b);

}  // namespace etch::passes

#pragma once
// Tensors that hold what a value is in each iteration of a loop.

#include "passes/loop/Loops.h"

namespace etch::passes {

/// Bytes that may be kept so that products of single iterations become one.
inline constexpr int64_t kMostKeptBytes = int64_t{64} << 20;
int64_t bytesOfAll(mlir::Value value, int64_t trips);

/// The type of `trips` values of a type, one after the other.
mlir::RankedTensorType sequenceType(mlir::RankedTensorType type, int64_t trips);

/// A tensor with a slice for each iteration.
struct Sequence {
  mlir::Value outside;              // read by the loop ...
  std::optional<unsigned> carried;  // ... or written by it
  Walk walk;

  mlir::Value in(ir::ForOp loop) const { return carried ? mlir::Value(loop.getResult(*carried)) : outside; }
};
/// The sequence that holds `value`, if there is one; one that walks as `like`, if that is given.
std::optional<Sequence> sequenceOf(mlir::Value value, ir::ForOp loop, std::optional<Walk> like);
/// `loop` with one more carried tensor, which holds what `value` is in each iteration, at `walk`. Returns the new loop,
/// whose last result it is.
ir::ForOp keepSequence(ir::ForOp loop, mlir::Value value, Walk walk, int64_t trips);

/// Slices of matrices as one matrix.
mlir::Value mergeSlices(autodiff::Builder &b, mlir::Value sequence);

}  // namespace etch::passes

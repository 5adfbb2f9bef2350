#pragma once
// What the emitters of reduce kernels share: the reductions of a kernel, its index space, and the loops over it.

#include <deque>

#include "codegen/cpu/Reducer.h"

namespace etch::codegen {

/// A kernel of kind "reduce": every reduction in it folds the same axes of the same domain.
struct ReduceFrame {
  explicit ReduceFrame(KernelFrame &f);

  KernelFrame &f;
  std::deque<Reducer> reducers;  // in program order
  mlir::RankedTensorType domain;
  llvm::SmallVector<int64_t> keptAxes, reducedAxes;
  Extents size;
  int64_t lane = 0;  // the vectorised axis
  Index index;       // where the loops are

  bool isReduced(int64_t axis) const { return llvm::is_contained(reducedAxes, axis); }
  /// Instructions of the body for each trip of the outermost kept axis, roughly.
  int64_t workPerTrip() const;

  /// Loops over the kept axes other than the vectorised one; the first is what parallel_for divides.
  void overKept(llvm::function_ref<void()> inner) { overKept(0, inner); }
  /// Loops over the reduced axes other than the vectorised one.
  Values overReduced(mlir::ValueRange states, llvm::function_ref<Values(mlir::ValueRange)> inner) {
    return overReduced(0, states, inner);
  }
  /// Stores values that the reductions' results are enough to compute, at the kept part of the index.
  void storeReduced(llvm::ArrayRef<std::pair<mlir::Value, mlir::Value>> outputs);
  Index keptIndex() const;

 private:
  void overKept(size_t depth, llvm::function_ref<void()> inner);
  Values overReduced(size_t depth, mlir::ValueRange states, llvm::function_ref<Values(mlir::ValueRange)> inner);
};

/// The vectorised axis disappears: each row of the reduced axes is folded to a number, and passed over again by what
/// reads that number.
void emitReduceRows(ReduceFrame &frame);
/// The vectorised axis stays: each lane is a result of its own.
void emitReduceColumns(ReduceFrame &frame);

}  // namespace etch::codegen

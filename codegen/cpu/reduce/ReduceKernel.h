#pragma once
// What the emitters of reduce kernels share: the reductions of a kernel, its index space, and the loops over it.

#include <deque>

#include "codegen/cpu/reduce/Reducer.h"
#include "codegen/cpu/reduce/RowPasses.h"

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
  /// Whether an operand's rows are those of the kernel, and it is only read element by element.
  bool readsWholeRows(mlir::Value argument) const;
  /// Instructions of the body for each trip of the outermost kept axis, roughly.
  mlir::Value workPerTrip() const;

  /// Loops over the kept axes other than the vectorised one; the first is what parallel_for divides.
  void overKept(llvm::function_ref<void()> inner) { overKeptBut(lane, inner); }
  /// The same for those other than `axis`.
  void overKeptBut(int64_t axis, llvm::function_ref<void()> inner) { overKept(0, axis, inner); }
  /// Loops over the reduced axes other than the vectorised one.
  Values overReduced(mlir::ValueRange states, llvm::function_ref<Values(mlir::ValueRange)> inner) {
    return overReducedBut(lane, states, inner);
  }
  /// The same for those other than `axis`.
  Values overReducedBut(int64_t axis, mlir::ValueRange states, llvm::function_ref<Values(mlir::ValueRange)> inner) {
    return overReduced(0, axis, states, inner);
  }
  /// Stores values that the reductions' results are enough to compute, at the kept part of the index.
  void storeReduced(llvm::ArrayRef<std::pair<mlir::Value, mlir::Value>> outputs);
  Index keptIndex() const;

  /// How many elements ahead memory is best asked for: if the kernel is one pass of little work along more memory than
  /// the caches hold.
  std::optional<int64_t> elementsAhead(const RowPasses &plan) const;
  /// Asks for what the vector so many elements behind the index takes of operands with the domain's extents, into the
  /// second cache. Addresses beyond the end do no harm.
  void fetchAhead(int64_t elements);

 private:
  llvm::SmallVector<unsigned> wholeOperands() const;
  void overKept(size_t depth, int64_t except, llvm::function_ref<void()> inner);
  Values overReduced(size_t depth, int64_t except, mlir::ValueRange states,
                     llvm::function_ref<Values(mlir::ValueRange)> inner);
};

/// Elements of a line that one running result takes (docs/decisions/0020).
inline constexpr int64_t kReduceBlock = 1 << 16;

/// Adds the vector of elements that starts at `start` to states.
using TakeVector = llvm::function_ref<Values(mlir::Value start, mlir::Value mask, mlir::ValueRange states)>;
/// Folds elements [first, last) of a line, at most kReduceBlock of them, into one vector of states.
Values reduceStretch(KernelFrame &f, const ReducerSet &reducers, mlir::Value first, mlir::Value last, bool unroll,
                     TakeVector take);
/// Folds elements [0, length) of a line into one vector of states, block after block.
Values reduceLine(KernelFrame &f, const ReducerSet &reducers, mlir::Value length, bool unroll, TakeVector take);
/// Whether several vectors of a body of so many instructions should stand side by side.
bool isShortBody(int64_t cost);

/// Everything is reduced, in one pass, and there may be much of it: tasks fold chunks. False for other kernels.
bool emitReduceWhole(ReduceFrame &frame);
/// Rows of few elements, or of few pixels with few channels, sixteen side by side: lanes are rows, and every element of
/// a row is a vector of its own. False for other kernels.
bool emitReduceShortRows(ReduceFrame &frame);
/// The same for extrema of rows of a little more than a vector, a column at a time. False for other kernels.
bool emitReduceTransposedRows(ReduceFrame &frame);
/// The vectorised axis disappears: each row of the reduced axes is folded to a number, and passed over again by what
/// reads that number.
void emitReduceRows(ReduceFrame &frame);
/// The vectorised axis has at most sixteen elements, and there are many rows, which is known or asked while the kernel
/// runs; `otherwise` emits what else it does then. False for other kernels.
bool emitReduceFewColumns(ReduceFrame &frame, llvm::function_ref<void()> otherwise);
/// The vectorised axis stays: each lane is a result of its own.
void emitReduceColumns(ReduceFrame &frame);

}  // namespace etch::codegen

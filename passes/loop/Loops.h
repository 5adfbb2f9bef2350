#pragma once
// What the passes over loops ask and do: how often a loop runs, which slice of a tensor an iteration reads or writes,
// and loops with one carried value more or less.

#include <optional>

#include "passes/autodiff/Builder.h"

namespace etch::passes {

/// Iterations of a loop whose bounds are constants.
std::optional<int64_t> tripsOf(ir::ForOp loop);

/// An index that moves by one from iteration to iteration: `first` in the first one, then first + step, ...
struct Walk {
  int64_t first = 0, step = 0;  // step: 1 or -1
  bool operator==(const Walk &) const = default;
};

/// How `index`, a scalar computed in the body of `loop` from its counter, walks, if it does.
std::optional<Walk> walkOf(mlir::Value index, ir::ForOp loop);
/// Does the walk stay within an axis of that extent, for all iterations? Then each slice is visited at most once.
bool staysWithin(Walk walk, int64_t trips, int64_t extent);
/// Does it visit every slice of the axis once?
inline bool coversAll(Walk walk, int64_t trips, int64_t extent) {
  return trips == extent && staysWithin(walk, trips, extent);
}
/// The index that walks so, computed at the top of the body; other ops there that compute the same index are replaced.
mlir::Value indexOf(Walk walk, ir::ForOp loop);

/// The sequence that `slice` is read from, if it is slice number `walk` of a tensor from outside of the loop, along the
/// first axis.
struct SliceRead {
  mlir::Value sequence;
  Walk walk;
};
std::optional<SliceRead> sliceReadOf(mlir::Value slice, ir::ForOp loop);

/// The update of one slice along the first axis that a loop's body makes of a carried tensor which it does not read;
/// null for any other `next` value of it.
ir::DynamicUpdateSliceOp sliceUpdateOf(mlir::BlockArgument carried, mlir::Value next);

/// The for loops below `root` that are known to run more than once, inner ones first.
llvm::SmallVector<ir::ForOp> repeatingLoops(mlir::Operation *root);

/// A carried tensor into which each iteration writes one slice along the first axis, and which the body does not read.
struct SliceWrite {
  unsigned position;  // among the carried values
  ir::DynamicUpdateSliceOp update;
  mlir::Value slice;  // without the axis of extent 1; null where no reshape adds that
  Walk walk;
};
std::optional<SliceWrite> sliceWriteOf(ir::ForOp loop, unsigned position);

/// `loop` with one more carried value, which the body hands on as it is. Returns the new loop; the old one is gone.
ir::ForOp addCarried(ir::ForOp loop, mlir::Value init);
/// `loop` without a carried value that nothing reads but the op that makes its next value, which is erased.
ir::ForOp dropCarried(ir::ForOp loop, unsigned position);

}  // namespace etch::passes

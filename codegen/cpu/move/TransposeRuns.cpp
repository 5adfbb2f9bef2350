// Transposes that keep the last axis in its place: runs of memory are copied as they lie.

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/move/TransposeFrame.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

/// Runs of up to so many vectors have no loop of their own (docs/decisions/0060). A quarter, four times: .99, 1.33.
static constexpr int64_t kUnrolledVectors = 16;

/// A run that does not consist of whole lines and is no longer than kUnrolledVectors: vectors as wide as fit in it, the
/// last one reaching back over the one before, so that nothing is masked. 0 for other runs.
static int64_t vectorOfShortRun(const TransposeFrame &t, std::optional<int64_t> run) {
  if (!run || *run == 0 || *run % t.lineElements() == 0) return 0;
  int64_t width = t.lineElements();
  while (width > *run) width /= 2;
  return *run <= kUnrolledVectors * width ? width : 0;
}

static void copyShortRun(TransposeFrame &t, Value from, Value to, int64_t run, int64_t width) {
  for (int64_t start = 0; start < run; start += width) {
    Value position = t.f.constant(std::min(start, run - width));
    t.store(t.load(t.vectorOf(width), t.address(from, position)), t.address(to, position));
  }
}

static void emitOneRun(TransposeFrame &t) {
  KernelFrame &f = t.f;
  f.setTrips(t.elements, 1);
  t.copyRun(t.address(f.operands[0], f.begin), t.address(f.results[0], f.begin), f.sub(f.end, f.begin), t.large);
  t.fenceIfLarge();
}

void emitTransposedRuns(TransposeFrame &t) {
  if (t.axes.size() < 2) return emitOneRun(t);
  KernelFrame &f = t.f;
  const MovedAxis &run = t.axes.back(), &rows = t.axes[t.axes.size() - 2];
  auto outer = llvm::ArrayRef(t.axes).drop_back(2);
  Value perBlock = f.quotientUp(f.constant(TransposeFrame::kRunElements), f.maximum(run.extent, f.constant(1)));
  TransposeFrame::Values counts;
  for (const MovedAxis &axis : outer) counts.push_back(axis.extent);
  counts.push_back(f.quotientUp(rows.extent, perBlock));
  f.setTrips(f.extents.product(counts), f.mul(f.minimum(perBlock, rows.extent), run.extent));
  const int64_t width = vectorOfShortRun(t, constantOf(run.extent));
  f.loop(f.begin, f.end, 1, [&](Value trip) {
    TransposeFrame::Values position = t.positionIn(counts, trip);
    auto [from, to] = t.matrixAt(outer, position);
    Value first = f.mul(position.back(), perBlock);
    f.loop(first, f.minimum(f.add(first, perBlock), rows.extent), 1, [&, from = from, to = to](Value row) {
      Value source = t.address(from, f.mul(row, rows.from)), target = t.address(to, f.mul(row, rows.to));
      if (width)
        copyShortRun(t, source, target, *constantOf(run.extent), width);
      else
        t.copyRun(source, target, run.extent, t.large);
    });
  });
  if (!width) t.fenceIfLarge();
}

}  // namespace etch::codegen

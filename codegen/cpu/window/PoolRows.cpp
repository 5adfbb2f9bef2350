// Sums and maxima of windows, channels last: vectors run over channels, as in PoolKernel.cpp, which has what is left.
//
// A tile is the channels of a pixel of the result, up to four vectors of them, or of a few neighbouring pixels with few
// channels: memory is read and written in the order in which it lies (docs/decisions/0080-whole-pixels.md). Which
// elements of a row its windows meet is known when code is emitted: nothing is tested there, and an element of several
// windows of a tile is read once. Gaps between the elements (the derivative of a sum with strides) are phases with
// window positions of their own, whose results are stored in turn. Each row fetches the next one while it computes
// (docs/decisions/0062-fetching-ahead.md).

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/window/PoolFold.h"
#include "codegen/cpu/window/PoolPixels.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// Elements that the code of one kernel combines (docs/decisions/0080). Half, twice: none of the measured kernels
/// changes.
constexpr int64_t kMostCode = 2000;

class PoolRows {
 public:
  PoolRows(KernelFrame &f, mlir::Operation *op, const PoolPixels &pixels) : f(f), op(op), fold(f, op), pixels(pixels) {}

  bool emit() {
    if (pixels.code() > kMostCode) return false;
    const auto &axes = pixels.axes;
    Extents size = f.extents.of(op->getOperand(0));
    f.extents.of(op->getResult(0));
    channels = size[pixels.rank - 1];
    x = f.pointerOf(op->getOperand(0));
    int64_t work = axes[2].result * constantOf(channels).value_or(1);
    for (const WindowAxis &axis : axes) work *= quotientUp(axis.window, axis.period());
    f.setTrips(f.mul(size[0], f.constant(axes[0].result * axes[1].result)), work);
    f.loop(f.begin, f.end, 1, [&](Value trip) { emitRow(WindowRow::ofTrip(f, axes, trip)); });
    return true;
  }

 private:
  using Channels = PoolPixels::Channels;

  KernelFrame &f;
  mlir::Operation *op;
  PoolFold fold;
  const PoolPixels &pixels;
  Value x, channels;

  /// What the tiles of a row fetch for the next one: the rows of the operand that it will be the first to read, and
  /// what it stores.
  FetchAhead nextRow(const WindowRow &row, int64_t tiles) {
    if (pixels.axes[0].gap != 1 || pixels.axes[1].gap != 1) return FetchAhead(f);
    PoolPixels::NextRows next(f, pixels, tiles);
    next.addElements(x, row, /*willBeWritten=*/false);
    next.addWindows(f.results[0], row, /*willBeWritten=*/true);
    return next.fetches();
  }

  void emitRow(const WindowRow &row) {
    const llvm::SmallVector<WindowBlock> blocks = blocksOf(pixels.columns, pixels.pixels());
    const FetchAhead ahead = nextRow(row, static_cast<int64_t>(blocks.size()) * pixels.groups);
    overBlocks(f, blocks, [&](const WindowBlock &block, Value start, Value number) {
      const FetchAhead mine = ahead.fromPart(f.mul(number, f.constant(pixels.groups)));
      pixels.overChannels(f, channels, [&](const Channels &some) {
        mine.fetch(f.quotient(some.first, f.constant(pixels.vectors * kLanes)));
        for (const WindowPhase &column : pixels.columns) emitTile(row, column, column.part(block), start, some);
      });
    });
  }

  void emitTile(const WindowRow &row, const WindowPhase &column, const WindowBlock &block, Value start,
                const Channels &some) {
    const Values states = folded(row, column, block, start, some);
    for (auto [i, state] : llvm::enumerate(states)) {
      const auto r = static_cast<int64_t>(i) / some.vectors, v = static_cast<int64_t>(i) % some.vectors;
      Value t = f.add(start, f.constant(r)), channel = f.add(some.first, f.constant(v * kLanes));
      Value p = f.add(f.mul(t, f.constant(column.period)), f.constant(column.phase));
      Index index{{row.image, 0, {}}, {row.plane, 0, {}}, {row.h, 0, {}}, {p, 0, {}}, {channel, 1, {}}};
      index.erase(index.begin() + 1, index.begin() + 6 - pixels.rank);
      f.storeResults(op->getResult(0), fold.finished(state), index, kLanes, some.maskOf(v));
    }
  }

  /// Of the block's results one after the other, the vectors of each.
  Values folded(const WindowRow &row, const WindowPhase &column, const WindowBlock &block, Value start,
                const Channels &some) {
    Values states(block.size * some.vectors, fold.start(kLanes));
    if (column.taps == 0) return states;
    return row.overRows(states, [&](Value jd, Value jh, mlir::ValueRange carried) {
      Value element = f.add(f.mul(start, f.constant(column.advance)), f.constant(column.offset));
      element = f.add(f.mul(row.elementLine(jd, jh), f.constant(column.extent)), element);
      Value from = elementPointer(f.b, f.at, pixels.dtype, x, f.add(f.mul(element, channels), some.first));
      llvm::DenseMap<int64_t, Values> loaded;
      Values next = llvm::to_vector_of<Value>(carried);
      for (int64_t tap = 0; tap < column.taps; ++tap) {
        auto [first, last] = column.met(block, tap);
        for (int64_t r = first; r < last; ++r) {
          const int64_t at = r * column.advance + tap * column.offsetStep;
          Values &pixel = loaded[at];
          if (pixel.empty()) pixel = loadPixel(from, at, some);
          for (int64_t v = 0; v < some.vectors; ++v) {
            Value &state = next[r * some.vectors + v];
            state = fold.with(state, pixel[v]);
          }
        }
      }
      return next;
    });
  }

  /// The channels of the pixel that lies so many behind the one at `from`.
  Values loadPixel(Value from, int64_t behind, const Channels &some) {
    Value pixel = elementPointer(f.b, f.at, pixels.dtype, from, f.mul(f.constant(behind), channels));
    Values values;
    for (int64_t v = 0; v < some.vectors; ++v)
      values.push_back(loadVector(
          f, pixels.dtype, elementPointer(f.b, f.at, pixels.dtype, pixel, f.constant(v * kLanes)), some.maskOf(v)));
    return values;
  }
};

}  // namespace

bool emitPoolRows(KernelFrame &f, mlir::Operation *op) {
  auto pixels = PoolPixels::of(op);
  return pixels && PoolRows(f, op, *pixels).emit();
}

}  // namespace etch::codegen

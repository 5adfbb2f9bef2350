// The two ops that find the place of each window's maximum, channels last: vectors run over channels (PoolPixels.h).
//
// A trip is a picture. A tile of windows finds its maxima, and then gives to its elements column by column: each is
// read and written once for all windows of the tile. What an element has got from tiles before is in the result
// (PoolSums.h); inside a row, too, the tile that first meets a column stores it, and what no window meets gets zero.

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/window/PoolChoice.h"
#include "codegen/cpu/window/PoolFold.h"
#include "codegen/cpu/window/PoolPixels.h"
#include "codegen/cpu/window/PoolSums.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// Elements that the code of one kernel combines: it is written three times, each with several instructions
/// (docs/decisions/0106). Half, twice: none of the measured kernels changes.
constexpr int64_t kMostCode = 600;

class PoolPixelPlaces {
 public:
  PoolPixelPlaces(KernelFrame &f, mlir::Operation *op, const PoolPixels &pixels)
      : f(f),
        op(op),
        pixels(pixels),
        isScatter(llvm::isa<ir::SelectAndScatterAddOp>(op)),
        choice(f, op, kLanes),
        column(pixels.columns[0]),
        axis(pixels.axes[2]) {}

  bool emit() {
    if (pixels.code() > kMostCode) return false;
    const Extents size = f.extents.of(op->getOperand(0));
    f.extents.of(op->getResult(0));
    channels = size[pixels.rank - 1];
    x = f.pointerOf(op->getOperand(0)), other = f.pointerOf(op->getOperand(1));
    int64_t work = constantOf(channels).value_or(1);
    for (const WindowAxis &each : pixels.axes) work *= each.result * each.window;
    f.setTrips(size[0], work);
    const int64_t elementBytes = static_cast<int64_t>(size_of(pixels.dtype));
    PoolSums sums(f, pixels.axes, f.mul(channels, f.constant(axis.extent * elementBytes)),
                  axis.dilation == 1 || axis.window == 1);
    byRow = sums.byRow();
    sums.overWindows(isScatter, [&](const WindowRow &row) { emitRow(row, sums); });
    return true;
  }

 private:
  using Channels = PoolPixels::Channels;

  KernelFrame &f;
  mlir::Operation *op;
  const PoolPixels &pixels;
  bool isScatter;
  PoolChoice choice;
  const WindowPhase &column;
  const WindowAxis &axis;
  bool byRow = false;
  Value x, other, channels;

  /// Windows `start`, start + 1, ... of a row, some channels of them.
  struct Tile {
    const WindowRow &row;
    const WindowBlock &block;
    Value start;
    const Channels &some;

    int64_t size() const { return block.size * some.vectors; }
  };

  int64_t span() const { return (axis.window - 1) * axis.dilation + 1; }
  /// Where the elements of `count` windows end that are met, or lie before the next window; behind the first one.
  int64_t reach(int64_t count) const { return (count - 1) * axis.stride + std::max(axis.stride, span()); }

  /// Tiles whose elements lie otherwise than inside a row have code of their own: those that store what lies before or
  /// behind all windows, and the first one, which meets no column that another tile has met.
  llvm::SmallVector<WindowBlock> blocks() const {
    llvm::SmallVector<WindowBlock> list = blocksOf(pixels.columns, pixels.pixels());
    if (!isScatter) return list;
    for (WindowBlock &block : list) {
      const int64_t end = block.start * axis.stride - axis.low + reach(block.size);
      if (block.start == 0) block.inside &= axis.low == 0 && span() <= axis.stride;
      if (block.start + block.size == axis.result) block.inside &= end == axis.extent;
      block.inside &= end <= axis.extent;
    }
    return list;
  }

  void emitRow(const WindowRow &row, PoolSums &sums) {
    const llvm::SmallVector<WindowBlock> list = blocks();
    const FetchAhead ahead = nextRow(row, static_cast<int64_t>(list.size()) * pixels.groups);
    overBlocks(f, list, [&](const WindowBlock &block, Value start, Value number) {
      const FetchAhead mine = ahead.fromPart(f.mul(number, f.constant(pixels.groups)));
      pixels.overChannels(f, channels, [&](const Channels &some) {
        mine.fetch(f.quotient(some.first, f.constant(pixels.vectors * kLanes)));
        const Tile tile{row, block, start, some};
        const Values found = find(tile);
        if (isScatter)
          give(tile, found, sums);
        else
          overWindows(
              tile, [&](int64_t i, Value at, Value mask) { storeVector(f, pixels.dtype, found[i * 3 + 2], at, mask); },
              f.results[0]);
      });
    });
  }

  /// Rows of elements that will be written are not fetched: the processor takes lines that it is to own into its L1
  /// cache, from which they would drive what is at work (3x3 windows two apart took 3.5 ms instead of 2.8).
  FetchAhead nextRow(const WindowRow &row, int64_t tiles) {
    PoolPixels::NextRows next(f, pixels, tiles);
    next.addElements(x, row, /*willBeWritten=*/false);
    if (!isScatter) next.addElements(other, row, /*willBeWritten=*/false);
    next.addWindows(isScatter ? other : f.results[0], row, /*willBeWritten=*/!isScatter);
    return next.fetches();
  }

  /// body(number, place, mask) for each vector of the tile's windows, as `tensor` has them.
  void overWindows(const Tile &tile, llvm::function_ref<void(int64_t, Value, Value)> body, Value tensor) {
    for (int64_t i = 0; i < tile.size(); ++i) {
      const int64_t r = i / tile.some.vectors, v = i % tile.some.vectors;
      Value window = f.add(f.mul(tile.row.line(), f.constant(axis.result)), f.add(tile.start, f.constant(r)));
      Value at = f.add(f.mul(window, channels), f.add(tile.some.first, f.constant(v * kLanes)));
      body(i, elementPointer(f.b, f.at, pixels.dtype, tensor, at), tile.some.maskOf(v));
    }
  }

  /// The tile's first channel of the element where its first window begins.
  Value firstElement(const Tile &tile, Value tensor, Value jd, Value jh) {
    Value element = f.add(f.mul(tile.start, f.constant(axis.stride)), f.constant(-axis.low));
    element = f.add(f.mul(tile.row.elementLine(jd, jh), f.constant(axis.extent)), element);
    return elementPointer(f.b, f.at, pixels.dtype, tensor, f.add(f.mul(element, channels), tile.some.first));
  }
  Value vectorAt(Value first, int64_t elementsBehind, int64_t v) {
    Value pixel = elementPointer(f.b, f.at, pixels.dtype, first, f.mul(f.constant(elementsBehind), channels));
    return elementPointer(f.b, f.at, pixels.dtype, pixel, f.constant(v * kLanes));
  }

  /// What the tile's windows choose, the vectors of each one after the other.
  Values find(const Tile &tile) {
    // Where nothing is gathered it does not matter what a window without elements chooses.
    const bool isFound = isScatter;
    Values states;
    Value first = tile.row.firstPosition(tile.row.planes.begin, tile.row.rows.begin);
    for (int64_t i = 0; i < tile.size(); ++i) {
      Values state = choice.none();
      if (isFound) state[1] = choice.number(first, firstMet(tile.block, i / tile.some.vectors));
      states.append(state);
    }
    const size_t width = choice.size();
    return tile.row.overRowsWrittenOut(states, [&](Value jd, Value jh, mlir::ValueRange carried) {
      Values next = llvm::to_vector_of<Value>(carried);
      Value elements = firstElement(tile, x, jd, jh), number = tile.row.firstPosition(jd, jh), others;
      if (!isScatter) others = firstElement(tile, other, jd, jh);
      llvm::DenseMap<std::pair<Value, int64_t>, Values> loaded;
      auto pixelAt = [&](Value from, int64_t at) -> const Values & {
        Values &pixel = loaded[{from, at}];
        for (int64_t v = static_cast<int64_t>(pixel.size()); v < tile.some.vectors; ++v)
          pixel.push_back(loadVector(f, pixels.dtype, vectorAt(from, at, v), tile.some.maskOf(v)));
        return pixel;
      };
      for (int64_t tap = 0; tap < column.taps; ++tap) {
        Value position = choice.number(number, tap);
        auto [begin, end] = column.met(tile.block, tap);
        for (int64_t r = begin; r < end; ++r) {
          const int64_t at = r * axis.stride + tap * axis.dilation;
          const Values pixel = pixelAt(elements, at);
          const Values there = isScatter ? Values(pixel.size()) : pixelAt(others, at);
          for (int64_t v = 0; v < tile.some.vectors; ++v) {
            const size_t i = static_cast<size_t>(r * tile.some.vectors + v) * width;
            const Values better =
                choice.with(mlir::ValueRange(next).slice(i, width), pixel[v], position, there[v], Value(), isFound);
            llvm::copy(better, next.begin() + static_cast<ptrdiff_t>(i));
          }
        }
      }
      return next;
    });
  }

  /// The first position of a row of window r that meets an element.
  int64_t firstMet(const WindowBlock &block, int64_t r) const {
    for (int64_t tap = 0; tap < column.taps; ++tap)
      if (auto [begin, end] = column.met(block, tap); begin <= r && r < end) return tap;
    return 0;
  }

  void give(const Tile &tile, const Values &found, PoolSums &sums) {
    Values given;
    overWindows(
        tile, [&](int64_t, Value at, Value mask) { given.push_back(loadVector(f, pixels.dtype, at, mask)); }, other);
    sums.overRows(tile.row, [&](Value jd, Value jh, bool isFirstRow) {
      Value elements = firstElement(tile, f.results[0], jd, jh), number = tile.row.firstPosition(jd, jh);
      llvm::SmallVector<Value> positions;
      for (int64_t tap = 0; tap < column.taps; ++tap) positions.push_back(choice.number(number, tap));
      auto [begin, end] = reached(tile.block);
      for (int64_t at = begin; at < end; ++at) {
        const bool isFirst = isFirstRow && (tile.block.start == 0 || at >= span() - axis.stride);
        llvm::SmallVector<std::pair<int64_t, int64_t>> met;  // windows, and the position in each
        for (int64_t r = 0; r < tile.block.size; ++r)
          if (int64_t behind = at - r * axis.stride; behind >= 0 && behind < span() && behind % axis.dilation == 0)
            met.push_back({r, behind / axis.dilation});
        if (met.empty() && !isFirst) continue;
        for (int64_t v = 0; v < tile.some.vectors; ++v) {
          Value place = vectorAt(elements, at, v), mask = tile.some.maskOf(v);
          Value sum = isFirst ? choice.zero() : loadVector(f, pixels.dtype, place, mask);
          for (auto [r, tap] : met) {
            const int64_t i = r * tile.some.vectors + v;
            sum = choice.given(sum, found[i * 2 + 1], positions[tap], given[i]);
          }
          storeVector(f, pixels.dtype, sum, place, mask);
        }
      }
    });
  }

  /// Elements that a tile stores, behind the one where its first window begins: from its first window's, or the row's
  /// first one, up to where the next tile's begin, or its own ones or the row end.
  std::pair<int64_t, int64_t> reached(const WindowBlock &block) const {
    const int64_t first = block.start * axis.stride - axis.low;
    const bool isLast = block.start + block.size == axis.result;
    int64_t begin = block.start == 0 ? -first : 0, end = isLast ? axis.extent - first : reach(block.size);
    // Inside a row `start` is that of the first of several tiles.
    if (!block.inside) begin = std::max(begin, -first), end = std::min(end, axis.extent - first);
    return {begin, end};
  }
};

}  // namespace

bool emitPoolPixelPlaces(KernelFrame &f, mlir::Operation *op) {
  auto pixels = PoolPixels::of(op);
  return pixels && PoolPixelPlaces(f, op, *pixels).emit();
}

}  // namespace etch::codegen

// Sums and maxima of windows, channels last: vectors run over channels, as in PoolKernel.cpp, which has what is left.
//
// A tile is the channels of a pixel of the result, up to four vectors of them, or of a few neighbouring pixels with few
// channels: memory is read and written in the order in which it lies (docs/decisions/0080-whole-pixels.md). Which
// elements of a row its windows meet is known when code is emitted: nothing is tested there, and an element of several
// windows of a tile is read once. Gaps between the elements (the derivative of a sum with strides) are phases with
// window positions of their own, whose results are stored in turn. Each row fetches the next one while it computes
// (docs/decisions/0062-fetching-ahead.md).

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/window/FetchAhead.h"
#include "codegen/cpu/window/PoolFold.h"
#include "codegen/cpu/window/WindowAxis.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// Vectors of results of a tile: sixteen lanes of each in registers, of AVX2 too.
constexpr int64_t kVectors = 4;
/// Results of a row that share an element from which on what a tile reads is worth reading once. Below that, tiles are
/// whole pixels, so that memory is read and written in order.
constexpr int64_t kSharing = 4;
/// Elements that the code of one kernel combines.
constexpr int64_t kMostCode = 2000;
/// Lines that a tile fetches; of larger windows, whose arithmetic hides the wait, none.
constexpr int64_t kMostFetched = 32;

class PoolRows {
 public:
  PoolRows(KernelFrame &f, mlir::Operation *op) : f(f), op(op), fold(f, op) {
    auto type = llvm::cast<mlir::RankedTensorType>(op->getOperand(0).getType());
    rank = type.getRank();
    dtype = ir::toDType(type.getElementType());
    if (rank < 3 || rank > 5 || !leavesAlone(op, 0) || !leavesAlone(op, rank - 1)) return;
    for (int64_t i = 1; i + 1 < rank; ++i) {
      WindowAxis &axis = axes[i + 4 - rank] = WindowAxis::of(op, i);
      if (axis.extent <= 0 || axis.result <= 0) return;
    }
    // One channel: vectors along the row would be better than one lane of many. None: there is nothing to fetch.
    if (llvm::is_contained({0, 1}, type.getDimSize(rank - 1))) return;
    columns = phasesOf(axes[2]);
    const bool shares = columns[0].count >= kVectors && columns[0].taps >= kSharing * columns[0].advance;
    if (const int64_t pixel = type.getDimSize(rank - 1); pixel > 0) {
      const int64_t all = quotientUp(pixel, kLanes);
      groups = quotientUp(all, shares ? 1 : kVectors), vectors = quotientUp(all, groups);
    }
    int64_t code = 0;
    for (const WindowBlock &block : blocksOf(columns, pixels()))
      for (const WindowPhase &column : columns)
        code += block.inside ? 0 : column.taps * column.part(block).size * vectors;
    fits = code <= kMostCode && axes[2].window * kVectors <= kMostCode;
  }

  bool emit() {
    if (!fits) return false;
    Extents size = f.extents.of(op->getOperand(0));
    f.extents.of(op->getResult(0));
    channels = size[rank - 1];
    x = f.operands[llvm::cast<mlir::BlockArgument>(op->getOperand(0)).getArgNumber()];
    int64_t work = axes[2].result * constantOf(channels).value_or(1);
    for (const WindowAxis &axis : axes) work *= quotientUp(axis.window, axis.period());
    f.setTrips(f.mul(size[0], f.constant(axes[0].result * axes[1].result)), work);
    f.loop(f.begin, f.end, 1, [&](Value trip) {
      auto [planes, h] = f.split(trip, axes[1].result);
      auto [image, plane] = f.split(planes, axes[0].result);
      emitRow({image, plane, h, WindowTaps(f, axes[0], plane), WindowTaps(f, axes[1], h)},
              nextRow(image, plane, h, trip));
    });
    return true;
  }

 private:
  KernelFrame &f;
  mlir::Operation *op;
  PoolFold fold;
  DType dtype;
  int64_t rank;
  std::array<WindowAxis, 3> axes;  // missing ones are in front
  llvm::SmallVector<WindowPhase> columns;
  bool fits = false;
  Value x, channels;
  /// Of a tile, and how many such groups of them a pixel has; where its channels are unknown, it is taken one by one.
  int64_t vectors = 1, groups = 1;

  struct Row {
    Value image, plane, h;
    WindowTaps planes, rows;
  };

  int64_t pixels() const { return kVectors / vectors; }

  /// What the tiles of a row fetch for the next one: the rows of the operand that it will be the first to read, and
  /// what it stores.
  FetchAhead nextRow(Value image, Value plane, Value h, Value trip) {
    FetchAhead ahead(f);
    auto pixel = constantOf(channels);
    if (!pixel || axes[0].gap != 1 || axes[1].gap != 1) return ahead;
    const int64_t tiles = static_cast<int64_t>(blocksOf(columns, pixels()).size()) * groups;
    auto behind = [&](const WindowAxis &axis, Value result) {
      return f.add(f.mul(result, f.constant(axis.stride)), f.constant((axis.window - 1) * axis.dilation - axis.low));
    };
    auto add = [&](Value tensor, Value at, int64_t elements, bool isResult) {
      const int64_t bytes = elements * static_cast<int64_t>(size_of(dtype));
      ahead.add(elementPointer(f.b, f.at, dtype, tensor, at), quotientUp(bytes, tiles), isResult);
    };
    Value line = f.add(f.mul(image, f.constant(axes[0].extent)), behind(axes[0], plane));
    line = f.add(f.add(f.mul(line, f.constant(axes[1].extent)), behind(axes[1], h)), f.constant(1));
    add(x, f.mul(line, f.constant(axes[2].extent * *pixel)), axes[1].stride * axes[2].extent * *pixel, false);
    add(f.results[0], f.mul(f.add(trip, f.constant(1)), f.constant(axes[2].result * *pixel)), axes[2].result * *pixel,
        true);
    return ahead.lines() > kMostFetched ? FetchAhead(f) : ahead;
  }

  void emitRow(const Row &row, const FetchAhead &ahead) {
    overBlocks(f, columns, pixels(), [&](const WindowBlock &block, Value start, Value number) {
      const FetchAhead mine = ahead.fromPart(f.mul(number, f.constant(groups)));
      overChannels([&](const Channels &some) {
        mine.fetch(mlir::arith::DivUIOp::create(f.b, f.at, some.first, f.constant(vectors * kLanes)));
        for (const WindowPhase &column : columns) emitTile(row, column, column.part(block), start, some);
      });
    });
  }

  /// Vectors of neighbouring channels; a mask is of the last one.
  struct Channels {
    Value first;
    int64_t vectors;
    Value mask;

    Value maskOf(int64_t v) const { return v + 1 == vectors ? mask : Value(); }
  };
  void overChannels(llvm::function_ref<void(const Channels &)> body) {
    auto known = constantOf(channels);
    if (!known) {
      f.laneLoop(f.constant(0), channels, {}, [&](Value first, Value mask, mlir::ValueRange) {
        body({first, 1, mask});
        return Values();
      });
      return;
    }
    const int64_t group = vectors * kLanes, whole = *known / group * group, rest = *known - whole;
    f.loop(f.constant(0), f.constant(whole), group, [&](Value first) { body({first, vectors, Value()}); });
    if (rest > 0)
      body({f.constant(whole), quotientUp(rest, kLanes),
            rest % kLanes ? f.laneMask(f.constant(rest % kLanes)) : Value()});
  }

  void emitTile(const Row &row, const WindowPhase &column, const WindowBlock &block, Value start,
                const Channels &some) {
    const Values states = folded(row, column, block, start, some);
    for (auto [i, state] : llvm::enumerate(states)) {
      const auto r = static_cast<int64_t>(i) / some.vectors, v = static_cast<int64_t>(i) % some.vectors;
      Value t = f.add(start, f.constant(r)), channel = f.add(some.first, f.constant(v * kLanes));
      Value p = f.add(f.mul(t, f.constant(column.period)), f.constant(column.phase));
      Index index{{row.image, 0, {}}, {row.plane, 0, {}}, {row.h, 0, {}}, {p, 0, {}}, {channel, 1, {}}};
      index.erase(index.begin() + 1, index.begin() + 6 - rank);
      f.storeResults(op->getResult(0), fold.finished(state), index, kLanes, some.maskOf(v));
    }
  }

  /// Of the block's results one after the other, the vectors of each.
  Values folded(const Row &row, const WindowPhase &column, const WindowBlock &block, Value start,
                const Channels &some) {
    Values states(block.size * some.vectors, fold.start(kLanes));
    if (column.taps == 0) return states;
    return f.loop(row.planes.begin, row.planes.end, 1, states, [&](Value jd, mlir::ValueRange outer) {
      return f.loop(row.rows.begin, row.rows.end, 1, outer, [&](Value jh, mlir::ValueRange carried) {
        Value plane = f.add(f.mul(row.image, f.constant(axes[0].extent)), row.planes.element(f, jd));
        Value line = f.add(f.mul(plane, f.constant(axes[1].extent)), row.rows.element(f, jh));
        Value element = f.add(f.mul(start, f.constant(column.advance)), f.constant(column.offset));
        element = f.add(f.mul(line, f.constant(column.extent)), element);
        Value from = elementPointer(f.b, f.at, dtype, x, f.add(f.mul(element, channels), some.first));
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
    });
  }

  /// The channels of the pixel that lies so many behind the one at `from`.
  Values loadPixel(Value from, int64_t behind, const Channels &some) {
    Value pixel = elementPointer(f.b, f.at, dtype, from, f.mul(f.constant(behind), channels));
    Values values;
    for (int64_t v = 0; v < some.vectors; ++v)
      values.push_back(
          loadVector(f, dtype, elementPointer(f.b, f.at, dtype, pixel, f.constant(v * kLanes)), some.maskOf(v)));
    return values;
  }
};

}  // namespace

bool emitPoolRows(KernelFrame &f, mlir::Operation *op) { return PoolRows(f, op).emit(); }

}  // namespace etch::codegen

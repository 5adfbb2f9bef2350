// Sums and maxima of windows, channels last: vectors run over channels, as in PoolKernel.cpp, which has what is left.
//
// A tile is a few neighbouring results of a row. Which elements of a row their windows meet is known when code is
// emitted: nothing is tested there, and an element of several windows is read once. Gaps between the elements (the
// derivative of a sum with strides) are phases with window positions of their own. Each row fetches the next one while
// it computes (docs/decisions/0062-fetching-ahead.md): windows take what memory takes. Over 32 x 56^2 x 64 f32, one
// thread, in milliseconds, with the division of a mean in the same kernel:
//
//                        nothing fetched   here   memcpy of as many bytes
//   mean, 3x3                       3.45   3.07   3.3
//   mean, 3x3, stride 2             1.33   1.13   1.24
//   maximum, 3x3                    4.34   2.99   3.0
//   maximum, 3x3, stride 2          1.41   1.16   1.25
//   maximum, 2x2, stride 2          1.19   1.16   1.25

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/window/FetchAhead.h"
#include "codegen/cpu/window/PoolFold.h"
#include "codegen/cpu/window/WindowAxis.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

namespace {

/// Results of a tile: sixteen lanes of each in registers, of AVX2 too.
constexpr int64_t kResults = 4;
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
    int64_t code = 0;
    for (const WindowPhase &column : columns)
      for (const WindowBlock &block : column.blocks(kResults)) code += block.inside ? 0 : column.taps * block.size;
    fits = code <= kMostCode && axes[2].window * kResults <= kMostCode;
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

  struct Row {
    Value image, plane, h;
    WindowTaps planes, rows;
  };

  int64_t vectorsOfPixel() const { return quotientUp(constantOf(channels).value_or(kLanes), kLanes); }

  /// What the tiles of a row fetch for the next one: the rows of the operand that it will be the first to read, and
  /// what it stores.
  FetchAhead nextRow(Value image, Value plane, Value h, Value trip) {
    FetchAhead ahead(f);
    auto pixel = constantOf(channels);
    if (!pixel || axes[0].gap != 1 || axes[1].gap != 1) return ahead;
    int64_t tiles = 0;
    for (const WindowPhase &column : columns) tiles += static_cast<int64_t>(column.blocks(kResults).size());
    tiles *= vectorsOfPixel();
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
    int64_t tiles = 0;
    for (const WindowPhase &column : columns) {
      column.overBlocks(f, kResults, [&](const WindowBlock &block, Value start, Value number) {
        FetchAhead mine = ahead.fromPart(f.mul(f.add(number, f.constant(tiles)), f.constant(vectorsOfPixel())));
        f.laneLoop(f.constant(0), channels, {}, [&](Value channel, Value mask, mlir::ValueRange) {
          mine.fetch(mlir::arith::DivUIOp::create(f.b, f.at, channel, f.constant(kLanes)));
          const Values states = folded(row, column, block, start, channel, mask);
          for (auto [r, state] : llvm::enumerate(states)) {
            Value t = f.add(start, f.constant(static_cast<int64_t>(r)));
            Value p = f.add(f.mul(t, f.constant(column.period)), f.constant(column.phase));
            Index index{{row.image, 0, {}}, {row.plane, 0, {}}, {row.h, 0, {}}, {p, 0, {}}, {channel, 1, {}}};
            index.erase(index.begin() + 1, index.begin() + 6 - rank);
            f.storeResults(op->getResult(0), fold.finished(state), index, kLanes, mask);
          }
          return Values();
        });
      });
      tiles += static_cast<int64_t>(column.blocks(kResults).size());
    }
  }

  Values folded(const Row &row, const WindowPhase &column, const WindowBlock &block, Value start, Value channel,
                Value mask) {
    Values states(block.size, fold.start(kLanes));
    if (column.taps == 0) return states;
    return f.loop(row.planes.begin, row.planes.end, 1, states, [&](Value jd, mlir::ValueRange outer) {
      return f.loop(row.rows.begin, row.rows.end, 1, outer, [&](Value jh, mlir::ValueRange carried) {
        Value plane = f.add(f.mul(row.image, f.constant(axes[0].extent)), row.planes.element(f, jd));
        Value line = f.add(f.mul(plane, f.constant(axes[1].extent)), row.rows.element(f, jh));
        Value element = f.add(f.mul(start, f.constant(column.advance)), f.constant(column.offset));
        element = f.add(f.mul(line, f.constant(column.extent)), element);
        Value from = elementPointer(f.b, f.at, dtype, x, f.add(f.mul(element, channels), channel));
        llvm::DenseMap<int64_t, Value> loaded;
        Values next = llvm::to_vector_of<Value>(carried);
        for (int64_t tap = 0; tap < column.taps; ++tap) {
          auto [first, last] = column.met(block, tap);
          for (int64_t r = first; r < last; ++r) {
            const int64_t at = r * column.advance + tap * column.offsetStep;
            Value &value = loaded[at];
            if (!value)
              value =
                  loadVector(f, dtype, elementPointer(f.b, f.at, dtype, from, f.mul(f.constant(at), channels)), mask);
            next[r] = fold.with(next[r], value);
          }
        }
        return next;
      });
    });
  }
};

}  // namespace

bool emitPoolRows(KernelFrame &f, mlir::Operation *op) { return PoolRows(f, op).emit(); }

}  // namespace etch::codegen

// Direct convolution, channels last: implicit GEMM without a copy of the operand.
//
// A tile is a block of neighbouring results of one row times a block of outputs; its sums stay in registers over all
// window positions and inputs. A window row and its inputs are contiguous in both operands, so away from the borders
// one loop runs over both. Blocks at the ends of a row know which of their results each window position meets, and
// compute those alone: nothing is multiplied by the zeros of a border, nor, for the derivative of a strided
// convolution, by the zeros between elements (each phase of the stride has its own window positions).
// Depthwise filters take vectors of channels where the others take one number for all outputs.

#include <utility>

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/window/ConvTile.h"
#include "codegen/cpu/window/FetchAhead.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;
using Values = ConvTile::Values;

namespace {

/// Results of a trip: the filters of one block of outputs are read once for these from the L2 cache.
constexpr int64_t kTripResults = 224;
/// Terms of a sum up to which they are written out one by one.
constexpr int64_t kUnrolledTerms = 8;
/// Multiplications in the code of one kernel; LLVM takes some 20 microseconds for each.
constexpr int64_t kMostCode = 6000;
/// Lines that are fetched at once; more of them, a bit of a line with every term, so that loads do not wait behind them
/// (56^2 x 64 -> 64: 237 GFLOP/s instead of 232; where it is few lines, the fetches are more than they are worth).
constexpr int64_t kBurst = 4;
/// Outputs of a group below which its vectors would be mostly empty.
constexpr int64_t kFewOutputs = 8;

class DirectConv {
 public:
  DirectConv(KernelFrame &f, const ConvGeometry &g)
      : f(f),
        g(g),
        tile(f, ir::toDType((*f.body().getOps<ir::ConvolutionOp>().begin()).getType().getElementType())),
        inputs(g.isDepthwise() ? 1 : g.inputs),
        blocks(g.isDepthwise() ? g.outputs : g.outputs / g.groups, tile.lanes()),
        columnPhases(phasesOf(g.axes[2])) {
    op = *f.body().getOps<ir::ConvolutionOp>().begin();
    chooseMemory();
    x = f.operands[llvm::cast<mlir::BlockArgument>(op.getLhs()).getArgNumber()];
    filters = f.operands[llvm::cast<mlir::BlockArgument>(op.getRhs()).getArgNumber()];
    batch = f.extents.of(op.getLhs())[0];
  }

  /// Long windows have many kinds of borders.
  bool isWorthwhile() {
    if (g.groups > 1 && !g.isDepthwise() && g.outputs / g.groups < kFewOutputs) return false;
    int64_t code = 0;
    for (int64_t vectors : {blocks.whole ? blocks.vectors : 0, (blocks.rest + tile.lanes() - 1) / tile.lanes()}) {
      if (vectors == 0) continue;
      for (const WindowPhase &phase : columnPhases) {
        bool hasInside = false;
        for (const WindowBlock &block : phase.blocks(mostResults(vectors)))
          if (!block.inside || !std::exchange(hasInside, true))
            code += phase.taps * (inputs <= kUnrolledTerms ? inputs : 1) * block.size * vectors;
      }
    }
    return code <= kMostCode;
  }

  void emit() {
    const WindowAxis &row = g.axes[1], &column = g.axes[2];
    int64_t numBlocks = (row.result * column.result + kTripResults - 1) / kTripResults;
    const int64_t rows = (row.result + numBlocks - 1) / numBlocks;
    numBlocks = (row.result + rows - 1) / rows;
    int64_t work = rows * column.result * g.outputs * inputs;
    for (const WindowAxis &axis : g.axes) work *= std::max<int64_t>(1, axis.window / axis.period());
    Value trips = f.extents.product({batch, f.constant(g.axes[0].result * numBlocks)});
    f.taskWork = kTaskMultiplications;
    f.setTrips(trips, work);
    f.loop(f.begin, f.end, 1, [&](Value trip) {
      auto [rest, block] = f.split(trip, numBlocks);
      auto [image, plane] = f.split(rest, g.axes[0].result);
      Value first = f.mul(block, f.constant(rows));
      Value last = rows * numBlocks == row.result ? f.add(first, f.constant(rows))
                                                  : f.minimum(f.add(first, f.constant(rows)), f.constant(row.result));
      const FetchAhead ahead = constantOf(trips) == 1 ? FetchAhead(f) : nextTrip(image, plane, first, rows);
      overOutputs([&](Value feature, Value output) {
        Value before = arith::DivUIOp::create(f.b, f.at, output, f.constant(blocks.vectors * tile.lanes()));
        before = f.sub(f.mul(before, f.constant(rows)), first);
        f.loop(first, last, 1, [&](Value h) {
          Value tiles = f.mul(f.add(before, h), f.constant(tilesInRow()));
          emitRow({image, plane, h, feature, output}, ahead.fromPart(tiles));
        });
      });
      if (memory && !isAlone()) computeBehind(image, plane, first, last);
    });
  }

 private:
  KernelFrame &f;
  const ConvGeometry &g;
  ConvTile tile;
  int64_t inputs;
  OutputBlocks blocks;
  llvm::SmallVector<WindowPhase> columnPhases;
  ir::ConvolutionOp op;
  std::optional<unsigned> memory;  // the result that takes them, unless what stands behind is computed in the tile
  Value x, filters, batch;

  /// What stands behind the sums is computed in registers if it is little code, because a tile holds it for each of
  /// its sums. Else a trip stores its sums and then computes on its rows, which are in the L2 cache.
  void chooseMemory() {
    int64_t weight = 0;
    for (mlir::Operation &each : f.body().without_terminator()) weight += passes::weightOf(&each);
    if (!isAlone() && weight <= passes::kMaxInTile) return;
    for (auto [i, output] : llvm::enumerate(f.outputs()))
      if (output == op.getResult() || (!memory && output.getType() == op.getType())) memory = i;
  }

  bool isAlone() { return f.outputs().size() == 1 && f.outputs()[0] == op.getResult(); }

  /// All values of a vector first, then all stores: a result may lie over the sums.
  void computeBehind(Value image, Value plane, Value first, Value last) {
    const int64_t width = g.axes[2].result;
    f.loop(first, last, 1, [&](Value h) {
      Value line = f.mul(lineAt(image, plane, h, &WindowAxis::result), f.constant(width));
      f.loop(f.constant(0), f.constant(width), 1, [&](Value p) {
        Value from = tile.at(f.results[*memory], f.mul(f.add(line, p), f.constant(g.outputs)));
        f.laneLoop(f.constant(0), f.constant(g.outputs), {}, [&](Value output, Value mask, mlir::ValueRange) {
          const Index index = indexOf(image, plane, h, p, output);
          f.storeResults(op.getResult(), loadVector(f, tile.dtype(), tile.at(from, output), mask), index, kLanes, mask);
          return Values();
        });
      });
    });
  }

  Index indexOf(Value image, Value plane, Value h, Value p, Value output) {
    Index index{{image, 0, {}}, {plane, 0, {}}, {h, 0, {}}, {p, 0, {}}, {output, 1, {}}};
    // The geometry has three spatial axes; the tensor may have fewer.
    index.erase(index.begin() + 1, index.begin() + 6 - op.getType().getRank());
    return index;
  }

  /// For each group and each block of its outputs: body(first feature of the group, first output).
  void overOutputs(llvm::function_ref<void(Value, Value)> body) {
    const int64_t groups = g.isDepthwise() ? 1 : g.groups, outputs = g.outputs / groups;
    f.loop(f.constant(0), f.constant(groups), 1, [&](Value group) {
      Value feature = f.mul(group, f.constant(inputs)), base = f.mul(group, f.constant(outputs));
      const int64_t width = blocks.vectors * tile.lanes();
      if (blocks.whole) {
        tile.begin(blocks.vectors, width);
        f.loop(f.constant(0), f.constant(blocks.whole * width), width,
               [&](Value output) { body(feature, f.add(base, output)); });
      }
      if (blocks.rest) {
        tile.begin((blocks.rest + tile.lanes() - 1) / tile.lanes(), blocks.rest);
        body(feature, f.add(base, f.constant(blocks.whole * width)));
      }
    });
  }

  //===-- Rows -----------------------------------------------------------------------------------------------===//

  int64_t mostResults(int64_t vectors) const {
    return (inputs <= kConvFewInputs ? tile.registers().fewInputs : tile.registers().sums)[vectors];
  }

  //===-- The next trip --------------------------------------------------------------------------------------===//

  int64_t tilesInRow() const {
    size_t tiles = 0;
    for (const WindowPhase &column : columnPhases) tiles += column.blocks(mostResults(blocks.vectors)).size();
    return static_cast<int64_t>(tiles);
  }

  /// The number of a row, of the operand (`extent`) or of the results, counted through the images.
  Value lineAt(Value image, Value plane, Value row, int64_t WindowAxis::*extent) {
    plane = f.add(f.mul(image, f.constant(g.axes[0].*extent)), plane);
    return f.add(f.mul(plane, f.constant(g.axes[1].*extent)), row);
  }

  /// What the tiles of a trip fetch for the next one: the rows of the operand that it will be the first to read, and
  /// what it stores and reads beside its sums. Both lie in one piece.
  FetchAhead nextTrip(Value image, Value plane, Value first, int64_t rows) {
    FetchAhead ahead(f);
    const WindowAxis &row = g.axes[1], &column = g.axes[2];
    const int64_t outputBlocks = (blocks.whole + (blocks.rest > 0)) * (g.isDepthwise() ? 1 : g.groups),
                  tiles = tilesInRow() * rows * outputBlocks;
    Value next = f.add(first, f.constant(rows));
    auto add = [&](Value tensor, Value at, int64_t elements, DType dtype, bool isResult) {
      const int64_t bytes = elements * static_cast<int64_t>(size_of(dtype));
      ahead.add(elementPointer(f.b, f.at, dtype, tensor, at), quotientUp(bytes, tiles), isResult);
    };
    // From the last row of the operand that this trip's last windows meet.
    auto lastElement = [&](const WindowAxis &axis, Value result) {
      Value at =
          f.add(f.mul(result, f.constant(axis.stride)), f.constant((axis.window - 1) * axis.dilation - axis.low));
      return axis.gap == 1 ? at : Value(arith::DivSIOp::create(f.b, f.at, at, f.constant(axis.gap)));
    };
    Value line =
        lineAt(image, lastElement(g.axes[0], plane), lastElement(row, f.sub(next, f.constant(1))), &WindowAxis::extent);
    const int64_t width = column.extent * g.channels;
    add(x, f.mul(line, f.constant(width)), quotientUp(rows * row.stride, row.gap) * width, tile.dtype(), false);
    Value results = lineAt(image, plane, next, &WindowAxis::result);
    results = f.mul(results, f.constant(column.result * g.outputs));
    auto addLike = [&](Value tensor, Value pointer, bool isResult) {
      auto type = llvm::cast<mlir::RankedTensorType>(tensor.getType());
      if (type.getShape() == op.getType().getShape() && pointer != x)
        add(pointer, results, rows * column.result * g.outputs, ir::toDType(type.getElementType()), isResult);
    };
    for (auto [argument, pointer] : llvm::zip(f.body().getArguments(), f.operands)) addLike(argument, pointer, false);
    for (auto [output, pointer] : llvm::zip(f.outputs(), f.results)) addLike(output, pointer, true);
    return ahead;
  }

  /// A row of results, a block of outputs from `output` on, and the first feature of the operand for them.
  struct Row {
    Value image, plane, h, feature, output;
  };

  void emitRow(const Row &row, const FetchAhead &ahead) {
    const WindowTaps planes(f, g.axes[0], row.plane), rows(f, g.axes[1], row.h);
    int64_t tiles = 0;
    for (const WindowPhase &column : columnPhases) {
      column.overBlocks(f, mostResults(tile.vectors()), [&](const WindowBlock &block, Value start, Value number) {
        Values sums = sumsOf(row, planes, rows, column, block, start, ahead.fromPart(f.add(number, f.constant(tiles))));
        Value p = f.add(f.mul(start, f.constant(column.period)), f.constant(column.phase));
        keep(row, p, column.period, block.size, sums);
      });
      tiles += static_cast<int64_t>(column.blocks(mostResults(tile.vectors())).size());
    }
  }

  /// Stores `count` results from `p` on, `period` apart, through what else the kernel computes.
  void keep(const Row &row, Value p, int64_t period, int64_t count, mlir::ValueRange sums) {
    if (memory) {
      Value line = lineAt(row.image, row.plane, row.h, &WindowAxis::result);
      Value position = f.add(f.mul(line, f.constant(g.axes[2].result)), p);
      Value to = tile.at(f.results[*memory], f.add(f.mul(position, f.constant(g.outputs)), row.output));
      for (int64_t r = 0; r < count; ++r)
        tile.store(tile.at(to, r * period * g.outputs), sums.slice(r * tile.vectors(), tile.vectors()));
      return;
    }
    for (int64_t r = 0; r < count; ++r)
      for (int64_t v = 0; v < tile.vectors(); ++v) {
        Value output = f.add(row.output, f.constant(v * tile.lanes()));
        const Index index = indexOf(row.image, row.plane, row.h, f.add(p, f.constant(r * period)), output);
        f.storeResults(op.getResult(), sums[r * tile.vectors() + v], index, tile.lanes(), tile.mask(v));
      }
  }

  Values sumsOf(const Row &row, const WindowTaps &planes, const WindowTaps &rows, const WindowPhase &column,
                const WindowBlock &block, Value start, const FetchAhead &ahead) {
    Values sums = tile.zeros(block.size);
    if (column.taps == 0) return sums;
    const int64_t width = g.axes[2].window;
    auto tapsOf = [](const WindowAxis &axis) { return std::max<int64_t>(1, axis.window / axis.period()); };
    const int64_t windowRows = tapsOf(g.axes[1]);
    const FetchAhead share = ahead.inSteps(tapsOf(g.axes[0]) * windowRows);
    return f.loop(planes.begin, planes.end, 1, sums, [&](Value jd, mlir::ValueRange outer) {
      return f.loop(rows.begin, rows.end, 1, outer, [&](Value jh, mlir::ValueRange carried) {
        Value kd = planes.position(f, jd), d = planes.element(f, jd);
        Value kh = rows.position(f, jh), h = rows.element(f, jh);
        Value line = lineAt(row.image, d, h, &WindowAxis::extent);
        Value element = f.add(f.mul(start, f.constant(column.advance)), f.constant(column.offset));
        Value at = f.add(f.mul(line, f.constant(column.extent)), element);
        Value from = tile.at(x, f.add(f.mul(at, f.constant(g.channels)), g.isDepthwise() ? row.output : row.feature));
        Value k = f.add(f.mul(f.add(f.mul(kd, f.constant(g.axes[1].window)), kh), f.constant(width)),
                        f.constant(column.first));
        Value weights = tile.at(filters, f.add(f.mul(k, f.constant(inputs * g.outputs)), row.output));
        FetchAhead mine = share.fromPart(f.add(f.mul(jd, f.constant(windowRows)), jh));
        if (mine.lines() <= kBurst || inputs <= kUnrolledTerms) {
          mine.fetch(f.constant(0));
          mine = FetchAhead(f);
        }
        mine = mine.inSteps(column.taps * inputs);
        return overColumns(from, weights, column, block, mine, llvm::to_vector_of<Value>(carried));
      });
    });
  }

  /// The window positions of one row.
  Values overColumns(Value from, Value weights, const WindowPhase &column, const WindowBlock &block,
                     const FetchAhead &ahead, Values sums) {
    const bool contiguous = column.step == 1 && column.offsetStep == 1 && inputs == g.channels;
    if (block.inside && contiguous)
      return overInputs(from, weights, column.taps * inputs, column, {0, block.size}, ahead, std::move(sums));
    for (int64_t j = 0; j < column.taps; ++j) {
      Value here = tile.at(from, j * column.offsetStep * g.channels),
            filter = tile.at(weights, j * column.step * inputs * g.outputs);
      sums = overInputs(here, filter, inputs, column, column.met(block, j), ahead.fromPart(f.constant(j * inputs)),
                        std::move(sums));
    }
    return sums;
  }

  /// `count` inputs that are neighbours, for results [first, last) of the block.
  Values overInputs(Value from, Value weights, int64_t count, const WindowPhase &column,
                    std::pair<int64_t, int64_t> results, const FetchAhead &ahead, Values sums) {
    auto [first, last] = results;
    if (first >= last) return sums;
    const int64_t vectors = tile.vectors(), pitch = column.advance * g.channels;
    auto term = [&](Value i, mlir::ValueRange carried) {
      Values next = llvm::to_vector_of<Value>(carried);
      Values filter = tile.load(tile.at(weights, f.mul(i, f.constant(g.outputs))));
      ahead.fetch(i);
      Value base = tile.at(from, i);
      for (int64_t r = first; r < last; ++r) {
        Value element = tile.at(base, r * pitch);
        Values elements = g.isDepthwise() ? tile.load(element) : Values(vectors, tile.broadcast(element));
        for (int64_t v = 0; v < vectors; ++v) {
          Value &sum = next[(r - first) * vectors + v];
          sum = tile.multiplyAdd(elements[v], filter[v], sum);
        }
      }
      return next;
    };
    Values mine(sums.begin() + first * vectors, sums.begin() + last * vectors);
    if (count <= kUnrolledTerms)
      for (int64_t i = 0; i < count; ++i) mine = term(f.constant(i), mine);
    else
      mine = f.loop(f.constant(0), f.constant(count), 1, mine, term);
    llvm::copy(mine, sums.begin() + first * vectors);
    return sums;
  }
};

}  // namespace

bool emitDirectConv(KernelFrame &f, const ConvGeometry &geometry) {
  DirectConv conv(f, geometry);
  if (!conv.isWorthwhile()) return false;
  conv.emit();
  return true;
}

}  // namespace etch::codegen

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

#include "codegen/cpu/ConvTile.h"

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
/// Outputs of a group below which its vectors would be mostly empty.
constexpr int64_t kFewOutputs = 8;

class DirectConv {
 public:
  DirectConv(KernelFrame &f, const ConvGeometry &g)
      : f(f),
        g(g),
        tile(f, ir::toDType((*f.body().getOps<ir::ConvolutionOp>().begin()).getType().getElementType())),
        inputs(g.isDepthwise() ? 1 : g.inputs),
        blocks(g.isDepthwise() ? g.outputs : g.outputs / g.groups, tile.lanes()) {
    op = *f.body().getOps<ir::ConvolutionOp>().begin();
    isAlone = f.outputs().size() == 1 && f.outputs()[0] == op.getResult();
    x = f.operands[llvm::cast<mlir::BlockArgument>(op.getLhs()).getArgNumber()];
    filters = f.operands[llvm::cast<mlir::BlockArgument>(op.getRhs()).getArgNumber()];
    batch = f.extents.of(op.getLhs())[0];
  }

  /// Long windows have many kinds of borders.
  bool isWorthwhile() {
    if (g.groups > 1 && !g.isDepthwise() && g.outputs / g.groups < kFewOutputs) return false;
    int64_t code = 0;
    const ConvAxis &column = g.axes[2];
    const int64_t period = ConvTaps::period(column);
    for (int64_t vectors : {blocks.whole ? blocks.vectors : 0, (blocks.rest + tile.lanes() - 1) / tile.lanes()}) {
      if (vectors == 0) continue;
      for (int64_t phase = 0; phase < std::min(period, column.result); ++phase) {
        ConvTaps taps(column, phase);
        bool hasInside = false;
        for (const Block &block : blocksOf(taps, (column.result - phase + period - 1) / period, vectors))
          if (!block.inside || !std::exchange(hasInside, true))
            code += taps.count * (inputs <= kUnrolledTerms ? inputs : 1) * block.size * vectors;
      }
    }
    return code <= kMostCode;
  }

  void emit() {
    const ConvAxis &row = g.axes[1], &column = g.axes[2];
    int64_t numBlocks = (row.result * column.result + kTripResults - 1) / kTripResults;
    const int64_t rows = (row.result + numBlocks - 1) / numBlocks;
    numBlocks = (row.result + rows - 1) / rows;
    int64_t work = rows * column.result * g.outputs * inputs;
    for (const ConvAxis &axis : g.axes) work *= std::max<int64_t>(1, axis.window / ConvTaps::period(axis));
    f.setTrips(f.extents.product({batch, f.constant(g.axes[0].result * numBlocks)}), work);
    f.loop(f.begin, f.end, 1, [&](Value trip) {
      auto [rest, block] = split(trip, numBlocks);
      auto [image, plane] = split(rest, g.axes[0].result);
      Value first = f.mul(block, f.constant(rows));
      Value last = rows * numBlocks == row.result ? f.add(first, f.constant(rows))
                                                  : f.minimum(f.add(first, f.constant(rows)), f.constant(row.result));
      overOutputs([&](Value group, Value output) {
        f.loop(first, last, 1, [&](Value h) { emitRow(image, plane, h, group, output); });
      });
    });
  }

 private:
  KernelFrame &f;
  const ConvGeometry &g;
  ConvTile tile;
  int64_t inputs;
  OutputBlocks blocks;
  ir::ConvolutionOp op;
  bool isAlone;  // nothing is computed on the sums
  Value x, filters, batch;

  std::pair<Value, Value> split(Value value, int64_t by) {
    if (by == 1) return {value, f.constant(0)};
    return {arith::DivSIOp::create(f.b, f.at, value, f.constant(by)),
            arith::RemSIOp::create(f.b, f.at, value, f.constant(by))};
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

  //===-- Window positions of an axis at run time ------------------------------------------------------------===//

  /// The positions j in [begin, end) that meet elements: k = first + j * step, element base + j * offsetStep.
  struct RowTaps {
    Value first, base, begin, end;
    int64_t step, offsetStep;
  };

  RowTaps tapsAt(const ConvAxis &axis, Value position) {
    const int64_t period = ConvTaps::period(axis);
    auto [t, phase] = split(position, period);
    ConvTaps taps(axis, 0);
    Value first = f.constant(taps.first), offset = f.constant(taps.offset), count = f.constant(taps.count);
    int64_t step = taps.step, offsetStep = taps.offsetStep;
    for (int64_t other = 1; other < period; ++other) {
      ConvTaps mine(axis, other);
      if (mine.count > 1) step = mine.step, offsetStep = mine.offsetStep;
      Value here = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, phase, f.constant(other));
      auto choose = [&](int64_t value, Value otherwise) -> Value {
        return arith::SelectOp::create(f.b, f.at, here, f.constant(value), otherwise);
      };
      first = choose(mine.first, first), offset = choose(mine.offset, offset), count = choose(mine.count, count);
    }
    Value base = f.add(f.mul(t, f.constant(ConvTaps::advance(axis))), offset);
    const int64_t reach = (axis.result - 1) * axis.stride + (axis.window - 1) * axis.windowDilation - axis.low;
    if (axis.low <= 0 && reach <= (axis.extent - 1) * axis.gap)
      return {first, base, f.constant(0), count, step, offsetStep};
    // The first j whose element is not below `limit`.
    auto reaching = [&](int64_t limit) -> Value {
      Value missing = arith::MaxSIOp::create(f.b, f.at, f.sub(f.constant(limit), base), f.constant(0));
      if (offsetStep == 1) return missing;
      return arith::DivSIOp::create(f.b, f.at, f.add(missing, f.constant(offsetStep - 1)), f.constant(offsetStep));
    };
    return {first, base, reaching(0), f.minimum(count, reaching(axis.extent)), step, offsetStep};
  }

  //===-- Rows -----------------------------------------------------------------------------------------------===//

  /// Neighbouring results of a row, first = period * start + phase, that form a tile.
  struct Block {
    int64_t start, size;
    bool inside;  ///< all window positions meet elements for all results
  };

  /// Results of the block that window position j of `taps` meets: [first, last).
  std::pair<int64_t, int64_t> met(const Block &block, const ConvTaps &taps, int64_t j) const {
    const int64_t advance = ConvTaps::advance(g.axes[2]),
                  at = block.start * advance + taps.offset + j * taps.offsetStep;
    int64_t first = at >= 0 ? 0 : (-at + advance - 1) / advance;
    int64_t last = at >= g.axes[2].extent ? 0 : (g.axes[2].extent - at + advance - 1) / advance;
    return {std::min(first, block.size), std::max(std::min(last, block.size), std::min(first, block.size))};
  }

  llvm::SmallVector<Block> blocksOf(const ConvTaps &taps, int64_t count, int64_t vectors) const {
    llvm::SmallVector<Block> list;
    const int64_t most = (inputs <= kConvFewInputs ? kConvSumsOfFewInputs : kConvSums)[vectors],
                  number = (count + most - 1) / most;
    const int64_t size = (count + number - 1) / number;
    for (int64_t start = 0; start < count; start += size) {
      Block block{start, std::min(size, count - start), true};
      for (int64_t j = 0; j < taps.count; ++j) block.inside &= met(block, taps, j) == std::pair(int64_t{0}, block.size);
      list.push_back(block);
    }
    return list;
  }

  void emitRow(Value image, Value plane, Value h, Value feature, Value output) {
    RowTaps planes = tapsAt(g.axes[0], plane), rows = tapsAt(g.axes[1], h);
    const ConvAxis &column = g.axes[2];
    const int64_t period = ConvTaps::period(column);
    for (int64_t phase = 0; phase < std::min(period, column.result); ++phase) {
      ConvTaps taps(column, phase);
      llvm::SmallVector<Block> list = blocksOf(taps, (column.result - phase + period - 1) / period, tile.vectors());
      for (size_t i = 0; i < list.size();) {
        // Blocks inside a row are one loop.
        size_t end = i + 1;
        while (list[i].inside && end < list.size() && list[end].inside && list[end].size == list[i].size) ++end;
        const Block &block = list[i];
        f.loop(f.constant(block.start), f.constant(block.start + static_cast<int64_t>(end - i) * block.size),
               block.size, [&](Value start) {
                 Values sums = sumsOf(image, feature, output, planes, rows, taps, block, start);
                 Value p = f.add(f.mul(start, f.constant(period)), f.constant(phase));
                 keep(image, plane, h, p, output, period, block.size, sums);
               });
        i = end;
      }
    }
  }

  /// Stores `count` results from `p` on, `period` apart, through what else the kernel computes.
  void keep(Value image, Value plane, Value h, Value p, Value output, int64_t period, int64_t count,
            mlir::ValueRange sums) {
    if (isAlone) {
      const ConvAxis &row = g.axes[1], &column = g.axes[2];
      Value line = f.add(f.mul(f.add(f.mul(image, f.constant(g.axes[0].result)), plane), f.constant(row.result)), h);
      Value position = f.add(f.mul(line, f.constant(column.result)), p);
      Value to = tile.at(f.results[0], f.add(f.mul(position, f.constant(g.outputs)), output));
      for (int64_t r = 0; r < count; ++r)
        tile.store(tile.at(to, r * period * g.outputs), sums.slice(r * tile.vectors(), tile.vectors()));
      return;
    }
    for (int64_t r = 0; r < count; ++r)
      for (int64_t v = 0; v < tile.vectors(); ++v) {
        Index index{{image, 0, {}}, {plane, 0, {}}, {h, 0, {}}, {f.add(p, f.constant(r * period)), 0, {}}};
        index.push_back({f.add(output, f.constant(v * tile.lanes())), 1, {}});
        // The geometry has three spatial axes; the tensor may have fewer.
        index.erase(index.begin() + 1, index.begin() + 6 - op.getType().getRank());
        f.storeResults(op.getResult(), sums[r * tile.vectors() + v], index, tile.lanes(), tile.mask(v));
      }
  }

  Values sumsOf(Value image, Value feature, Value output, const RowTaps &planes, const RowTaps &rows,
                const ConvTaps &taps, const Block &block, Value start) {
    Values sums = tile.zeros(block.size);
    if (taps.count == 0) return sums;
    const ConvAxis &column = g.axes[2];
    auto along = [&](const RowTaps &t, Value j) {
      return std::pair(f.add(t.first, f.mul(j, f.constant(t.step))), f.add(t.base, f.mul(j, f.constant(t.offsetStep))));
    };
    return f.loop(planes.begin, planes.end, 1, sums, [&](Value jd, mlir::ValueRange outer) {
      return f.loop(rows.begin, rows.end, 1, outer, [&](Value jh, mlir::ValueRange carried) {
        auto [kd, d] = along(planes, jd);
        auto [kh, h] = along(rows, jh);
        Value line =
            f.add(f.mul(f.add(f.mul(image, f.constant(g.axes[0].extent)), d), f.constant(g.axes[1].extent)), h);
        Value element = f.add(f.mul(start, f.constant(ConvTaps::advance(column))), f.constant(taps.offset));
        Value at = f.add(f.mul(line, f.constant(column.extent)), element);
        Value from = tile.at(x, f.add(f.mul(at, f.constant(g.channels)), g.isDepthwise() ? output : feature));
        Value k = f.add(f.mul(f.add(f.mul(kd, f.constant(g.axes[1].window)), kh), f.constant(column.window)),
                        f.constant(taps.first));
        Value weights = tile.at(filters, f.add(f.mul(k, f.constant(inputs * g.outputs)), output));
        return overColumns(from, weights, taps, block, llvm::to_vector_of<Value>(carried));
      });
    });
  }

  /// The window positions of one row.
  Values overColumns(Value from, Value weights, const ConvTaps &taps, const Block &block, Values sums) {
    bool contiguous = taps.step == 1 && taps.offsetStep == 1 && inputs == g.channels;
    if (block.inside && contiguous)
      return overInputs(from, weights, taps.count * inputs, {0, block.size}, std::move(sums));
    for (int64_t j = 0; j < taps.count; ++j) {
      Value here = tile.at(from, j * taps.offsetStep * g.channels),
            filter = tile.at(weights, j * taps.step * inputs * g.outputs);
      sums = overInputs(here, filter, inputs, met(block, taps, j), std::move(sums));
    }
    return sums;
  }

  /// `count` inputs that are neighbours, for results [first, last) of the block.
  Values overInputs(Value from, Value weights, int64_t count, std::pair<int64_t, int64_t> results, Values sums) {
    auto [first, last] = results;
    if (first >= last) return sums;
    const int64_t vectors = tile.vectors(), pitch = ConvTaps::advance(g.axes[2]) * g.channels;
    auto term = [&](Value i, mlir::ValueRange carried) {
      Values next = llvm::to_vector_of<Value>(carried);
      Values filter = tile.load(tile.at(weights, f.mul(i, f.constant(g.outputs))));
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

// Direct convolution, channels last: implicit GEMM without a copy of the operand.
//
// A tile is a block of neighbouring results of one row times a block of outputs; its sums stay in registers over all
// window positions and inputs. A window row and its inputs are contiguous in both operands, so away from the borders
// one loop runs over both. Blocks at the ends of a row know which of their results each window position meets, and
// compute those alone: nothing is multiplied by the zeros of a border, nor, for the derivative of a strided
// convolution, by the zeros between elements (each phase of the stride has its own window positions).

#include <utility>

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/gemm/GemmEmitter.h"
#include "codegen/cpu/window/ConvNextTrip.h"
#include "codegen/cpu/window/ConvTileSums.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;
using Values = ConvTile::Values;

namespace {

/// Results of a trip: the filters of one block of outputs are read once for these from the L2 cache
/// (docs/decisions/0062). Half, twice: .94, 1.00.
constexpr int64_t kTripResults = 224;
/// Multiplications in the code of one kernel; LLVM takes some 20 microseconds for each. From the first number on window
/// positions and inputs are not written out (docs/decisions/0107). Half, twice: none of the measured kernels changes.
constexpr int64_t kMuchCode = 2000, kMostCode = 6000;
/// Trips below which each block of outputs is one of its own: threads have work then, with one picture, too
/// (docs/decisions/0079). Half, twice: .98, 1.01.
constexpr int64_t kFewTrips = 8;
/// Filters of neighbouring inputs that lie so many bytes apart use few of the L2 cache's sets: where so many bytes of
/// them serve so many results, they are copied together first (docs/decisions/0079). Half, twice as far apart: .89,
/// .96. Half, twice as many: .96, 1.08.
constexpr int64_t kFarApart = 512, kManyFilters = 128 << 10, kResultsToCopy = 32;

class DirectConv {
 public:
  DirectConv(KernelFrame &f, const ConvGeometry &g)
      : f(f),
        g(g),
        op(*f.body().getOps<ir::ConvolutionOp>().begin()),
        tile(f, ir::toDType(op.getType().getElementType()), g),
        groups(TileSums::spansGroups(g, tile.lanes()) ? 1 : g.groups),
        blocks(g.outputs / groups, tile.lanes()),
        columnPhases(phasesOf(g.axes[2])),
        sums(f, g, tile, f.pointerOf(op.getLhs())) {
    chooseMemory();
    x = f.pointerOf(op.getLhs());
    filters = f.pointerOf(op.getRhs());
    batch = f.extents.of(op.getLhs())[0];
  }

  /// Long windows have many kinds of borders.
  bool isWorthwhile() {
    if (codeWith(TileSums::kUnrolledTerms) <= (sharesLoads() ? kMuchCode : 0)) return true;
    // Groups side by side have a shuffle for each term.
    if (TileSums::spansGroups(g, tile.lanes())) return codeWith(TileSums::kUnrolledTerms) <= kMostCode;
    sums.writeOutTerms(1);
    return codeWith(1) <= kMostCode;
  }

  void emit() {
    const WindowAxis &row = g.axes[1], &column = g.axes[2];
    int64_t numBlocks = (row.result * column.result + kTripResults - 1) / kTripResults;
    const int64_t rows = (row.result + numBlocks - 1) / numBlocks;
    numBlocks = (row.result + rows - 1) / rows;
    int64_t work = rows * column.result * g.outputs * g.inputs;
    for (const WindowAxis &axis : g.axes) work *= std::max<int64_t>(1, axis.window / axis.period());
    const int64_t parts = partsOf(numBlocks);
    Value trips = f.extents.product({batch, f.constant(g.axes[0].result * numBlocks * parts)});
    f.taskWork = kTaskMultiplications;
    f.setTrips(trips, work / parts);
    if (copiesFilters(rows)) {
      const int64_t bytes = termsOf() * blocks.vectors * tile.lanes() * static_cast<int64_t>(size_of(tile.dtype()));
      auto scratch = declareScratch(f.target->getParentOfType<mlir::ModuleOp>());
      copy = mlir::func::CallOp::create(f.b, f.at, scratch, mlir::ValueRange{f.constant(bytes)}).getResult(0);
    }
    f.loop(f.begin, f.end, 1, [&](Value trip) {
      auto [positions, part] = f.split(trip, parts);
      auto [rest, block] = f.split(positions, numBlocks);
      auto [image, plane] = f.split(rest, g.axes[0].result);
      Value first = f.mul(block, f.constant(rows));
      Value last = rows * numBlocks == row.result ? f.add(first, f.constant(rows))
                                                  : f.minimum(f.add(first, f.constant(rows)), f.constant(row.result));
      const int64_t tiles = tilesInRow() * rows * (blocks.whole + (blocks.rest > 0)) * groups;
      const FetchAhead ahead =
          parts > 1 || constantOf(trips) == 1 ? FetchAhead(f) : nextTripOf(f, g, {image, plane, first, rows, tiles});
      auto overRows = [&](Outputs outputs) {
        if (copy) outputs = copied(outputs);
        Value before = f.quotient(outputs.output, f.constant(blocks.vectors * tile.lanes()));
        before = f.sub(f.mul(before, f.constant(rows)), first);
        f.loop(first, last, 1, [&](Value h) {
          Value tiles = f.mul(f.add(before, h), f.constant(tilesInRow()));
          emitRow({image, plane, h}, outputs, ahead.fromPart(tiles));
        });
      };
      if (parts > 1)
        wholeBlock(f.constant(0), f.mul(part, f.constant(blocks.vectors * tile.lanes())), overRows);
      else
        overOutputs(overRows);
      if (memory && !isAlone()) computeBehind(image, plane, first, last);
    });
  }

 private:
  KernelFrame &f;
  const ConvGeometry &g;
  ir::ConvolutionOp op;
  ConvTile tile;
  int64_t groups;  // whose outputs do not share vectors
  OutputBlocks blocks;
  llvm::SmallVector<WindowPhase> columnPhases;
  TileSums sums;
  Value copy;                      // of the filters of a block of outputs
  std::optional<unsigned> memory;  // the result that takes them, unless what stands behind is computed in the tile
  Value x, filters, batch;

  /// Multiplications where sums of up to so many terms are written out.
  int64_t codeWith(int64_t unrolledTerms) const {
    int64_t code = 0;
    for (int64_t vectors : {blocks.whole ? blocks.vectors : 0, (blocks.rest + tile.lanes() - 1) / tile.lanes()}) {
      if (vectors == 0) continue;
      for (const WindowPhase &phase : columnPhases) {
        bool hasInside = false;
        for (const WindowBlock &block : blocksOf(phase, mostResults(vectors)))
          if (!block.inside || !std::exchange(hasInside, true))
            for (const TileSums::Run &run : TileSums::runsOf(g, phase, block)) {
              const int64_t terms = run.taps * g.inputs;
              code += (terms <= unrolledTerms ? terms : 1) * block.size * vectors;
            }
      }
    }
    return code;
  }

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
      Value line = f.mul(lineAt(f, g.axes, image, plane, h, &WindowAxis::result), f.constant(width));
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

  //===-- Outputs --------------------------------------------------------------------------------------------===//

  using Outputs = TileSums::Outputs;

  /// Blocks of outputs that are trips of their own: all, where pictures and rows make few trips.
  int64_t partsOf(int64_t numBlocks) {
    if (groups > 1 || blocks.rest || (memory && !isAlone())) return 1;
    const int64_t trips = g.axes[0].result * numBlocks * constantOf(batch).value_or(1);
    return trips < kFewTrips ? blocks.whole : 1;
  }

  /// Filters in all for each output.
  int64_t termsOf() const { return g.axes[0].window * g.axes[1].window * g.axes[2].window * g.inputs; }

  bool copiesFilters(int64_t rows) const {
    const auto size = static_cast<int64_t>(size_of(tile.dtype()));
    return g.outputs * size >= kFarApart && termsOf() * blocks.vectors * tile.lanes() * size >= kManyFilters &&
           rows * g.axes[2].result >= kResultsToCopy;
  }
  Outputs copied(Outputs outputs) {
    const int64_t width = tile.vectors() * tile.lanes();
    f.loop(f.constant(0), f.constant(termsOf()), 1, [&](Value i) {
      Value from = tile.at(outputs.filters, f.mul(i, f.constant(outputs.pitch)));
      tile.store(tile.at(copy, f.mul(i, f.constant(width))), tile.load(from));
    });
    outputs.filters = copy, outputs.pitch = width;
    return outputs;
  }

  /// For each group and each block of its outputs.
  void overOutputs(llvm::function_ref<void(const Outputs &)> body) {
    const int64_t outputs = g.outputs / groups, width = blocks.vectors * tile.lanes();
    f.loop(f.constant(0), f.constant(groups), 1, [&](Value group) {
      Value base = f.mul(group, f.constant(outputs));
      if (blocks.whole)
        f.loop(f.constant(0), f.constant(blocks.whole * width), width,
               [&](Value output) { wholeBlock(group, f.add(base, output), body); });
      if (blocks.rest) {
        tile.begin((blocks.rest + tile.lanes() - 1) / tile.lanes(), blocks.rest);
        body(outputsAt(group, f.add(base, f.constant(blocks.whole * width))));
      }
    });
  }
  void wholeBlock(Value group, Value output, llvm::function_ref<void(const Outputs &)> body) {
    tile.begin(blocks.vectors, blocks.vectors * tile.lanes());
    body(outputsAt(group, output));
  }
  Outputs outputsAt(Value group, Value output) {
    // A vector of several groups begins with one of them.
    if (groups != g.groups) group = f.quotient(output, f.constant(g.outputs / g.groups));
    return {f.mul(group, f.constant(g.inputs)), output, tile.at(filters, output), g.outputs};
  }

  //===-- Rows -----------------------------------------------------------------------------------------------===//

  /// Whether window positions are written out, and share what they multiply.
  bool sharesLoads() const { return g.inputs <= kConvFewInputs || groups != g.groups; }

  int64_t mostResults(int64_t vectors) const {
    return (sharesLoads() ? tile.registers().fewInputs : tile.registers().sums)[vectors];
  }

  int64_t tilesInRow() const {
    size_t tiles = 0;
    for (const WindowPhase &column : columnPhases) tiles += blocksOf(column, mostResults(blocks.vectors)).size();
    return static_cast<int64_t>(tiles);
  }

  /// A row of results.
  struct Row {
    Value image, plane, h;
  };

  void emitRow(const Row &row, const Outputs &outputs, const FetchAhead &ahead) {
    const TileSums::Row met{row.image, WindowTaps(f, g.axes[0], row.plane), WindowTaps(f, g.axes[1], row.h)};
    int64_t tiles = 0;
    for (const WindowPhase &column : columnPhases) {
      overBlocks(
          f, blocksOf(column, mostResults(tile.vectors())), [&](const WindowBlock &block, Value start, Value number) {
            const FetchAhead mine = ahead.fromPart(f.add(number, f.constant(tiles)));
            Value p = f.add(f.mul(start, f.constant(column.period)), f.constant(column.phase));
            keep(row, outputs.output, p, column.period, block.size, sums.of(outputs, met, column, block, start, mine));
          });
      tiles += static_cast<int64_t>(blocksOf(column, mostResults(tile.vectors())).size());
    }
  }

  /// Stores `count` results from `p` on, `period` apart, through what else the kernel computes.
  void keep(const Row &row, Value firstOutput, Value p, int64_t period, int64_t count, mlir::ValueRange sums) {
    if (memory) {
      Value line = lineAt(f, g.axes, row.image, row.plane, row.h, &WindowAxis::result);
      Value position = f.add(f.mul(line, f.constant(g.axes[2].result)), p);
      Value to = tile.at(f.results[*memory], f.add(f.mul(position, f.constant(g.outputs)), firstOutput));
      for (int64_t r = 0; r < count; ++r)
        tile.store(tile.at(to, r * period * g.outputs), sums.slice(r * tile.vectors(), tile.vectors()));
      return;
    }
    for (int64_t r = 0; r < count; ++r)
      for (int64_t v = 0; v < tile.vectors(); ++v) {
        Value output = f.add(firstOutput, f.constant(v * tile.lanes()));
        const Index index = indexOf(row.image, row.plane, row.h, f.add(p, f.constant(r * period)), output);
        f.storeResults(op.getResult(), sums[r * tile.vectors() + v], index, tile.lanes(), tile.mask(v));
      }
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

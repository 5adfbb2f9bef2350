// Direct convolution with long windows to few outputs, channels last: lanes are far apart in a row.
//
// ConvPixels.cpp has neighbouring results in the lanes of a vector. It writes out all positions of the window, with the
// sums of all its rows in registers, and each of its loads of a long row lies across two cache lines. Here lanes are
// segments of a row (ConvSegmentRows.h): neighbouring results are vectors of their own, and a vector of the copy is
// loaded once for all results and window positions of a tile that meet in it. A few positions are written out for a
// tile of results, and loops go over them, over the window's rows and over tiles. Each sum still takes window positions
// and inputs in the order of ConvKernel.cpp.
//
// Where lanes meet no element the copy has zeros, which change no sum unless they are multiplied by an infinity or a
// NaN. Filters are looked through for those first; if there are any, lanes forget what they do not meet.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/gemm/GemmEmitter.h"
#include "codegen/cpu/window/ConvSegmentTiles.h"
#include "codegen/cpu/window/PixelStores.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;
using Values = ConvTile::Values;

namespace {

/// Window positions times channels from which copying pays, terms of a sum from which it does (of groups, whose
/// channels are copied together), and channels up to which vectors serve several results (docs/decisions/0128). Without
/// the second, 3x3 of 4 channels each for itself take 1.5 times as long, 2x2 of 8 groups of 7 outputs 12 times; 64
/// instead of the first: 48,000 by 40 1.3 times, 5x5 of 2 channels each for itself 3.7 times.
constexpr int64_t kFewestTerms = 32, kFewestOfSum = 16, kMostChannels = 8;
/// Results of a segment, of which tiles are then as large as can be (docs/decisions/0128). Half, twice: none of the
/// measured kernels changes.
constexpr int64_t kManyResults = 8;
/// Results of a segment: the copy has a window's reach besides (docs/decisions/0128). Half, twice: .96, 1.03.
constexpr int64_t kMostResults = 240;
/// Bytes of the rows that a row of results meets, which stay in the L2 cache; and of a row of which parts are copied
/// (docs/decisions/0128). Half, twice: none of the measured kernels changes. Of a part half, twice: .99, 1.00.
constexpr int64_t kMostCopied = 512 << 10, kPartCopied = 128 << 10;
/// Rows of results of a trip, which copies as many rows as the window has besides (docs/decisions/0128). Half, twice:
/// .97, 1.04.
constexpr int64_t kFewestRows = 16;
/// Phases of the columns, each of which has code of its own (docs/decisions/0128). 2, 6: none of the measured kernels
/// changes.
constexpr size_t kMostPhases = 3;

class SegmentConv {
 public:
  SegmentConv(KernelFrame &f, const ConvGeometry &g)
      : f(f),
        g(g),
        op(*f.body().getOps<ir::ConvolutionOp>().begin()),
        tile(f, ir::toDType(op.getType().getElementType())),
        lanes(tile.lanes()),
        outputs(g.outputs / g.groups),
        phases(phasesOf(g.axes[2])),
        rows(f, g, tile, phases),
        tiles(f, g, tile, rows),
        stores(f, op.getResult(), lanes) {}

  bool isWorthwhile(Rather than) {
    const WindowAxis &plane = g.axes[0];
    const auto size = static_cast<int64_t>(size_of(tile.dtype()));
    if (plane.extent != 1 || plane.window != 1 || plane.result != 1 || plane.low != 0) return false;
    // As many outputs as half a register has lanes have that (ConvTile) in ConvDirect.cpp.
    if ((size != 4 && size != 8) || outputs >= lanes / 2 || phases.size() > kMostPhases) return false;
    if (llvm::any_of(phases, [](const WindowPhase &phase) { return phase.taps == 0; })) return false;
    const int64_t met = phases[0].taps * g.axes[1].window / g.axes[1].period();
    if (met * g.channels < kFewestTerms || met * g.inputs < kFewestOfSum || g.channels > kMostChannels) return false;
    // Numbers of a row are counted in 32 bits.
    if ((g.axes[2].extent + 2 * rows.reach() + kMostResults * lanes * phases[0].advance) * g.channels >> 30)
      return false;
    if (!chooseSegments()) return false;
    // Rows of a window share what ConvPixels.cpp loads, but each group copies its rows there.
    return than == Rather::thanOutputs || (segment >= kManyResults && (g.axes[1].window == 1 || g.groups > 1));
  }

  void emit() {
    const WindowAxis &row = g.axes[1];
    const int64_t blocks = quotientUp(row.result, parts > 1 || row.window == 1 ? 1 : std::max(row.window, kFewestRows)),
                  height = row.window == 1 ? 1 : quotientUp(row.result, blocks);
    int64_t work = height * phases[0].count / columnBlocks * g.outputs * g.inputs * phases[0].taps;
    work *= std::max<int64_t>(1, row.window / row.period());
    const int64_t rowBlocks = quotientUp(row.result, height);
    Value batch = f.extents.of(op.getLhs())[0];
    f.taskWork = kTaskMultiplications;
    f.setTrips(f.mul(batch, f.constant(rowBlocks * columnBlocks)), std::max<int64_t>(1, work));
    allocate(height);
    isFinite = meetsBorders() ? filtersAreFinite() : Value();
    f.loop(f.begin, f.end, 1, [&](Value trip) {
      auto [lines, column] = f.split(trip, columnBlocks);
      auto [number, block] = f.split(lines, rowBlocks);
      image = number, firstResult = f.mul(column, f.constant(segment * lanes));
      Value first = f.mul(block, f.constant(height));
      Value last = f.minimum(f.add(first, f.constant(height)), f.constant(row.result));
      if (parts == 1) copyRows(first, last, f.constant(0));
      f.loop(first, last, 1, [&](Value h) { overRow(h); });
    });
  }

 private:
  KernelFrame &f;
  const ConvGeometry &g;
  ir::ConvolutionOp op;
  ConvTile tile;
  int64_t lanes, outputs;  // outputs of a group
  llvm::SmallVector<WindowPhase> phases;
  SegmentRows rows;
  SegmentTiles tiles;
  PixelStores stores;
  int64_t segment = 0, columnBlocks = 0;  // results of a segment; blocks of a row
  int64_t parts = 1, partPositions = 0;   // of a window that is copied in parts
  Value sums, lines;                      // of a row of results: [output, result, segment], [output, segment, result]
  Value isFinite;                         // whether all filters are; null where they meet no border
  Value image, firstResult;               // of a trip
  Value firstLine, shift;                 // row of the operand and element of the window that the copy begins with

  //===-- Sizes ----------------------------------------------------------------------------------------------===//

  bool chooseSegments() {
    const WindowAxis &row = g.axes[1];
    const int64_t needed = quotientUp(phases[0].count, lanes);
    partPositions = phases[0].taps;
    if (row.window == 1 && phases.size() == 1 && rows.bytes(1, rows.reach()) > kPartCopied) {
      parts = quotientUp(rows.bytes(1, rows.reach()), kPartCopied);
      partPositions = quotientUp(phases[0].taps, parts * tiles.positions) * tiles.positions;
      parts = quotientUp(phases[0].taps, partPositions);
    }
    const int64_t met = std::min((row.window - 1) * row.dilation / row.gap + 1, row.extent);
    int64_t most = std::max(kMostResults / rows.resultPitch(), tiles.results);
    while (most > tiles.results && met * rows.bytes(most, copiedReach()) > kMostCopied) most -= tiles.results;
    if (met * rows.bytes(most, copiedReach()) > kMostCopied) return false;
    // Segments of about equal size, of whole tiles of about equal size.
    segment = quotientUp(needed, quotientUp(needed, most));
    tiles.results = quotientUp(segment, quotientUp(segment, tiles.results));
    segment = quotientUp(segment, tiles.results) * tiles.results;
    columnBlocks = quotientUp(needed, segment);
    return true;
  }

  int64_t copiedReach() const { return parts > 1 ? (partPositions - 1) * phases[0].offsetStep + 1 : rows.reach(); }
  /// Whole squares of lanes.
  int64_t paddedSegment() const { return quotientUp(segment, lanes) * lanes; }

  void allocate(int64_t height) {
    const WindowAxis &row = g.axes[1];
    const int64_t met = ((height - 1) * row.stride + (row.window - 1) * row.dilation) / row.gap + 2,
                  copied = std::min(met, row.extent) * rows.bytes(segment, copiedReach());
    const int64_t rowSums = g.outputs * paddedSegment() * lanes;
    auto scratch = declareScratch(f.target->getParentOfType<mlir::ModuleOp>());
    Value bytes = f.constant(copied + 2 * rowSums * static_cast<int64_t>(size_of(tile.dtype())));
    Value memory = mlir::func::CallOp::create(f.b, f.at, scratch, mlir::ValueRange{bytes}).getResult(0);
    rows.allocate(segment, copiedReach(), memory);
    sums = tile.at(memory, copied / static_cast<int64_t>(size_of(tile.dtype())));
    lines = tile.at(sums, rowSums);
    tile.begin(1, lanes);
  }

  //===-- Borders --------------------------------------------------------------------------------------------===//

  bool meetsBorders() const { return !g.axes[2].isInside() && is_floating(tile.dtype()); }

  /// x - x is 0 where x is finite, else NaN.
  Value filtersAreFinite() {
    Value filters = f.pointerOf(op.getRhs());
    Value count = f.constant(g.axes[1].window * g.axes[2].window * g.inputs * g.outputs);
    Values found = f.loop(f.constant(0), count, lanes, tile.zeros(1), [&](Value i, mlir::ValueRange carried) {
      Value x = tile.load(tile.at(filters, i), {f.laneMask(f.sub(count, i), lanes)})[0];
      return Values{tile.plus(carried[0], arith::SubFOp::create(f.b, f.at, x, x))};
    });
    Value equal = arith::CmpFOp::create(f.b, f.at, arith::CmpFPredicate::OEQ, found[0], tile.zeros(1)[0]);
    return mlir::vector::ReductionOp::create(f.b, f.at, mlir::vector::CombiningKind::AND, equal);
  }

  //===-- Rows -----------------------------------------------------------------------------------------------===//

  /// Copies what rows [first, last) of results meet.
  void copyRows(Value first, Value last, Value from) {
    const WindowAxis &row = g.axes[1];
    shift = from;
    auto elementOf = [&](Value h, int64_t position) {
      Value at = f.add(f.mul(h, f.constant(row.stride)), f.constant(position * row.dilation - row.low));
      at = f.maximum(at, f.constant(0));
      return row.gap == 1 ? at : f.quotient(at, f.constant(row.gap));
    };
    Value top = f.mul(image, f.constant(row.extent)), begin = elementOf(first, 0),
          end = f.add(elementOf(f.sub(last, f.constant(1)), row.window - 1), f.constant(1));
    firstLine = begin;
    rows.copy(f.add(top, begin), f.add(top, f.minimum(end, f.constant(row.extent))), firstResult, shift);
  }

  SegmentTiles::Line line() const { return {sums, segment, parts > 1, firstResult, firstLine, shift, isFinite}; }

  void overRow(Value h) {
    const WindowTaps taps(f, g.axes[1], h);
    for (const WindowPhase &phase : phases) {
      if (parts == 1) {
        tiles.add(line(), taps, phase, f.constant(0), f.constant(phase.taps));
      } else {
        Value none = arith::ConstantOp::create(f.b, f.at, f.b.getI8IntegerAttr(0));
        const int64_t bytes = g.outputs * segment * lanes * static_cast<int64_t>(size_of(tile.dtype()));
        mlir::LLVM::MemsetOp::create(f.b, f.at, sums, none, f.constant(bytes), /*isVolatile=*/false);
        f.loop(f.constant(0), f.constant(phase.taps), partPositions, [&](Value begin) {
          copyRows(h, f.add(h, f.constant(1)), f.mul(begin, f.constant(phase.offsetStep)));
          Value end = f.minimum(f.add(begin, f.constant(partPositions)), f.constant(phase.taps));
          tiles.add(line(), taps, phase, begin, end);
        });
      }
      storeRow(h, phase);
    }
  }

  void storeRow(Value h, const WindowPhase &phase) {
    const int64_t size = paddedSegment(), every = size * lanes;
    f.loop(f.constant(0), f.constant(g.outputs), 1, [&](Value k) {
      Value from = tile.at(sums, f.mul(k, f.constant(segment * lanes))),
            to = tile.at(lines, f.mul(k, f.constant(every)));
      f.loop(f.constant(0), f.constant(segment), lanes, [&](Value i) {
        rows.transpose(tile.at(from, f.mul(i, f.constant(lanes))), f.constant(lanes), tile.at(to, i), f.constant(size));
      });
    });
    f.loop(f.constant(0), f.constant(lanes), 1, [&](Value number) {
      Value first = f.add(firstResult, f.mul(number, f.constant(segment)));
      Value count = f.minimum(f.constant(segment), f.maximum(f.sub(f.constant(phase.count), first), f.constant(0)));
      auto store = [&](Value i, Value left) {
        Values made;
        Value from = tile.at(lines, f.add(f.mul(number, f.constant(size)), i));
        for (int64_t k = 0; k < g.outputs; ++k) made.push_back(tile.load(tile.at(from, k * every))[0]);
        Index index{{image, 0, {}}};
        // 1-d tensors have no rows.
        if (op.getType().getRank() > 3) index.push_back({h, 0, {}});
        Value column = f.add(f.mul(f.add(first, i), f.constant(phase.period)), f.constant(phase.phase));
        index.push_back({column, phase.period, {}});
        index.push_back({f.constant(0), 0, {}});
        stores.store(index, made, left);
      };
      Value whole = arith::AndIOp::create(f.b, f.at, count, f.constant(-lanes));
      f.loop(f.constant(0), whole, lanes, [&](Value i) { store(i, f.constant(lanes)); });
      f.loop(whole, count, lanes, [&](Value i) { store(i, f.sub(count, i)); });
    });
  }
};

}  // namespace

bool emitSegmentConv(KernelFrame &f, const ConvGeometry &geometry, Rather than) {
  SegmentConv conv(f, geometry);
  if (!conv.isWorthwhile(than)) return false;
  conv.emit();
  return true;
}

}  // namespace etch::codegen

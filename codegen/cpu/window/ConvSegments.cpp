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

#include <map>

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/gemm/GemmEmitter.h"
#include "codegen/cpu/window/ConvSegmentRows.h"
#include "codegen/cpu/window/PixelStores.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;
using Values = ConvTile::Values;

namespace {

/// Window positions times channels from which copying pays, and channels up to which vectors serve several results.
constexpr int64_t kFewestTerms = 32, kMostChannels = 8;
/// Results of a segment, of which tiles are then as large as can be.
constexpr int64_t kManyResults = 8;
/// Results of a segment: the copy has a window's reach besides.
constexpr int64_t kMostResults = 240;
/// Bytes of the rows that a row of results meets, which stay in the L2 cache; and of a row of which parts are copied.
constexpr int64_t kMostCopied = 512 << 10, kPartCopied = 128 << 10;
/// Rows of results of a trip, which copies as many rows as the window has besides.
constexpr int64_t kFewestRows = 16;
/// Phases of the columns, each of which has code of its own.
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
        stores(f, op.getResult(), lanes) {
    // As many again are for filters and a vector of the copy.
    const int64_t sums = llvm::bit_floor(static_cast<uint64_t>(tile.registers().pixelSums));
    results = sums / std::min(outputs, sums);
    positions = std::clamp<int64_t>(sums / 2 / outputs, 1, 4);
  }

  bool isWorthwhile(Rather than) {
    const WindowAxis &plane = g.axes[0];
    const auto size = static_cast<int64_t>(size_of(tile.dtype()));
    if (plane.extent != 1 || plane.window != 1 || plane.result != 1 || plane.low != 0) return false;
    // As many outputs as half a register has lanes have that (ConvTile) in ConvDirect.cpp.
    if ((size != 4 && size != 8) || outputs >= lanes / 2 || phases.size() > kMostPhases) return false;
    if (llvm::any_of(phases, [](const WindowPhase &phase) { return phase.taps == 0; })) return false;
    const int64_t met = phases[0].taps * g.axes[1].window / g.axes[1].period();
    if (met * g.channels < kFewestTerms || g.channels > kMostChannels) return false;
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
  PixelStores stores;
  int64_t results, positions;             // of a tile
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
      partPositions = quotientUp(phases[0].taps, parts * positions) * positions;
      parts = quotientUp(phases[0].taps, partPositions);
    }
    const int64_t met = std::min((row.window - 1) * row.dilation / row.gap + 1, row.extent);
    int64_t most = std::max(kMostResults / rows.resultPitch(), results);
    while (most > results && met * rows.bytes(most, copiedReach()) > kMostCopied) most -= results;
    if (met * rows.bytes(most, copiedReach()) > kMostCopied) return false;
    // Segments of about equal size, of whole tiles of about equal size.
    segment = quotientUp(needed, quotientUp(needed, most));
    results = quotientUp(segment, quotientUp(segment, results));
    segment = quotientUp(segment, results) * results;
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

  void overRow(Value h) {
    const WindowTaps taps(f, g.axes[1], h);
    for (const WindowPhase &phase : phases) {
      if (parts == 1) {
        overTiles(taps, phase, f.constant(0), f.constant(phase.taps));
      } else {
        Value none = arith::ConstantOp::create(f.b, f.at, f.b.getI8IntegerAttr(0));
        const int64_t bytes = g.outputs * segment * lanes * static_cast<int64_t>(size_of(tile.dtype()));
        mlir::LLVM::MemsetOp::create(f.b, f.at, sums, none, f.constant(bytes), /*isVolatile=*/false);
        f.loop(f.constant(0), f.constant(phase.taps), partPositions, [&](Value begin) {
          copyRows(h, f.add(h, f.constant(1)), f.mul(begin, f.constant(phase.offsetStep)));
          Value end = f.minimum(f.add(begin, f.constant(partPositions)), f.constant(phase.taps));
          overTiles(taps, phase, begin, end);
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

  //===-- Tiles ----------------------------------------------------------------------------------------------===//

  /// Adds window positions [begin, end) of a phase to the sums of a row.
  void overTiles(const WindowTaps &taps, const WindowPhase &phase, Value begin, Value end) {
    f.loop(f.constant(0), f.constant(g.groups), 1, [&](Value group) {
      f.loop(f.constant(0), f.constant(segment), results, [&](Value first) {
        Value mine = f.add(f.mul(group, f.constant(outputs * segment)), first);
        mine = tile.opaque(tile.at(sums, f.mul(mine, f.constant(lanes))));
        auto add = [&](bool forgets) {
          Values added = parts == 1 ? tile.zeros(results * outputs) : access(mine, {});
          added = f.loop(taps.begin, taps.end, 1, added, [&](Value j, mlir::ValueRange carried) {
            Value row = f.sub(taps.element(f, j), firstLine);
            Value filter = f.add(f.mul(taps.position(f, j), f.constant(g.axes[2].window)), f.constant(phase.first));
            return overPositions({row, filter, group, first, begin, end, forgets}, phase, carried);
          });
          access(mine, added);
        };
        // Under strict a zero that is negative, by an underflow, stays so.
        if (isFinite && f.policy != Policy::strict)
          f.branch(isFinite, [&] { add(false); }, [&] { add(true); });
        else
          add(isFinite != Value());
      });
    });
  }

  /// The sums of a tile, in memory: they are loaded unless there are some to store.
  Values access(Value memory, mlir::ValueRange stored) {
    Values loaded;
    for (int64_t k = 0; k < outputs; ++k)
      for (int64_t i = 0; i < results; ++i) {
        Value at = tile.at(memory, (k * segment + i) * lanes);
        if (stored.empty())
          loaded.push_back(tile.load(at)[0]);
        else
          tile.store(at, {stored[k * results + i]});
      }
    return loaded;
  }

  /// A row of the window over a row of the copy.
  struct Row {
    Value row, filter;               // of the copy; the first filter's number
    Value group, first, begin, end;  // first result
    bool forgets;
  };
  /// Some terms of it that are evenly spaced: vectors from one to the next, filters from one to the next.
  struct Terms {
    Value vector, filter;
    int64_t pitch, filterPitch;
  };

  Values overPositions(const Row &r, const WindowPhase &phase, mlir::ValueRange carried) {
    Value each = f.constant(g.inputs * g.outputs);
    auto from = [&](Value tap) {
      // What was copied begins with `shift`.
      Value vector = f.sub(rows.vectorOf(phase, tap), f.mul(shift, f.constant(g.channels)));
      vector =
          f.add(vector, f.add(f.mul(r.first, f.constant(rows.resultPitch())), f.mul(r.group, f.constant(g.inputs))));
      Value filter = f.mul(f.add(r.filter, f.mul(tap, f.constant(phase.step))), each);
      return std::pair(vector, f.add(filter, f.mul(r.group, f.constant(outputs))));
    };
    auto [vector, filter] = from(r.begin);
    Value count = f.sub(r.end, r.begin);
    if (auto begin = constantOf(r.begin), end = constantOf(r.end); begin && end) count = f.constant(*end - *begin);
    if (g.inputs == 1)
      return overTerms(r, {vector, filter, phase.offsetStep * g.channels, phase.step * g.outputs}, count, carried);
    // All channels of neighbouring positions are neighbours.
    if (g.groups == 1 && phase.offsetStep == 1 && phase.step == 1)
      return overTerms(r, {vector, filter, 1, g.outputs}, f.mul(count, f.constant(g.inputs)), carried);
    return f.loop(r.begin, r.end, 1, carried, [&](Value tap, mlir::ValueRange inner) {
      auto [vector, filter] = from(tap);
      return overTerms(r, {vector, filter, 1, g.outputs}, f.constant(g.inputs), inner);
    });
  }

  Values overTerms(const Row &r, const Terms &terms, Value count, mlir::ValueRange carried) {
    auto block = [&](int64_t size) {
      return [this, &r, &terms, size](Value u, mlir::ValueRange inner) { return overBlock(r, terms, u, size, inner); };
    };
    const int64_t most = r.forgets ? 1 : positions;
    auto known = constantOf(count);
    Value whole = known ? f.constant(*known / most * most)
                        : f.sub(count, arith::RemUIOp::create(f.b, f.at, count, f.constant(most)));
    Values next = llvm::to_vector_of<Value>(carried);
    if (!known || *known >= most) next = f.loop(f.constant(0), whole, most, next, block(most));
    if (most == 1 || (known && *known % most == 0)) return next;
    return f.loop(whole, count, 1, next, block(1));
  }

  /// Terms u, u + 1, ... for all sums of the tile, in the order of the vectors that they are products of.
  Values overBlock(const Row &r, const Terms &terms, Value u, int64_t size, mlir::ValueRange carried) {
    Values next = llvm::to_vector_of<Value>(carried);
    Value filter = tile.at(f.pointerOf(op.getRhs()), f.add(terms.filter, f.mul(u, f.constant(terms.filterPitch))));
    Value vector = f.add(terms.vector, f.mul(u, f.constant(terms.pitch)));
    filter = tile.opaque(filter);
    Value base = tile.opaque(rows.at(r.row, vector));
    Values weights;
    for (int64_t term = 0; term < size; ++term)
      for (int64_t k = 0; k < outputs; ++k)
        weights.push_back(tile.broadcast(tile.at(filter, term * terms.filterPitch + k)));
    std::map<int64_t, llvm::SmallVector<std::pair<int64_t, int64_t>>> meetings;  // of result and term, by vector
    for (int64_t i = 0; i < results; ++i)
      for (int64_t term = 0; term < size; ++term)
        meetings[i * rows.resultPitch() + term * terms.pitch].emplace_back(i, term);
    for (const auto &[distance, pairs] : meetings) {
      Value elements = tile.load(tile.at(base, distance * lanes))[0];
      Value mask = r.forgets ? rows.there(firstResult, shift, f.add(vector, f.constant(distance))) : Value();
      for (auto [i, term] : pairs)
        for (int64_t k = 0; k < outputs; ++k) {
          Value &sum = next[k * results + i];
          Value added = tile.multiplyAdd(elements, weights[term * outputs + k], sum);
          sum = mask ? arith::SelectOp::create(f.b, f.at, mask, added, sum).getResult() : added;
        }
    }
    return next;
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

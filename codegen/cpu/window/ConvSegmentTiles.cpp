#include "codegen/cpu/window/ConvSegmentTiles.h"

#include <map>

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

SegmentTiles::SegmentTiles(KernelFrame &f, const ConvGeometry &geometry, ConvTile &tile, SegmentRows &rows)
    : f(f),
      g(geometry),
      tile(tile),
      rows(rows),
      op(*f.body().getOps<ir::ConvolutionOp>().begin()),
      lanes(tile.lanes()),
      outputs(geometry.outputs / geometry.groups) {
  // As many again are for filters and a vector of the copy.
  const int64_t sums = llvm::bit_floor(static_cast<uint64_t>(tile.registers().pixelSums));
  results = sums / std::min(outputs, sums);
  positions = std::clamp<int64_t>(sums / 2 / outputs, 1, 4);
}

void SegmentTiles::add(const Line &line, const WindowTaps &taps, const WindowPhase &phase, Value begin, Value end) {
  f.loop(f.constant(0), f.constant(g.groups), 1, [&](Value group) {
    f.loop(f.constant(0), f.constant(line.segment), results, [&](Value first) {
      Value mine = f.add(f.mul(group, f.constant(outputs * line.segment)), first);
      mine = tile.opaque(tile.at(line.sums, f.mul(mine, f.constant(lanes))));
      auto emit = [&](bool forgets) {
        Values added = line.goesOn ? access(mine, line.segment, {}) : tile.zeros(results * outputs);
        added = f.loop(taps.begin, taps.end, 1, added, [&](Value j, mlir::ValueRange carried) {
          Value row = f.sub(taps.element(f, j), line.firstLine);
          Value filter = f.add(f.mul(taps.position(f, j), f.constant(g.axes[2].window)), f.constant(phase.first));
          return overPositions({line, row, filter, group, first, begin, end, forgets}, phase, carried);
        });
        access(mine, line.segment, added);
      };
      // Under strict a zero that is negative, by an underflow, stays so.
      if (line.isFinite && f.policy != Policy::strict)
        f.branch(line.isFinite, [&] { emit(false); }, [&] { emit(true); });
      else
        emit(line.isFinite != Value());
    });
  });
}

/// The sums of a tile, in memory: they are loaded unless there are some to store.
SegmentTiles::Values SegmentTiles::access(Value memory, int64_t segment, mlir::ValueRange stored) {
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

SegmentTiles::Values SegmentTiles::overPositions(const Row &r, const WindowPhase &phase, mlir::ValueRange carried) {
  Value each = f.constant(g.inputs * g.outputs);
  auto from = [&](Value tap) {
    // What was copied begins with `shift`.
    Value vector = f.sub(rows.vectorOf(phase, tap), f.mul(r.line.shift, f.constant(g.channels)));
    vector = f.add(vector, f.add(f.mul(r.first, f.constant(rows.resultPitch())), f.mul(r.group, f.constant(g.inputs))));
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

SegmentTiles::Values SegmentTiles::overTerms(const Row &r, const Terms &terms, Value count, mlir::ValueRange carried) {
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
SegmentTiles::Values SegmentTiles::overBlock(const Row &r, const Terms &terms, Value u, int64_t size,
                                             mlir::ValueRange carried) {
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
    Value mask =
        r.forgets ? rows.there(r.line.firstResult, r.line.shift, f.add(vector, f.constant(distance))) : Value();
    for (auto [i, term] : pairs)
      for (int64_t k = 0; k < outputs; ++k) {
        Value &sum = next[k * results + i];
        Value added = tile.multiplyAdd(elements, weights[term * outputs + k], sum);
        sum = mask ? arith::SelectOp::create(f.b, f.at, mask, added, sum).getResult() : added;
      }
  }
  return next;
}

}  // namespace etch::codegen

#include "codegen/cpu/window/ConvTileSums.h"

#include "codegen/cpu/window/Lanes.h"

namespace etch::codegen {

using mlir::Value;
using Values = ConvTile::Values;

namespace {

/// Lines that are fetched at once; more of them, a bit of a line with every term, so that loads do not wait behind them
/// (56^2 x 64 -> 64: 237 GFLOP/s instead of 232; where it is few lines, the fetches are more than they are worth).
constexpr int64_t kBurst = 4;

int64_t tapsOf(const WindowAxis &axis) { return std::max<int64_t>(1, axis.window / axis.period()); }

}  // namespace

TileSums::TileSums(KernelFrame &f, const ConvGeometry &g, ConvTile &tile, Value operand)
    : f(f), g(g), tile(tile), x(operand), inputs(g.inputs), inGroups(spansGroups(g, tile.lanes())) {}

bool TileSums::spansGroups(const ConvGeometry &g, int64_t lanes) {
  if (g.groups == 1) return false;
  if (g.isDepthwise()) return true;
  const int64_t outputs = g.outputs / g.groups;
  return outputs < lanes && lanes % outputs == 0 && g.inputs <= std::min(outputs, kUnrolledTerms);
}

Values TileSums::of(const Outputs &outputs, const Row &row, const WindowPhase &column, const WindowBlock &block,
                    Value start, const FetchAhead &ahead) {
  Values sums = tile.zeros(block.size);
  if (column.taps == 0) return sums;
  const int64_t windowRows = tapsOf(g.axes[1]);
  const FetchAhead share = ahead.inSteps(tapsOf(g.axes[0]) * windowRows);
  return f.loop(row.planes.begin, row.planes.end, 1, sums, [&](Value jd, mlir::ValueRange outer) {
    return f.loop(row.rows.begin, row.rows.end, 1, outer, [&](Value jh, mlir::ValueRange carried) {
      Value kd = row.planes.position(f, jd), kh = row.rows.position(f, jh);
      Value line =
          lineAt(f, g.axes, row.image, row.planes.element(f, jd), row.rows.element(f, jh), &WindowAxis::extent);
      Value element = f.add(f.mul(start, f.constant(column.advance)), f.constant(column.offset));
      Value at = f.add(f.mul(line, f.constant(column.extent)), element);
      Value k = f.add(f.mul(f.add(f.mul(kd, f.constant(g.axes[1].window)), kh), f.constant(g.axes[2].window)),
                      f.constant(column.first));
      Value from = tile.at(x, f.add(f.mul(at, f.constant(g.channels)), outputs.feature)),
            filters = tile.at(outputs.filters, f.mul(k, f.constant(inputs * outputs.pitch)));
      // Keeps LLVM from a register for each address, and from weighing all ways to make them (56^2 x 64, each channel:
      // a first call of 77 ms became 40).
      from = tile.opaque(from), filters = tile.opaque(filters);
      const Terms terms{from, filters, inputs, outputs.pitch};
      FetchAhead mine = share.fromPart(f.add(f.mul(jd, f.constant(windowRows)), jh));
      if (mine.lines() <= kBurst || inputs <= kUnrolledTerms) {
        mine.fetch(f.constant(0));
        mine = FetchAhead(f);
      }
      mine = mine.inSteps(column.taps * inputs);
      return overColumns(terms, column, block, mine, llvm::to_vector_of<Value>(carried));
    });
  });
}

llvm::SmallVector<TileSums::Run> TileSums::runsOf(const ConvGeometry &g, const WindowPhase &column,
                                                  const WindowBlock &block) {
  const bool contiguous = column.step == 1 && column.offsetStep == 1 && g.inputs == g.channels;
  llvm::SmallVector<Run> runs;
  for (int64_t tap = 0; tap < column.taps; ++tap) {
    const auto results = column.met(block, tap);
    if (contiguous && !runs.empty() && runs.back().results == results)
      ++runs.back().taps;
    else
      runs.push_back({tap, 1, results});
  }
  return runs;
}

/// The window positions of one row.
Values TileSums::overColumns(const Terms &terms, const WindowPhase &column, const WindowBlock &block,
                             const FetchAhead &ahead, Values sums) {
  for (const Run &run : runsOf(g, column, block)) {
    Terms here = terms;
    here.elements = tile.at(terms.elements, run.first * column.offsetStep * g.channels);
    here.filters = tile.at(terms.filters, run.first * column.step * inputs * terms.pitch);
    here.count = run.taps * inputs;
    sums = overTerms(here, column, run.results, ahead.fromPart(f.constant(run.first * inputs)), std::move(sums));
  }
  return sums;
}

/// For results [first, last) of the block.
Values TileSums::overTerms(const Terms &terms, const WindowPhase &column, std::pair<int64_t, int64_t> results,
                           const FetchAhead &ahead, Values sums) {
  auto [first, last] = results;
  if (first >= last) return sums;
  const int64_t vectors = tile.vectors(), pitch = column.advance * g.channels;
  auto term = [&](Value i, mlir::ValueRange carried) {
    Values next = llvm::to_vector_of<Value>(carried);
    Values filter = tile.load(tile.at(terms.filters, f.mul(i, f.constant(terms.pitch))));
    ahead.fetch(i);
    Value base = inGroups ? terms.elements : tile.at(terms.elements, i);
    for (int64_t r = first; r < last; ++r) {
      Values elements = elementsAt(tile.at(base, r * pitch), i);
      for (int64_t v = 0; v < vectors; ++v) {
        Value &sum = next[(r - first) * vectors + v];
        sum = tile.multiplyAdd(elements[v], filter[v], sum);
      }
    }
    return next;
  };
  Values mine(sums.begin() + first * vectors, sums.begin() + last * vectors);
  // Groups have many more tiles: unrolled, 28^2 x 256 in 32 groups took 145 ms to compile instead of 17.
  const bool isOneOfMany = g.groups > 1 && !inGroups;
  if (terms.count <= (isOneOfMany ? std::min(kConvFewInputs, unrolledTerms) : unrolledTerms))
    for (int64_t i = 0; i < terms.count; ++i) mine = term(f.constant(i), mine);
  else
    mine = f.loop(f.constant(0), f.constant(terms.count), 1, mine, term);
  llvm::copy(mine, sums.begin() + first * vectors);
  return sums;
}

/// What each lane multiplies for a term, which is a constant where groups stand side by side.
Values TileSums::elementsAt(Value base, Value term) {
  if (!inGroups) return Values(tile.vectors(), tile.broadcast(base));
  if (g.isDepthwise()) return tile.load(base);
  const int64_t outputs = g.outputs / g.groups, channels = tile.lanes() / outputs * inputs;
  Values elements;
  for (int64_t v = 0; v < tile.vectors(); ++v) {
    const int64_t count = quotientUp(tile.count(v), outputs) * inputs;
    Value vector = tile.loadSome(tile.at(base, v * channels), {0, count});
    elements.push_back(pickLanes(f, vector, [&](int64_t lane) { return lane / outputs * inputs + *constantOf(term); }));
  }
  return elements;
}

}  // namespace etch::codegen

#include "codegen/cpu/window/ConvFilterTiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

namespace {

/// Channels below which the rows of a tile are window positions (docs/decisions/0079). 5: .91; 17: 16 -> 1
/// channels 1.4, six others of 10 to 16 channels .94 to 1.00.
constexpr int64_t kFewChannels = 9;
/// Pixels at the ends of a row that are written out one by one, for tiles of several window positions
/// (docs/decisions/0128: 15 x 15 to 31 x 31 windows of one channel take .06 to .14 of the time that 12 took).
constexpr int64_t kMostBorders = 32;

/// Sums that two units of four cycles each keep busy (docs/decisions/0098). 4, 12: .90, 1.05.
constexpr int64_t kFewSums = 8;

bool areSideBySide(const ConvGeometry &g, const ConvTile &tile) {
  const int64_t channels = g.channels / g.groups, outputs = g.outputs / g.groups;
  return g.groups > 1 && outputs < tile.lanes() && tile.lanes() % outputs == 0 &&
         channels <= std::min(outputs, tile.registers().sums.back());
}

}  // namespace

FilterTiles::FilterTiles(KernelFrame &f, const ConvGeometry &g, ConvTile &tile)
    : f(f),
      g(g),
      tile(tile),
      sideBySide(areSideBySide(g, tile)),
      groups(sideBySide ? 1 : g.groups),
      blocks(g.outputs / groups, tile.lanes(), sideBySide && g.channels > g.groups ? 1 : 3),
      channels(g.channels / g.groups) {
  chooseRows();
}

int64_t FilterTiles::numTrips() const { return groups * blocksOfGroup() * rowBlocks * (inWindowRow ? positions : 1); }

/// One vector is little to load for each pixel, and leaves registers to more rows.
int64_t FilterTiles::mostRows() const {
  const ConvRegisters &registers = tile.registers();
  return blocks.vectors == 1 ? std::max(registers.sums[1], registers.pixelSums) : registers.sums[blocks.vectors];
}

void FilterTiles::chooseRows() {
  positions = g.axes[0].result * g.axes[1].result;
  inWindowRow = chooseWindowRows();
  if (inWindowRow) return;
  // The fewest tiles: each reads the cotangent's pixels once more.
  rowBlocks = quotientUp(channels, mostRows());
  const int64_t rows = quotientUp(channels, rowBlocks);
  rowBlocks = quotientUp(channels, rows);
  kinds = {{rows}};
  if (channels % rows != 0) kinds.push_back({channels % rows});
  positions *= g.axes[2].result;
}

bool FilterTiles::chooseWindowRows() {
  const WindowAxis &column = g.axes[2];
  const int64_t most = mostRows(), window = column.result;
  if (channels >= kFewChannels || channels > most || window == 1) return false;
  rowBlocks = quotientUp(window * channels, most / channels * channels);
  const int64_t taps = quotientUp(window, rowBlocks);
  rowBlocks = quotientUp(window, taps);
  int64_t borders = 0;
  for (int64_t first = 0; first < window; first += taps) {
    kinds.push_back({channels, first, std::min(taps, window - first)});
    int64_t mine = 0;
    for (int64_t p = 0; p < column.window; ++p) mine += !isInside(kinds.back(), p);
    borders = std::max(borders, mine);
  }
  if (borders > kMostBorders || rowBlocks > 3) return false;
  if (rowBlocks == 1) chooseLines();
  return true;
}

/// As many window rows as a tile has room for, where those of one make so few sums that they would wait for each other.
void FilterTiles::chooseLines() {
  const int64_t all = g.axes[1].result, together = std::min(all, mostRows() / kinds[0].count());
  if (kinds[0].count() * blocks.vectors >= kFewSums || together < 2) return;
  const int64_t lines = quotientUp(all, quotientUp(all, together));
  rowBlocks = quotientUp(all, lines);
  kinds[0].lines = lines;
  if (all % lines != 0) kinds.push_back({channels, 0, kinds[0].taps, all % lines});
  positions = g.axes[0].result;
}

bool FilterTiles::meets(int64_t tap, int64_t p) const {
  const WindowAxis &column = g.axes[2];
  const int64_t at = tap * column.stride + p * column.dilation - column.low;
  return at >= 0 && at < column.extent;
}

void FilterTiles::over(Value first, Value last, llvm::function_ref<void(const Trip &)> body) {
  f.loop(first, last, 1, [&](Value number) {
    auto [outer, rowBlock] = f.split(number, rowBlocks);
    auto [outputs, position] = f.split(outer, inWindowRow ? positions : 1);
    auto [group, block] = f.split(outputs, blocksOfGroup());
    Value output =
        f.add(f.mul(group, f.constant(g.outputs / groups)), f.mul(block, f.constant(blocks.vectors * tile.lanes())));
    if (sideBySide) group = f.quotient(output, f.constant(g.outputs / g.groups));
    Value feature = f.mul(group, f.constant(channels));
    Value line = inWindowRow ? position : Value();
    if (kinds[0].lines > 1)
      line = f.add(f.mul(position, f.constant(g.axes[1].result)), f.mul(rowBlock, f.constant(kinds[0].lines)));
    const Trip trip{number, output, line, rowBlock, f.constant(0), feature, kinds[0]};
    auto ofBlock = [&](int64_t vectors, int64_t count) {
      tile.begin(vectors, count);
      overKinds(trip, 0, body);
    };
    auto whole = [&] { ofBlock(blocks.vectors, blocks.vectors * tile.lanes()); };
    auto rest = [&] { ofBlock(quotientUp(blocks.rest, tile.lanes()), blocks.rest); };
    if (blocks.rest == 0) return whole();
    if (blocks.whole == 0) return rest();
    f.branch(f.less(block, f.constant(blocks.whole)), whole, rest);
  });
}

/// Code for each kind of rows from number `i` on; the last one is that of the last block.
void FilterTiles::overKinds(const Trip &trip, size_t i, llvm::function_ref<void(const Trip &)> body) {
  auto mine = [&] {
    Trip one = trip;
    one.kind = kinds[i];
    if (!inWindowRow) one.channel = f.mul(trip.rowBlock, f.constant(kinds[0].channels));
    if (!inWindowRow) one.feature = f.add(trip.feature, one.channel);
    body(one);
  };
  if (i + 1 == kinds.size()) return mine();
  // Each kind has one block of rows, but the first one all that are left.
  const auto behind = static_cast<int64_t>(kinds.size() - 1 - i);
  Value holds = f.less(trip.rowBlock, f.constant(rowBlocks - behind));
  f.branch(holds, mine, [&] { overKinds(trip, i + 1, body); });
}

void FilterTiles::overTiles(const Trip &trip, llvm::function_ref<void(const Tile &)> body) {
  if (trip.line) return body(tileAt(trip, trip.line));
  f.loop(f.constant(0), f.constant(positions), 1, [&](Value position) { body(tileAt(trip, position)); });
}

/// `position`: the window row of the tile, or the window position.
FilterTiles::Tile FilterTiles::tileAt(const Trip &trip, Value position) {
  const int64_t window = g.axes[2].result;
  auto [line, k] = inWindowRow ? std::pair(position, f.constant(trip.kind.firstTap)) : f.split(position, window);
  auto [plane, row] = f.split(line, g.axes[1].result);
  Value at = f.add(f.mul(line, f.constant(window)), k);
  Value element =
      f.add(f.mul(f.add(f.mul(at, f.constant(channels)), trip.channel), f.constant(g.outputs)), trip.output);
  Value number = trip.number;
  if (!inWindowRow) number = f.add(f.mul(number, f.constant(positions)), position);
  return {number, plane, row, k, element};
}

}  // namespace etch::codegen

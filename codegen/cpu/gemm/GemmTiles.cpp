#include "codegen/cpu/gemm/GemmTiles.h"

namespace etch::codegen {

// Tiles. Measured in GFLOP/s over the FMA loop of the same run, one Xeon core with AVX-512 and 48 KiB of L1, operands
// in L1 and L2 (f32, K = 64 to 384; medians of 7):
//
//   rows x columns        8x32   10x32   12x32   14x32   8x48   6x64   24x16
//   of FMA peak           .91    .94     .95     .95     .96    .96    .83
//
// 14x32 is within the noise of the best and leaves less over than 48 or 64 columns do. With rows read in place and all
// addresses in the form base + {0, 1, 2, 3, 4, 5, 6} strides (GemmTile.cpp), a prototype in C++ ran at, over oneDNN 2.6
// (medians of 9; 14 and 12 rows with the whole depth in one pass):
//
//                         64^3   100^3   128^3   256^3   64x128x784   64x10x128
//   14, 8, 4 rows         1.23   1.14    1.07    1.03    1.07         1.24
//   12, 8, 4 rows         1.31   1.24    1.03    1.03    1.07         1.21
//   8, 4, 2 rows          1.28   1.20    0.95    0.96    0.97         1.17
//
// With 12 and 10 rows as well every even number from 8 on is covered without waste by tiles that multiply at full
// speed; those of 4 rows ask L2 for 32 bytes a cycle (10x278x121, a^T: 0.75 to 1.04 of oneDNN).
GemmTiles gemmTilesFor(DType dtype, const VectorUnit &unit, Policy policy) {
  GemmTiles tiles;
  tiles.dtype = dtype;
  tiles.compute = dtype == DType::u8 || dtype == DType::boolean ? DType::i32 : accumulator_of(dtype);
  int64_t bytes = static_cast<int64_t>(size_of(tiles.compute));
  tiles.lanes = unit.bits / 8 / bytes;
  if (unit.registers >= 32) {
    // 28 sums, 2 vectors of the right operand, 1 broadcast.
    tiles.heights = {14, 12, 10, 8, 4};
    tiles.flat = {{1, 16}, {2, 12}, {3, 8}, {4, 6}, {6, 4}, {8, 3}};
    tiles.shallowDepth = 12;
  } else {
    // 12 sums, 2 vectors, 1 broadcast of 16 registers.
    tiles.heights = {6, 4, 2};
    tiles.flat = {{1, 8}, {2, 6}, {3, 4}, {4, 3}};
    tiles.shallowDepth = 6;
  }
  if (unit.pairs && dtype == DType::bf16 && policy != Policy::strict) {
    tiles.group = 2;
    // One row and two read panels, too.
    tiles.heights.append({2, 1});
  }
  // Blocks: a tile's rows (28 KiB) stay in L1 while the panels pass by, the panels (1 MiB) in L2 while the rows do. The
  // shape matters little: 256 x 1024, 384 x 640, 512 x 384, 512 x 512 and 768 x 256 lie within 3 % at 384^3 to 1024^3.
  //
  // When to copy rows of the left operand and to pack panels of the right one (share of the FMA peak, f32):
  //
  //                              256^3    384^3    512^3    1024x700x500  50x1024x256  1024x1024x256
  //   rows in place / copied     .96/.95  .97/.96  .95/.94  .96/.94
  //   panels in place / packed   .96/.89  .96/.94  .94/.94                .85/.82      .94/.98
  //
  // Rows that lie across the depth are better copied earlier (1000x200x300, a^T: .62/.77), and so are rows a whole
  // number of pages apart, whose lines share a cache set (in place / copied: 1024^3 .86/.90, 2048^3 .85/.89). Where the
  // right operand's rows are 4 KiB apart a panel in place is a page a row. Up to 1.6 MB of the right operand stay in L2
  // in place, but not with a packed block beside them (of oneDNN, packed / in place: 64x512x784 .89/.99, 64x784x512
  // .89/.97, 32x784x512 .80/.94; 64x1024x1024 1.10/.99).
  // With few rows the packed MiB would be written, read a few times, and push the operand that is packed next out of
  // L2. A block of 4 panels instead of all that fit, the rows in place (b^T, of oneDNN 3.2, all / 4 panels):
  //
  //   14x512x512  32x512x512  61x751x570  120x2001x1959  128x512x512  256x512x512  64x1024x1024  256x1024x1024
  //   .92/1.05    .94/1.03    .94/1.03    .92/.95        .97/1.01     .96/.99      .90/.97       .92/.93
  tiles.depth = 2048 / bytes;
  tiles.columns = 512;
  tiles.copyLeftColumns = 600;
  tiles.copyFarLeftColumns = 256;
  tiles.copyTurnedLeftColumns = 64;
  // A step of fourteen rows across the depth reads most of a cache line, one of six wastes more than half. In place
  // over copied, Zen 4 (32 KiB of L1):
  //
  //   a^T     100x64x100  670x80x99  1024x128x256  784x128x64  1000x200x300  300^3  512x256x128  676x738x198  512^3
  //   14 rows 1.09        1.08       1.09          1.03-1.07   1.06          1.02   1.02         .98          .96
  //   6 rows                                       .99                       .84    .78
  tiles.copyTurnedLeftColumnsSmallL1 = unit.registers >= 32 ? 320 : tiles.copyTurnedLeftColumns;
  tiles.packRight = {int64_t{1680000} / bytes, 2 * tiles.heights[0]};
  tiles.packRightLongRows = {int64_t{1} << 15, 192};
  tiles.packRightSmallL1 = {int64_t{1} << 17, 6 * tiles.heights[0]};
  tiles.streams = {1, 2, 4};
  tiles.streamElements = int64_t{1} << 18;
  tiles.longRow = 3072 / bytes;
  // 128x128x32: 0.80 to 0.85 of the FMA peak without prefetching the result.
  tiles.smallResult = 65536 / bytes;
  return tiles;
}

// A tile costs its rows, and 1.5 more for its beginning and its end, during which little is multiplied.
RowCover::RowCover(llvm::ArrayRef<int64_t> heights) : heights(heights) {
  constexpr double kTile = 1.5;
  const int64_t tallest = heights[0], rows = (kShared + 1) * tallest;
  struct Cover {
    llvm::SmallVector<int64_t> counts;
    double cost;
  };
  llvm::SmallVector<Cover> covers = {{llvm::SmallVector<int64_t>(heights.size(), 0), 0}};
  auto addTile = [&](const Cover &cover, size_t i) {
    Cover more = cover;
    more.cost += static_cast<double>(heights[i]) + kTile;
    ++more.counts[i];
    return more;
  };
  for (int64_t row = 1; row < rows; ++row) {
    std::optional<Cover> least;
    for (size_t i = 0; i < heights.size(); ++i) {
      Cover cover = addTile(covers[std::max<int64_t>(row - heights[i], 0)], i);
      if (cover.counts[i] <= 3 && (!least || cover.cost < least->cost)) least = cover;
    }
    covers.push_back(*least);
  }
  for (int64_t row = 0; row < rows; ++row)
    best.push_back(row < kShared * tallest ? covers[row].counts : addTile(covers[row - tallest], 0).counts);
}

uint64_t RowCover::bits(size_t height, int64_t shared) const {
  uint64_t bits = 0;
  for (int64_t rest = 0; rest < heights[0]; ++rest)
    bits |= static_cast<uint64_t>(counts(shared, rest)[height]) << (2 * rest);
  return bits;
}

}  // namespace etch::codegen

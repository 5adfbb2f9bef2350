#pragma once
// Sizes of the generated matrix product: which register tile, which blocks, when to pack.

#include <algorithm>
#include <cstdint>

#include "codegen/abi/compiler.h"
#include "codegen/cpu/VectorUnit.h"
#include "llvm/ADT/SmallVector.h"
#include "runtime/base/dtype.h"

namespace etch::codegen {

/// Decisions for one element type on one machine. `left` is m x k, `right` k x n; all counts are elements.
struct GemmTiles {
  DType dtype;    ///< in memory
  DType compute;  ///< of sums: f32 for f16 and bf16, i32 for u8, else dtype
  int64_t lanes;  ///< of one vector register of `compute`
  /// Neighbours along the depth that are packed as one element: two of bf16 where one instruction adds the products of
  /// pairs (docs/decisions/0095). They take the place of one f32; `depth` and `leastDepth` count them.
  int64_t group = 1;
  bool arePairs() const { return group == 2; }

  /// A register tile is heights[i] rows by `vectors` (or 1) vectors of columns, the tallest first.
  llvm::SmallVector<int64_t> heights;
  int64_t vectors = 2;

  int64_t depth;    ///< rows of the right operand that are worked off at a time
  int64_t columns;  ///< columns of it that are worked off at a time; with fewer rows more columns make a block ...
  int64_t leastDepth = 64;  ///< ... down to so many rows
  /// Panels that are packed side by side: 1 KiB of a row is read at once.
  int64_t packedTogether = 8;

  /// Rows of the left operand are copied when so many columns share them; fewer where they crowd the sets of the L1
  /// cache (GemmPlan.cpp) or lie across the depth, for which it depends on the size of that cache.
  int64_t copyLeftColumns, copyFarLeftColumns, copyTurnedLeftColumns;
  int64_t copyTurnedLeftColumnsSmallL1;
  /// When the right operand is packed: with more elements than these, if so many rows share it ...
  struct Packing {
    int64_t elements, rows;
  };
  Packing packRight;
  /// ... where its rows are further apart than longRow earlier.
  Packing packRightLongRows;
  int64_t longRow;
  /// An L1 cache of less than so many pages is small; there packing pays from fewer elements on, however far apart rows
  /// are (docs/decisions/0097).
  int64_t smallL1Pages = 9;
  Packing packRightSmallL1;

  /// A right operand that lies along the depth is packed before so few rows pass by, then so many panels at a time.
  int64_t lowRows = 256, lowPanels = 4;

  /// Results are prefetched unless all that the caller asks for have so few elements (or rows are no whole cache
  /// lines).
  int64_t smallResult;

  /// Products of so few rows read the right operand in place, a row of `vectors` vectors at a time.
  struct Flat {
    int64_t height, vectors;
  };
  llvm::SmallVector<Flat> flat;
  /// Of at most so many rows it is read from end to end when it has so many elements, half of what L2 holds. In place,
  /// microseconds: 39.6 instead of 29.5 for 1x1024x512, 30.1 instead of 24.1 for 1x700x700.
  llvm::SmallVector<int64_t> streams;
  int64_t streamElements;
  /// A small L1 cache does not keep the rows that streams ask for in advance: they do not ask there, and serve as many
  /// rows as these from more elements on (docs/decisions/0099).
  int64_t farStreamRows = 3, farStreamElements = int64_t{1} << 21;
  /// Results of operands that lie along the depth are dot products if they have at most so many rows or columns, and
  /// so many times those are no more than the depth; or if they have so few elements. Otherwise sums of lanes, which
  /// are a dot product each, would take longer than packing (b^T, dots / packed, of oneDNN):
  ///
  ///   4x64x32    4x1000x48  4x550x61   8x64x96  8x64x128   8x256x256  16x256x256  24x1024x1024  24x256x256  32x512x512
  ///   1.06/1.75  .72/1.03   1.35/.67   1.2/1.2  1.58/1.14  1.96/1.06  1.17/1.05   1.27/.99      1.14/1.05   1.01/1.05
  int64_t dotsUpTo = 24, dotsDepth = 16, dotsElements = 32;
  bool dotsPay(int64_t rows, int64_t columns, int64_t depth) const {
    const int64_t fewest = std::min(rows, columns);
    return (fewest <= dotsUpTo && fewest * dotsDepth <= depth) || rows * columns <= dotsElements;
  }

  /// Up to so many steps of the depth have functions of their own (GemmShallow.h), which keep some vectors of each in
  /// so many registers.
  int64_t shallowDepth;
  int64_t shallowRegisters() const { return 2 * shallowDepth; }

  int64_t width() const { return vectors * lanes; }
  /// Vectors that hold a column of the tallest tile.
  int64_t tallVectors() const { return (heights[0] + lanes - 1) / lanes; }
  bool isNarrow() const { return dtype != compute; }
};

GemmTiles gemmTilesFor(DType dtype, const VectorUnit &unit, Policy policy);

/// Which tiles cover rows: all the tallest that fit, but the last one or two of them and what is left over together are
/// covered as cheaply as possible.
class RowCover {
 public:
  explicit RowCover(llvm::ArrayRef<int64_t> heights);

  /// docs/decisions/0010.
  static constexpr int64_t kShared = 2;  ///< tallest tiles that are covered together with what is left over
  /// How many tiles of each height cover `shared` tallest tiles and `rest` rows more; one is the tallest if shared is
  /// kShared.
  llvm::ArrayRef<int64_t> counts(int64_t shared, int64_t rest) const { return best[shared * heights[0] + rest]; }
  /// The counts of one height for all rests, two bits each.
  uint64_t bits(size_t height, int64_t shared) const;

 private:
  llvm::SmallVector<int64_t> heights;
  llvm::SmallVector<llvm::SmallVector<int64_t>> best;  // by rows
};

}  // namespace etch::codegen

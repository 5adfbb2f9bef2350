#pragma once
// Sizes of the generated matrix product: which register tile, which blocks, when to pack.

#include <array>
#include <cstdint>
#include <string>

#include "mlir/IR/BuiltinOps.h"
#include "runtime/base/dtype.h"

namespace etch::codegen {

/// What tiles depend on of the machine that code is made for.
struct VectorUnit {
  int64_t bits = 512;      ///< of a vector register
  int64_t registers = 32;  ///< vector registers
  bool fma = true;         ///< has fused multiply-add
  bool operator==(const VectorUnit &) const = default;
};

/// Module attribute that carries a VectorUnit from the target machine to the kernels stage: "512x32+fma". Without it
/// (etch-opt) the default above holds, so that text does not depend on the machine.
inline constexpr llvm::StringLiteral kVectorUnit = "etch.vector_unit";
VectorUnit vectorUnitOf(mlir::ModuleOp module);
std::string textOf(const VectorUnit &unit);

/// Decisions for one element type on one machine. `left` is m x k, `right` k x n; all counts are elements.
struct GemmTiles {
  DType dtype;    ///< in memory
  DType compute;  ///< of sums: f32 for f16, i32 for u8, else dtype
  int64_t lanes;  ///< of one vector register of `compute`

  /// A register tile is heights[i] rows by `vectors` (or 1) vectors of columns. Three heights cover any row count with
  /// little waste and keep the code small: see rowsOf.
  std::array<int64_t, 3> heights;
  int64_t vectors = 2;
  /// Bit r: with r rows left over from whole tiles, take one tallest tile fewer (and two lower ones instead), or one
  /// more.
  uint32_t oneFewer, oneMore;

  int64_t depth;    ///< rows of the right operand that are worked off at a time
  int64_t rows;     ///< rows of the left operand that are packed at a time
  int64_t columns;  ///< columns of the right operand that are packed at a time
  /// Panels that are packed side by side: 1 KiB of a row is read at once, and their writes do not meet in one cache
  /// set.
  int64_t packedTogether = 8;

  /// The left operand is packed from this many elements (of one pass over `depth`) ...
  int64_t packLeftElements;
  /// ... the right one when it has so many, and at least packRightRows rows share it.
  int64_t packRightElements, packRightRows;

  /// Products of so few rows read the right operand in place, a row of `vectors` vectors at a time.
  struct Flat {
    int64_t height, vectors;
  };
  std::array<Flat, 4> flat;
  /// Results with so few rows or columns of operands that lie along the depth are dot products.
  int64_t dotsUpTo = 4;

  int64_t width() const { return vectors * lanes; }
  bool isNarrow() const { return dtype != compute; }
};

GemmTiles gemmTilesFor(DType dtype, const VectorUnit &unit);

}  // namespace etch::codegen

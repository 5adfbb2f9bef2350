#pragma once
// What the direct convolution kernels share: vectors of one register, and tiles of them.

#include "codegen/cpu/window/ConvGeometry.h"
#include "codegen/cpu/window/Lanes.h"

namespace etch::codegen {

/// Register tiles. Sums, one register of filters a vector and one broadcast fill the registers: 32 of AVX-512, 16 of
/// others. With few input channels all window positions of a row are written out and share their broadcasts, which take
/// registers, too (AVX-512, 28^2 x 1 -> 32 channels, 5x5: fourteen sums a vector spilled and gave 49 GFLOP/s, seven
/// 229).
///
///     registers                    32            16
///     vectors of outputs      1    2    3    1    2    3
///     sums for each          14   14    9   12    6    4
///     with few inputs        12    7    5    6    3    2
struct ConvRegisters {
  int64_t bytes;                           ///< of a register
  std::array<int64_t, 4> sums, fewInputs;  ///< by the number of vectors
  int64_t pixelSums;                       ///< where vectors run over pixels
  bool fused;                              ///< products are added unrounded

  static ConvRegisters of(KernelFrame &f);
};
/// docs/decisions/0014. Half, twice: 1.00, .93.
inline constexpr int64_t kConvFewInputs = 4;

/// Outputs in blocks of whole vectors; what is left over is a narrower block with a masked last vector.
struct OutputBlocks {
  int64_t vectors;  ///< of a whole block
  int64_t whole;    ///< number of whole blocks
  int64_t rest;     ///< outputs of the last, narrower one
  OutputBlocks(int64_t outputs, int64_t lanes, int64_t mostVectors = 3);
};

class ConvTile {
 public:
  using Values = llvm::SmallVector<mlir::Value>;

  ConvTile(KernelFrame &f, DType elements);
  /// For a convolution: outputs that fill half a register, of each group or at most of the only one, have registers of
  /// that size. They multiply as many lanes a cycle as whole ones that are half empty, or that need a shuffle for each
  /// multiplication; twice as many where a processor takes whole ones in two halves (Zen 4).
  ConvTile(KernelFrame &f, DType elements, const ConvGeometry &geometry);
  DType dtype() const { return elements; }
  mlir::Type elementType() const { return mlir::getElementTypeOrSelf(type); }
  const ConvRegisters &registers() const { return unit; }
  int64_t lanes() const { return unit.bytes / static_cast<int64_t>(size_of(elements)); }

  /// A block of outputs begins: `count` of them in the vectors of the tile (whole vectors when it fills them).
  void begin(int64_t vectors, int64_t count);
  int64_t vectors() const { return static_cast<int64_t>(masks.size()); }

  mlir::Value mask(int64_t vector) const { return masks[vector]; }
  /// Outputs in a vector.
  int64_t count(int64_t vector) const { return std::min(outputs - vector * lanes(), lanes()); }

  Values zeros(int64_t sums);
  mlir::Value at(mlir::Value base, mlir::Value offset);
  mlir::Value at(mlir::Value base, int64_t offset);
  /// The same pointer, but LLVM does not see how it was made. Of the many addresses behind it in a written-out tile it
  /// sees only distances then; else it weighs all ways to step each of them along with the loops around (8 -> 3
  /// channels, 3x3: 0.65 s of the 0.75 s that the first call took).
  mlir::Value opaque(mlir::Value pointer);
  /// The vectors of outputs at `base`.
  Values load(mlir::Value base) { return load(base, masks); }
  /// A vector for each mask, which may be null.
  Values load(mlir::Value base, mlir::ValueRange masks);
  /// One vector, some of its lanes.
  mlir::Value loadSome(mlir::Value base, Lanes some);
  void store(mlir::Value base, mlir::ValueRange vectors);
  mlir::Value broadcast(mlir::Value base);
  mlir::Value plus(mlir::Value x, mlir::Value y);
  mlir::Value multiplyAdd(mlir::Value x, mlir::Value y, mlir::Value sum);

 private:
  KernelFrame &f;
  DType elements;
  ConvRegisters unit;
  mlir::VectorType type;
  int64_t outputs = 0;
  Values masks;  // null: whole
};

/// These emit nothing and return false where another kernel serves better: pixels in vectors for few outputs, outputs
/// in vectors for more, and for few results all of them at once.
bool emitPixelConv(KernelFrame &f, const ConvGeometry &geometry);
bool emitPositionConv(KernelFrame &f, const ConvGeometry &geometry);
bool emitDirectConv(KernelFrame &f, const ConvGeometry &geometry);
bool emitFilterGradient(KernelFrame &f, const ConvGeometry &geometry);
/// Pixels that are far apart in vectors, for long windows to few outputs: where that is better than pixels side by
/// side, and where it is better than outputs.
enum class Rather { thanPixels, thanOutputs };
bool emitSegmentConv(KernelFrame &f, const ConvGeometry &geometry, Rather than);

}  // namespace etch::codegen

#pragma once
// A row of the operand with neighbouring pixels side by side, for kernels whose vectors run over pixels
// (ConvPixels.cpp).
//
// The copy is [inputs, planes, pixels]: pixels `advance` apart, which neighbouring results meet, are neighbours in a
// plane, and there are as many planes. It has what the results of one block of a row meet.

#include "codegen/cpu/window/ConvTile.h"
#include "codegen/cpu/window/Lanes.h"

namespace etch::codegen {

/// Results of a phase in `vectors` vectors.
struct PixelBlock {
  mlir::Value start;  ///< first result, counted in its phase
  int64_t at;         ///< the same where it is known: unless the block is plain
  int64_t vectors;
  bool isPlain;  ///< all window positions meet elements, and what is copied for them is there
};

class PixelRow {
 public:
  /// For blocks of at most `vectors` vectors of results of these phases.
  PixelRow(KernelFrame &f, const ConvGeometry &geometry, ConvTile &tile, llvm::ArrayRef<WindowPhase> phases,
           int64_t vectors);

  int64_t bytes() const;
  /// Whether all that is copied for a block of `vectors` vectors of results from `start` on exists.
  bool isInside(const WindowPhase &phase, int64_t start) const;

  /// Memory for the copy, of zeros: pixels outside the operand are not copied, but multiplied in lanes that forget it.
  void allocate();
  /// Copies row `line` of the operand, from feature `feature` on.
  void fill(const WindowPhase &phase, const PixelBlock &block, mlir::Value line, mlir::Value feature);
  /// Where the pixels are that window position `tap` of the phase gives to the results of a block.
  mlir::Value at(const WindowPhase &phase, int64_t tap, mlir::Value input);

 private:
  KernelFrame &f;
  const ConvGeometry &g;
  ConvTile &tile;
  llvm::ArrayRef<WindowPhase> phases;
  int64_t vectors, lanes;
  mlir::Value operand, copy;
  llvm::DenseMap<int64_t, mlir::func::FuncOp> squares;  // by channels

  int64_t firstPixel(const WindowPhase &phase) const;
  int64_t planePitch(const WindowPhase &phase) const;
  int64_t inputPitch(const WindowPhase &phase) const { return phase.advance * planePitch(phase); }

  /// `lanes` pixels of each plane: from `offset` on in the copy, from `pixel` on in the row.
  struct Piece {
    mlir::Value offset, pixel;
    std::optional<int64_t> at;  // `pixel`, unless all of them exist
  };
  void pick(const WindowPhase &phase, mlir::Value from, const Piece &piece);
  void transpose(const WindowPhase &phase, mlir::Value from, const Piece &piece);
  /// A square of pixels and channels: `from` is the first channel of the first pixel of the row.
  struct Square {
    mlir::Value pixel, pitch, from, to;
    int64_t channels;
  };
  void transposeSquare(KernelFrame &own, ConvTile &vectors, const Square &square) const;
  mlir::func::FuncOp squareFunction(int64_t channels);
};

}  // namespace etch::codegen

#pragma once
// What a filter gradient sums over: the pixels of the cotangent, in chunks that stay in the L1 cache. In the
// convolution that this is, the cotangent is the window: pixels are window positions, and the filters are its results.

#include "codegen/cpu/window/ConvTile.h"

namespace etch::codegen {

/// Pixels [firstRow, lastRow) x [firstColumn, lastColumn) of a plane: whole rows, or a part of one.
struct PixelChunk {
  mlir::Value image, plane, firstRow, lastRow, firstColumn, lastColumn;
};

class PixelChunks {
 public:
  PixelChunks(KernelFrame &f, const ConvGeometry &geometry);

  /// All chunks of images [first, last), in order. A chunk has at most height() x width() pixels.
  void over(mlir::Value first, mlir::Value last, llvm::function_ref<void(const PixelChunk &)> body);
  int64_t height() const { return rows; }
  int64_t width() const { return columns; }
  bool haveWholeRows() const { return columns == g.axes[2].window; }
  bool arePictures() const { return haveWholeRows() && rows == g.axes[1].window && g.axes[0].window == 1; }

  /// What the pixels of a chunk meet of the operand over all filter positions: so many rows and columns, from here on.
  int64_t operandHeight() const { return reach(g.axes[1], rows); }
  int64_t operandWidth() const { return haveWholeRows() ? g.axes[2].extent : reach(g.axes[2], columns); }
  mlir::Value operandRow(const PixelChunk &chunk);
  mlir::Value operandColumn(const PixelChunk &chunk);

  /// The element that filter position k meets at pixel p.
  mlir::Value elementOf(const WindowAxis &axis, mlir::Value k, mlir::Value p);
  /// The pixels of [first, last) at which filter position k meets elements.
  std::pair<mlir::Value, mlir::Value> met(const WindowAxis &axis, mlir::Value k, mlir::Value first, mlir::Value last);

  /// Numbers of elements [image, plane, row, column] of the cotangent and of the operand, but for their features.
  mlir::Value pixelNumber(const PixelChunk &chunk, mlir::Value row, mlir::Value column);
  mlir::Value elementNumber(const PixelChunk &chunk, mlir::Value plane, mlir::Value row, mlir::Value column);

 private:
  KernelFrame &f;
  const ConvGeometry &g;
  int64_t rows, columns;

  static int64_t reach(const WindowAxis &axis, int64_t pixels) {
    return (pixels - 1) * axis.dilation + (axis.result - 1) * axis.stride + 1;
  }
};

/// Fetches the chunk behind the one that is worked on: the tiles of a thread take turns, and a tile whose turn it is
/// asks for a line or a few with each pixel.
class NextChunk {
 public:
  NextChunk(KernelFrame &f, const ConvGeometry &geometry, PixelChunks &chunks, DType dtype, mlir::Value operand,
            mlir::Value cotangent);

  /// `all` tiles of a chunk, of which the thread has `mine`.
  void shareAmong(int64_t all, mlir::Value mine);

  /// Lines that follow each other, some for each pixel of a tile: those of the cotangent that are left, `givenBytes`,
  /// and then the operand's. Without `operand` all are those from `given` on.
  struct Share {
    mlir::Value given, operand, givenBytes;
    mlir::Value pitch;  // bytes of a pixel
  };
  /// What tile `number` of the thread fetches, which works on plane `plane` of the operand; `idle` is asked for when it
  /// is not its turn, and should be in the cache.
  Share shareOf(mlir::Value number, const PixelChunk &chunk, mlir::Value plane, mlir::Value idle);
  void fetch(const Share &share, const PixelChunk &chunk, mlir::Value row, mlir::Value column);

 private:
  KernelFrame &f;
  const ConvGeometry &g;
  PixelChunks &chunks;
  DType dtype;
  mlir::Value operand, cotangent;
  int64_t givenLines, operandLines;  // of the next chunk, for each pixel of this one
  int64_t linesOfTile = 1;
  mlir::Value turns;
};

}  // namespace etch::codegen

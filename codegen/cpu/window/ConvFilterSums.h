#pragma once
// The sums of some tiles of a filter gradient over some images.
//
// A tile (ConvFilterTiles.h) takes one multiplication a pixel of the cotangent. All pixels are walked over a chunk at a
// time (ConvChunks.h), and all tiles inside a chunk, so that it stays in the cache: sums are kept in the result between
// chunks.

#include "codegen/cpu/window/ConvChunks.h"
#include "codegen/cpu/window/ConvFilterCopies.h"
#include "codegen/cpu/window/ConvFilterTiles.h"

namespace etch::codegen {

class FilterSums {
 public:
  FilterSums(KernelFrame &f, const ConvGeometry &geometry);

  mlir::Value images() { return f.extents.of(op.getLhs())[0]; }
  ConvTile &vectors() { return tile; }
  int64_t numTrips() const { return tiles.numTrips(); }
  /// Multiplications of a trip for each image.
  int64_t workOfTrip() const { return tiles.workOfTrip() * pixels(); }
  int64_t pixels() const { return g.axes[0].window * g.axes[1].window * g.axes[2].window; }
  /// Elements of the result.
  int64_t filters() const;

  struct Range {
    mlir::Value first, last;
  };
  void emit(Range images, Range trips, mlir::Value result);

 private:
  using Trip = FilterTiles::Trip;
  using Tile = FilterTiles::Tile;
  using Copies = FilterCopies::Copies;
  using Values = ConvTile::Values;

  KernelFrame &f;
  const ConvGeometry &g;
  const WindowAxis &column;  // gaps are 1: a cotangent has the forward direction's dilation as its stride
  PixelChunks chunks;
  ir::ConvolutionOp op;
  ConvTile tile;
  FilterTiles tiles;
  mlir::Value operand, cotangent;
  FilterCopies copies;
  NextChunk nextChunk;
  mlir::Value to, firstTile;
  bool isOneChunk = false;  // whose sums begin at zero in registers

  void keep(const Tile &t, mlir::ValueRange sums);
  void addChunk(const Trip &trip, const Copies &copied, const Tile &t, const PixelChunk &chunk);

  /// Row p of the cotangent, and the row of the operand that it meets: of the tile's first window row.
  struct Line {
    const Trip &trip;
    const Copies &copied;
    const PixelChunk &chunk;
    const NextChunk::Share &ahead;
    mlir::Value d, p, h;
  };
  /// Some window positions of a tile: [firstTap, lastTap) of them in window rows [firstLine, lastLine), counted from
  /// the tile's first.
  struct Part {
    int64_t firstLine, lastLine, firstTap, lastTap;
  };
  mlir::Value operandAt(const Line &line, mlir::Value w) {
    return copies.operandAt(line.trip, line.copied, line.chunk, line.d, line.h, w);
  }
  mlir::Value givenAt(const Line &line, mlir::Value q) {
    return copies.givenAt(line.trip, line.copied, line.chunk, line.p, q);
  }
  Values onePixel(mlir::Value from, mlir::Value given, const FilterTiles::Rows &kind, const Part &part,
                  mlir::ValueRange sums);
  Values channelsAt(mlir::Value position);
  Values channelOfGroups(mlir::ValueRange ofPosition, int64_t channel);
  Values overPixels(const Line &line, const Tile &t, mlir::ValueRange sums);
  /// The rows of the cotangent that each window row of a tile meets.
  using MetRows = llvm::SmallVector<std::pair<mlir::Value, mlir::Value>>;
  Values overLines(const Line &line, const MetRows &met, mlir::ValueRange sums);
  Values overWindowRows(const Line &line, int64_t firstLine, int64_t lastLine, mlir::ValueRange sums);
};

}  // namespace etch::codegen

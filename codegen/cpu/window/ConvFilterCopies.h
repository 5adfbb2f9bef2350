#pragma once
// What the tiles of a filter gradient read of a chunk, copied together where many tiles read it: lines 256 bytes apart
// use a quarter of the L1 cache's sets.

#include "codegen/cpu/window/ConvChunks.h"
#include "codegen/cpu/window/ConvFilterTiles.h"

namespace etch::codegen {

class FilterCopies {
 public:
  FilterCopies(KernelFrame &f, const ConvGeometry &geometry, const FilterTiles &tiles, ConvTile &tile,
               PixelChunks &chunks, mlir::Value operand, mlir::Value cotangent)
      : f(f), g(geometry), tiles(tiles), tile(tile), chunks(chunks), operand(operand), cotangent(cotangent) {}

  /// What the tiles of one trip read of a chunk: copies, null for what is read in place.
  struct Copies {
    mlir::Value operand, given;
  };
  /// Copies it for the trip; the cotangent's pixels for all trips of a block of outputs, of which `firstTrip` may be
  /// the first.
  Copies make(const FilterTiles::Trip &trip, const PixelChunk &chunk, mlir::Value firstTrip);

  /// Where the trip's outputs of pixel [p, q] of the cotangent are.
  mlir::Value givenAt(const FilterTiles::Trip &trip, const Copies &copies, const PixelChunk &chunk, mlir::Value p,
                      mlir::Value q);
  /// Where the trip's channels of element [d, h, w] of the operand are.
  mlir::Value operandAt(const FilterTiles::Trip &trip, const Copies &copies, const PixelChunk &chunk, mlir::Value d,
                        mlir::Value h, mlir::Value w);

 private:
  KernelFrame &f;
  const ConvGeometry &g;
  const FilterTiles &tiles;
  ConvTile &tile;
  PixelChunks &chunks;
  mlir::Value operand, cotangent;
  mlir::Value operandCopy, givenCopy;  // made when first needed

  mlir::Value stack();
  bool pays(int64_t elements) const;
  mlir::Value copyGiven(const FilterTiles::Trip &trip, const PixelChunk &chunk, mlir::Value firstTrip);
  mlir::Value copyOperand(const FilterTiles::Trip &trip, const PixelChunk &chunk);
};

}  // namespace etch::codegen

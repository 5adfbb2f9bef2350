#pragma once
// Tiles of results of ConvSegments.cpp: sums in registers over window positions, channels and rows of the window.

#include "codegen/cpu/window/ConvSegmentRows.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

class SegmentTiles {
 public:
  SegmentTiles(KernelFrame &f, const ConvGeometry &geometry, ConvTile &tile, SegmentRows &rows);

  /// Results of a tile, and window positions that are written out for it.
  int64_t results, positions;

  /// A row of results, of which one segment is `segment` vectors.
  struct Line {
    mlir::Value sums;  // in memory: [output, result, segment]
    int64_t segment;
    bool goesOn;                                // from what the sums are
    mlir::Value firstResult, firstLine, shift;  // what the copy begins with: result, row of the operand, window element
    mlir::Value isFinite;                       // whether all filters are; null where they meet no border
  };
  /// Adds window positions [begin, end) of a phase to all sums of a row.
  void add(const Line &line, const WindowTaps &taps, const WindowPhase &phase, mlir::Value begin, mlir::Value end);

 private:
  using Values = ConvTile::Values;

  KernelFrame &f;
  const ConvGeometry &g;
  ConvTile &tile;
  SegmentRows &rows;
  ir::ConvolutionOp op;
  int64_t lanes, outputs;  // outputs of a group

  /// A row of the window over a row of the copy.
  struct Row {
    const Line &line;
    mlir::Value row, filter;               // of the copy; the first filter's number
    mlir::Value group, first, begin, end;  // first result
    bool forgets;
  };
  /// Some terms of it that are evenly spaced: vectors from one to the next, filters from one to the next.
  struct Terms {
    mlir::Value vector, filter;
    int64_t pitch, filterPitch;
  };

  Values access(mlir::Value memory, int64_t segment, mlir::ValueRange stored);
  Values overPositions(const Row &r, const WindowPhase &phase, mlir::ValueRange carried);
  Values overTerms(const Row &r, const Terms &terms, mlir::Value count, mlir::ValueRange carried);
  Values overBlock(const Row &r, const Terms &terms, mlir::Value u, int64_t size, mlir::ValueRange carried);
};

}  // namespace etch::codegen

#pragma once
// The sums of a tile of a direct convolution (ConvDirect.cpp): neighbouring results of a row times a block of outputs,
// over all window positions and inputs.
//
// A window row and its inputs are contiguous in both operands, so away from the borders one loop runs over both; at
// them, one over the positions that all results of the tile meet. Where
// a result meets its inputs one by one, they are broadcast to the outputs; groups of fewer outputs than a vector has
// lanes stand side by side in it, and each lane takes an input of its own group: depthwise filters the element itself.

#include "codegen/cpu/window/ConvTile.h"
#include "codegen/cpu/window/FetchAhead.h"

namespace etch::codegen {

class TileSums {
 public:
  TileSums(KernelFrame &f, const ConvGeometry &geometry, ConvTile &tile, mlir::Value operand);

  /// Terms of a sum up to which they are written out one by one, where that is not too much code (docs/decisions/0107).
  /// Half, twice: .78, 1.04.
  static constexpr int64_t kUnrolledTerms = 8;
  /// From here on fewer are, where groups do not stand side by side.
  void writeOutTerms(int64_t most) { unrolledTerms = most; }
  /// Whether groups stand side by side in vectors of outputs.
  static bool spansGroups(const ConvGeometry &geometry, int64_t lanes);

  /// Window positions of a row that meet elements for the same results of a block, [first, last), and whose terms are
  /// neighbours.
  struct Run {
    int64_t first, taps;
    std::pair<int64_t, int64_t> results;
  };
  static llvm::SmallVector<Run> runsOf(const ConvGeometry &geometry, const WindowPhase &column,
                                       const WindowBlock &block);

  /// A block of outputs, for which ConvTile has the masks. Filters [window..., inputs, `pitch`] begin at `filters`.
  struct Outputs {
    mlir::Value feature;  ///< the first one of the operand
    mlir::Value output;
    mlir::Value filters;
    int64_t pitch;
  };
  /// What results of a row share.
  struct Row {
    mlir::Value image;
    WindowTaps planes, rows;
  };
  /// Results of the block from `start` on: [result, vector].
  ConvTile::Values of(const Outputs &outputs, const Row &row, const WindowPhase &column, const WindowBlock &block,
                      mlir::Value start, const FetchAhead &ahead);

 private:
  using Values = ConvTile::Values;

  KernelFrame &f;
  const ConvGeometry &g;
  ConvTile &tile;
  mlir::Value x;
  int64_t inputs;
  bool inGroups;  // see spansGroups
  int64_t unrolledTerms = kUnrolledTerms;

  struct Terms {
    mlir::Value elements, filters;  // of the first result and the first term
    int64_t count;                  // neighbours in both
    int64_t pitch;                  // of the filters
  };
  Values overColumns(const Terms &terms, const WindowPhase &column, const WindowBlock &block, const FetchAhead &ahead,
                     Values sums);
  Values overTerms(const Terms &terms, const WindowPhase &column, std::pair<int64_t, int64_t> results,
                   const FetchAhead &ahead, Values sums);
  Values elementsAt(mlir::Value base, mlir::Value term);
};

}  // namespace etch::codegen

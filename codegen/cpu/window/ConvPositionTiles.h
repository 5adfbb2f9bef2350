#pragma once
// What ConvPositions.cpp multiplies: filters of a window position, and the tiles of results that meet them.

#include <map>

#include "codegen/cpu/window/ConvTile.h"

namespace etch::codegen {

/// Vectors of outputs of a block (docs/decisions/0079). One: .92.
inline constexpr int64_t kPositionVectors = 2;
/// Inputs that are taken at once: 16 KiB of filters of a block, which are copied when its turn comes. All four blocks
/// copied at once were 64 KiB of the L2 cache to write and read again (7^2 x 512: 155 GFLOP/s instead of 159).
inline constexpr int64_t kPositionInputs = 128;

class PositionFilters {
 public:
  /// Turned ones are those of the convolution turned around, [window, outputs, inputs], the window from its end on.
  PositionFilters(KernelFrame &f, const ConvGeometry &geometry, ConvTile &tile, int64_t blocks, bool areTurned)
      : f(f), g(geometry), tile(tile), blocks(blocks), turned(areTurned) {}
  bool areTurned() const { return turned; }
  /// The same in another function.
  PositionFilters in(KernelFrame &frame, ConvTile &vectors) const { return {frame, g, vectors, blocks, turned}; }

  /// Those of a window position from an input and an output on, in elements from the first.
  mlir::Value at(mlir::Value position, mlir::Value input, mlir::Value output);
  /// Copies those of a block, from output `first` on, and of `count` inputs to [input, output]. Lanes behind the last
  /// output have numbers that no result takes.
  void copy(mlir::Value from, mlir::Value to, mlir::Value count, mlir::Value first);
  /// Of a vector of outputs from `first` on those that there are; null if all vectors are whole.
  mlir::Value mask(mlir::Value first);
  /// Fetches line `number` of those of all blocks of a trip, row after row.
  void fetch(mlir::Value from, mlir::Value number);

 private:
  KernelFrame &f;
  const ConvGeometry &g;
  ConvTile &tile;
  int64_t blocks;  // of a trip
  bool turned;
  mlir::func::FuncOp turn;  // what copies turned ones

  int64_t width() const { return kPositionVectors * tile.lanes(); }
  void emitTurn(mlir::Value from, mlir::Value to, mlir::Value count, mlir::Value first);
};

/// A tile is a function, which window positions whose tiles are alike share.
class PositionTiles {
 public:
  PositionTiles(KernelFrame &f, const PositionFilters &filters, DType dtype) : f(f), filters(filters), dtype(dtype) {}

  /// Vectors of outputs, results, and how far apart the elements that they meet and their sums lie.
  struct Shape {
    int64_t vectors, rows, columns, rowElements, columnElements, rowSums, columnSums;
    auto operator<=>(const Shape &) const = default;
  };
  struct Operands {
    mlir::Value sums, elements;  // of the first result
    mlir::Value copy, count;     // of filters; inputs
    mlir::Value next;            // the filters to fetch meanwhile:
    mlir::Value line, more;      // from these lines on, which may be the same, one each with every input
  };
  /// Adds the products of `count` inputs to the sums of a tile.
  void add(const Shape &shape, const Operands &operands);

 private:
  KernelFrame &f;
  const PositionFilters &filters;
  DType dtype;
  std::map<Shape, mlir::func::FuncOp> functions;

  mlir::func::FuncOp functionOf(const Shape &shape);
  static void emit(KernelFrame &f, ConvTile &tile, PositionFilters filters, const Shape &shape,
                   const Operands &operands);
};

}  // namespace etch::codegen

#pragma once
// The tiles of a filter gradient: a few rows of the result [window..., channels, outputs], each times a block of
// outputs. Rows are channels of one window position; where there are few channels, neighbouring positions of a window
// row, whose elements are neighbours, too, and where a tile has room, those of several window rows.

#include "codegen/cpu/window/ConvTile.h"

namespace etch::codegen {

class FilterTiles {
 public:
  FilterTiles(KernelFrame &f, const ConvGeometry &geometry, ConvTile &tile);

  /// The rows of a tile: `channels` of them for each of `taps` positions from `firstTap` on in `lines` window rows.
  struct Rows {
    int64_t channels, firstTap = 0, taps = 1, lines = 1;
    int64_t count() const { return channels * taps * lines; }
  };
  /// A block of outputs with a block of rows: a tile for each window position, or one tile of window rows.
  struct Trip {
    mlir::Value number, output, line;  // `line`: the first window row; null for every window position
    mlir::Value rowBlock, channel;     // `channel`: in its group
    mlir::Value feature;               // of the operand
    Rows kind;
  };
  struct Tile {
    mlir::Value number;              // among those of all trips
    mlir::Value plane, row, column;  // window position, the first one of a window row
    mlir::Value element;             // of the result
  };

  bool byWindowRow() const { return inWindowRow; }
  /// Groups of fewer outputs than a vector has lanes stand side by side in it; each lane has channels of its own. With
  /// several channels, each lane pattern takes a register: such tiles have one vector of outputs.
  bool spanGroups() const { return sideBySide; }
  int64_t numTrips() const;
  int64_t tilesOfTrip() const { return inWindowRow ? 1 : positions; }
  /// Multiplications of a trip with each pixel.
  int64_t workOfTrip() const { return blocks.vectors * tile.lanes() * kinds[0].count() * tilesOfTrip(); }
  int64_t channelsOfGroup() const { return channels; }

  /// Trips [first, last), where ConvTile has the vectors of their outputs.
  void over(mlir::Value first, mlir::Value last, llvm::function_ref<void(const Trip &)> body);
  void overTiles(const Trip &trip, llvm::function_ref<void(const Tile &)> body);

  /// Whether filter position `tap` of a row meets an element at pixel p of a row.
  bool meets(int64_t tap, int64_t p) const;
  /// Whether pixel p of a row meets elements for all of the tile's positions in a window row.
  bool isInside(const Rows &kind, int64_t p) const {
    return meets(kind.firstTap, p) && meets(kind.firstTap + kind.taps - 1, p);
  }

 private:
  KernelFrame &f;
  const ConvGeometry &g;
  ConvTile &tile;
  bool sideBySide;
  int64_t groups;  // whose outputs do not share vectors
  OutputBlocks blocks;
  int64_t channels;  // of a group
  bool inWindowRow = false;
  llvm::SmallVector<Rows> kinds;  // as many as differ
  int64_t rowBlocks = 1;          // tiles for each of `positions`
  int64_t positions = 1;          // window positions, window rows or, where a tile has several of those, planes

  int64_t blocksOfGroup() const { return blocks.whole + (blocks.rest > 0); }
  int64_t mostRows() const;
  void chooseRows();
  bool chooseWindowRows();
  void chooseLines();
  void overKinds(const Trip &trip, size_t i, llvm::function_ref<void(const Trip &)> body);
  Tile tileAt(const Trip &trip, mlir::Value position);
};

}  // namespace etch::codegen

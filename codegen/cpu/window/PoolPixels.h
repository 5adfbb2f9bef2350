#pragma once
// Pooling windows over the axes between the first and the last, in vectors of channels: channels-last pictures. A tile
// is the channels of a pixel, up to four vectors of them, or of a few neighbouring pixels with few channels
// (docs/decisions/0080-whole-pixels.md).

#include "codegen/cpu/window/FetchAhead.h"
#include "codegen/cpu/window/WindowRow.h"

namespace etch::codegen {

struct PoolPixels {
  int64_t rank;
  std::array<WindowAxis, 3> axes;  ///< planes, rows, columns; missing ones are in front
  llvm::SmallVector<WindowPhase> columns;
  int64_t pixelElements;            ///< channels, or kDynamic
  int64_t vectors = 1, groups = 1;  ///< of a tile, and how many such groups a pixel has; unknown ones are one by one
  DType dtype;

  /// Nothing where windows slide over other axes, extents of a picture are 0 or unknown, or there is but one channel:
  /// vectors along the row would be better than one lane of many.
  static std::optional<PoolPixels> of(mlir::Operation *pool);

  /// Pixels of a tile.
  int64_t pixels() const;
  /// Elements that the code of the tiles at the ends of a row meets, and of one inside.
  int64_t code() const;

  /// Vectors of neighbouring channels; a mask is of the last one.
  struct Channels {
    mlir::Value first;
    int64_t vectors;
    mlir::Value mask;

    mlir::Value maskOf(int64_t v) const { return v + 1 == vectors ? mask : mlir::Value(); }
  };
  void overChannels(KernelFrame &f, mlir::Value channels, llvm::function_ref<void(const Channels &)> body) const;

  /// What fetches rows for those who run `tiles` tiles of each row in turn.
  class NextRows {
   public:
    NextRows(KernelFrame &f, const PoolPixels &pixels, int64_t tiles) : f(f), pixels(pixels), tiles(tiles), ahead(f) {}
    /// The rows of a tensor of elements that the windows of the next row are the first to meet.
    void addElements(mlir::Value tensor, const WindowRow &row, bool willBeWritten);
    /// The next row of a tensor of windows.
    void addWindows(mlir::Value tensor, const WindowRow &row, bool willBeWritten);
    /// Nothing where that is more than a tile should fetch.
    FetchAhead fetches() const;

   private:
    KernelFrame &f;
    const PoolPixels &pixels;
    int64_t tiles;
    FetchAhead ahead;

    void add(mlir::Value tensor, mlir::Value at, int64_t elements, bool willBeWritten);
  };
};

}  // namespace etch::codegen

#pragma once
// Pooling windows over the last axis and up to two before it: channels-first pictures, one for each place of the axes
// in front. The only channel of channels-last pictures is no axis: these are channels-first ones, too.

#include <array>

#include "codegen/cpu/window/WindowAxis.h"

namespace etch::codegen {

struct PoolPictures {
  int64_t rank, outer;             ///< axes without that of an only channel, and those in front
  std::array<WindowAxis, 3> axes;  ///< planes, rows, columns; missing ones are in front

  /// Nothing where windows leave the last axis alone, or extents of a picture are 0 or unknown.
  static std::optional<PoolPictures> of(mlir::Operation *pool);
};

}  // namespace etch::codegen

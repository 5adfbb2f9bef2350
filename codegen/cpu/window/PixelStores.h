#pragma once
// How kernels whose vectors run over pixels (ConvPixels.cpp) store the few outputs of neighbouring pixels, which lie
// side by side in memory.

#include "codegen/cpu/window/Lanes.h"

namespace etch::codegen {

/// Vectors of one output each, put together pixel by pixel in registers and stored as they lie. One by one, each would
/// be a scatter to elements that are apart.
class PixelStores {
 public:
  /// For the results of a kernel in which `made` [..., pixels, outputs] is what the vectors have.
  PixelStores(KernelFrame &f, mlir::Value made, int64_t lanes) : f(f), made(made), lanes(lanes) {}

  /// Whether all results lie as `made` does, and have two to eight outputs.
  bool fit() const;
  /// Stores at the pixel that `index` begins with, and those behind it, what the kernel makes of a vector for each
  /// output. There are `count` such pixels.
  void store(const Index &index, mlir::ValueRange outputs, int64_t count);

 private:
  KernelFrame &f;
  mlir::Value made;
  int64_t lanes;
};

}  // namespace etch::codegen

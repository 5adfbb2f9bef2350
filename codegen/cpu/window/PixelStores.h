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

  /// Stores what the kernel makes of vectors of pixels, one for each output from the one on that `index` ends with. It
  /// begins with the first of the pixels, of which there are `count`, or a whole vector if that is more.
  void store(const Index &index, mlir::ValueRange outputs, mlir::Value count);

 private:
  KernelFrame &f;
  mlir::Value made;
  int64_t lanes;

  bool lieTogether(const Index &index, size_t outputs) const;
  void storeTogether(const Index &index, mlir::ValueRange outputs, mlir::Value count);
};

}  // namespace etch::codegen

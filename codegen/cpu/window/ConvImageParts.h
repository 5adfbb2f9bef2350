#pragma once
// How a filter gradient divides its sum over images: in parts whose sums are added in order. Threads read images of
// their own then, where tiles of the result would make each of them read all (docs/decisions/0069-parts-of-images.md).

#include "codegen/cpu/Kernel.h"

namespace etch::codegen {

/// The parts follow from extents alone, so that every kernel and every number of threads gives the same bits.
struct ImageParts {
  mlir::Value count;   ///< of parts; 1 without images, which makes the result zeros
  mlir::Value images;  ///< of each part but the last, which may have fewer

  /// `pixels` of each image, `filters` elements of the result.
  static ImageParts of(KernelFrame &f, mlir::Value images, mlir::Value pixels, mlir::Value filters);
};

}  // namespace etch::codegen

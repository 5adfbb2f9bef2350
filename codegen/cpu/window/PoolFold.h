#pragma once
// What sums and maxima of windows do with the elements they meet, in row-major order.

#include "codegen/cpu/Kernel.h"

namespace etch::codegen {

class PoolFold {
 public:
  /// `op` is a reduce_window_sum or a reduce_window_max.
  PoolFold(KernelFrame &f, mlir::Operation *op);

  /// Of a window that has met nothing; `lanes` 0 means scalars.
  mlir::Value start(int64_t lanes);
  mlir::Value with(mlir::Value state, mlir::Value element);
  /// As an element of the result.
  mlir::Value finished(mlir::Value state);

 private:
  KernelFrame &f;
  bool isSum;
  DType dtype, stateDType;
};

/// Emits kernels of windows over the axes between the first and the last, where their extents are known; false for
/// others.
bool emitPoolRows(KernelFrame &f, mlir::Operation *op);
/// The same for windows over the last axis and up to two before it.
bool emitPoolColumns(KernelFrame &f, mlir::Operation *op);
/// The same for the ops that find the place of each window's maximum.
bool emitPoolPlaces(KernelFrame &f, mlir::Operation *op);
bool emitPoolPixelPlaces(KernelFrame &f, mlir::Operation *op);

}  // namespace etch::codegen

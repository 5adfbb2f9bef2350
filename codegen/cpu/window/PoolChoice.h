#pragma once
// What a window chooses: the first of its largest elements in row-major order, or its first NaN. It is known by the
// number of its position inside the window.

#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/elements/ScalarOps.h"

namespace etch::codegen {

class PoolChoice {
 public:
  /// `op` is a select_and_scatter_add or a select_and_gather; `lanes` 0 means scalars.
  PoolChoice(KernelFrame &f, mlir::Operation *op, int64_t lanes);

  /// Of a window that has met nothing: the best element, the number of its position and, for the op that gathers, the
  /// other operand there.
  llvm::SmallVector<mlir::Value> none() const;
  size_t size() const { return isScatter ? 2 : 3; }
  /// Numbers of positions: the same for all lanes; a scalar i32 more than that.
  mlir::Value number(int64_t position) const;
  mlir::Value number(mlir::Value first, int64_t position) const;

  /// A window that meets `element` at position `number`, where `met` holds or is null; `other` is of the op that
  /// gathers. `choice` has the number of a position, however bad, if `isFound`.
  llvm::SmallVector<mlir::Value> with(mlir::ValueRange choice, mlir::Value element, mlir::Value number,
                                      mlir::Value other, mlir::Value met, bool isFound) const;

  /// What windows that chose `chosen` and are given `given` leave of an element at position `number`, which has got
  /// `sum` before.
  mlir::Value given(mlir::Value sum, mlir::Value chosen, mlir::Value number, mlir::Value given) const;
  mlir::Value zero() const;

 private:
  KernelFrame &f;
  mlir::Operation *op;
  int64_t lanes;
  bool isScatter;
  DType dtype;

  mlir::Type typeOf(mlir::Type element) const { return withLanes(element, lanes); }
};

}  // namespace etch::codegen

#pragma once
// What windows give to elements is added up in the result, row of windows by row of windows. A row of elements is
// stored without being read by the first row of windows that meets it; nothing is cleared before, but rows that no
// window meets are. Where windows are dilated or planes of them overlap it is all cleared before.

#include "codegen/cpu/window/WindowRow.h"

namespace etch::codegen {

class PoolSums {
 public:
  /// `lineBytes`: of a row of elements. With `rowsAreWhole` every row of windows stores all of each row that it meets.
  PoolSums(KernelFrame &f, const std::array<WindowAxis, 3> &axes, mlir::Value lineBytes, bool rowsAreWhole);

  /// Whether rows that are met first are stored first. If not they have zeros.
  bool byRow() const { return isByRow; }

  /// body(row) for each row of windows of the images of this call. `adds`: what windows give is added up.
  void overWindows(bool adds, llvm::function_ref<void(const WindowRow &row)> body);
  /// body(jd, jh, whether no row of windows before has met that row of elements) for each row that windows meet.
  void overRows(const WindowRow &row, llvm::function_ref<void(mlir::Value, mlir::Value, bool)> body);

 private:
  KernelFrame &f;
  const std::array<WindowAxis, 3> &axes;
  mlir::Value lineBytes;
  bool isByRow;

  void beginImage(mlir::Value image);
  void clear(mlir::Value line, mlir::Value count);
  void clearBetween(const WindowRow &row, mlir::Value jd);
};

}  // namespace etch::codegen

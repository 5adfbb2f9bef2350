#pragma once
// A row of results of a pooling op, and the rows of elements that its windows meet: row jh of plane jd of the windows,
// as WindowTaps counts them.

#include "codegen/cpu/window/WindowAxis.h"

namespace etch::codegen {

class WindowRow {
 public:
  mlir::Value image, plane, h;
  WindowTaps planes, rows;

  /// `axes` are planes, rows and columns, and outlive it.
  WindowRow(KernelFrame &f, const std::array<WindowAxis, 3> &axes, mlir::Value image, mlir::Value plane, mlir::Value h);
  /// Of rows of results counted through all images.
  static WindowRow ofTrip(KernelFrame &f, const std::array<WindowAxis, 3> &axes, mlir::Value trip);

  /// The row's number, counted through all images; and that of a row of elements.
  mlir::Value line() const;
  mlir::Value elementLine(mlir::Value jd, mlir::Value jh) const;
  /// The number, inside a window, of the first position in a row of it: an i32.
  mlir::Value firstPosition(mlir::Value jd, mlir::Value jh) const;

  /// carried = body(jd, jh, carried) for each row of the windows, in order.
  using Body = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value jd, mlir::Value jh, mlir::ValueRange)>;
  llvm::SmallVector<mlir::Value> overRows(mlir::ValueRange carried, Body body) const;
  /// The same, written out where all windows have the same few rows.
  llvm::SmallVector<mlir::Value> overRowsWrittenOut(mlir::ValueRange carried, Body body) const;
  /// carried = body(j, carried) for j in [begin, end): written out where those are few and known.
  static llvm::SmallVector<mlir::Value> writtenOut(KernelFrame &f, mlir::Value begin, mlir::Value end,
                                                   mlir::ValueRange carried, KernelFrame::Body body);

 private:
  KernelFrame &f;
  const std::array<WindowAxis, 3> &axes;
};

}  // namespace etch::codegen

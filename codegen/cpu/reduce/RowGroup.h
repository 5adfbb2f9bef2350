#pragma once
// Rows of a reduce kernel that take each pass together, so that they do not wait for one another: folding a row and
// the root of its variance take longer than adding up sixty elements, and the next pass needs them. What is computed
// once a row is computed for all of them at once, a lane each. Their numbers wait on the stack for the passes that read
// them. docs/decisions/0081-rows-together.md has measurements.

#include "codegen/cpu/reduce/ReduceKernel.h"

namespace etch::codegen {

class RowGroup {
 public:
  /// Up to `rows` rows along the innermost kept axis; 1: a row at a time, whose numbers are in registers.
  RowGroup(ReduceFrame &r, int64_t rows);

  /// Loops over the groups of the kernel.
  void overGroups(llvm::function_ref<void()> inner);
  /// Runs `body` with the frame's index at each row of the group; what it returns are the row's values of `results`.
  void eachRow(llvm::ArrayRef<mlir::Value> results, llvm::function_ref<Values()> body);
  /// Computes `result`, of the kept axes, for all rows.
  void compute(mlir::Value result);
  /// The frame's index at the first element of the group.
  Index firstElement() const;

 private:
  struct Numbers {
    mlir::Value tensor;
    mlir::Value memory;  // none where no pass reads them
    mlir::Value vector;
  };

  ReduceFrame &r;
  KernelFrame &f;
  const int64_t rows;
  int64_t axis = 0;  // along which the rows of a group follow each other
  mlir::Value first, count, mask;
  llvm::SmallVector<Numbers> numbers;  // of the group's rows, where it has several

  bool isSingle() const { return rows == 1; }
  void enterRows();
  mlir::Value allocate(mlir::Value tensor);
};

}  // namespace etch::codegen

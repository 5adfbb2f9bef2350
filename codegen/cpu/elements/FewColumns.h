#pragma once
// What kernels over tall matrices of few columns share: how their tensors vary, and vectors that pass over the matrix
// as it lies in memory.

#include "codegen/cpu/Kernel.h"

namespace etch::codegen {

/// On what a tensor of the kernel's shape depends.
enum class Varies { withAll, withColumns, withRows, outside };

/// The extents of a kernel as rows of a few columns.
struct FewColumnsShape {
  llvm::ArrayRef<int64_t> extents;
  int64_t rowAxis = 0;  // the axes behind it are columns
  int64_t columns = 1;

  explicit FewColumnsShape(llvm::ArrayRef<int64_t> extents);
  int64_t rows() const { return extents[rowAxis]; }
};

class FewColumns {
 public:
  FewColumns(KernelFrame &f, FewColumnsShape shape);

  /// Can every value of the kernel's shape be read so? Finds those that vary with rows or columns only.
  bool classify();

 protected:
  struct Tile {
    mlir::Value value;
    Varies varies;
  };
  KernelFrame &f;
  mlir::OpBuilder &b;
  mlir::Location at;
  const FewColumnsShape shape;
  Index index;
  llvm::SmallVector<Tile> tiles;

  /// Trips are rows, `together` of them at a time, or indices of the first axis in front of them.
  void setTrips(int64_t together);
  /// Calls `body` with the rows of the kernel's trips, for each index of the axes in front of them.
  void overRows(llvm::function_ref<void(mlir::Value lower, mlir::Value upper)> body, int64_t axis = 0);
  /// Where whole blocks of so many rows end.
  mlir::Value wholeBlocks(mlir::Value lower, mlir::Value upper, int64_t block);

  /// Vector `number` of the columns of sixteen rows, of which lane i of `value` is row i: each as often as there are
  /// columns.
  mlir::Value spread(mlir::Value value, int64_t number);
  mlir::Value address(mlir::Value tensor, mlir::Value memory, mlir::Value place) {
    return elementPointer(b, at, dtypeOf(tensor), memory, place);
  }
  /// The elements of the results from position `from` on; `tileVector` gives those of tile number i.
  void emitVector(mlir::Value from, mlir::Value mask, llvm::function_ref<mlir::Value(size_t i)> tileVector);

 private:
  std::optional<Varies> variesOf(mlir::Operation *op) const;
};

/// Elementwise ops of a block of sixteen rows, at most, for which a block is emitted as one stretch of code
/// (docs/decisions/0078 and docs/decisions/0135).
inline constexpr int64_t kOpsInRegisters = 64;

/// LoopSpreadColumns.cpp: whether it emitted the kernel.
bool emitLoopSpreadColumns(KernelFrame &f, FewColumnsShape shape);

}  // namespace etch::codegen

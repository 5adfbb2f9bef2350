#pragma once
// Products whose matrices are so small that their kernels are written out: what the contraction says of them.

#include <optional>

#include "codegen/cpu/Kernel.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

/// `rows` x `depth` times `depth` x `columns`, known extents, for each element of the batch; without one a row at a
/// time, so that rows is 1.
struct SmallProduct {
  bool batched = false;
  bool leftTurned = false, rightTurned = false;  ///< depth is the outer axis on the left, the inner one on the right
  int64_t rows = 1, columns = 1, depth = 1;

  /// Nothing where extents are unknown, or where what is repeated does not lie one after the other.
  static std::optional<SmallProduct> of(ir::DotGeneralOp dot);

  int64_t leftSize() const { return rows * depth; }
  int64_t rightSize() const { return depth * columns; }
  int64_t size() const { return rows * columns; }
  int64_t leftAt(int64_t row, int64_t k) const { return leftTurned ? k * rows + row : row * depth + k; }
  int64_t rightAt(int64_t k, int64_t column) const { return rightTurned ? column * depth + k : k * columns + column; }
  /// Whether the numbers of a row of the left operand, or of a column of the right one, are neighbours.
  bool liesLeftAlongDepth() const { return !leftTurned || rows == 1; }
  bool liesRightAlongDepth() const { return rightTurned || columns == 1; }
};

/// Sums of products, several side by side, in the order in which the shared routine adds them: that of the depth, or
/// the lanes of a dot product (GemmDots.h), so that results have its bits.
class SmallSums {
 public:
  using Values = llvm::SmallVector<mlir::Value>;

  /// `number` vectors of sums of a product of so many rows in all.
  SmallSums(KernelFrame &f, DType dtype, const SmallProduct &p, int64_t rows, mlir::VectorType type, int64_t number);

  /// sums[i] += x * y, step k of the depth.
  void add(int64_t i, int64_t k, mlir::Value x, mlir::Value y);
  /// What they come to.
  Values finished();

  /// Whether the routine takes dot products of this product.
  static bool areDots(KernelFrame &f, DType dtype, const SmallProduct &p, int64_t rows);

 private:
  KernelFrame &f;
  bool fused;
  int64_t lanes = 1;  ///< a sum consists of so many
  llvm::SmallVector<Values> sums;
};

}  // namespace etch::codegen

#pragma once
// What the kernels of attention and of its derivative share: blocks of scores, made by the shared matrix product in
// memory of the thread, and what happens to their rows.

#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/gemm/GemmTiles.h"
#include "ir/dialect/EtchDialect.h"
#include "passes/buffer/Partials.h"

namespace etch::codegen {

/// Queries and keys of a block of scores. They follow from nothing, so that results do not depend on threads
/// (docs/decisions/0040).
inline constexpr int64_t kQueryBlock = 192;
using passes::kKeyBlock;
/// Elements from one row of a block to the next: rows that lie 1 KiB apart meet in few cache sets
/// (docs/decisions/0040).
inline constexpr int64_t kScoreStride = kKeyBlock + 16;

/// One attention: its extents, and arithmetic on vectors of kLanes.
class AttentionEmitter {
 public:
  AttentionEmitter(KernelFrame &f, mlir::Value query, mlir::Value key, mlir::Value value, mlir::Value mask,
                   bool causal);

  KernelFrame &f;
  const DType dtype;
  const bool causal;
  mlir::Value batch;                                ///< product of the leading extents
  mlir::Value queries, keys, depth, valueDepth;     ///< extents
  mlir::Value queryMemory, keyMemory, valueMemory;  ///< pointers

  GemmTiles tiles() const;
  /// base + position elements.
  mlir::Value offset(mlir::Value base, mlir::Value position) {
    return elementPointer(f.b, f.at, dtype, base, position);
  }
  /// Memory of this thread for so many elements, beside that of the matrix product.
  mlir::Value scratch(mlir::Value elements);

  /// A matrix in memory: element (i, j) is at i * row + j * column.
  struct Matrix {
    mlir::Value base, row, column;
    Matrix transposed() const { return {base, column, row}; }
  };
  Matrix rowMajor(mlir::Value base, mlir::Value row) { return {base, row, f.constant(1)}; }
  /// out = x . y: m x k by k x n.
  void multiply(const Matrix &x, const Matrix &y, mlir::Value out, mlir::Value outRow, mlir::Value m, mlir::Value n,
                mlir::Value k);

  /// A block of scores: `rows` queries from `firstQuery` on, `columns` keys from `firstKey` on, of one batch.
  struct Block {
    mlir::Value batch, firstQuery, rows, firstKey, columns;
  };
  /// Fills `scores` with the products of the block's queries and keys.
  void multiplyKeys(const Block &block, mlir::Value scores);
  /// Where one row of a block begins in the mask; null without one.
  mlir::Value maskRow(const Block &block, mlir::Value row);
  /// How many columns of a row its query may see.
  mlir::Value visibleColumns(const Block &block, mlir::Value row);
  /// The scores at `position` of a row, masked. Lanes outside `lanes` are -inf.
  mlir::Value scoresAt(mlir::Value line, mlir::Value maskLine, mlir::Value position, mlir::Value lanes);

  mlir::Value load(mlir::Value address, mlir::Value lanes = {});
  void store(mlir::Value value, mlir::Value address, mlir::Value lanes = {});
  mlir::Value loadOne(mlir::Value base, mlir::Value position) { return loadScalar(f.b, f.at, dtype, base, position); }
  void storeOne(mlir::Value value, mlir::Value base, mlir::Value position) {
    storeScalar(f.b, f.at, dtype, value, base, position);
  }
  mlir::Value splat(mlir::Value scalar);
  mlir::Value vectorOf(double number);
  mlir::Value scalarOf(double number);
  mlir::Value plus(mlir::Value x, mlir::Value y);
  mlir::Value minus(mlir::Value x, mlir::Value y);
  mlir::Value times(mlir::Value x, mlir::Value y);
  /// e^x for x that are not positive.
  mlir::Value exponential(mlir::Value x);
  mlir::Value equals(mlir::Value x, double number);
  mlir::Value select(mlir::Value condition, mlir::Value x, mlir::Value y);
  /// The larger of both, one instruction: y where one is NaN.
  mlir::Value larger(mlir::Value x, mlir::Value y);
  /// One number of all lanes, by halves.
  mlir::Value fold(mlir::Value vector, llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> join);
  void fillWithZeros(mlir::Value base, mlir::Value from, mlir::Value to);
  /// to[r] = to[r] * factor(r) + from[r] for `rows` rows of `length`; without a factor, to[r] += from[r].
  void addRows(mlir::Value to, mlir::Value from, mlir::Value rows, mlir::Value length, mlir::Value factors);

 private:
  mlir::Value mask;
  mlir::func::FuncOp gemm;
  llvm::SmallVector<mlir::Value> leading;
  mlir::Type vectorType() const;
};

void emitAttentionGradientKernel(KernelFrame &frame, ir::DotProductAttentionGradientOp op);

}  // namespace etch::codegen

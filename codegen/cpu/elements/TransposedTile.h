#pragma once
// Transposing a square of vectors in registers.

#include "codegen/cpu/Kernel.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

/// n vectors of n lanes (n a power of 2) -> the n vectors of their lanes: log2(n) rounds of n shuffles. Vectors of more
/// lanes are several such squares side by side, each of which stays in its place.
llvm::SmallVector<mlir::Value> transposed(mlir::OpBuilder &b, mlir::Location at, llvm::SmallVector<mlir::Value> tile);

/// Vectors of one type, one after the other in a vector.
mlir::Value joined(mlir::OpBuilder &b, mlir::Location at, llvm::SmallVector<mlir::Value> parts);

/// The vector whose lane l is lane from(l).second of vector from(l).first: a shuffle for each vector but the first.
mlir::Value pickedLanes(mlir::OpBuilder &b, mlir::Location at, llvm::ArrayRef<mlir::Value> vectors,
                        llvm::function_ref<std::pair<int64_t, int64_t>(int64_t)> from);

/// n vectors that hold a matrix of n columns, row after row -> the columns. n - 1 shuffles for each, for a prime n; as
/// many as its factors take together for others.
llvm::SmallVector<mlir::Value> deinterleaved(mlir::OpBuilder &b, mlir::Location at,
                                             llvm::SmallVector<mlir::Value> lines);
/// The reverse: n vectors, each a column -> the matrix, row after row.
llvm::SmallVector<mlir::Value> interleaved(mlir::OpBuilder &b, mlir::Location at, llvm::SmallVector<mlir::Value> lines);

/// Stores sixteen rows, a vector (of values in registers) for each column, at element `place` of `tensor`; only the
/// first `rows` of them, if that is there.
void storeColumns(KernelFrame &f, mlir::Value tensor, llvm::SmallVector<mlir::Value> columns, mlir::Value pointer,
                  mlir::Value place, mlir::Value rows);

/// The transposed operands of a loop kernel whose memory lies along `tiled` instead of along the vectorised axis
/// `lane`. Sixteen rows by sixteen lanes of each are read as they lie, transposed, and kept in scratch for the rows'
/// bodies: transpose(x) + y over 4096x4096 f32 took six times as long when each row gathered its lanes.
class TransposedTiles {
 public:
  TransposedTiles(KernelFrame &f, int64_t tiled, int64_t lane);

  /// Reads rows [row, rowEnd) along `tiled` at lanes from `start` on, of which those before `laneEnd` exist. An end is
  /// null where a whole square is known to lie before it.
  void fill(Index index, mlir::Value row, mlir::Value rowEnd, mlir::Value start, mlir::Value laneEnd);
  /// Makes row `number` of the tile the operands' value in the body that follows.
  void enterRow(mlir::Value number);

 private:
  struct Operand {
    ir::TransposeOp op;
    mlir::VectorType type;
    mlir::Value scratch;
  };
  KernelFrame &f;
  int64_t tiled, lane;
  llvm::SmallVector<Operand> operands;

  mlir::Value rowAddress(const Operand &operand, mlir::Value number);
};

}  // namespace etch::codegen

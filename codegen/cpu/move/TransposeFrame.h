#pragma once
// What the emitters of transposes share: which axes move, addresses, and choices that are known or made at run time.

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/Kernel.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

/// An axis of the result, or several that lie side by side in operand and result.
struct MovedAxis {
  mlir::Value extent;
  mlir::Value from, to;  ///< strides in operand and result, in elements
  int64_t source;        ///< which axis of the operand, counted among the merged ones
};

/// A kernel of one transpose. Elements are moved as integers of their size.
struct TransposeFrame {
  using Values = llvm::SmallVector<mlir::Value>;

  TransposeFrame(KernelFrame &f, ir::TransposeOp op);

  KernelFrame &f;
  mlir::OpBuilder &b;
  mlir::Location at;
  int64_t bytes;  ///< of an element
  mlir::Type word;
  llvm::SmallVector<MovedAxis> axes;  ///< of the result
  mlir::Value elements;

  /// Bytes of a result from which on its lines are not read before they are written: an L2 cache (docs/decisions/0019).
  static constexpr int64_t kLarge = 2 << 20;
  /// Elements of a run of copied memory that are worth a task, whatever the axes around it. As much as a task costs
  /// (docs/decisions/0058).
  static constexpr int64_t kRunElements = 4096;

  /// A condition that may be known: null value and `known` set.
  struct Condition {
    mlir::Value value;
    bool known = false;
    bool isNever() const { return !value && !known; }
  };
  Condition large;

  Condition atLeast(mlir::Value value, int64_t limit);
  Condition both(Condition x, Condition y);
  /// Emits what the condition selects; both sides where it is not known.
  void choose(const Condition &condition, llvm::function_ref<void()> yes, llvm::function_ref<void()> no);
  mlir::Value select(const Condition &condition, mlir::Value yes, mlir::Value no);
  mlir::Value select(const Condition &condition, int64_t yes, int64_t no);

  int64_t lineElements() const { return kCacheLine / bytes; }
  mlir::VectorType vectorOf(int64_t count) const { return mlir::VectorType::get({count}, word); }
  mlir::Value address(mlir::Value base, mlir::Value position);
  mlir::Value load(mlir::VectorType type, mlir::Value from, mlir::Value mask = {});
  void store(mlir::Value value, mlir::Value to, mlir::Value mask = {});
  /// Past the caches; `to` begins at a line.
  void storePast(mlir::Value value, mlir::Value to);
  /// Non-temporal stores are not ordered with what other threads read next.
  void fenceIfLarge();
  /// Whether lines of the result may bypass the caches: of large results, where the caller's memory begins at one.
  Condition alignedPast();

  /// Which block of a grid a trip is: one number for each of `counts`, the last one fastest.
  Values positionIn(llvm::ArrayRef<mlir::Value> counts, mlir::Value trip);
  /// Operand and result at a position along some axes.
  std::pair<mlir::Value, mlir::Value> matrixAt(llvm::ArrayRef<MovedAxis> outer, llvm::ArrayRef<mlir::Value> position);

  /// Copies `count` elements; past the caches where `past` says so, which begins at a line of the target.
  void copyRun(mlir::Value from, mlir::Value to, mlir::Value count, const Condition &past);

 private:
  void findAxes(ir::TransposeOp op);
  void copyMasked(mlir::Value from, mlir::Value to, mlir::Value position, mlir::Value count);
};

/// The matrices of a transpose whose last axis moves: rows of the result are columns of the operand.
struct MovedMatrices {
  llvm::SmallVector<MovedAxis> batch;
  MovedAxis rows, columns;
};

/// The last axis stays: runs of memory.
void emitTransposedRuns(TransposeFrame &t);
/// One side of the matrices has few elements, which lie together: vectors are taken apart or put together by shuffles.
/// False for others.
bool emitNarrowTranspose(TransposeFrame &t, const MovedMatrices &matrices);
/// Tiles of a line by sixteen bytes.
void emitTransposedTiles(TransposeFrame &t, const MovedMatrices &matrices);

}  // namespace etch::codegen

#pragma once
// Reverse mode: one walk backwards over the ops of a block.

#include "mlir/IR/SymbolTable.h"

#include "passes/autodiff/Rules.h"

namespace etch::passes::autodiff {

/// Adds to each etch.while of `block` a carried i64 that counts iterations, as its last result. Reverse mode needs it.
/// Marks the loops it has done, for reverse mode of reverse mode.
void countIterations(mlir::Block &block);
inline constexpr llvm::StringLiteral kCounted = "etch.counted";

class ReverseMode {
 public:
  ReverseMode(const Activity &activity, const mlir::SymbolTable &symbols, int64_t &nextStackId)
      : activity_(activity), symbols_(symbols), nextStackId_(nextStackId) {}

  /// Emits the reverse of `block` where `b` stands: from cotangents of values it yields to those of values it uses.
  llvm::LogicalResult walk(mlir::Block &block, Cotangents &cotangents, Builder &b);

 private:
  llvm::LogicalResult visit(mlir::Operation *op, Cotangents &cotangents, Builder &b);

  // ControlRules.cpp. The reverse of a region is a region of a new op of its own; what it uses of the values of the
  // forward region travels on stacks (StackTransfer.h).
  llvm::LogicalResult reverseIf(ir::IfOp op, Cotangents &outer, Builder &b);
  /// etch.for and etch.while: a for with as many iterations. It carries the cotangents of what the loop carries, and
  /// sums those of what the loop captures.
  llvm::LogicalResult reverseLoop(mlir::Operation *op, Cotangents &outer, Builder &b);
  void reverseCustomVjp(ir::CustomVjpOp op, Cotangents &cotangents, Builder &b);
  /// The stack on which cotangents of what stack `id` holds travel, in the opposite direction.
  int64_t adjointStack(int64_t id);
  llvm::SmallVector<mlir::Value> activeCaptures(mlir::Operation *op);
  /// Whether the walk has to enter an op with regions.
  bool concerns(mlir::Operation *op, const Cotangents &cotangents);

  const Activity &activity_;
  const mlir::SymbolTable &symbols_;
  int64_t &nextStackId_;
  llvm::DenseMap<int64_t, int64_t> adjointStacks_;
};

}  // namespace etch::passes::autodiff

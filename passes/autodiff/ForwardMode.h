#pragma once
// Forward mode: one walk over the ops of a block, each followed by its tangent.

#include "passes/autodiff/Rules.h"

namespace etch::passes::autodiff {

class ForwardMode {
 public:
  ForwardMode(const Activity &activity, int64_t &nextStackId) : activity_(activity), nextStackId_(nextStackId) {}
  ~ForwardMode();

  void setTangent(mlir::Value primal, mlir::Value tangent) { tangents_[primal] = tangent; }
  /// Null for zero.
  mlir::Value tangent(mlir::Value primal) const { return tangents_.lookup(primal); }
  mlir::Value tangentOrZeros(Builder &b, mlir::Value primal) const;
  llvm::LogicalResult walk(mlir::Block &block);

 private:
  llvm::LogicalResult visit(mlir::Operation *op, Builder &b);
  /// Regions yield tangents after values.
  llvm::LogicalResult forwardIf(ir::IfOp op, Builder &b);
  /// Loops carry tangents after values.
  llvm::LogicalResult forwardLoop(mlir::Operation *op, Builder &b);
  llvm::LogicalResult yieldTangents(mlir::Region &region, llvm::ArrayRef<unsigned> active);
  void replace(mlir::Operation *op, mlir::Operation *by, llvm::ArrayRef<unsigned> active);
  int64_t tangentStack(int64_t id);

  const Activity &activity_;
  int64_t &nextStackId_;
  llvm::DenseMap<mlir::Value, mlir::Value> tangents_;
  llvm::DenseMap<int64_t, int64_t> tangentStacks_;
  llvm::SmallVector<mlir::Operation *> replaced_;  // kept to the end: activity knows values by address
};

}  // namespace etch::passes::autodiff

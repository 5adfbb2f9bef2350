#pragma once
// Which tensors of a schedule have extents that are known only while it runs.
//
// Extents follow from those of the arguments before a call runs, except where they follow from data: sizes that ops
// compute, and values that loops carry under a type with an unknown extent and that leave the body with another one
// (a list that grows).

#include "llvm/ADT/DenseSet.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OwningOpRef.h"

#include "passes/buffer/Extents.h"

namespace etch::passes {

/// A function that nobody runs, for expressions of extents; its arguments are what they are made of.
mlir::OwningOpRef<mlir::func::FuncOp> functionOfExtents(mlir::MLIRContext *context);

class RunTimeExtents {
 public:
  RunTimeExtents(mlir::func::FuncOp function, mlir::SymbolTable &symbols);

  /// Does an extent of `value` depend on data? Of a scalar that serves as an extent: does it itself?
  bool contains(mlir::Value value) const { return values.contains(value); }
  /// Do extents that `op` works with depend on data?
  bool concern(mlir::Operation *op) const { return ops.contains(op); }
  bool empty() const { return ops.empty(); }

 private:
  // Expressions live in a function that nobody runs; its arguments are the leaves.
  mlir::OwningOpRef<mlir::func::FuncOp> scratch;
  mlir::OpBuilder b;
  ExtentEmitter extents;
  llvm::DenseSet<mlir::Value> data;                      // leaves that are data
  llvm::DenseMap<mlir::Value, mlir::Value> dataScalars;  // computed scalar -> its leaf
  llvm::DenseSet<mlir::Value> values;
  llvm::DenseSet<mlir::Operation *> ops;

  mlir::Value leaf();
  mlir::Value dataLeaf();
  /// Its unknown extents are data.
  void bindToData(mlir::Value tensor);
  bool isData(mlir::Value expression) const;
  bool isData(llvm::ArrayRef<mlir::Value> expressions) const;
  /// Extents, or none where an op does not say them.
  Extents extentsOf(mlir::Value tensor);

  void analyze(mlir::Block &block);
  void analyzeIf(mlir::Operation *op);
  void analyzeLoop(mlir::Operation *loop);
  void collect(mlir::func::FuncOp function);
};

}  // namespace etch::passes

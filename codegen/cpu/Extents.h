#pragma once
// Extents of tensors as i64 values in emitted code: constants where known, else computed from what is known at entry.

#include <map>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace etch::codegen {

using Extents = llvm::SmallVector<mlir::Value, 4>;

/// Computes extents at the builder's insertion point. Values bound by `bind` are the leaves.
class ExtentEmitter {
 public:
  ExtentEmitter(mlir::OpBuilder &b, mlir::SymbolTable *symbols = nullptr) : b(b), symbols(symbols) {}

  void bind(mlir::Value tensor, Extents extents) { known[tensor] = std::move(extents); }
  /// A scalar i64 tensor whose value is at hand.
  void bindScalar(mlir::Value tensor, mlir::Value value) { scalars[tensor] = value; }

  /// One i64 per axis. Throws UnsupportedError at the user's line when an extent depends on computed data.
  Extents of(mlir::Value tensor);
  /// The value of a scalar i64 tensor that serves as an extent.
  mlir::Value scalar(mlir::Value tensor);
  mlir::Value constant(int64_t value);
  /// Product of the extents.
  mlir::Value product(llvm::ArrayRef<mlir::Value> extents);

  /// The tensor ops of a launch's kernel, from which extents follow.
  mlir::func::FuncOp shapeOf(mlir::Operation *launch);

  /// Forgets everything computed since the bindings; needed when the insertion point leaves the block it was in.
  void forget() { computed.clear(); }

 private:
  mlir::OpBuilder &b;
  mlir::SymbolTable *symbols;
  llvm::DenseMap<mlir::Value, Extents> known, computed;
  llvm::DenseMap<mlir::Value, mlir::Value> scalars;
  std::map<int64_t, mlir::Value> constants;

  mlir::Value dynamicExtent(mlir::Value tensor, unsigned axis);
  mlir::Value throughOp(mlir::Operation *op, mlir::OpResult result, unsigned axis);
};

/// Marks the tensor form of an emitted kernel, kept until the entry function has taken extents from it. Its name is the
/// kernel's with ".shape".
inline constexpr llvm::StringLiteral kShapeOnly = "etch.shape";

/// The constant behind an emitted i64, if it is one.
std::optional<int64_t> constantOf(mlir::Value value);

}  // namespace etch::codegen

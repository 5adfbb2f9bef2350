#pragma once
// Extents of tensors as i64 values in emitted code: constants where known, else computed from those of the arguments,
// or from data while the code runs.

#include <functional>
#include <map>
#include <optional>
#include <tuple>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace etch::passes {

using Extents = llvm::SmallVector<mlir::Value, 4>;

/// Computes extents at the builder's insertion point. Values bound by `bind` are the leaves. Of a schedule (with
/// `symbols`), equal expressions are one value.
class ExtentEmitter {
 public:
  ExtentEmitter(mlir::OpBuilder &b, mlir::SymbolTable *symbols = nullptr) : b(b), symbols(symbols) {}

  /// How to read a scalar i64 tensor that ops compute and that serves as an extent. Without a reader such a tensor is
  /// an UnsupportedError at the user's line.
  using DataReader = std::function<mlir::Value(mlir::Value scalar)>;
  void readDataWith(DataReader reader) { readData = std::move(reader); }

  void bind(mlir::Value tensor, Extents extents) { known[tensor] = std::move(extents); }
  /// A scalar i64 tensor whose value is at hand.
  void bindScalar(mlir::Value tensor, mlir::Value value) { scalars[tensor] = value; }

  /// One i64 per axis.
  Extents of(mlir::Value tensor);
  /// The value of a scalar i64 tensor that serves as an extent.
  mlir::Value scalar(mlir::Value tensor);
  mlir::Value constant(int64_t value);
  /// Product of the extents.
  mlir::Value product(llvm::ArrayRef<mlir::Value> extents);

  /// Places that the window of a Window op takes along an axis of its operand. (WindowExtents.cpp)
  mlir::Value windowsOf(mlir::Operation *op, unsigned axis);

  /// The tensor ops of a launch's kernel, from which extents follow.
  mlir::func::FuncOp shapeOf(mlir::Operation *launch);

  /// For the tensor ops inside a launch's kernel, in terms of the launch's operands.
  ExtentEmitter inside(mlir::Operation *launch);

  /// Forgets everything computed since the bindings; needed when the insertion point leaves the block it was in.
  void forget() {
    computed.clear();
    expressions.clear();
  }
  /// Forgets which tensors have which extents, as bindings changed.
  void forgetTensors() { computed.clear(); }

  mlir::Value add(mlir::Value x, mlir::Value y);
  mlir::Value sub(mlir::Value x, mlir::Value y);
  mlir::Value mul(mlir::Value x, mlir::Value y);
  mlir::Value div(mlir::Value x, mlir::Value y);
  mlir::Value max(mlir::Value x, mlir::Value y);

 private:
  mlir::OpBuilder &b;
  mlir::SymbolTable *symbols;
  llvm::DenseMap<mlir::Value, Extents> known, computed;
  llvm::DenseMap<mlir::Value, mlir::Value> scalars;
  std::map<int64_t, mlir::Value> constants;
  llvm::DenseMap<std::tuple<mlir::TypeID, mlir::Value, mlir::Value>, mlir::Value> expressions;
  DataReader readData;

  template <class Op> mlir::Value expression(mlir::Value x, mlir::Value y);
  mlir::Value dynamicExtent(mlir::Value tensor, unsigned axis);
  mlir::Value throughOp(mlir::Operation *op, mlir::OpResult result, unsigned axis);
  mlir::Value throughWindow(mlir::Operation *op, unsigned axis);
};

/// Is a scalar that `op` computes evaluated by ExtentEmitter::scalar, so that it needs no memory?
bool isExtentArithmetic(mlir::Operation *op);

/// Marks the tensor form of an emitted kernel, kept until the entry function has taken extents from it. Its name is the
/// kernel's with ".shape".
inline constexpr llvm::StringLiteral kShapeOnly = "etch.shape";

/// The constant behind an emitted i64, if it is one.
std::optional<int64_t> constantOf(mlir::Value value);

}  // namespace etch::passes

#pragma once
// One reduction of a kernel: how it starts, combines and ends. State is one value, or (value, index) for argmax and
// argmin; a vector of states holds sixteen results side by side.

#include "codegen/cpu/Kernel.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

using Values = llvm::SmallVector<mlir::Value>;

class Reducer {
 public:
  Reducer(KernelFrame &f, mlir::Operation *op);

  mlir::Operation *op;

  /// Whether the bits of its result depend on the order in which elements are taken.
  bool dependsOnOrder() const {
    return is_floating(dtype) && (code == ir::OpCode::reduce_sum || code == ir::OpCode::reduce_prod);
  }
  bool isBoolean() const { return dtype == DType::boolean; }
  /// Number of values in the state.
  size_t stateWidth() const { return isArg() ? 2 : 1; }
  mlir::Value result() const { return op->getResult(0); }

  /// The state that changes nothing.
  Values initial(int64_t lanes);
  /// Takes in the elements at `index` (those of masked lanes left out).
  Values take(mlir::ValueRange state, const Index &index, mlir::Value mask);
  Values combine(mlir::ValueRange a, mlir::ValueRange c);
  /// Folds the lanes of a vector state into scalars, pairwise.
  Values foldLanes(mlir::ValueRange state);
  /// The reduction's result from its state.
  mlir::Value finish(mlir::ValueRange state);

 private:
  KernelFrame &f;
  ir::OpCode code;
  DType dtype, stateDType;

  bool alongLanes = false;  // argmax and argmin over the vectorised axis: states keep lane 0's index

  unsigned indexBits = 64;  // of the states of argmax and argmin

  bool isArg() const { return code == ir::OpCode::argmax || code == ir::OpCode::argmin; }
  mlir::Value identity(mlir::Type type);
  mlir::Value extremum(mlir::Value x, mlir::Value y);
  Values combineArg(mlir::ValueRange a, mlir::ValueRange c);
  mlir::Value foldPairwise(mlir::Value vector, llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> combineHalves);
  mlir::Value firstLane(mlir::Value vector);
  Values foldArgLanes(mlir::Value elements, mlir::Value indices);
  Values takeLater(mlir::ValueRange state, mlir::Value value, mlir::Value index);
  mlir::Value isBeyond(mlir::Value x, mlir::Value y, bool orNaN);
};

/// Several reductions taken together: their states stand one after the other.
class ReducerSet {
 public:
  using Visit = llvm::function_ref<Values(Reducer &, mlir::ValueRange)>;

  void add(Reducer *reducer) { members.push_back(reducer); }
  bool empty() const { return members.empty(); }
  llvm::ArrayRef<Reducer *> all() const { return members; }

  Values initial(int64_t lanes) const;
  Values combine(mlir::ValueRange a, mlir::ValueRange b) const;
  /// The states with what `visit` makes of each reduction's own part.
  Values map(mlir::ValueRange states, Visit visit) const;

 private:
  llvm::SmallVector<Reducer *, 2> members;
};

}  // namespace etch::codegen

#pragma once
// Facts about ops that ODS states as traits; see ir/dialect/EtchBase.td for their meaning.

#include "mlir/IR/OpDefinition.h"

namespace etch::ir {

/// Applies the rule of ir/infer to an op and compares with its declared result types.
llvm::LogicalResult verifyInferredTypes(mlir::Operation *op);

template <typename ConcreteType>
class InferredByRule : public mlir::OpTrait::TraitBase<ConcreteType, InferredByRule> {
 public:
  static llvm::LogicalResult verifyTrait(mlir::Operation *op) { return verifyInferredTypes(op); }
};

template <typename ConcreteType>
class ElementwiseOp : public mlir::OpTrait::TraitBase<ConcreteType, ElementwiseOp> {};
template <typename ConcreteType>
class ZeroDerivative : public mlir::OpTrait::TraitBase<ConcreteType, ZeroDerivative> {};
template <typename ConcreteType>
class NotDifferentiable : public mlir::OpTrait::TraitBase<ConcreteType, NotDifferentiable> {};
template <typename ConcreteType>
class OrderedEffect : public mlir::OpTrait::TraitBase<ConcreteType, OrderedEffect> {};

}  // namespace etch::ir

#pragma once
// The step of every sum of products.

#include "mlir/IR/Builders.h"

#include "codegen/abi/compiler.h"
#include "codegen/cpu/VectorUnit.h"

namespace etch::codegen {

/// Whether a product is added without being rounded: where the policy allows it and the processor has the instruction,
/// which otherwise is a call of fma for each element.
bool fusesMultiplyAdd(const VectorUnit &unit, Policy policy);

/// sum + x y: numbers or vectors of them, in registers.
mlir::Value emitMultiplyAdd(mlir::OpBuilder &b, mlir::Location at, mlir::Value x, mlir::Value y, mlir::Value sum,
                            bool fused);

}  // namespace etch::codegen

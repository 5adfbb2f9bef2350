#include "codegen/cpu/elements/MultiplyAdd.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

bool fusesMultiplyAdd(const VectorUnit &unit, Policy policy) { return policy != Policy::strict && unit.fma; }

Value emitMultiplyAdd(mlir::OpBuilder &b, mlir::Location at, Value x, Value y, Value sum, bool fused) {
  if (!llvm::isa<mlir::FloatType>(mlir::getElementTypeOrSelf(sum)))
    return arith::AddIOp::create(b, at, sum, arith::MulIOp::create(b, at, x, y));
  if (fused) return mlir::math::FmaOp::create(b, at, x, y, sum);
  return arith::AddFOp::create(b, at, sum, arith::MulFOp::create(b, at, x, y));
}

}  // namespace etch::codegen

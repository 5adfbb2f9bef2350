#include "codegen/cpu/window/PoolFold.h"

#include <cmath>

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/elements/Cast.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

PoolFold::PoolFold(KernelFrame &f, mlir::Operation *op)
    : f(f),
      isSum(llvm::isa<ir::ReduceWindowSumOp>(op)),
      dtype(ir::toDType(mlir::getElementTypeOrSelf(op->getOperand(0).getType()))),
      stateDType(isSum ? accumulator_of(dtype) : dtype) {}

Value PoolFold::start(int64_t lanes) {
  mlir::Type element = registerType(stateDType, f.b.getContext()), type = withLanes(element, lanes);
  if (isSum) return splatConstant(f.b, f.at, type, int64_t{0});
  if (is_floating(dtype)) return splatConstant(f.b, f.at, type, -INFINITY);
  const unsigned bits = element.getIntOrFloatBitWidth();
  return splatConstant(f.b, f.at, type, dtype == DType::u8 ? 0 : INT64_MIN >> (64 - bits));
}

Value PoolFold::with(Value state, Value element) {
  const bool real = is_floating(dtype);
  if (isSum) {
    element = emitCast(f.b, f.at, element, dtype, stateDType);
    return real ? arith::AddFOp::create(f.b, f.at, state, element).getResult()
                : arith::AddIOp::create(f.b, f.at, state, element).getResult();
  }
  // Which zero wins is settled in `finished`: keeping them apart here takes six instructions an element, not three.
  if (real) return arith::MaximumFOp::create(f.b, f.at, state, element, arith::FastMathFlags::nsz);
  if (dtype == DType::u8) return arith::MaxUIOp::create(f.b, f.at, state, element);
  return arith::MaxSIOp::create(f.b, f.at, state, element);
}

Value PoolFold::finished(Value state) {
  Value value = emitCast(f.b, f.at, state, stateDType, dtype);
  if (isSum || !is_floating(dtype)) return value;
  return arith::AddFOp::create(f.b, f.at, value, splatConstant(f.b, f.at, value.getType(), 0.0));  // never -0
}

}  // namespace etch::codegen

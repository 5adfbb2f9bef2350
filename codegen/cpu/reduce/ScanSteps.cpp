#include "codegen/cpu/reduce/ScanSteps.h"

#include <cmath>

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/elements/Cast.h"
#include "codegen/cpu/elements/ScalarOps.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using ir::OpCode;
using mlir::Value;

ScanSteps::ScanSteps(KernelFrame &f, mlir::Operation *op)
    : code(*ir::opCodeOf(op)),
      dtype(dtypeOf(op->getResult(0))),
      // Sixteen bits are too few to add up in.
      stateDType(isExtremum() ? dtype : accumulator_of(dtype)),
      stateType(registerType(stateDType, f.b.getContext())),
      f(f),
      b(f.b),
      at(f.at),
      op(op) {}

Value ScanSteps::identity(mlir::Type type) {
  bool real = is_floating(dtype), isUnsigned = dtype == DType::u8;
  unsigned bits = mlir::getElementTypeOrSelf(type).getIntOrFloatBitWidth();
  int64_t lowest = isUnsigned ? 0 : (bits == 64 ? INT64_MIN : -(int64_t{1} << (bits - 1)));
  int64_t highest = isUnsigned ? 255 : (bits == 64 ? INT64_MAX : (int64_t{1} << (bits - 1)) - 1);
  switch (code) {
    case OpCode::cumprod: return splatConstant(b, at, type, int64_t{1});
    case OpCode::cummax: return real ? splatConstant(b, at, type, -INFINITY) : splatConstant(b, at, type, lowest);
    case OpCode::cummin: return real ? splatConstant(b, at, type, INFINITY) : splatConstant(b, at, type, highest);
    default: return real ? splatConstant(b, at, type, -0.0) : splatConstant(b, at, type, int64_t{0});
  }
}

Value ScanSteps::combine(Value x, Value y) {
  bool real = is_floating(dtype), isUnsigned = dtype == DType::u8;
  // Zeros are all +0 (element): telling them apart takes six instructions, not three.
  auto anyZero = arith::FastMathFlagsAttr::get(b.getContext(), arith::FastMathFlags::nsz);
  switch (code) {
    case OpCode::cumprod:
      return real ? arith::MulFOp::create(b, at, x, y).getResult() : arith::MulIOp::create(b, at, x, y).getResult();
    case OpCode::cummax:
      return real         ? arith::MaximumFOp::create(b, at, x, y, anyZero).getResult()
             : isUnsigned ? arith::MaxUIOp::create(b, at, x, y).getResult()
                          : arith::MaxSIOp::create(b, at, x, y).getResult();
    case OpCode::cummin:
      return real         ? arith::MinimumFOp::create(b, at, x, y, anyZero).getResult()
             : isUnsigned ? arith::MinUIOp::create(b, at, x, y).getResult()
                          : arith::MinSIOp::create(b, at, x, y).getResult();
    default:
      return real ? arith::AddFOp::create(b, at, x, y).getResult() : arith::AddIOp::create(b, at, x, y).getResult();
  }
}

Value ScanSteps::element(unsigned operand, Value position, int64_t step) {
  Value value = f.elements.at(op->getOperand(operand), Index{{position, step, {}}});
  value = emitCast(b, at, value, dtype, stateDType);
  if (!isExtremum() || !is_floating(dtype)) return value;
  return arith::AddFOp::create(b, at, value, splatConstant(b, at, value.getType(), 0.0));  // never -0
}

void ScanSteps::store(Value value, Value position, int64_t step) {
  f.elements.store(at, emitCast(b, at, value, stateDType, dtype), f.results[0], op->getResult(0),
                   Index{{position, step, {}}});
}

Value ScanSteps::advance(Value state, Value factor, Value term) {
  auto flags = fastMathFlags(f.policy);
  Value scaled = arith::MulFOp::create(b, at, factor, state, flags);
  return arith::AddFOp::create(b, at, scaled, term, flags);
}

}  // namespace etch::codegen

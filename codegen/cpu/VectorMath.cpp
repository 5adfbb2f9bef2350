//===- VectorMath.cpp - Dispatch over the math functions ------------------===//

#include "codegen/cpu/VectorMath.h"

#include "codegen/cpu/VectorMathKernels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace etch::codegen::vmath;

namespace etch::codegen {

unsigned mathArity(MathFn fn) { return fn == MathFn::Pow || fn == MathFn::Atan2 ? 2 : 1; }

static Num emitLanes(MathFn fn, Num x, Num y) {
  switch (fn) {
  case MathFn::Exp:
    return emitExp(x);
  case MathFn::Exp2:
    return emitExp2(x);
  case MathFn::Expm1:
    return emitExpm1(x);
  case MathFn::Log:
    return emitLog(x);
  case MathFn::Log2:
    return emitLog2(x);
  case MathFn::Log1p:
    return emitLog1p(x);
  case MathFn::Tanh:
    return emitTanh(x);
  case MathFn::Sigmoid:
    return emitSigmoid(x);
  case MathFn::Sin:
    return emitSin(x);
  case MathFn::Cos:
    return emitCos(x);
  case MathFn::Tan:
    return emitTan(x);
  case MathFn::Atan:
    return emitAtan(x);
  case MathFn::Atan2:
    return emitAtan2(x, y);
  case MathFn::Erf:
    return emitErf(x);
  case MathFn::Rsqrt:
    return emitRsqrt(x);
  case MathFn::Cbrt:
    return emitCbrt(x);
  case MathFn::Pow:
    return emitPow(x, y);
  }
  llvm_unreachable("covered switch");
}

Value emitMath(OpBuilder &b, Location loc, MathFn fn, ValueRange operands) {
  assert(operands.size() == mathArity(fn) && "one operand, or two for pow and atan2");
  Type type = operands.front().getType();
  Type element = getElementTypeOrSelf(type);
  const bool half = element.isF16() || element.isBF16();
  Type laneType = type;
  if (half) {
    laneType = b.getF32Type();
    if (auto vector = dyn_cast<VectorType>(type))
      laneType = VectorType::get(vector.getShape(), laneType);
  }
  Emitter e(b, loc, laneType);
  auto lanes = [&](Value v) {
    return e.wrap(half ? Value(arith::ExtFOp::create(b, loc, laneType, v)) : v);
  };
  Num x = lanes(operands.front());
  Num y = operands.size() == 2 ? lanes(operands.back()) : x;
  Value result = emitLanes(fn, x, y).value;
  return half ? Value(arith::TruncFOp::create(b, loc, type, result)) : result;
}

} // namespace etch::codegen

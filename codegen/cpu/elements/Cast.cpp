#include "codegen/cpu/elements/Cast.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

#include "codegen/cpu/elements/BFloat16.h"
#include "codegen/cpu/elements/ScalarOps.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

Value emitCast(mlir::OpBuilder &b, mlir::Location at, Value value, DType from, DType to) {
  if (from == to) return value;
  if (from == DType::bf16) return emitCast(b, at, value, DType::f32, to);
  if (to == DType::bf16) return castToBFloat16(b, at, value, from);
  mlir::Type target = sameShape(value, registerType(to, b.getContext()));
  bool fromUnsigned = from == DType::u8 || from == DType::boolean, toUnsigned = to == DType::u8;
  if (to == DType::boolean) {
    Value zero = splatConstant(b, at, value.getType(), int64_t{0});
    if (is_floating(from)) return arith::CmpFOp::create(b, at, arith::CmpFPredicate::UNE, value, zero);
    return arith::CmpIOp::create(b, at, arith::CmpIPredicate::ne, value, zero);
  }
  unsigned fromBits = mlir::getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
  unsigned toBits = mlir::getElementTypeOrSelf(target).getIntOrFloatBitWidth();
  if (is_floating(from) && is_floating(to)) {
    if (toBits > fromBits) return arith::ExtFOp::create(b, at, target, value);
    return arith::TruncFOp::create(b, at, target, value);
  }
  if (is_floating(to)) {
    if (fromUnsigned) return arith::UIToFPOp::create(b, at, target, value);
    return arith::SIToFPOp::create(b, at, target, value);
  }
  if (is_floating(from)) {
    // Saturating, NaN to 0: clamp in the float domain, then let the limits be chosen exactly in the integer domain.
    double low = toUnsigned ? 0.0 : -std::ldexp(1.0, toBits - 1),
           high = std::ldexp(1.0, toUnsigned ? toBits : toBits - 1);
    int64_t lowest = toUnsigned ? 0 : (toBits == 64 ? INT64_MIN : -(int64_t{1} << (toBits - 1)));
    int64_t highest = toUnsigned ? 255 : (toBits == 64 ? INT64_MAX : (int64_t{1} << (toBits - 1)) - 1);
    Value wide =
        from == DType::f16 ? arith::ExtFOp::create(b, at, sameShape(value, b.getF32Type()), value).getResult() : value;
    auto bound = [&](double limit) { return splatConstant(b, at, wide.getType(), limit); };
    Value tooLow = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OLT, wide, bound(low));
    Value tooHigh = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OGE, wide, bound(high));
    Value inside = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OGE, wide, bound(low));
    inside = arith::AndIOp::create(b, at, inside,
                                   arith::CmpFOp::create(b, at, arith::CmpFPredicate::OLT, wide, bound(high)));
    Value safe = arith::SelectOp::create(b, at, inside, wide, bound(0));
    Value result = toUnsigned ? arith::FPToUIOp::create(b, at, target, safe).getResult()
                              : arith::FPToSIOp::create(b, at, target, safe).getResult();
    result = arith::SelectOp::create(b, at, tooLow, splatConstant(b, at, target, lowest), result);
    return arith::SelectOp::create(b, at, tooHigh, splatConstant(b, at, target, highest), result);
  }
  if (toBits < fromBits) return arith::TruncIOp::create(b, at, target, value);
  if (toBits == fromBits) return value;
  if (fromUnsigned) return arith::ExtUIOp::create(b, at, target, value);
  return arith::ExtSIOp::create(b, at, target, value);
}

}  // namespace etch::codegen

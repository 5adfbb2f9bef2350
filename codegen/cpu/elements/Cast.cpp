#include "codegen/cpu/elements/Cast.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

#include "codegen/cpu/elements/BFloat16.h"
#include "codegen/cpu/elements/ScalarOps.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

/// Saturating, NaN to 0: with the comparisons this way round, what is no number is not greater than 0, and each of the
/// two selections is one instruction of x86.
static Value castToByte(mlir::OpBuilder &b, mlir::Location at, Value number) {
  auto limited = [&](arith::CmpFPredicate predicate, Value x, double limit) -> Value {
    Value bound = splatConstant(b, at, x.getType(), limit);
    return arith::SelectOp::create(b, at, arith::CmpFOp::create(b, at, predicate, x, bound), x, bound);
  };
  Value byte = limited(arith::CmpFPredicate::OLT, limited(arith::CmpFPredicate::OGT, number, 0), 255);
  byte = arith::FPToSIOp::create(b, at, sameShape(number, b.getI32Type()), byte);
  return arith::TruncIOp::create(b, at, sameShape(number, registerType(DType::u8, b.getContext())), byte);
}

Value emitCast(mlir::OpBuilder &b, mlir::Location at, Value value, DType from, DType to) {
  if (from == to) return value;
  if (from == DType::bf16) return emitCast(b, at, value, DType::f32, to);
  if (to == DType::bf16) return castToBFloat16(b, at, value, from);
  mlir::Type target = sameShape(value, registerType(to, b.getContext()));
  bool fromUnsigned = from == DType::u8 || from == DType::boolean;
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
    Value wide =
        from == DType::f16 ? arith::ExtFOp::create(b, at, sameShape(value, b.getF32Type()), value).getResult() : value;
    if (to == DType::u8) return castToByte(b, at, wide);
    // Saturating, NaN to 0: clamp in the float domain, then let the limits be chosen exactly in the integer domain.
    double low = -std::ldexp(1.0, toBits - 1), high = std::ldexp(1.0, toBits - 1);
    int64_t lowest = toBits == 64 ? INT64_MIN : -(int64_t{1} << (toBits - 1));
    int64_t highest = toBits == 64 ? INT64_MAX : (int64_t{1} << (toBits - 1)) - 1;
    auto bound = [&](double limit) { return splatConstant(b, at, wide.getType(), limit); };
    Value tooLow = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OLT, wide, bound(low));
    Value tooHigh = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OGE, wide, bound(high));
    Value inside = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OGE, wide, bound(low));
    inside = arith::AndIOp::create(b, at, inside,
                                   arith::CmpFOp::create(b, at, arith::CmpFPredicate::OLT, wide, bound(high)));
    Value safe = arith::SelectOp::create(b, at, inside, wide, bound(0));
    Value result = arith::FPToSIOp::create(b, at, target, safe);
    result = arith::SelectOp::create(b, at, tooLow, splatConstant(b, at, target, lowest), result);
    return arith::SelectOp::create(b, at, tooHigh, splatConstant(b, at, target, highest), result);
  }
  if (toBits < fromBits) return arith::TruncIOp::create(b, at, target, value);
  if (toBits == fromBits) return value;
  if (fromUnsigned) return arith::ExtUIOp::create(b, at, target, value);
  return arith::ExtSIOp::create(b, at, target, value);
}

}  // namespace etch::codegen

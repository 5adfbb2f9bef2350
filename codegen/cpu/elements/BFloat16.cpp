#include "codegen/cpu/elements/BFloat16.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include "codegen/cpu/elements/ScalarOps.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace math = mlir::math;
using mlir::Value;

namespace {

/// Arithmetic on integers and f64 with constants of the other operand's shape.
struct Emitter {
  mlir::OpBuilder &b;
  mlir::Location at;

  Value cast(Value bits, mlir::Type element) { return arith::BitcastOp::create(b, at, sameShape(bits, element), bits); }
  Value integer(Value like, int64_t value) { return splatConstant(b, at, like.getType(), value); }
  Value real(Value like, double value) { return splatConstant(b, at, like.getType(), value); }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, at, x, y); }
  Value add(Value x, int64_t y) { return add(x, integer(x, y)); }
  Value mask(Value x, int64_t y) { return arith::AndIOp::create(b, at, x, integer(x, y)); }
  Value right(Value x, int64_t y) { return arith::ShRUIOp::create(b, at, x, integer(x, y)); }
  Value select(Value condition, Value x, Value y) { return arith::SelectOp::create(b, at, condition, x, y); }
  Value isNaN(Value x) { return arith::CmpFOp::create(b, at, arith::CmpFPredicate::UNO, x, x); }

  /// The bits of a float without the lowest `count`, rounded to nearest, ties to even. A carry goes into the exponent.
  Value rounded(Value bits, int64_t count) {
    const int64_t below = (int64_t{1} << (count - 1)) - 1;
    return mask(add(add(bits, below), mask(right(bits, count), 1)), ~((below << 1) | 1));
  }

  /// An f64 rounded to a number of bf16. Subnormal ones are multiples of 2^-133, the last bit of 2^-81 in f64.
  Value fromDouble(Value x) {
    Value bits = cast(x, b.getI64Type());
    Value normal = select(isNaN(x), x, cast(rounded(bits, 45), b.getF64Type()));
    Value magnitude = math::AbsFOp::create(b, at, x), step = real(x, 0x1p-81);
    Value subnormal = arith::SubFOp::create(b, at, arith::AddFOp::create(b, at, magnitude, step), step);
    subnormal = math::CopySignOp::create(b, at, subnormal, x);
    Value isSmall = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OLT, magnitude, real(x, 0x1p-126));
    Value exact = arith::TruncFOp::create(b, at, sameShape(x, b.getF32Type()), select(isSmall, subnormal, normal));
    return cast(mask(cast(exact, b.getI32Type()), ~int64_t{0xffff}), b.getF32Type());
  }

  /// An i64 as f64. Bits that f64 has no room for go into one that says whether there were any, so that they count when
  /// a tie is decided.
  Value toDouble(Value x) {
    Value lost = mask(x, 0x7ff);
    Value sticky = mask(arith::OrIOp::create(b, at, x, add(lost, 0x7ff)), ~int64_t{0x7ff});
    Value fits =
        arith::CmpIOp::create(b, at, arith::CmpIPredicate::ult, add(x, int64_t{1} << 53), integer(x, int64_t{1} << 54));
    return arith::SIToFPOp::create(b, at, sameShape(x, b.getF64Type()), select(fits, x, sticky));
  }
};

}  // namespace

Value widenBFloat16(mlir::OpBuilder &b, mlir::Location at, Value bits) {
  Emitter e{b, at};
  Value wide = arith::ExtUIOp::create(b, at, sameShape(bits, b.getI32Type()), bits);
  return e.cast(arith::ShLIOp::create(b, at, wide, e.integer(wide, 16)), b.getF32Type());
}

Value bitsOfBFloat16(mlir::OpBuilder &b, mlir::Location at, Value number) {
  Emitter e{b, at};
  Value high = e.right(e.cast(number, b.getI32Type()), 16);
  return arith::TruncIOp::create(b, at, sameShape(number, b.getI16Type()), high);
}

Value roundToBFloat16(mlir::OpBuilder &b, mlir::Location at, Value number) {
  Emitter e{b, at};
  return e.cast(e.rounded(e.cast(number, b.getI32Type()), 16), b.getF32Type());
}

Value castToBFloat16(mlir::OpBuilder &b, mlir::Location at, Value value, DType from) {
  Emitter e{b, at};
  mlir::Type f32 = sameShape(value, b.getF32Type()), f64 = sameShape(value, b.getF64Type());
  switch (from) {
    case DType::bf16: return value;
    case DType::u8:
    case DType::boolean: return arith::UIToFPOp::create(b, at, f32, value);  // eight bits, which bf16 has
    case DType::i32: return e.fromDouble(arith::SIToFPOp::create(b, at, f64, value));
    case DType::i64: return e.fromDouble(e.toDouble(value));
    case DType::f64: return e.fromDouble(value);
    case DType::f16: value = arith::ExtFOp::create(b, at, f32, value); break;
    case DType::f32: break;
  }
  Value bits = e.cast(value, b.getI32Type());
  Value quiet = e.mask(arith::OrIOp::create(b, at, bits, e.integer(bits, 0x400000)), ~int64_t{0xffff});
  return e.cast(e.select(e.isNaN(value), quiet, e.rounded(bits, 16)), b.getF32Type());
}

}  // namespace etch::codegen

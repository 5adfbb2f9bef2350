#include "codegen/cpu/ScalarOps.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/BFloat16.h"
#include "codegen/cpu/MathRoutine.h"
#include "codegen/cpu/VectorMath.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace math = mlir::math;
using mlir::Value;

mlir::arith::FastMathFlags fastMathFlags(Policy policy) {
  return policy == Policy::strict ? arith::FastMathFlags::none : arith::FastMathFlags::contract;
}

mlir::Type registerType(DType dtype, mlir::MLIRContext *context) {
  if (dtype == DType::u8) return mlir::IntegerType::get(context, 8);
  return ir::toMlirType(dtype == DType::bf16 ? DType::f32 : dtype, context);
}

mlir::Type withLanes(mlir::Type element, int64_t lanes) {
  return lanes ? mlir::Type(mlir::VectorType::get({lanes}, element)) : element;
}

Value splatConstant(mlir::OpBuilder &b, mlir::Location at, mlir::Type type, double value) {
  mlir::Attribute element = b.getFloatAttr(mlir::getElementTypeOrSelf(type), value);
  if (auto vector = llvm::dyn_cast<mlir::VectorType>(type))
    return arith::ConstantOp::create(b, at, mlir::DenseElementsAttr::get(vector, element));
  return arith::ConstantOp::create(b, at, llvm::cast<mlir::TypedAttr>(element));
}

Value splatConstant(mlir::OpBuilder &b, mlir::Location at, mlir::Type type, int64_t value) {
  mlir::Type elementType = mlir::getElementTypeOrSelf(type);
  if (llvm::isa<mlir::FloatType>(elementType)) return splatConstant(b, at, type, static_cast<double>(value));
  mlir::Attribute element = b.getIntegerAttr(elementType, value);
  if (auto vector = llvm::dyn_cast<mlir::VectorType>(type))
    return arith::ConstantOp::create(b, at, mlir::DenseElementsAttr::get(vector, element));
  return arith::ConstantOp::create(b, at, llvm::cast<mlir::TypedAttr>(element));
}

std::optional<MathFn> mathFunctionOf(mlir::Operation *op) {
  using ir::OpCode;
  auto code = ir::opCodeOf(op);
  if (!code) return std::nullopt;
  switch (*code) {
    case OpCode::exp: return MathFn::Exp;
    case OpCode::exp2: return MathFn::Exp2;
    case OpCode::expm1: return MathFn::Expm1;
    case OpCode::log: return MathFn::Log;
    case OpCode::log2: return MathFn::Log2;
    case OpCode::log10: return MathFn::Log10;
    case OpCode::log1p: return MathFn::Log1p;
    case OpCode::rsqrt: return MathFn::Rsqrt;
    case OpCode::cbrt: return MathFn::Cbrt;
    case OpCode::sinh: return MathFn::Sinh;
    case OpCode::cosh: return MathFn::Cosh;
    case OpCode::tanh: return MathFn::Tanh;
    case OpCode::asinh: return MathFn::Asinh;
    case OpCode::acosh: return MathFn::Acosh;
    case OpCode::atanh: return MathFn::Atanh;
    case OpCode::sigmoid: return MathFn::Sigmoid;
    case OpCode::sin: return MathFn::Sin;
    case OpCode::cos: return MathFn::Cos;
    case OpCode::tan: return MathFn::Tan;
    case OpCode::asin: return MathFn::Asin;
    case OpCode::acos: return MathFn::Acos;
    case OpCode::atan: return MathFn::Atan;
    case OpCode::erf: return MathFn::Erf;
    case OpCode::erfc: return MathFn::Erfc;
    case OpCode::erf_inv: return MathFn::ErfInv;
    case OpCode::lgamma: return MathFn::Lgamma;
    case OpCode::digamma: return MathFn::Digamma;
    case OpCode::trigamma: return MathFn::Trigamma;
    case OpCode::atan2: return MathFn::Atan2;
    case OpCode::pow: {
      mlir::Type element = mlir::getElementTypeOrSelf(op->getResult(0).getType());
      return llvm::isa<mlir::FloatType>(element) ? std::optional(MathFn::Pow) : std::nullopt;
    }
    default: return std::nullopt;
  }
}

namespace {

mlir::Type sameShape(Value like, mlir::Type element) {
  if (auto vector = llvm::dyn_cast<mlir::VectorType>(like.getType())) return vector.clone(element);
  return element;
}

/// One op being emitted: operands, dtype of the first operand, and shorthands for arithmetic.
class ScalarEmitter {
 public:
  ScalarEmitter(mlir::OpBuilder &b, mlir::Operation *op, mlir::ValueRange operands, Policy policy, bool callsMath)
      : b(b),
        at(op->getLoc()),
        op(op),
        x(operands[0]),
        y(operands.size() > 1 ? operands[1] : Value()),
        z(operands.size() > 2 ? operands[2] : Value()),
        flags(fastMathFlags(policy)),
        callsMath(callsMath && llvm::isa<mlir::VectorType>(x.getType())),
        dtype(ir::toDType(llvm::cast<mlir::RankedTensorType>(op->getOperand(0).getType()).getElementType())) {}

  Value emit() {
    Value result = emitInRegisters();
    auto type = llvm::cast<mlir::RankedTensorType>(op->getResult(0).getType());
    if (ir::toDType(type.getElementType()) != DType::bf16 || givesAnOperand()) return result;
    return roundToBFloat16(b, at, result);
  }

 private:
  mlir::OpBuilder &b;
  mlir::Location at;
  mlir::Operation *op;
  Value x, y, z;
  arith::FastMathFlags flags;
  bool callsMath;
  DType dtype;

  /// The result is an operand, but for its sign, or a whole number no larger: it needs no rounding. Casts do their own.
  bool givesAnOperand() const {
    using ir::OpCode;
    switch (*ir::opCodeOf(op)) {
      case OpCode::abs:
      case OpCode::neg:
      case OpCode::sign:
      case OpCode::relu:
      case OpCode::floor:
      case OpCode::ceil:
      case OpCode::round:
      case OpCode::trunc:
      case OpCode::stop_gradient:
      case OpCode::cast:
      case OpCode::maximum:
      case OpCode::minimum:
      case OpCode::select:
      case OpCode::clamp: return true;
      default: return false;
    }
  }

  Value emitInRegisters() {
    using ir::OpCode;
    if (auto fn = mathFunctionOf(op))
      return (callsMath ? callMathRoutine : emitMath)(b, at, *fn, mlir::ValueRange{x, y}.take_front(mathArity(*fn)));
    switch (*ir::opCodeOf(op)) {
      // Unary.
      case OpCode::abs: return isFloat() ? math::AbsFOp::create(b, at, x).getResult() : isUnsigned() ? x : integerAbs();
      case OpCode::neg: return isFloat() ? arith::NegFOp::create(b, at, x).getResult() : sub(number(0), x);
      case OpCode::sign: return sign();
      case OpCode::square: return mul(x, x);
      case OpCode::relu: return relu();
      case OpCode::sqrt: return math::SqrtOp::create(b, at, x);
      case OpCode::floor: return math::FloorOp::create(b, at, x);
      case OpCode::ceil: return math::CeilOp::create(b, at, x);
      case OpCode::round: return math::RoundEvenOp::create(b, at, x);
      case OpCode::trunc: return math::TruncOp::create(b, at, x);
      case OpCode::bitwise_not: return arith::XOrIOp::create(b, at, x, number(-1));
      case OpCode::popcnt: return math::CtPopOp::create(b, at, x);
      case OpCode::logical_not: return arith::XOrIOp::create(b, at, x, number(1));
      case OpCode::is_finite: return compareSize(arith::CmpFPredicate::OLT);
      case OpCode::is_inf: return compareSize(arith::CmpFPredicate::OEQ);
      case OpCode::is_nan: return cmp(arith::CmpFPredicate::UNO, x, x);
      case OpCode::stop_gradient: return x;
      case OpCode::cast: return emitCast(b, at, x, dtype, ir::toDType(llvm::cast<ir::CastOp>(op).getDtype()));
      // Binary.
      case OpCode::add:
        return isFloat() ? arith::AddFOp::create(b, at, x, y, flags).getResult()
                         : arith::AddIOp::create(b, at, x, y).getResult();
      case OpCode::sub: return sub(x, y);
      case OpCode::mul: return mul(x, y);
      case OpCode::div: return isFloat() ? arith::DivFOp::create(b, at, x, y).getResult() : integerDivide();
      case OpCode::rem: return isFloat() ? floatRemainder() : integerRemainder();
      case OpCode::pow: return integerPower();
      case OpCode::maximum: return maximum(x, y);
      case OpCode::minimum: return minimum(x, y);
      case OpCode::bitwise_and:
      case OpCode::logical_and: return arith::AndIOp::create(b, at, x, y);
      case OpCode::bitwise_or:
      case OpCode::logical_or: return arith::OrIOp::create(b, at, x, y);
      case OpCode::bitwise_xor:
      case OpCode::logical_xor: return arith::XOrIOp::create(b, at, x, y);
      case OpCode::shift_left: return shift<arith::ShLIOp>(number(0));
      case OpCode::shift_right_logical: return shift<arith::ShRUIOp>(number(0));
      case OpCode::shift_right_arithmetic: return shift<arith::ShRSIOp>(signs());
      // Comparisons: ordered, but for not_equal, which holds when either side is NaN.
      case OpCode::equal: return compare(arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq, arith::CmpIPredicate::eq);
      case OpCode::not_equal:
        return compare(arith::CmpFPredicate::UNE, arith::CmpIPredicate::ne, arith::CmpIPredicate::ne);
      case OpCode::less:
        return compare(arith::CmpFPredicate::OLT, arith::CmpIPredicate::slt, arith::CmpIPredicate::ult);
      case OpCode::less_equal:
        return compare(arith::CmpFPredicate::OLE, arith::CmpIPredicate::sle, arith::CmpIPredicate::ule);
      case OpCode::greater:
        return compare(arith::CmpFPredicate::OGT, arith::CmpIPredicate::sgt, arith::CmpIPredicate::ugt);
      case OpCode::greater_equal:
        return compare(arith::CmpFPredicate::OGE, arith::CmpIPredicate::sge, arith::CmpIPredicate::uge);
      // Ternary.
      case OpCode::select: return select(x, y, z);
      case OpCode::clamp: return minimum(maximum(y, x), z);
      default:
        throw UnsupportedError("the CPU code generator has no rule for etch." + op->getName().stripDialect().str(),
                               ir::toUserLocation(at));
    }
  }

  bool isFloat() const { return is_floating(dtype); }
  bool isUnsigned() const { return kind_of(dtype) != DTypeKind::signed_integer && !isFloat(); }

  Value number(int64_t value) { return splatConstant(b, at, x.getType(), value); }
  Value real(double value) { return splatConstant(b, at, x.getType(), value); }
  Value select(Value p, Value t, Value f) { return arith::SelectOp::create(b, at, p, t, f); }
  Value mul(Value l, Value r) {
    return isFloat() ? arith::MulFOp::create(b, at, l, r, flags).getResult()
                     : arith::MulIOp::create(b, at, l, r).getResult();
  }
  Value sub(Value l, Value r) {
    return isFloat() ? arith::SubFOp::create(b, at, l, r, flags).getResult()
                     : arith::SubIOp::create(b, at, l, r).getResult();
  }
  /// IEEE 754-2019 maximum and minimum on floats: NaN wins, +0 is above -0.
  Value maximum(Value l, Value r) {
    if (isFloat()) return arith::MaximumFOp::create(b, at, l, r);
    return isUnsigned() ? arith::MaxUIOp::create(b, at, l, r).getResult()
                        : arith::MaxSIOp::create(b, at, l, r).getResult();
  }
  Value minimum(Value l, Value r) {
    if (isFloat()) return arith::MinimumFOp::create(b, at, l, r);
    return isUnsigned() ? arith::MinUIOp::create(b, at, l, r).getResult()
                        : arith::MinSIOp::create(b, at, l, r).getResult();
  }
  /// Positive numbers and NaN stay. One comparison, where maximum(x, 0) takes four instructions.
  Value relu() {
    if (isUnsigned()) return x;
    if (!isFloat()) return maximum(x, number(0));
    return select(cmp(arith::CmpFPredicate::UGT, x, real(0)), x, real(0));
  }
  Value cmp(arith::CmpFPredicate predicate, Value l, Value r) { return arith::CmpFOp::create(b, at, predicate, l, r); }

  Value compare(arith::CmpFPredicate real, arith::CmpIPredicate signedInt, arith::CmpIPredicate unsignedInt) {
    if (isFloat()) return arith::CmpFOp::create(b, at, real, x, y);
    return arith::CmpIOp::create(b, at, isUnsigned() ? unsignedInt : signedInt, x, y);
  }

  Value integerAbs() {
    Value negative = arith::CmpIOp::create(b, at, arith::CmpIPredicate::slt, x, number(0));
    return select(negative, arith::SubIOp::create(b, at, number(0), x), x);
  }

  Value sign() {
    if (isFloat()) {
      Value one = math::CopySignOp::create(b, at, real(1), x);
      Value keeps = cmp(arith::CmpFPredicate::UEQ, x, real(0));  // zeros and NaN
      return select(keeps, x, one);
    }
    Value zero = number(0);
    Value positive =
        arith::CmpIOp::create(b, at, isUnsigned() ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::sgt, x, zero);
    Value result = select(positive, number(1), zero);
    if (isUnsigned()) return result;
    return select(arith::CmpIOp::create(b, at, arith::CmpIPredicate::slt, x, zero), number(-1), result);
  }

  /// |x| against infinity.
  Value compareSize(arith::CmpFPredicate predicate) {
    return cmp(predicate, math::AbsFOp::create(b, at, x), real(INFINITY));
  }

  int64_t width() { return mlir::getElementTypeOrSelf(x.getType()).getIntOrFloatBitWidth(); }
  /// The sign bit in every bit.
  Value signs() { return arith::ShRSIOp::create(b, at, x, number(width() - 1)); }
  /// By y, or `beyond` where y as an unsigned number is not below the width: there the machine's shift has no meaning.
  template <typename Op>
  Value shift(Value beyond) {
    Value inside = arith::CmpIOp::create(b, at, arith::CmpIPredicate::ult, y, number(width()));
    return select(inside, Op::create(b, at, x, select(inside, y, number(0))), beyond);
  }

  /// The divisor with 0 (and -1, whose quotient may overflow) replaced by 1, so that the instruction cannot trap.
  Value safeDivisor(Value &isZero, Value &isMinusOne) {
    isZero = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, y, number(0));
    Value safe = select(isZero, number(1), y);
    if (isUnsigned()) return safe;
    isMinusOne = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, y, number(-1));
    return select(isMinusOne, number(1), safe);
  }
  Value integerDivide() {
    Value isZero, isMinusOne;
    Value safe = safeDivisor(isZero, isMinusOne);
    Value quotient = isUnsigned() ? arith::DivUIOp::create(b, at, x, safe).getResult()
                                  : arith::DivSIOp::create(b, at, x, safe).getResult();
    if (!isUnsigned()) quotient = select(isMinusOne, arith::SubIOp::create(b, at, number(0), x), quotient);
    return select(isZero, number(-1), quotient);
  }
  Value integerRemainder() {
    Value isZero, isMinusOne;
    Value safe = safeDivisor(isZero, isMinusOne);
    Value rest = isUnsigned() ? arith::RemUIOp::create(b, at, x, safe).getResult()
                              : arith::RemSIOp::create(b, at, x, safe).getResult();
    return select(isZero, x, rest);  // any remainder by -1 is 0, as by 1
  }

  /// C's fmod through the C library, element by element: exact, which x - trunc(x / y) * y is not.
  Value floatRemainder() { return arith::RemFOp::create(b, at, x, y); }

  /// x^y by squaring, y clipped to the bits that matter; negative exponents as documented.
  Value integerPower() {
    unsigned bits = mlir::getElementTypeOrSelf(x.getType()).getIntOrFloatBitWidth();
    Value result = number(1), base = x, exponent = y;
    for (unsigned i = 0; i < bits - (isUnsigned() ? 0 : 1); ++i) {
      Value odd = arith::CmpIOp::create(b, at, arith::CmpIPredicate::ne,
                                        arith::AndIOp::create(b, at, exponent, number(1)), number(0));
      result = select(odd, arith::MulIOp::create(b, at, result, base), result);
      base = arith::MulIOp::create(b, at, base, base);
      exponent = arith::ShRUIOp::create(b, at, exponent, number(1));
    }
    if (isUnsigned()) return result;
    Value negative = arith::CmpIOp::create(b, at, arith::CmpIPredicate::slt, y, number(0));
    Value odd =
        arith::CmpIOp::create(b, at, arith::CmpIPredicate::ne, arith::AndIOp::create(b, at, y, number(1)), number(0));
    Value isOne = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, x, number(1));
    Value isMinusOne = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, x, number(-1));
    Value reciprocal = select(isOne, number(1), select(isMinusOne, select(odd, number(-1), number(1)), number(0)));
    return select(negative, reciprocal, result);
  }
};

}  // namespace

Value emitScalarOp(mlir::OpBuilder &b, mlir::Operation *op, mlir::ValueRange operands, Policy policy, bool callsMath) {
  return ScalarEmitter(b, op, operands, policy, callsMath).emit();
}

namespace {

/// The product with the reciprocal in f64, rounded.
Value divideInF64(mlir::OpBuilder &b, mlir::Location at, Value dividends, Value divisor) {
  auto type = llvm::cast<mlir::VectorType>(dividends.getType());
  mlir::VectorType wide = type.clone(b.getF64Type());
  // Does not change inside the loop, which LLVM moves it out of.
  Value one = splatConstant(b, at, b.getF64Type(), 1.0);
  Value reciprocal = arith::DivFOp::create(b, at, one, arith::ExtFOp::create(b, at, b.getF64Type(), divisor));
  Value factor = mlir::vector::BroadcastOp::create(b, at, wide, reciprocal);
  Value product = arith::MulFOp::create(b, at, arith::ExtFOp::create(b, at, wide, dividends), factor);
  return arith::TruncFOp::create(b, at, type, product);
}

/// q = x r, and what remains of x is divided the same way: q + (x - q d) r. Both x and d are scaled first where d is so
/// large or small that r would not be a normal number. For d = 0, infinite or NaN nothing is corrected; an infinite x
/// leaves NaN and an infinite q infinity, of which the comparisons make numbers that an infinite q absorbs.
Value divideCorrecting(mlir::OpBuilder &b, mlir::Location at, Value dividends, Value divisor) {
  mlir::Type type = dividends.getType();
  auto number = [&](double value) -> Value { return splatConstant(b, at, b.getF32Type(), value); };
  auto all = [&](Value scalar) -> Value { return mlir::vector::BroadcastOp::create(b, at, type, scalar); };
  auto select = [&](Value p, Value t, Value f) -> Value { return arith::SelectOp::create(b, at, p, t, f); };
  auto compare = [&](arith::CmpFPredicate predicate, Value x, Value y) -> Value {
    return arith::CmpFOp::create(b, at, predicate, x, y);
  };
  // Once a row: LLVM moves it out of the loop.
  Value size = mlir::math::AbsFOp::create(b, at, divisor);
  Value isSmall = compare(arith::CmpFPredicate::OLT, size, number(0x1p-60));
  Value isLarge = compare(arith::CmpFPredicate::OGT, size, number(0x1p60));
  Value scale = select(isSmall, number(0x1p32), select(isLarge, number(0x1p-32), number(1)));
  Value scaled = arith::MulFOp::create(b, at, divisor, scale);
  Value reciprocal = arith::DivFOp::create(b, at, number(1), scaled);
  Value ordinary = arith::AndIOp::create(b, at, compare(arith::CmpFPredicate::OGT, size, number(0)),
                                         compare(arith::CmpFPredicate::OLT, size, number(INFINITY)));
  Value minus = select(ordinary, arith::NegFOp::create(b, at, scaled), number(0));
  Value factor = select(ordinary, reciprocal, number(0));

  Value dividend = arith::MulFOp::create(b, at, dividends, all(scale));
  Value quotient = arith::MulFOp::create(b, at, dividend, all(reciprocal));
  Value rest = mlir::math::FmaOp::create(b, at, quotient, all(minus), dividend);
  Value most = splatConstant(b, at, type, 0x1.fffffep127), least = splatConstant(b, at, type, -0x1.fffffep127);
  rest = select(compare(arith::CmpFPredicate::OGT, rest, least), rest, least);
  rest = select(compare(arith::CmpFPredicate::OLT, rest, most), rest, most);
  return mlir::math::FmaOp::create(b, at, rest, all(factor), quotient);
}

}  // namespace

Value emitDivideByScalar(mlir::OpBuilder &b, mlir::Location at, Value dividends, Value divisor, Policy policy) {
  if (policy == Policy::strict) return divideInF64(b, at, dividends, divisor);
  return divideCorrecting(b, at, dividends, divisor);
}

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

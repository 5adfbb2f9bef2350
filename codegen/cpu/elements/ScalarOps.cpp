#include "codegen/cpu/elements/ScalarOps.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/BFloat16.h"
#include "codegen/cpu/elements/Cast.h"
#include "codegen/cpu/elements/IntegerOps.h"
#include "codegen/cpu/math/MathRoutine.h"
#include "codegen/cpu/math/VectorMath.h"
#include "codegen/cpu/math/WideVectors.h"
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

mlir::Type sameShape(Value like, mlir::Type element) {
  if (auto vector = llvm::dyn_cast<mlir::VectorType>(like.getType())) return vector.clone(element);
  return element;
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
      case OpCode::abs:
        return isFloat() ? math::AbsFOp::create(b, at, x).getResult() : isUnsigned() ? x : integers().absolute();
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
      case OpCode::div: return isFloat() ? arith::DivFOp::create(b, at, x, y).getResult() : integers().divide();
      case OpCode::rem: return isFloat() ? floatRemainder() : integers().remainder();
      case OpCode::pow: return integers().power();
      case OpCode::maximum: return maximum(x, y);
      case OpCode::minimum: return minimum(x, y);
      case OpCode::bitwise_and:
      case OpCode::logical_and: return arith::AndIOp::create(b, at, x, y);
      case OpCode::bitwise_or:
      case OpCode::logical_or: return arith::OrIOp::create(b, at, x, y);
      case OpCode::bitwise_xor:
      case OpCode::logical_xor: return arith::XOrIOp::create(b, at, x, y);
      case OpCode::shift_left: return integers().shiftLeft();
      case OpCode::shift_right_logical: return integers().shiftRightLogical();
      case OpCode::shift_right_arithmetic: return integers().shiftRightArithmetic();
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

  IntegerOps integers() { return IntegerOps(b, at, x, y, isUnsigned()); }

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
    if (isFloat()) {
      Value wide = emitExtreme(b, at, Extreme::maximum, l, r);
      return wide ? wide : arith::MaximumFOp::create(b, at, l, r).getResult();
    }
    return isUnsigned() ? arith::MaxUIOp::create(b, at, l, r).getResult()
                        : arith::MaxSIOp::create(b, at, l, r).getResult();
  }
  Value minimum(Value l, Value r) {
    if (isFloat()) {
      Value wide = emitExtreme(b, at, Extreme::minimum, l, r);
      return wide ? wide : arith::MinimumFOp::create(b, at, l, r).getResult();
    }
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

  /// C's fmod through the C library, element by element: exact, which x - trunc(x / y) * y is not.
  Value floatRemainder() { return arith::RemFOp::create(b, at, x, y); }
};

}  // namespace

Value emitScalarOp(mlir::OpBuilder &b, mlir::Operation *op, mlir::ValueRange operands, Policy policy, bool callsMath) {
  return ScalarEmitter(b, op, operands, policy, callsMath).emit();
}

}  // namespace etch::codegen

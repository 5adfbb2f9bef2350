#include "codegen/cpu/elements/DivideByScalar.h"

#include <cmath>
#include <limits>
#include <optional>

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/elements/MultiplyAdd.h"
#include "codegen/cpu/elements/ScalarOps.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

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

/// A number whose reciprocal is the sum of two numbers of its type, all but for an error that no quotient notices.
template <class T> struct Reciprocal {
  T high, low;  ///< of one sign, so that infinite dividends stay infinite
};

/// Rounded once, x high + (x low) is the quotient x / d unless that is near the least normal number (N. Brisebarre,
/// J.-M. Muller, S. K. Raina: Accelerating correctly rounded floating-point division when the divisor is known in
/// advance, 2004). What is lost in low and in x low, 2^-47 x / d each for f32, are 2^-22 units in the last place of the
/// quotient. Where rounding turns is farther away: X / D, of integers of 24 bits, lies |2^k X - M D| / 2D units from
/// there, M odd, which is not 0, and so 2^z / 2D at least if D ends in z zeros, 2^-21 for z = 4. The same holds for 53
/// bits. Divisors that end in four zeros are all integers up to a million, and their products with powers of two.
template <class T> std::optional<Reciprocal<T>> reciprocalOf(T divisor) {
  constexpr int kDigits = std::numeric_limits<T>::digits, kZeros = 4,
                kMostExponent = std::numeric_limits<T>::max_exponent / 2;
  int exponent = 0;
  const T significand = std::ldexp(std::frexp(std::abs(divisor), &exponent), kDigits - kZeros);
  const bool isOrdinary = std::isfinite(divisor) && divisor != 0 && std::abs(exponent) <= kMostExponent;
  if (!isOrdinary || significand != std::trunc(significand)) return std::nullopt;
  T high = 1 / divisor;
  auto left = [&] { return std::fma(-high, divisor, T(1)); };
  if (left() < 0) high = std::nextafter(high, T(0));
  return Reciprocal<T>{high, left() / divisor};
}

template <class T> Value divideByConstant(mlir::OpBuilder &b, mlir::Location at, Value dividends, T divisor) {
  std::optional<Reciprocal<T>> reciprocal = reciprocalOf(divisor);
  if (!reciprocal) return nullptr;
  auto all = [&](T value) { return splatConstant(b, at, dividends.getType(), static_cast<double>(value)); };
  if (reciprocal->low == 0) return arith::MulFOp::create(b, at, dividends, all(reciprocal->high));
  Value low = arith::MulFOp::create(b, at, dividends, all(reciprocal->low));
  return mlir::math::FmaOp::create(b, at, dividends, all(reciprocal->high), low);
}

/// The number that all lanes are divided by, if the code knows it.
std::optional<double> numberOf(Value divisor) {
  if (auto broadcast = divisor.getDefiningOp<mlir::vector::BroadcastOp>()) divisor = broadcast.getSource();
  auto constant = divisor.getDefiningOp<arith::ConstantOp>();
  auto number = constant ? llvm::dyn_cast<mlir::FloatAttr>(constant.getValue()) : mlir::FloatAttr();
  return number ? std::optional(number.getValueAsDouble()) : std::nullopt;
}

}  // namespace

Value emitDivideByConstant(mlir::OpBuilder &b, mlir::Location at, Value dividends, Value divisor, Policy policy) {
  auto module = b.getInsertionBlock()->getParentOp()->getParentOfType<mlir::ModuleOp>();
  std::optional<double> number = numberOf(divisor);
  if (!number || !fusesMultiplyAdd(vectorUnitOf(module), policy)) return nullptr;
  mlir::Type type = mlir::getElementTypeOrSelf(dividends.getType());
  if (type.isF64()) return divideByConstant<double>(b, at, dividends, *number);
  return type.isF32() ? divideByConstant<float>(b, at, dividends, static_cast<float>(*number)) : Value();
}

Value emitDivideByScalar(mlir::OpBuilder &b, mlir::Location at, Value dividends, Value divisor, Policy policy) {
  auto module = b.getInsertionBlock()->getParentOp()->getParentOfType<mlir::ModuleOp>();
  if (fusesMultiplyAdd(vectorUnitOf(module), policy)) return divideCorrecting(b, at, dividends, divisor);
  return divideInF64(b, at, dividends, divisor);
}

}  // namespace etch::codegen

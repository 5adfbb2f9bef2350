#include "codegen/cpu/elements/DivideByScalar.h"

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

}  // namespace

Value emitDivideByScalar(mlir::OpBuilder &b, mlir::Location at, Value dividends, Value divisor, Policy policy) {
  auto module = b.getInsertionBlock()->getParentOp()->getParentOfType<mlir::ModuleOp>();
  if (fusesMultiplyAdd(vectorUnitOf(module), policy)) return divideCorrecting(b, at, dividends, divisor);
  return divideInF64(b, at, dividends, divisor);
}

}  // namespace etch::codegen

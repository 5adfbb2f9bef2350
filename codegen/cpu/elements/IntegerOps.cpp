#include "codegen/cpu/elements/IntegerOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/elements/ScalarOps.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

Value IntegerOps::number(int64_t value) { return splatConstant(b, at, x.getType(), value); }
Value IntegerOps::select(Value p, Value t, Value f) { return arith::SelectOp::create(b, at, p, t, f); }
int64_t IntegerOps::width() { return mlir::getElementTypeOrSelf(x.getType()).getIntOrFloatBitWidth(); }

Value IntegerOps::absolute() {
  Value negative = arith::CmpIOp::create(b, at, arith::CmpIPredicate::slt, x, number(0));
  return select(negative, arith::SubIOp::create(b, at, number(0), x), x);
}

/// The divisor with 0 (and -1, whose quotient may overflow) replaced by 1, so that the instruction cannot trap.
Value IntegerOps::safeDivisor(Value &isZero, Value &isMinusOne) {
  isZero = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, y, number(0));
  Value safe = select(isZero, number(1), y);
  if (isUnsigned) return safe;
  isMinusOne = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, y, number(-1));
  return select(isMinusOne, number(1), safe);
}

Value IntegerOps::divide() {
  Value isZero, isMinusOne;
  Value safe = safeDivisor(isZero, isMinusOne);
  Value quotient = isUnsigned ? arith::DivUIOp::create(b, at, x, safe).getResult()
                              : arith::DivSIOp::create(b, at, x, safe).getResult();
  if (!isUnsigned) quotient = select(isMinusOne, arith::SubIOp::create(b, at, number(0), x), quotient);
  return select(isZero, number(-1), quotient);
}

Value IntegerOps::remainder() {
  Value isZero, isMinusOne;
  Value safe = safeDivisor(isZero, isMinusOne);
  Value rest = isUnsigned ? arith::RemUIOp::create(b, at, x, safe).getResult()
                          : arith::RemSIOp::create(b, at, x, safe).getResult();
  return select(isZero, x, rest);  // any remainder by -1 is 0, as by 1
}

Value IntegerOps::power() {
  Value result = number(1), base = x, exponent = y;
  for (int64_t i = 0; i < width() - (isUnsigned ? 0 : 1); ++i) {
    Value odd = arith::CmpIOp::create(b, at, arith::CmpIPredicate::ne,
                                      arith::AndIOp::create(b, at, exponent, number(1)), number(0));
    result = select(odd, arith::MulIOp::create(b, at, result, base), result);
    base = arith::MulIOp::create(b, at, base, base);
    exponent = arith::ShRUIOp::create(b, at, exponent, number(1));
  }
  if (isUnsigned) return result;
  Value negative = arith::CmpIOp::create(b, at, arith::CmpIPredicate::slt, y, number(0));
  Value odd =
      arith::CmpIOp::create(b, at, arith::CmpIPredicate::ne, arith::AndIOp::create(b, at, y, number(1)), number(0));
  Value isOne = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, x, number(1));
  Value isMinusOne = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, x, number(-1));
  Value reciprocal = select(isOne, number(1), select(isMinusOne, select(odd, number(-1), number(1)), number(0)));
  return select(negative, reciprocal, result);
}

/// By y, or `beyond` where y as an unsigned number is not below the width: there the machine's shift has no meaning.
template <typename Op> Value IntegerOps::shift(Value beyond) {
  Value inside = arith::CmpIOp::create(b, at, arith::CmpIPredicate::ult, y, number(width()));
  return select(inside, Op::create(b, at, x, select(inside, y, number(0))), beyond);
}

Value IntegerOps::shiftLeft() { return shift<arith::ShLIOp>(number(0)); }
Value IntegerOps::shiftRightLogical() { return shift<arith::ShRUIOp>(number(0)); }
Value IntegerOps::shiftRightArithmetic() {
  Value signs = arith::ShRSIOp::create(b, at, x, number(width() - 1));
  return shift<arith::ShRSIOp>(signs);
}

}  // namespace etch::codegen

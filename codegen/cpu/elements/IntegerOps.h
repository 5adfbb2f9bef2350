#pragma once
// Arithmetic of integers that has a value for all operands: nothing traps, and nothing is left to the machine
// (docs/semantics.md).

#include "mlir/IR/Builders.h"

namespace etch::codegen {

/// Ops on x and y, two scalars or two vectors of one type; what takes one operand looks at x only.
class IntegerOps {
 public:
  IntegerOps(mlir::OpBuilder &b, mlir::Location at, mlir::Value x, mlir::Value y, bool isUnsigned)
      : b(b), at(at), x(x), y(y), isUnsigned(isUnsigned) {}

  mlir::Value absolute();
  /// All bits set where y is 0; the least number by -1 is itself.
  mlir::Value divide();
  /// x where y is 0.
  mlir::Value remainder();
  /// By squaring. For negative y: 1 / x^-y rounded to 0, and 0 where x is 0.
  mlir::Value power();
  /// What a shift by the width or more leaves is 0, or the sign in every bit.
  mlir::Value shiftLeft();
  mlir::Value shiftRightLogical();
  mlir::Value shiftRightArithmetic();

 private:
  mlir::OpBuilder &b;
  mlir::Location at;
  mlir::Value x, y;
  bool isUnsigned;

  mlir::Value number(int64_t value);
  mlir::Value select(mlir::Value p, mlir::Value t, mlir::Value f);
  int64_t width();
  template <typename Op> mlir::Value shift(mlir::Value beyond);
  mlir::Value safeDivisor(mlir::Value &isZero, mlir::Value &isMinusOne);
};

}  // namespace etch::codegen

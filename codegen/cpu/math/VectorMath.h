//===- VectorMath.h - Math functions as vector arithmetic -------*- C++ -*-===//
//
// The CPU code generator calls no libm: a call in the middle of a vector loop would
// split it into scalars, and its last bit would depend on the machine's libm. Instead
// each function is written out in arithmetic which every target has as instructions.
//
//===----------------------------------------------------------------------===//

#pragma once

#include "mlir/IR/Builders.h"

namespace etch::codegen {

/// Math functions that have no single machine instruction.
enum class MathFn {
  Exp,
  Exp2,
  Expm1,
  Log,
  Log2,
  Log10,
  Log1p,
  Sinh,
  Cosh,
  Tanh,
  Asinh,
  Acosh,
  Atanh,
  Sigmoid,
  Sin,
  Cos,
  Tan,
  Asin,
  Acos,
  Atan,
  Atan2,  ///< operands (y, x)
  Erf,
  Erfc,
  ErfInv,
  Lgamma,
  Digamma,
  Trigamma,
  Rsqrt,
  Cbrt,
  Pow,  ///< operands (base, exponent)
};

/// The number of operands of `fn`: 1 or 2.
unsigned mathArity(MathFn fn);

/// "tanh".
llvm::StringRef mathName(MathFn fn);

/// About how many instructions `fn` takes for a vector of sixteen f32, with AVX-512.
int mathInstructions(MathFn fn);

/// Emits `fn` on scalars or fixed 1-D vectors of f32 or f64; f16 operands are extended to
/// f32 and the result truncated (bf16 is f32 in registers: BFloat16.h). All operands have the same type, which is
/// also the type of the result.
///
/// The emitted ops (arith, and math.fma, floor, roundeven, sqrt, absf, copysign) all
/// become instructions. Lane i of a vector has the bits that the scalar code gives for element i: the one branch, in
/// the trigonometric functions of f64 where a lane is beyond 2^47, changes that lane only; and there are no fast-math
/// flags, so the result is the same in every numerics policy. A later pass must not add such flags, nor may the target
/// machine fuse multiplications by itself (FPOpFusion::Fast): products that need fusing are math.fma here, and the
/// others must round.
///
/// Accuracy and ranges are measured in docs/math.md; special values (NaN, infinities,
/// signed zeros, subnormals) are those of C99 annex F.
mlir::Value emitMath(mlir::OpBuilder &b, mlir::Location loc, MathFn fn, mlir::ValueRange operands);

/// e^x for x <= 0 in f32 or f64, in two thirds of the instructions: 0 where the result would be subnormal, at -infinity
/// too; else the bits of MathFn::Exp. NaN stays NaN.
mlir::Value emitExpOfNonPositive(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x);

}  // namespace etch::codegen

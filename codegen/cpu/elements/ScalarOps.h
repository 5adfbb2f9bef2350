#pragma once
// One elementwise op on one element, or on a vector of elements: the table from dialect to arithmetic.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

#include "codegen/abi/compiler.h"
#include "codegen/cpu/math/VectorMath.h"
#include "ir/tape/tape.h"

namespace etch::codegen {

/// Emits `op` (an ElementwiseOp) on operands in the form they have in registers: bool as i1, u8 as i8, bf16 as f32. All
/// operands are scalars or all are vectors of one length. Math functions of vectors are calls of their routines
/// (MathRoutine.h) if `callsMath`.
mlir::Value emitScalarOp(mlir::OpBuilder &b, mlir::Operation *op, mlir::ValueRange operands, Policy policy,
                         bool callsMath = false);

/// The math function that `op` is, if it is one.
std::optional<MathFn> mathFunctionOf(mlir::Operation *op);

/// A constant of the shape (scalar or vector) of `like`'s type with the given element type.
mlir::Value splatConstant(mlir::OpBuilder &b, mlir::Location at, mlir::Type type, double value);
mlir::Value splatConstant(mlir::OpBuilder &b, mlir::Location at, mlir::Type type, int64_t value);

/// The type of an element in a register: i1, i8, i32, i64, f16, f32, f64; bf16 is f32 there (BFloat16.h).
mlir::Type registerType(DType dtype, mlir::MLIRContext *context);
/// `element`, or a vector of `lanes` of them when lanes is not 0.
mlir::Type withLanes(mlir::Type element, int64_t lanes);

/// `element`, or a vector of as many of them as `like` has lanes.
mlir::Type sameShape(mlir::Value like, mlir::Type element);

/// A float operation's flags under a policy.
mlir::arith::FastMathFlags fastMathFlags(Policy policy);

}  // namespace etch::codegen

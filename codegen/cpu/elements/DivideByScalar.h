#pragma once
// Vectors divided by one number.

#include "mlir/IR/Builders.h"

#include "codegen/abi/compiler.h"

namespace etch::codegen {

/// A vector of f32 over one f32. A division takes the divider ten cycles a vector of sixteen.
/// Under policy `strict`, and without fused multiply-add, it is the product with the reciprocal in f64: to the bit what
/// a division gives, because no quotient of two f32 lies so close to where rounding to f32 turns (2^-50 of itself) that
/// the product's error of 2^-52 matters. Otherwise it is the product with the reciprocal in f32, corrected once: five
/// instructions instead of eleven, and the same bits but where dividend or quotient is subnormal or nearly so: there it
/// may be a unit in the last place off.
mlir::Value emitDivideByScalar(mlir::OpBuilder &b, mlir::Location at, mlir::Value dividends, mlir::Value divisor,
                               Policy policy);

/// A vector of f32 or f64 over a number that the code knows, in two instructions: the same bits as a division, but near
/// the least normal number, where they may be a unit in the last place off. Null where policy, processor or number do
/// not allow it.
mlir::Value emitDivideByConstant(mlir::OpBuilder &b, mlir::Location at, mlir::Value dividends, mlir::Value divisor,
                                 Policy policy);

}  // namespace etch::codegen

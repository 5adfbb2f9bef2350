#pragma once
// bfloat16 in compiled code: sixteen bits in memory, f32 in registers.
//
// A register holds a number of bf16 as the f32 of the same value, so that ops on bf16 are those on f32, their result
// rounded to bf16. One rounding more than from the exact result changes nothing: f32 has more than twice the precision
// and two bits (8 and 24), and the same exponents. Integer arithmetic rounds; x86's vcvtneps2bf16, which LLVM takes for
// arith.truncf where there is one, would flush subnormals, and results would depend on the machine.

#include "mlir/IR/Builders.h"

#include "runtime/base/dtype.h"

namespace etch::codegen {

/// i16 from memory as f32, and an f32 that is a number of bf16 as i16; scalars or vectors.
mlir::Value widenBFloat16(mlir::OpBuilder &b, mlir::Location at, mlir::Value bits);
mlir::Value bitsOfBFloat16(mlir::OpBuilder &b, mlir::Location at, mlir::Value number);

/// The nearest number of bf16 to the f32 that an op on numbers of bf16 gave, ties to even. The lower half of a NaN must
/// be 0, as it is of a NaN that was bf16 and of those that operations make.
mlir::Value roundToBFloat16(mlir::OpBuilder &b, mlir::Location at, mlir::Value number);

/// Any register value of another dtype (not bool) rounded to bf16, once and ties to even; NaN stays NaN.
mlir::Value castToBFloat16(mlir::OpBuilder &b, mlir::Location at, mlir::Value value, DType from);

}  // namespace etch::codegen

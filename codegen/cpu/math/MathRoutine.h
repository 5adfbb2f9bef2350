#pragma once
// Math functions that a process compiles once: `etch_shared_tanh_x64xf32` gives the tanh of 64 f32, all in registers.

#include "codegen/cpu/math/VectorMath.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::codegen {

/// What emitMath gives, by calls of routines: to the bit the same. `operands` are vectors.
mlir::Value callMathRoutine(mlir::OpBuilder &b, mlir::Location at, MathFn fn, mlir::ValueRange operands);

/// Values that do not stay in registers shall not lie across cache lines: LLVM aligns the stack only of functions that
/// have aligned variables. Unaligned, exp of 64k f32 by calls took 29 us instead of 10.
void alignStack(mlir::func::FuncOp function);

/// A declaration that callMathRoutine made.
bool isMathRoutine(mlir::func::FuncOp declaration);
/// Its body.
void emitMathRoutine(mlir::func::FuncOp declaration);

}  // namespace etch::codegen

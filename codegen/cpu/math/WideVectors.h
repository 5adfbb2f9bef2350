#pragma once
// Operations that a 512-bit vector unit wants written in another way. The bits are the same on every machine.

#include "mlir/IR/Builders.h"

namespace etch::codegen {

/// x 2^k rounded once, for whole numbers k as floats, also where the result is subnormal or overflows: one instruction
/// of AVX-512. Null where the target or the type of x has no such instruction.
mlir::Value emitScaleByPowerOfTwo(mlir::OpBuilder &b, mlir::Location at, mlir::Value x, mlir::Value k);

enum class Extreme { minimum, maximum };

/// IEEE 754-2019's minimum or maximum: NaN wins, +0 is above -0. Three instructions of AVX-512, where LLVM takes six.
/// Null where the target has no such instruction (there is none for halves) or the type is not one register, whose
/// parts would take longer to compile, and where an operand is a constant, of which LLVM knows whether it is NaN or
/// zero.
mlir::Value emitExtreme(mlir::OpBuilder &b, mlir::Location at, Extreme which, mlir::Value x, mlir::Value y);

/// Lanes of f32, each the one of eight `entries` that the low three bits of a lane of `index` (i32) say: one
/// instruction from AVX2 on. Null where the target has none.
mlir::Value emitLookup(mlir::OpBuilder &b, mlir::Location at, llvm::ArrayRef<float> entries, mlir::Value index);

/// `op` on parts of at most `bits` bits of the operands, vectors of one type, put together again.
mlir::Value inParts(mlir::OpBuilder &b, mlir::Location at, int64_t bits, llvm::ArrayRef<mlir::Value> operands,
                    llvm::function_ref<mlir::Value(llvm::ArrayRef<mlir::Value>)> op);

/// The module's target has 512-bit vectors and `type` fills them.
bool fillsWideVectors(mlir::OpBuilder &b, mlir::Type type);

}  // namespace etch::codegen

#pragma once
// Operations that a 512-bit vector unit wants written in another way. The bits are the same on every machine.

#include "mlir/IR/Builders.h"

namespace etch::codegen {

/// x 2^k rounded once, for whole numbers k as floats, also where the result is subnormal or overflows: one instruction
/// of AVX-512. Null where the target or the type of x has no such instruction.
mlir::Value emitScaleByPowerOfTwo(mlir::OpBuilder &b, mlir::Location at, mlir::Value x, mlir::Value k);

/// The module's target has 512-bit vectors and `type` fills them.
bool fillsWideVectors(mlir::OpBuilder &b, mlir::Type type);

}  // namespace etch::codegen

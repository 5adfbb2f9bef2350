#pragma once
// Philox4x32-10: random bits as a function of key and counter.

#include "mlir/IR/Builders.h"

#include "runtime/base/dtype.h"

namespace etch::codegen {

/// `key` and `counter` are i64 scalars or vectors. dtype i32: word 0 of the block; i64: words 1 and 0.
mlir::Value emitRandomBits(mlir::OpBuilder &b, mlir::Location at, mlir::Value key, mlir::Value counter, DType dtype);
/// The top 24 (f32) or 53 (f64) of those bits as a fraction in [0, 1).
mlir::Value emitRandomUniform(mlir::OpBuilder &b, mlir::Location at, mlir::Value key, mlir::Value counter, DType dtype);

}  // namespace etch::codegen

#pragma once
// Conversions between dtypes in registers.

#include "mlir/IR/Builders.h"

#include "runtime/base/dtype.h"

namespace etch::codegen {

/// Converts one register value between dtypes (etch.cast).
mlir::Value emitCast(mlir::OpBuilder &b, mlir::Location at, mlir::Value value, DType from, DType to);

}  // namespace etch::codegen

#pragma once
// Which results of a kernel may lie over its operands.

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::passes {

/// May the kernel write `result` over the memory of `operand`? Only when it reads that operand at the index it writes.
bool mayOverwrite(mlir::func::FuncOp kernel, unsigned operand, unsigned result);

}  // namespace etch::passes

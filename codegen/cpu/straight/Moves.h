#pragma once
// Ops that move a few elements.

#include "codegen/cpu/straight/Registers.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

/// Ops whose elements come from known places of their operands.
bool movesElements(mlir::Operation *op);
mlir::Value emitMove(Registers &registers, mlir::Operation *op,
                     llvm::function_ref<mlir::Value(mlir::Value)> registerOf);

/// A block of a tensor that lies in memory at `pointer`.
mlir::Value emitSliceOfMemory(KernelFrame &f, Registers &registers, ir::DynamicSliceOp slice, mlir::Value pointer,
                              llvm::ArrayRef<mlir::Value> starts);
/// `operand` with the element at `starts` replaced.
mlir::Value emitReplacedElement(KernelFrame &f, ir::DynamicUpdateSliceOp update, mlir::Value operand,
                                mlir::Value element, llvm::ArrayRef<mlir::Value> starts);

}  // namespace etch::codegen

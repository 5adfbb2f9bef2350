#include "passes/buffer/Overwriting.h"

#include "llvm/ADT/SetVector.h"

#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"
#include "passes/buffer/Placement.h"

namespace etch::passes {

/// Is everything that a kernel computes from `value` computed from its elements at the same place?
static bool isReadInPlace(mlir::Value value) {
  llvm::SetVector<mlir::Operation *> readers(value.user_begin(), value.user_end());
  for (size_t next = 0; next < readers.size(); ++next) {
    mlir::Operation *op = readers[next];
    if (op->hasTrait<mlir::OpTrait::IsTerminator>()) continue;
    if (!op->hasTrait<ir::ElementwiseOp>()) return false;
    readers.insert_range(op->getUsers());
  }
  return true;
}

bool mayOverwrite(mlir::func::FuncOp kernel, unsigned operand, unsigned result) {
  mlir::Type from = kernel.getFunctionType().getInput(operand), to = kernel.getFunctionType().getResult(result);
  const llvm::StringRef kind = ir::kernelKind(kernel);
  mlir::BlockArgument argument = kernel.getArgument(operand);
  if (kind == "scan") return from == to && argument.hasOneUse();
  if (kind == "update") {
    mlir::Operation *update = kernel.getBody().front().getTerminator()->getOperand(0).getDefiningOp();
    return update->getOperand(0) == argument && from == to && argument.hasOneUse();
  }
  // All operands are in registers before anything is stored.
  if (kind == "straight") return bytesOf(from) == bytesOf(to);
  if (kind != "loop" || bytesOf(from) != bytesOf(to)) return false;
  if (llvm::cast<mlir::ShapedType>(from).getShape() != llvm::cast<mlir::ShapedType>(to).getShape()) return false;
  if (!llvm::cast<mlir::ShapedType>(from).hasStaticShape()) return false;
  return isReadInPlace(argument);
}

}  // namespace etch::passes

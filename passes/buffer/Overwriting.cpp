#include "passes/buffer/Overwriting.h"

#include "ir/dialect/EtchDialect.h"
#include "passes/buffer/Placement.h"

namespace etch::passes {

bool mayOverwrite(mlir::func::FuncOp kernel, unsigned operand, unsigned result) {
  mlir::Type from = kernel.getFunctionType().getInput(operand), to = kernel.getFunctionType().getResult(result);
  llvm::StringRef kind = kernel->getAttrOfType<mlir::StringAttr>("etch.kernel").getValue();
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
  return llvm::all_of(argument.getUsers(), [](mlir::Operation *user) { return user->hasTrait<ir::ElementwiseOp>(); });
}

}  // namespace etch::passes

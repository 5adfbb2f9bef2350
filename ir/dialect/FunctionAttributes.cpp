#include "ir/dialect/FunctionAttributes.h"

namespace etch::ir {

static bool isOfKind(mlir::func::FuncOp function, unsigned argument, llvm::StringRef wanted) {
  auto kind = function.getArgAttrOfType<mlir::StringAttr>(argument, kKind);
  return kind && kind.getValue() == wanted;
}

bool isVariable(mlir::func::FuncOp function, unsigned argument) { return isOfKind(function, argument, kVariable); }
bool isCaptured(mlir::func::FuncOp function, unsigned argument) { return isOfKind(function, argument, kCaptured); }

std::optional<unsigned> updatedArgument(mlir::func::FuncOp function, unsigned result) {
  auto updates = function.getResultAttrOfType<mlir::IntegerAttr>(result, kUpdates);
  if (!updates) return std::nullopt;
  return static_cast<unsigned>(updates.getInt());
}

llvm::StringRef kernelKind(mlir::func::FuncOp function) {
  auto kind = function->getAttrOfType<mlir::StringAttr>(kKernel);
  return kind ? kind.getValue() : llvm::StringRef();
}

llvm::SmallVector<mlir::func::FuncOp> calleesOf(mlir::ModuleOp module, mlir::Operation *op) {
  llvm::SmallVector<mlir::func::FuncOp> callees;
  for (const char *name : {"callee", "backward"})
    if (auto symbol = op->getAttrOfType<mlir::FlatSymbolRefAttr>(name))
      callees.push_back(module.lookupSymbol<mlir::func::FuncOp>(symbol.getValue()));
  return callees;
}

}  // namespace etch::ir

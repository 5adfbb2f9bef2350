// Schedule family: launches agree with their kernels.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/TypeUtilities.h"

#include "ir/dialect/EtchDialect.h"

namespace etch::ir {

llvm::LogicalResult LaunchOp::verifySymbolUses(mlir::SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<mlir::func::FuncOp>(*this, getKernelAttr());
  if (!kernel) return emitOpError() << "names no function: " << getKernelAttr();
  // Stages after `kernels` give the function another type; the etch.kernel attribute keeps the tensors it works on.
  if (kernel->hasAttr("etch.emitted")) return mlir::success();
  // A flat kernel takes tensors of any one shape.
  auto fits = [&](mlir::Type wanted, mlir::Type given) {
    return wanted == given ||
           (kernel->hasAttr("etch.flat") && mlir::getElementTypeOrSelf(wanted) == mlir::getElementTypeOrSelf(given));
  };
  if (!llvm::equal(kernel.getFunctionType().getInputs(), getInputs().getTypes(), fits) ||
      !llvm::equal(kernel.getFunctionType().getResults(), getResultTypes(), fits))
    return emitOpError() << "operands and results do not fit kernel " << getKernelAttr() << " : "
                         << kernel.getFunctionType();
  return mlir::success();
}

}  // namespace etch::ir

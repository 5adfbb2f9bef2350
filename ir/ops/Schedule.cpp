// Schedule family: launches agree with their kernels, slices with their tensors.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/TypeUtilities.h"

#include "ir/dialect/EtchDialect.h"
#include "ir/dialect/FunctionAttributes.h"

namespace etch::ir {

llvm::LogicalResult LaunchOp::verifySymbolUses(mlir::SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<mlir::func::FuncOp>(*this, getKernelAttr());
  if (!kernel) return emitOpError() << "names no function: " << getKernelAttr();
  // Emitted kernels take pointers.
  if (kernel->hasAttr(kEmitted)) return mlir::success();
  // A flat kernel takes tensors of any one shape.
  auto fits = [&](mlir::Type wanted, mlir::Type given) {
    return wanted == given ||
           (kernel->hasAttr(kFlat) && mlir::getElementTypeOrSelf(wanted) == mlir::getElementTypeOrSelf(given));
  };
  if (!llvm::equal(kernel.getFunctionType().getInputs(), getInputs().getTypes(), fits) ||
      !llvm::equal(kernel.getFunctionType().getResults(), getResultTypes(), fits))
    return emitOpError() << "operands and results do not fit kernel " << getKernelAttr() << " : "
                         << kernel.getFunctionType();
  return mlir::success();
}

llvm::LogicalResult StoreSliceOp::verify() {
  // store_slice_c1: the slice has the operand's dtype and its extents without the first; all are known.
  auto operand = llvm::cast<mlir::RankedTensorType>(getOperand().getType());
  if (!operand.hasStaticShape() || operand.getRank() == 0 || operand.getDimSize(0) == 0 ||
      getSlice().getType() != operand.clone(operand.getShape().drop_front()))
    return emitOpError() << "needs a slice of " << operand << " along its first axis; got " << getSlice().getType();
  return mlir::success();
}

}  // namespace etch::ir

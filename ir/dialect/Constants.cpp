#include "ir/dialect/Constants.h"

#include "ir/dialect/EtchDialect.h"

namespace etch::ir {

mlir::SplatElementsAttr splatOf(mlir::Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  return constant ? llvm::dyn_cast<mlir::SplatElementsAttr>(constant.getValue()) : mlir::SplatElementsAttr();
}

std::optional<double> splatNumber(mlir::Value value) {
  while (auto *op = value.getDefiningOp()) {
    if (!llvm::isa<BroadcastInDimOp, ReshapeOp>(op)) break;
    value = op->getOperand(0);
  }
  mlir::SplatElementsAttr splat = splatOf(value);
  if (!splat || !llvm::isa<mlir::FloatType>(splat.getElementType())) return std::nullopt;
  return splat.getSplatValue<mlir::FloatAttr>().getValueAsDouble();
}

std::optional<int64_t> splatInteger(mlir::Value value) {
  mlir::SplatElementsAttr splat = splatOf(value);
  if (!splat || !splat.getElementType().isInteger()) return std::nullopt;
  return splat.getSplatValue<llvm::APInt>().getSExtValue();
}

bool isZero(mlir::Value value) {
  mlir::SplatElementsAttr splat = splatOf(value);
  if (!splat) return false;
  if (llvm::isa<mlir::FloatType>(splat.getElementType())) return splat.getSplatValue<llvm::APFloat>().isPosZero();
  return splat.getSplatValue<llvm::APInt>().isZero();
}

}  // namespace etch::ir

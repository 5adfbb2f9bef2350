#include "passes/buffer/Placement.h"

namespace etch::passes {

llvm::ArrayRef<int64_t> slotsOf(mlir::Operation *op) {
  if (auto launch = llvm::dyn_cast<ir::LaunchOp>(op)) return *launch.getSlots();
  if (auto slots = op->getAttrOfType<mlir::DenseI64ArrayAttr>(kSlots)) return slots.asArrayRef();
  return {};
}

std::optional<int64_t> partialSlot(ir::LaunchOp launch) {
  llvm::ArrayRef<int64_t> slots = slotsOf(launch);
  if (slots.size() == launch.getNumResults()) return std::nullopt;
  return slots.back();
}

mlir::Value storageOf(mlir::Value value) {
  while (auto reshape = value.getDefiningOp<ir::ReshapeOp>()) value = reshape.getOperand();
  return value;
}

ir::StoreSliceOp sliceStoreOf(mlir::Value value) {
  for (mlir::Operation *user : value.getUsers()) {
    if (auto store = llvm::dyn_cast<ir::StoreSliceOp>(user); store && store.getSlice() == value) return store;
    if (llvm::isa<ir::ReshapeOp>(user))
      if (ir::StoreSliceOp store = sliceStoreOf(user->getResult(0))) return store;
  }
  return nullptr;
}

bool hasUnknownExtents(mlir::Operation &op) {
  auto isUnknown = [](mlir::Type type) { return bytesOf(type) < 0; };
  return llvm::any_of(op.getOperandTypes(), isUnknown) || llvm::any_of(op.getResultTypes(), isUnknown);
}

int64_t bytesOf(mlir::Type type) {
  auto tensor = llvm::cast<mlir::RankedTensorType>(type);
  if (!tensor.hasStaticShape()) return -1;
  return tensor.getNumElements() * static_cast<int64_t>(size_of(ir::toDType(tensor.getElementType())));
}

}  // namespace etch::passes

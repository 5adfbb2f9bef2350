// stack({f(x), g(y)}) is a concatenation of views. A view is memory: what is computed would be stored, and then copied.
// As a view of a concatenation it is computed where it belongs (BeforeMoves.cpp). Where the new axis is the last one,
// kernels follow the view.

#include "llvm/ADT/SetVector.h"

#include "ir/dialect/EtchDialect.h"
#include "passes/fusion/Grouping.h"

namespace etch::passes {

namespace {

/// Is it computed, or joined of what may be, so that its kernel may as well write it elsewhere?
bool isComputed(mlir::Value value) {
  mlir::Operation *op = value.getDefiningOp();
  return op && (roleOf(op) == Role::Loop || joinsColumns(op));
}

/// The operand of a reshape that inserts an axis of extent 1 in front of axis `axis`.
mlir::Value withoutAxis(mlir::Value value, int64_t axis) {
  auto reshape = value.getDefiningOp<ir::ReshapeOp>();
  if (!reshape || !reshape.getType().hasStaticShape()) return nullptr;
  llvm::SmallVector<int64_t> shape(reshape.getType().getShape());
  if (shape[axis] != 1) return nullptr;
  shape.erase(shape.begin() + axis);
  return ir::typeOf(reshape.getOperand()).getShape() == llvm::ArrayRef(shape) ? reshape.getOperand() : mlir::Value();
}

/// Does a reshape add or remove axes of extent 1 only?
bool keepsExtents(ir::ReshapeOp op) {
  auto isMore = [](int64_t extent) { return extent != 1; };
  mlir::RankedTensorType from = ir::typeOf(op.getOperand()), to = op.getType();
  return from.hasStaticShape() && to.hasStaticShape() &&
         llvm::equal(llvm::make_filter_range(from.getShape(), isMore), llvm::make_filter_range(to.getShape(), isMore));
}

/// Kernels that join columns follow the views of those that they may compute, and kernels that compute those of parts,
/// as x[:, 0] is, which would have to be copied otherwise. What the iterations of a loop read is copied once, before
/// it.
void followViews(mlir::Operation *function) {
  function->walk([](ir::ReshapeOp op) {
    if (!keepsExtents(op) || hasFewElements(op)) return;
    auto computes = [&](mlir::Operation *user) {
      return roleOf(user) == Role::Loop && user->getBlock() == op->getBlock();
    };
    mlir::Operation *made = op.getOperand().getDefiningOp();
    const bool joins = made && (roleOf(made) == Role::Loop || roleOf(made) == Role::Lazy) &&
                       llvm::all_of(op->getUsers(), joinsColumns);
    if (joins || (op.getOperand().getDefiningOp<ir::SliceOp>() && llvm::all_of(op->getUsers(), computes)))
      op->setAttr(kFollowed, mlir::UnitAttr::get(op.getContext()));
  });
}

}  // namespace

void viewStacks(mlir::Operation *function) {
  llvm::SmallVector<ir::ConcatenateOp> stacks;
  function->walk([&](ir::ConcatenateOp op) { stacks.push_back(op); });
  for (ir::ConcatenateOp op : stacks) {
    const auto axis = static_cast<int64_t>(op.getAxis());
    if (!op.getType().hasStaticShape() || axis + 1 == op.getType().getRank()) continue;
    llvm::SmallVector<mlir::Value> rows;
    for (mlir::Value operand : op.getInputs())
      if (mlir::Value row = withoutAxis(operand, axis)) rows.push_back(row);
    const bool areAll = rows.size() == op.getInputs().size();
    if (!areAll || llvm::none_of(rows, [](mlir::Value row) { return isComputed(row) && row.hasOneUse(); })) continue;
    llvm::SmallVector<int64_t> shape(ir::typeOf(rows[0]).getShape());
    shape[axis] *= static_cast<int64_t>(rows.size());
    mlir::OpBuilder b(op);
    mlir::Value joined = ir::ConcatenateOp::create(
        b, op.getLoc(), mlir::RankedTensorType::get(shape, op.getType().getElementType()), rows, op.getAxis());
    mlir::Value view = ir::ReshapeOp::create(b, op.getLoc(), op.getType(), joined, mlir::ValueRange(),
                                             llvm::to_vector(op.getType().getShape()));
    const llvm::SetVector<mlir::Value> views(op.getInputs().begin(), op.getInputs().end());
    op.replaceAllUsesWith(view);
    op.erase();
    for (mlir::Value each : views)
      if (each.use_empty()) each.getDefiningOp()->erase();
  }
  followViews(function);
}

}  // namespace etch::passes

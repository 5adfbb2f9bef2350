// Elementwise ops before scatter_add. Its kernel reads each update once, in order, and may compute it there: messages
// along the edges of a graph are never stored.

#include "passes/fusion/Grouper.h"

namespace etch::passes {

namespace {

/// Fewer columns would be computed in vectors that are not full (docs/decisions/0119).
constexpr int64_t kLeastColumns = 8;

/// Every thread passes over all indices, and computes all updates of one element (rows of more, only those it adds)
/// (docs/decisions/0119).
constexpr int64_t kMostForAll = 8;

/// Can the kernel compute an operand of so much code while it adds?
bool computesWhileAdding(ir::ScatterAddOp scatter, const mlir::OpOperand &operand, int64_t code) {
  auto isStatic = [](mlir::Value value) { return ir::typeOf(value).hasStaticShape(); };
  if (!llvm::all_of(scatter->getOperands(), isStatic) || &operand == &scatter.getOperandMutable()) return false;
  const int64_t inner = scatter.getType().getRank() - static_cast<int64_t>(scatter.getAxis()) - 1;
  if (inner == 0) return ir::typeOf(scatter.getUpdates()).getRank() == 1 && code <= kMostForAll;
  // Indices are read ahead, too.
  return &operand == &scatter.getUpdatesMutable() && inner == 1 &&
         scatter.getType().getShape().back() >= kLeastColumns && code < kMaxWeight;
}

/// Rows of what is in memory, picked, repeated or cut out: as fast to read as stored ones.
bool areRows(mlir::Value value) {
  mlir::Operation *op = value.getDefiningOp();
  if (!op || roleOf(op) != Role::Lazy) return true;
  if (auto take = llvm::dyn_cast<ir::TakeOp>(op)) {
    if (take.getAxis() != 0) return false;
  } else if (auto slice = llvm::dyn_cast<ir::SliceOp>(op)) {
    if (!slice.getStrides().empty() && slice.getStrides().back() != 1) return false;
  } else if (!llvm::isa<ir::BroadcastInDimOp, ir::ConstantOp, ir::IotaOp>(op)) {
    return false;
  }
  return llvm::all_of(op->getOperands(), areRows);
}

}  // namespace

bool areUpdatesInRows(ir::ScatterAddOp scatter) {
  return computesWhileAdding(scatter, scatter.getUpdatesMutable(), /*code=*/0) && areRows(scatter.getUpdates());
}

void Grouper::findScattered() {
  for (Group &group : result.groups) {
    if (group.kind != Group::Kind::Update) continue;
    auto scatter = llvm::dyn_cast<ir::ScatterAddOp>(group.ops.front());
    if (!scatter) continue;
    for (mlir::OpOperand &operand : scatter->getOpOperands()) {
      Group *maker = makerOf(scatter, operand);
      if (!maker) continue;
      result.made.insert(&operand);
      result.copied.insert(maker->ops.begin(), maker->ops.end());
      result.moved.insert(maker->ops.begin(), maker->ops.end());
    }
  }
}

/// The group that makes an operand and nothing else, if the kernel of the scatter_add may compute it.
Group *Grouper::makerOf(ir::ScatterAddOp scatter, mlir::OpOperand &operand) {
  Group *maker = onlyMakerOf(operand.get());
  if (!maker || !isComputedAnywhere(*maker)) return nullptr;
  int64_t code = 0;
  for (mlir::Operation *op : maker->ops) {
    if (!llvm::all_of(op->getOperands(), areRows)) return nullptr;
    code += weightOf(op);
  }
  return computesWhileAdding(scatter, operand, code) ? maker : nullptr;
}

}  // namespace etch::passes

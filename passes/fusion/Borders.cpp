// Why neighbours run in different kernels.

#include "passes/fusion/Grouper.h"

namespace etch::passes {

void Grouper::findBorders() {
  for (auto [step, entry] : llvm::enumerate(result.schedule)) {
    if (entry.op && (roleOf(entry.op) == Role::View || entry.op->hasAttr(kExtent))) continue;
    llvm::SmallVector<mlir::Operation *> ops =
        entry.op ? llvm::SmallVector<mlir::Operation *>{entry.op} : result.groups[entry.group].ops;
    for (mlir::Operation *op : ops) {
      if (op->hasTrait<mlir::OpTrait::IsTerminator>()) continue;
      llvm::DenseSet<mlir::Operation *> seen;
      for (mlir::OpOperand &operand : op->getOpOperands())
        if (!result.made.contains(&operand))
          borders(op, operand.get(), operand.get(), static_cast<int>(step), /*throughView=*/false, seen);
    }
  }
}

/// Finds the ops that compute `source`, which `consumer` reads as `operand`, through what moves and views it.
void Grouper::borders(mlir::Operation *consumer, mlir::Value operand, mlir::Value source, int step, bool throughView,
                      llvm::DenseSet<mlir::Operation *> &seen) {
  mlir::Operation *producer = source.getDefiningOp();
  if (!producer || producer->getBlock() != &block || llvm::isa<ir::ConstantOp>(producer)) return;
  bool isView = roleOf(producer) == Role::View;
  if (isView || roleOf(producer) == Role::Lazy) {
    if (isView || !llvm::isa<ir::DimOp>(producer))
      for (mlir::Value next : producer->getOperands())
        borders(consumer, operand, next, step, throughView || isView, seen);
    return;
  }
  int from = readyOf(source);
  if (from == kOutside || from == step || result.moved.contains(producer) || !seen.insert(producer).second) return;
  result.borders.push_back({producer, consumer, reasonOf(consumer, operand, from, step, throughView)});
}

/// Is `value` made of copies of one number?
static bool isOneNumber(mlir::Value value) {
  auto broadcast = value.getDefiningOp<ir::BroadcastInDimOp>();
  if (!broadcast) return false;
  auto type = llvm::cast<mlir::RankedTensorType>(broadcast.getOperand().getType());
  return type.hasStaticShape() && type.getNumElements() == 1;
}

Apart Grouper::reasonOf(mlir::Operation *consumer, mlir::Value operand, int from, int step, bool throughView) {
  Group *source = groupAt(from), *target = groupAt(step);
  if (!target || !source) return Apart::staysInSchedule;
  const bool isBehindDot = source->kind == Group::Kind::Dot && roleOf(consumer) == Role::Loop;
  if (!openGroupAt(step) && roleOf(consumer) != Role::Loop) return Apart::wholeOperand;
  if (!openGroupAt(from) && !isBehindDot) return Apart::ownKernel;
  if (throughView) return Apart::throughView;
  if (isBehindDot && readyOf(operand) == from && !isLazy(operand))
    if (auto reason = refusalOf(consumer, from, /*onReducedSide=*/false)) return *reason;
  if (roleOf(consumer) == Role::Lazy) return Apart::moved;
  if (roleOf(consumer) == Role::Reduce) {
    if (isLazy(operand)) return Apart::moved;
    if (reduced.contains(operand)) return Apart::afterReduction;
    if (source->kind == Group::Kind::Reduce && source->axes != axesOf(consumer)) return Apart::otherAxes;
  } else {
    if ((readyOf(operand) != from || isLazy(operand)) && isOneNumber(operand)) return Apart::oneNumber;
    if (readyOf(operand) != from) return Apart::moved;
    if (reduced.contains(operand) && !isOnReducedSide(consumer) && isOfLongUpdate(consumer)) return Apart::sharedUpdate;
    // On the side that visitLoop would have put it on.
    const bool onReducedSide = roleOf(consumer) == Role::Loop ? reduced.contains(operand) : isOnReducedSide(consumer);
    if (auto reason = refusalOf(consumer, operand, from, onReducedSide)) return *reason;
    if (roleOf(consumer) == Role::Loop)
      if (auto reason = refusalOf(consumer, from, onReducedSide)) return *reason;
  }
  if (!openGroupAt(step)) return Apart::laterOperand;
  return refusalOfMove(from, step).value_or(Apart::laterOperand);
}

}  // namespace etch::passes

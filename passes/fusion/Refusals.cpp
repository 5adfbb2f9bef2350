// What is at hand inside a group, and why ops and other groups may not join it.

#include "passes/fusion/Grouper.h"

namespace etch::passes {

/// The results of a group's reductions, one a row, repeated at full size.
bool Grouper::isRepeated(mlir::Value value) const {
  auto broadcast = value.getDefiningOp<ir::BroadcastInDimOp>();
  return broadcast && isLazy(value) && reduced.contains(broadcast.getOperand()) &&
         readyOf(broadcast.getOperand()) == readyOf(value);
}

/// Random numbers read elements 0 and 1 of their state, whatever the element they make.
bool Grouper::readsElsewhere(mlir::Operation *op) { return ir::family_of(*ir::opCodeOf(op)) == ir::Family::Random; }

/// Does `op` run over the index space of the group? With unknown extents only an operand in common tells.
bool Grouper::spansRows(mlir::Operation *op, int step) {
  if (isStatic(shapeOf(op->getResult(0)))) return true;
  return llvm::any_of(op->getOperands(), [&](mlir::Value operand) { return spans.contains({operand, step}); });
}

/// Why `operand`, made in the group of step `step`, is not at hand there for `op` on that side; nothing if it is.
std::optional<Apart> Grouper::refusalOf(mlir::Operation *op, mlir::Value operand, int step, bool onReducedSide) {
  if (readsElsewhere(op)) return Apart::state;
  if (!isLazy(operand)) {
    if (reduced.contains(operand) == onReducedSide) return std::nullopt;
    return onReducedSide ? Apart::moved : Apart::afterReduction;
  }
  if (onReducedSide || !isRepeated(operand)) return Apart::moved;
  auto broadcast = operand.getDefiningOp<ir::BroadcastInDimOp>();
  Group *group = groupAt(step);
  llvm::SmallVector<int64_t> kept;
  for (int64_t axis = 0; axis < static_cast<int64_t>(group->domain.size()); ++axis)
    if (!llvm::is_contained(group->axes, axis)) kept.push_back(axis);
  if (!llvm::equal(shapeOf(operand), group->domain) || !llvm::equal(kept, broadcast.getDims())) return Apart::otherRows;
  if (!group->foldsVectors()) return Apart::columns;
  if (!group->hasManyRows()) return Apart::fewRows;
  if (!spansRows(op, step)) return Apart::unknownRows;
  return std::nullopt;
}

/// Why `op` may not run in the group of step `step`, given the side (full or reduced) it would be on.
std::optional<Apart> Grouper::refusalOf(mlir::Operation *op, int step, bool onReducedSide) {
  const bool isEpilogue = groupAt(step)->kind == Group::Kind::Window;
  if (groupAt(step)->weight + weightOf(op) > (isEpilogue ? kMaxEpilogue : kMaxWeight)) return Apart::tooLong;
  for (mlir::Value operand : op->getOperands()) {
    int when = readyOf(operand);
    if (when > step) return Apart::laterOperand;
    if (when < step) continue;
    if (std::optional<Apart> reason = refusalOf(op, operand, step, onReducedSide)) return reason;
  }
  return std::nullopt;
}

/// The side of the values an op reads: reductions read at full size.
bool Grouper::isOnReducedSide(mlir::Operation *op) const {
  return roleOf(op) != Role::Reduce && reduced.contains(op->getResult(0));
}

std::optional<Apart> Grouper::refusalOfMove(int from, int to) {
  Group *source = openGroupAt(from), *target = openGroupAt(to);
  if (!source || !target || source->fixed || target->fixed) return Apart::ownKernel;
  if (!llvm::equal(source->domain, target->domain) || !isStatic(source->domain)) return Apart::moved;
  bool areReductions = source->kind == Group::Kind::Reduce && target->kind == Group::Kind::Reduce;
  if (areReductions && source->axes != target->axes) return Apart::otherAxes;
  if (source->weight + target->weight > kMaxWeight) return Apart::tooLong;
  if (auto it = readers.find(from); it != readers.end() && !it->second.empty() && *it->second.begin() < to)
    return Apart::laterOperand;
  for (mlir::Operation *op : target->ops)
    for (mlir::Value operand : op->getOperands()) {
      auto sources = lazySources.find(operand);
      bool reads = readyOf(operand) == from;
      if (sources != lazySources.end())
        reads = llvm::any_of(sources->second, [&](int step) { return whereNow(step) == from; });
      if (!reads) continue;
      if (readyOf(operand) != from) return Apart::moved;
      if (std::optional<Apart> reason = refusalOf(op, operand, from, isOnReducedSide(op))) return reason;
    }
  return std::nullopt;
}

}  // namespace etch::passes

// What is at hand inside a group, and why ops and other groups may not join it.

#include "passes/fusion/Grouper.h"

namespace etch::passes {

namespace {

/// Results that stay in the L2 cache until the next kernel reads them. Not storing one gains less than its code costs:
/// the mask behind a product of 64x128 made the first call of a training step 3.5 of 21 ms longer.
constexpr int64_t kSmall = 1 << 15;

/// Ops from which on the update of a variable (Adam has 11, momentum 4) is worth a kernel that others share rather than
/// code of its own behind the reduction of its gradient (docs/decisions/0034).
constexpr size_t kLongUpdate = 5;

/// A masked load waits for the masked store of the row before it (a bias behind 64x10x128: 2.3 us, in a kernel of its
/// own 1.9).
bool hasShortRows(llvm::ArrayRef<int64_t> shape) {
  return shape.size() > 1 && shape.back() > 1 && shape.back() < kShortRow;
}

bool isSmall(llvm::ArrayRef<int64_t> shape) {
  if (llvm::is_contained(shape, mlir::ShapedType::kDynamic)) return false;
  int64_t elements = 1;
  for (int64_t extent : shape) elements *= extent;
  return elements < kSmall;
}

}  // namespace

/// The results of a group's reductions, one a row, repeated at full size.
bool Grouper::isRepeated(mlir::Value value) const {
  auto broadcast = value.getDefiningOp<ir::BroadcastInDimOp>();
  return broadcast && isLazy(value) && reduced.contains(broadcast.getOperand()) &&
         readyOf(broadcast.getOperand()) == readyOf(value);
}

/// Is the value made in that step, or, a lazy one, read from what is?
bool Grouper::dependsOn(mlir::Value value, int step) const {
  if (readyOf(value) == step) return true;
  auto sources = lazySources.find(value);
  return sources != lazySources.end() &&
         llvm::any_of(sources->second, [&](int source) { return whereNow(source) == step; });
}

/// The step that makes what an element of `value` is read from, at the place of that element. Elements of a table of
/// one axis count as made where their indices are: picking them is one more op of that kernel, if the table is in
/// memory before it.
int Grouper::stepInPlace(mlir::Value value) const {
  if (!isLazy(value) || isRepeated(value)) return readyOf(value);
  auto take = value.getDefiningOp<ir::TakeOp>();
  if (!take || shapeOf(take.getOperand()).size() != 1) return kOutside;
  mlir::Value indices = take.getIndices();
  const int step = readyOf(indices);
  return isLazy(indices) || reduced.contains(indices) || dependsOn(take.getOperand(), step) ? kOutside : step;
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
  if (onReducedSide || stepInPlace(operand) != step) return Apart::moved;
  if (!isRepeated(operand)) return std::nullopt;
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
  const Group *group = groupAt(step);
  const bool isInTile =
      group->kind == Group::Kind::Window && !computesRowsBehind(group->ops.front(), op->getResult(0).getType());
  if (group->weight + weightOf(op) > (isInTile ? kMaxInTile : kMaxWeight) || group->streams >= kMaxStreams)
    return Apart::tooLong;
  if (groupAt(step)->kind == Group::Kind::Dot)
    if (std::optional<Apart> reason = refusalBehindDot(op)) return reason;
  if (onReducedSide && isOfLongUpdate(op)) return Apart::sharedUpdate;
  for (mlir::Value operand : op->getOperands()) {
    int when = readyOf(operand);
    if (when > step) return Apart::laterOperand;
    if (when < step) continue;
    if (std::optional<Apart> reason = refusalOf(op, operand, step, onReducedSide)) return reason;
  }
  return std::nullopt;
}

/// Why `op`, which reads a contraction's result element by element, should not run in its kernel.
std::optional<Apart> Grouper::refusalBehindDot(mlir::Operation *op) {
  for (mlir::Value operand : op->getOperands())
    if (isLazy(operand) && !liesInRows(operand)) return Apart::acrossParts;
  if (hasShortRows(shapeOf(op->getResult(0)))) return Apart::shortRows;
  if (leadsToNewState(op, 3)) return Apart::newState;
  if (isForReductionsOnly(op, 3) || (isSmall(shapeOf(op->getResult(0))) && axesFolding(op, 3)))
    return Apart::reductionHasIt;
  return std::nullopt;
}

/// Can a lazy value be read along the rows of a product, part by part, about as fast as memory?
bool Grouper::liesInRows(mlir::Value value) const {
  mlir::Operation *op = value.getDefiningOp();
  if (!llvm::isa<ir::BroadcastInDimOp, ir::ConstantOp, ir::IotaOp, ir::DimOp, ir::SliceOp, ir::DynamicSliceOp>(op))
    return false;
  return llvm::all_of(op->getOperands(), [&](mlir::Value operand) { return !isLazy(operand) || liesInRows(operand); });
}

/// Is what op computes, at most `depth` elementwise ops later, computed with the old value of a variable or of a loop,
/// and so perhaps the new one?
bool Grouper::leadsToNewState(mlir::Operation *op, int depth) {
  if (llvm::any_of(op->getOperands(), isReplaced)) return true;
  int looked = 0;
  for (mlir::Operation *user : op->getResult(0).getUsers()) {
    if (++looked > 4 || depth == 0) return false;
    if (user->getBlock() == &block && roleOf(user) == Role::Loop && leadsToNewState(user, depth - 1)) return true;
  }
  return false;
}

/// Do at least kLongUpdate elementwise ops make the new value of a tensor from what op reads?
bool Grouper::isOfLongUpdate(mlir::Operation *op) {
  if (shapeOf(op->getResult(0)).empty() || !leadsToNewState(op, 3)) return false;
  llvm::SmallSetVector<mlir::Operation *, kLongUpdate> ops;
  ops.insert(op);
  for (size_t next = 0; next < ops.size(); ++next)
    for (mlir::Operation *user : ops[next]->getResult(0).getUsers()) {
      if (user->getBlock() == &block && roleOf(user) == Role::Loop) ops.insert(user);
      if (ops.size() >= kLongUpdate) return true;
    }
  return false;
}

/// Do only kernels that reduce read op's result, at most `depth` elementwise ops later? They compute it from the
/// product in passing.
bool Grouper::isForReductionsOnly(mlir::Operation *op, int depth) {
  int looked = 0;
  for (mlir::Operation *user : op->getResult(0).getUsers()) {
    if (++looked > 4 || user->getBlock() != &block) return false;
    if (roleOf(user) == Role::Reduce) continue;
    if (depth == 0 || roleOf(user) != Role::Loop || !isForReductionsOnly(user, depth - 1)) return false;
  }
  return looked > 0;
}

/// The side of the values an op reads: reductions read at full size.
bool Grouper::isOnReducedSide(mlir::Operation *op) const {
  return roleOf(op) != Role::Reduce && reduced.contains(op->getResult(0));
}

std::optional<Apart> Grouper::refusalOfMove(int from, int to) {
  Group *source = groupAt(from), *target = openGroupAt(to);
  const bool isDot = source && source->kind == Group::Kind::Dot;
  if (!target || !(isDot || openGroupAt(from)) || source->fixed || target->fixed) return Apart::ownKernel;
  if (isDot && target->kind != Group::Kind::Loop) return Apart::ownKernel;
  if (!llvm::equal(source->domain, target->domain) || !isStatic(source->domain)) return Apart::moved;
  if (isDot)
    for (mlir::Operation *op : target->ops)
      if (std::optional<Apart> reason = refusalBehindDot(op)) return reason;
  bool areReductions = source->kind == Group::Kind::Reduce && target->kind == Group::Kind::Reduce;
  if (areReductions && source->axes != target->axes) return Apart::otherAxes;
  if (source->weight + target->weight > kMaxWeight || source->streams + target->streams > kMaxStreams)
    return Apart::tooLong;
  if (auto it = readers.find(from); it != readers.end() && !it->second.empty() && *it->second.begin() < to)
    return Apart::laterOperand;
  for (mlir::Operation *op : target->ops)
    for (mlir::Value operand : op->getOperands()) {
      if (!dependsOn(operand, from)) continue;
      if (stepInPlace(operand) != from) return Apart::moved;
      if (std::optional<Apart> reason = refusalOf(op, operand, from, isOnReducedSide(op))) return reason;
    }
  return std::nullopt;
}

}  // namespace etch::passes

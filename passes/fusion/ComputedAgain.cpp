// Values that the kernels which read them compute again: reading x again and computing x - mean costs a kernel nothing
// over reading x - mean, which then is never written.

#include "passes/fusion/Grouper.h"

namespace etch::passes {

void Grouper::findCopies() {
  for (Group &group : result.groups)
    for (mlir::Operation *op : group.ops)
      if (group.ops.size() > 1 && isCheapToRepeat(op) && isReadByKernelsOnly(op->getResult(0)))
        result.copied.insert(op);
}

bool Grouper::isCheapToRepeat(mlir::Operation *op) {
  if (roleOf(op) != Role::Loop || readsElsewhere(op) || weightOf(op) > 1 || llvm::isa<ir::DivOp>(op)) return false;
  if (reduced.contains(op->getResult(0))) return false;
  int here = readyOf(op->getResult(0)), fullSize = 0;
  for (mlir::Value operand : op->getOperands()) {
    auto broadcast = operand.getDefiningOp<ir::BroadcastInDimOp>();
    bool isSmall = isLazy(operand) && (broadcast || operand.getDefiningOp<ir::ConstantOp>());
    if (isLazy(operand) && !isSmall) return false;
    // What the same group makes is in memory only if it is small and another kernel reads it anyway.
    if (readyOf(operand) == here && here != kOutside) return false;
    fullSize += !isSmall;
  }
  return fullSize <= 1;
}

/// Does something in another step read the value, and only what reads elements as it goes?
bool Grouper::isReadByKernelsOnly(mlir::Value value) {
  int here = readyOf(value);
  bool isReadElsewhere = false;
  for (mlir::Operation *user : value.getUsers()) {
    Role role = roleOf(user);
    if (user->getBlock() != &block || (role != Role::Loop && role != Role::Reduce) || readsElsewhere(user))
      return false;
    isReadElsewhere |= readyOf(user->getResult(0)) != here;
  }
  return isReadElsewhere;
}

}  // namespace etch::passes

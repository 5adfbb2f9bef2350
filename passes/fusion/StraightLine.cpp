// Ops on a few elements in the body of a loop. As kernels of their own each would write a few numbers for the next one
// to read, which takes longer than to compute them: together they are one straight line of code whose values stay in
// registers, moves of elements included (docs/decisions/0096-straight-lines.md).

#include "passes/fusion/Grouper.h"

namespace etch::passes {

using ir::typeOf;

namespace {

/// Where LLVM's time for a straight line begins to grow faster than its length; see kMaxWeight for kernels with loops
/// around them.
constexpr int64_t kMaxStraightWeight = 1600;

bool isInLoop(mlir::Block &block) {
  for (mlir::Operation *op = block.getParentOp(); op; op = op->getParentOp())
    if (llvm::isa<ir::ForOp, ir::WhileOp>(op)) return true;
  return false;
}

bool haveFewElements(mlir::ValueRange values) { return llvm::all_of(values, hasFewElements); }

/// Are the reduced axes the innermost ones, so that results are folded from elements side by side?
bool foldsNeighbours(mlir::Operation *reduction, llvm::ArrayRef<int64_t> axes) {
  llvm::ArrayRef<int64_t> shape = typeOf(reduction->getOperand(0)).getShape();
  bool isInside = false;
  for (int64_t axis = 0; axis < static_cast<int64_t>(shape.size()); ++axis) {
    const bool isReduced = llvm::is_contained(axes, axis);
    if (isInside && !isReduced && shape[axis] != 1) return false;
    isInside |= isReduced && shape[axis] != 1;
  }
  return true;
}

bool isSummedInOrder(ir::DotGeneralOp dot) {
  mlir::Type element = dot.getType().getElementType();
  return (element.isF32() || element.isF64()) && element == typeOf(dot.getLhs()).getElementType() &&
         element == typeOf(dot.getRhs()).getElementType();
}

/// Instructions, roughly.
int64_t straightWeightOf(mlir::Operation *op) {
  auto dot = llvm::dyn_cast<ir::DotGeneralOp>(op);
  if (!dot) return roleOf(op) == Role::Reduce ? 8 : weightOf(op);
  int64_t depth = 1;
  for (int64_t axis : dot.getLhsContract()) depth *= typeOf(dot.getLhs()).getDimSize(axis);
  return 3 * depth;
}

/// Is the value read from memory, where one may ask for any element, and not from registers?
bool readsMemory(mlir::OpOperand &use) {
  return llvm::isa<ir::DynamicSliceOp>(use.getOwner()) && use.getOperandNumber() == 0;
}

}  // namespace

bool hasFewElements(mlir::Value value) {
  mlir::RankedTensorType type = typeOf(value);
  return type.hasStaticShape() && type.getNumElements() > 0 && type.getNumElements() <= kFewElements;
}

/// Is there a rule for the op in straight lines of code?
bool Grouper::isCandidate(mlir::Operation *op) {
  if (op->getNumResults() != 1 || op->hasAttr(kExtent) || !hasFewElements(op->getResult(0))) return false;
  if (auto slice = llvm::dyn_cast<ir::DynamicSliceOp>(op)) return typeOf(slice.getOperand()).hasStaticShape();
  if (!haveFewElements(op->getOperands())) return false;
  if (auto update = llvm::dyn_cast<ir::DynamicUpdateSliceOp>(op))
    return typeOf(update.getUpdate()).getNumElements() == 1;
  if (auto dot = llvm::dyn_cast<ir::DotGeneralOp>(op)) return isSummedInOrder(dot);
  if (roleOf(op) == Role::Reduce) return foldsNeighbours(op, axesOf(op));
  // Divisors of lanes that hold nothing could be 0.
  if (llvm::isa<ir::DivOp, ir::RemOp>(op) && typeOf(op->getResult(0)).getElementType().isInteger())
    return typeOf(op->getResult(0)).getNumElements() == 1;
  return op->hasTrait<ir::ElementwiseOp>() || llvm::isa<ir::BroadcastInDimOp, ir::ReshapeOp, ir::TransposeOp,
                                                        ir::ConcatenateOp, ir::SliceOp, ir::PadOp, ir::ReverseOp>(op);
}

/// Candidates that compute, and what moves elements for them or for the end of the iteration. Moves for large kernels
/// are best made there.
void Grouper::findStraight() {
  if (!isInLoop(block)) return;
  for (mlir::Operation &op : llvm::reverse(block)) {
    if (!isCandidate(&op)) continue;
    const bool computes = roleOf(&op) != Role::Lazy && roleOf(&op) != Role::View;
    if (computes || llvm::any_of(op.getUsers(), [&](mlir::Operation *user) {
          return candidates.contains(user) || user == block.getTerminator();
        }))
      candidates.insert(&op);
  }
}

/// Would the kernel that makes its operand take the op along?
bool Grouper::joinsItsProducer(mlir::Operation *op) {
  if (roleOf(op) == Role::Reduce) return !isLazy(op->getOperand(0)) && openGroupAt(readyOf(op->getOperand(0)));
  if (roleOf(op) != Role::Loop) return false;
  auto [producer, onReducedSide] = latestProducer(op);
  return (openGroupAt(producer) || takesEpilogue(producer, shapeOf(op->getResult(0)))) &&
         !refusalOf(op, producer, onReducedSide);
}

/// May the lazy op that makes the operand be copied to where it is read?
bool Grouper::comesAlong(mlir::OpOperand &use) {
  if (!isLazy(use.get())) return true;
  mlir::Operation *producer = use.get().getDefiningOp();
  if (readsMemory(use) || !readsByIndex(use) || !hasFewElements(use.get())) return false;
  return llvm::isa<ir::ConstantOp, ir::IotaOp>(producer) ||
         (isCandidate(producer) &&
          llvm::all_of(producer->getOpOperands(), [&](mlir::OpOperand &next) { return comesAlong(next); }));
}

bool Grouper::visitStraight(mlir::Operation *op) {
  if (!candidates.contains(op) || joinsItsProducer(op)) return false;
  // What is read at one place only is not worth being put in memory whole.
  if (llvm::isa<ir::DynamicSliceOp>(op) && isLazy(op->getOperand(0))) return false;
  int when = kOutside;
  for (mlir::OpOperand &use : op->getOpOperands()) {
    if (!comesAlong(use)) materialize(use.get());
    const int at = readyOf(use.get());
    when = std::max(when, readsMemory(use) && at == straightStep ? at + 1 : at);
  }
  const int64_t weight = straightWeightOf(op);
  if (straightStep == kOutside || when > straightStep || groupAt(straightStep)->weight + weight > kMaxStraightWeight)
    straightStep = open(Group::Kind::Straight, {});
  const int64_t before = groupAt(straightStep)->weight;
  join(op, straightStep, /*onReducedSide=*/false);
  groupAt(straightStep)->weight = before + weight;
  result.straight.insert(op);
  if (roleOf(op) == Role::Lazy) result.inMemory[op->getResult(0)] = straightStep;
  return true;
}

}  // namespace etch::passes

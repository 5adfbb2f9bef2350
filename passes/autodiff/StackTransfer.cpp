#include "passes/autodiff/StackTransfer.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

#include "ir/dialect/EraseDead.h"

namespace etch::passes::autodiff {

using mlir::Operation;
using mlir::Value;

namespace {

class StackTransfer {
 public:
  StackTransfer(mlir::Region &forward, mlir::Block &reverse, llvm::DenseMap<Value, Value> known, int64_t &nextStackId)
      : forward_(forward),
        reverse_(reverse),
        available_(std::move(known)),
        nextStackId_(nextStackId),
        prologue_(reverse.front().getLoc(), reverse.front().getContext()) {
    prologue_.setInsertionPoint(&reverse, reverse.begin());
    for (auto [value, here] : available_)
      if (Operation *op = here.getDefiningOp(); op && op->getBlock() == &reverse) prologue_.setInsertionPointAfter(op);
  }

  void run() {
    // Extents are cheaper to keep than the tensors they belong to.
    llvm::SmallVector<ir::DimOp> dims;
    reverse_.walk([&](ir::DimOp op) {
      if (isForward(op.getOperand())) dims.push_back(op);
    });
    for (ir::DimOp op : dims) {
      Value extent = forwardDim(op.getOperand(), static_cast<int64_t>(op.getAxis()));
      op.replaceAllUsesWith(extent);
      op.erase();
    }
    // In program order, so that a value finds what it can be computed from.
    llvm::SetVector<Value> needed;
    reverse_.walk([&](Operation *op) {
      for (Value operand : op->getOperands())
        if (isForward(operand)) needed.insert(operand);
    });
    llvm::SmallVector<Value> ordered(needed.begin(), needed.end());
    llvm::sort(ordered, isBefore);
    for (Value value : ordered) {
      llvm::SetVector<Value> leaves;
      llvm::DenseSet<Value> seen;
      collectLeaves(value, leaves, seen);
      int64_t cost = 0;
      for (Value leaf : leaves) cost += bits(leaf);
      Value here = cost <= bits(value) ? fetch(value) : carry(value);
      value.replaceUsesWithIf(here, [&](mlir::OpOperand &use) { return isInReverse(use.getOwner()); });
    }
  }

 private:
  bool isForward(Value value) const { return value.getParentRegion() == &forward_; }
  bool isInReverse(Operation *op) const { return reverse_.findAncestorOpInBlock(*op) != nullptr; }
  static bool isBefore(Value x, Value y) {
    auto xArgument = llvm::dyn_cast<mlir::BlockArgument>(x), yArgument = llvm::dyn_cast<mlir::BlockArgument>(y);
    if (xArgument && yArgument) return xArgument.getArgNumber() < yArgument.getArgNumber();
    if (xArgument || yArgument) return xArgument != nullptr;
    return x.getDefiningOp()->isBeforeInBlock(y.getDefiningOp());
  }

  bool canRunAgain(Value value) const {
    Operation *op = value.getDefiningOp();
    if (!op) return false;
    if (auto dim = llvm::dyn_cast<ir::DimOp>(op)) return !isForward(dim.getOperand());
    return op->hasTrait<ir::ElementwiseOp>() ||
           llvm::isa<ir::ConstantOp, ir::IotaOp, ir::BroadcastInDimOp, ir::ReshapeOp, ir::TransposeOp, ir::SliceOp,
                     ir::PadOp, ir::ReverseOp, ir::ConcatenateOp, ir::TakeOp, ir::DynamicSliceOp, ir::RandomBitsOp,
                     ir::RandomUniformOp>(op);
  }

  /// Memory of a value. Unknown extents count as some number, the same one everywhere.
  static int64_t bits(Value value) {
    int64_t count = typeOf(value).getElementTypeBitWidth();
    for (int64_t extent : typeOf(value).getShape()) count *= mlir::ShapedType::isDynamic(extent) ? 256 : extent;
    return count;
  }

  /// What would have to be pushed to compute `value` again.
  void collectLeaves(Value value, llvm::SetVector<Value> &leaves, llvm::DenseSet<Value> &seen) {
    if (!isForward(value) || available_.contains(value) || !seen.insert(value).second) return;
    if (!canRunAgain(value)) {
      leaves.insert(value);
      return;
    }
    for (Value operand : value.getDefiningOp()->getOperands()) collectLeaves(operand, leaves, seen);
  }

  /// `value` in the reverse region: computed again if possible.
  Value fetch(Value value) {
    if (!isForward(value)) return value;
    if (Value known = available_.lookup(value)) return known;
    if (!canRunAgain(value)) return carry(value);
    Operation *op = value.getDefiningOp();
    llvm::SmallVector<Value> operands;
    for (Value operand : op->getOperands()) operands.push_back(fetch(operand));
    Operation *again = prologue_.clone(*op);
    again->setOperands(operands);
    return available_[value] = again->getResult(0);
  }

  /// `value` in the reverse region, by a stack.
  Value carry(Value value) {
    if (Value known = available_.lookup(value)) return known;
    llvm::SmallVector<Value> extents;
    for (int64_t axis = 0; axis < typeOf(value).getRank(); ++axis)
      if (typeOf(value).isDynamicDim(axis)) extents.push_back(fetch(forwardDim(value, axis)));
    int64_t id = nextStackId_++;
    Builder after = builderAfter(value);
    ir::StackPushOp::create(after, value, id);
    prologue_.setLoc(value.getLoc());
    return available_[value] = ir::StackPopOp::create(prologue_, value.getType(), extents, id);
  }

  Builder builderAfter(Value value) const {
    Builder b(value.getLoc(), value.getContext());
    b.setInsertionPointAfterValue(value);
    return b;
  }

  Value forwardDim(Value value, int64_t axis) {
    Value &extent = extents_[{value, axis}];
    if (!extent) {
      Builder after = builderAfter(value);
      extent = dim(after, value, axis);
    }
    return extent;
  }

  mlir::Region &forward_;
  mlir::Block &reverse_;
  llvm::DenseMap<Value, Value> available_;  // forward value -> the same in the reverse region
  llvm::DenseMap<std::pair<Value, int64_t>, Value> extents_;
  int64_t &nextStackId_;
  Builder prologue_;
};

}  // namespace

void transferValues(mlir::Region &forward, mlir::Block &reverse, llvm::DenseMap<Value, Value> known,
                    int64_t &nextStackId) {
  StackTransfer(forward, reverse, std::move(known), nextStackId).run();
}

void eraseUnused(mlir::Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (mlir::isOpTriviallyDead(&op)) op.erase();
}

void eraseUnusedStacks(Operation *root) {
  struct Stack {
    llvm::SmallVector<Operation *> ops;
    bool used = false;
  };
  for (bool again = true; again;) {
    ir::eraseDead(root);
    llvm::MapVector<int64_t, Stack> stacks;
    root->walk([&](ir::StackPushOp op) { stacks[op.getId()].ops.push_back(op); });
    root->walk([&](ir::StackPopOp op) {
      stacks[op.getId()].ops.push_back(op);
      stacks[op.getId()].used |= !op.getResult().use_empty();
    });
    again = false;
    for (auto &[id, stack] : stacks) {
      if (stack.used) continue;
      again = true;
      for (Operation *op : stack.ops) op->erase();
    }
  }
}

}  // namespace etch::passes::autodiff

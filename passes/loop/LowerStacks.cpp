// Stacks of loops that run a known number of times, as tensors.

#include "llvm/ADT/MapVector.h"

#include "passes/Passes.h"
#include "passes/loop/Sequences.h"

namespace etch::passes {

#define GEN_PASS_DEF_LOWERSTACKS
#include "passes/Passes.h.inc"

namespace {

using mlir::Value;

/// The one push and the one pop of a stack.
struct Stack {
  llvm::SmallVector<ir::StackPushOp, 1> pushes;
  llvm::SmallVector<ir::StackPopOp, 1> pops;
};

/// Loops of the same known number of iterations whose bodies push and pop the stack; null where it stays.
std::optional<std::pair<ir::ForOp, ir::ForOp>> loopsOf(ir::StackPushOp push, ir::StackPopOp pop) {
  auto forward = llvm::dyn_cast<ir::ForOp>(push->getParentOp()),
       reverse = llvm::dyn_cast<ir::ForOp>(pop->getParentOp());
  if (!forward || !reverse || forward == reverse) return std::nullopt;
  std::optional<int64_t> trips = tripsOf(forward);
  if (!trips || tripsOf(reverse) != trips) return std::nullopt;
  mlir::RankedTensorType type = ir::typeOf(pop.getResult());
  if (!type.hasStaticShape() || type.getRank() >= kMaxRank || type != push.getOperand().getType()) return std::nullopt;
  return std::pair(forward, reverse);
}

void lower(ir::StackPushOp push, ir::StackPopOp pop) {
  while (auto loops = loopsOf(push, pop)) {
    auto [forward, reverse] = *loops;
    const int64_t trips = *tripsOf(forward), id = push.getId();
    forward = keepSequence(forward, push.getOperand(), {0, 1}, trips);
    push.erase();
    Value sequence = forward->getResults().back();
    // The same iteration of the loops around them reads what this one has kept: by a stack again, one level up.
    const bool isBeside = forward->getBlock() == reverse->getBlock();
    if (!isBeside) {
      autodiff::Builder after(forward.getLoc(), forward.getContext());
      after.setInsertionPointAfter(forward);
      push = ir::StackPushOp::create(after, sequence, id);
      autodiff::Builder before(reverse.getLoc(), reverse);
      sequence = ir::StackPopOp::create(before, sequence.getType(), mlir::ValueRange(), id);
    }
    Value last = indexOf({trips - 1, -1}, reverse);
    autodiff::Builder b(pop.getLoc(), pop);
    pop.replaceAllUsesWith(autodiff::take(b, sequence, last, 0));
    pop.erase();
    if (isBeside) return;
    pop = sequence.getDefiningOp<ir::StackPopOp>();
  }
}

struct LowerStacks : impl::LowerStacksBase<LowerStacks> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<mlir::func::FuncOp>()) {
      llvm::MapVector<int64_t, Stack> stacks;
      function.walk([&](mlir::Operation *op) {
        if (auto push = llvm::dyn_cast<ir::StackPushOp>(op)) stacks[push.getId()].pushes.push_back(push);
        if (auto pop = llvm::dyn_cast<ir::StackPopOp>(op)) stacks[pop.getId()].pops.push_back(pop);
      });
      for (auto &[id, stack] : stacks)
        if (stack.pushes.size() == 1 && stack.pops.size() == 1) lower(stack.pushes[0], stack.pops[0]);
    }
  }
};

}  // namespace
}  // namespace etch::passes

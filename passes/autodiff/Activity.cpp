#include "passes/autodiff/Activity.h"

#include "passes/autodiff/Builder.h"

namespace etch::passes::autodiff {

using mlir::Block;
using mlir::Operation;
using mlir::Value;

namespace {

/// A loop's carried values as seen from its four places.
struct Carried {
  Value init, argument, yielded, result;
};

llvm::SmallVector<Carried> carriedValues(Operation *loop) {
  auto forLoop = llvm::dyn_cast<ir::ForOp>(loop);
  auto whileLoop = llvm::dyn_cast<ir::WhileOp>(loop);
  Block &body = forLoop ? forLoop.getBody().front() : whileLoop.getBody().front();
  auto inits = forLoop ? forLoop.getInits() : whileLoop.getInits();
  auto arguments = body.getArguments().drop_front(forLoop ? 1 : 0);
  llvm::SmallVector<Carried> carried;
  for (auto [i, init] : llvm::enumerate(inits))
    carried.push_back({init, arguments[i], body.getTerminator()->getOperand(i), loop->getResult(i)});
  return carried;
}

}  // namespace

void Activity::Marks::mark(Value value) {
  if (isFloat(value)) changed |= values.insert(value).second;
}

Activity::Activity(Block &block, llvm::ArrayRef<Value> sources, llvm::ArrayRef<Value> targets) {
  for (Value source : sources) varied_.mark(source);
  for (Value target : targets) useful_.mark(target);
  // Loops and stacks feed values back: repeat until nothing is new.
  do {
    varied_.changed = false;
    markVaried(block);
  } while (varied_.changed);
  do {
    useful_.changed = false;
    markUseful(block);
  } while (useful_.changed);
}

void Activity::markVaried(Block &block) {
  auto flow = [&](Value from, Value to) {
    if (varied_.has(from)) varied_.mark(to);
  };
  for (Operation &op : block.without_terminator()) {
    if (auto branch = llvm::dyn_cast<ir::IfOp>(op)) {
      for (mlir::Region &region : op.getRegions()) {
        markVaried(region.front());
        for (auto [yielded, result] : llvm::zip(region.front().getTerminator()->getOperands(), op.getResults()))
          flow(yielded, result);
      }
    } else if (llvm::isa<ir::ForOp, ir::WhileOp>(op)) {
      for (Carried value : carriedValues(&op)) flow(value.init, value.argument);
      for (mlir::Region &region : op.getRegions()) markVaried(region.front());
      for (Carried value : carriedValues(&op)) {
        flow(value.yielded, value.argument);
        flow(value.argument, value.result);
      }
    } else if (auto push = llvm::dyn_cast<ir::StackPushOp>(op)) {
      if (varied_.has(push.getOperand())) varied_.markStack(push.getId());
    } else if (auto pop = llvm::dyn_cast<ir::StackPopOp>(op)) {
      if (varied_.stacks.contains(pop.getId())) varied_.mark(pop.getResult());
    } else if (!op.hasTrait<ir::ZeroDerivative>()) {
      if (llvm::any_of(op.getOperands(), [&](Value operand) { return varied_.has(operand); }))
        for (Value result : op.getResults()) varied_.mark(result);
    }
  }
}

void Activity::markUseful(Block &block) {
  auto flow = [&](Value to, Value from) {
    if (useful_.has(to)) useful_.mark(from);
  };
  for (Operation &op : llvm::reverse(block.without_terminator())) {
    if (auto branch = llvm::dyn_cast<ir::IfOp>(op)) {
      for (mlir::Region &region : op.getRegions()) {
        for (auto [yielded, result] : llvm::zip(region.front().getTerminator()->getOperands(), op.getResults()))
          flow(result, yielded);
        markUseful(region.front());
      }
    } else if (llvm::isa<ir::ForOp, ir::WhileOp>(op)) {
      for (Carried value : carriedValues(&op)) {
        flow(value.result, value.yielded);
        flow(value.argument, value.yielded);
      }
      for (mlir::Region &region : op.getRegions()) markUseful(region.front());
      for (Carried value : carriedValues(&op)) {
        flow(value.argument, value.init);
        flow(value.result, value.init);
      }
    } else if (auto push = llvm::dyn_cast<ir::StackPushOp>(op)) {
      if (useful_.stacks.contains(push.getId())) useful_.mark(push.getOperand());
    } else if (auto pop = llvm::dyn_cast<ir::StackPopOp>(op)) {
      if (useful_.has(pop.getResult())) useful_.markStack(pop.getId());
    } else if (!op.hasTrait<ir::ZeroDerivative>()) {
      if (llvm::any_of(op.getResults(), [&](Value result) { return useful_.has(result); }))
        for (Value operand : op.getOperands()) useful_.mark(operand);
    }
  }
}

bool Activity::touchesActiveStack(Operation *op) const {
  return op
      ->walk([&](Operation *inner) {
        auto push = llvm::dyn_cast<ir::StackPushOp>(inner);
        auto pop = llvm::dyn_cast<ir::StackPopOp>(inner);
        bool active = (push && isActiveStack(push.getId())) || (pop && isActiveStack(pop.getId()));
        return active ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance();
      })
      .wasInterrupted();
}

}  // namespace etch::passes::autodiff

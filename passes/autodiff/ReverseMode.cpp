#include "passes/autodiff/ReverseMode.h"

namespace etch::passes::autodiff {

using mlir::Operation;
using mlir::Value;

llvm::LogicalResult ReverseMode::walk(mlir::Block &block, Cotangents &cotangents, Builder &b) {
  // The reverse of a function's body goes into the same block, and pushes into any: look at the ops that are there now.
  llvm::SmallVector<Operation *> ops;
  for (Operation &op : block.without_terminator()) ops.push_back(&op);
  for (Operation *op : llvm::reverse(ops)) {
    b.setLoc(op->getLoc());
    if (failed(visit(op, cotangents, b))) return mlir::failure();
  }
  return mlir::success();
}

llvm::LogicalResult ReverseMode::visit(Operation *op, Cotangents &cotangents, Builder &b) {
  if (auto branch = llvm::dyn_cast<ir::IfOp>(op)) return reverseIf(branch, cotangents, b);
  if (llvm::isa<ir::ForOp, ir::WhileOp>(op)) return reverseLoop(op, cotangents, b);
  if (auto push = llvm::dyn_cast<ir::StackPushOp>(op)) {
    if (!activity_.isActiveStack(push.getId())) return mlir::success();
    Value pushed = push.getOperand();
    cotangents.add(b, pushed,
                   ir::StackPopOp::create(b, pushed.getType(), sizes(b, pushed), adjointStack(push.getId())));
    return mlir::success();
  }
  if (auto pop = llvm::dyn_cast<ir::StackPopOp>(op)) {
    if (activity_.isActiveStack(pop.getId()))
      ir::StackPushOp::create(b, cotangents.orZeros(b, pop.getResult()), adjointStack(pop.getId()));
    return mlir::success();
  }

  llvm::SmallVector<Value> resultCotangents;
  for (Value result : op->getResults()) resultCotangents.push_back(cotangents.lookup(result));
  if (llvm::none_of(resultCotangents, [](Value g) { return g != nullptr; })) return mlir::success();
  if (auto custom = llvm::dyn_cast<ir::CustomVjpOp>(op)) {
    reverseCustomVjp(custom, cotangents, b);
    return mlir::success();
  }
  const Rule *rule = ruleTable().lookup(op->getName().getStringRef());
  if (!rule || !rule->reverse) return refuse(op);
  try {
    rule->reverse(op, resultCotangents, cotangents, b);
  } catch (const UnsupportedError &error) {
    return op->emitError(error.message());
  }
  return mlir::success();
}

int64_t ReverseMode::adjointStack(int64_t id) {
  auto [it, isNew] = adjointStacks_.try_emplace(id, nextStackId_);
  if (isNew) ++nextStackId_;
  return it->second;
}

}  // namespace etch::passes::autodiff

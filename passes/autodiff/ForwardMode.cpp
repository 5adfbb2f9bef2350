#include "passes/autodiff/ForwardMode.h"

namespace etch::passes::autodiff {

using mlir::Operation;
using mlir::Region;
using mlir::Value;

ForwardMode::~ForwardMode() {
  for (Operation *op : llvm::reverse(replaced_)) op->erase();
}

Value ForwardMode::tangentOrZeros(Builder &b, Value primal) const {
  Value known = tangent(primal);
  return known ? known : zerosLike(b, primal);
}

llvm::LogicalResult ForwardMode::walk(mlir::Block &block) {
  llvm::SmallVector<Operation *> ops;
  for (Operation &op : block.without_terminator()) ops.push_back(&op);
  for (Operation *op : ops) {
    Builder b(op->getLoc(), op->getContext());
    b.setInsertionPointAfter(op);
    if (failed(visit(op, b))) return mlir::failure();
  }
  return mlir::success();
}

llvm::LogicalResult ForwardMode::visit(Operation *op, Builder &b) {
  if (auto branch = llvm::dyn_cast<ir::IfOp>(op)) return forwardIf(branch, b);
  if (llvm::isa<ir::ForOp, ir::WhileOp>(op)) return forwardLoop(op, b);
  if (auto push = llvm::dyn_cast<ir::StackPushOp>(op)) {
    if (activity_.isActiveStack(push.getId()))
      ir::StackPushOp::create(b, tangentOrZeros(b, push.getOperand()), tangentStack(push.getId()));
    return mlir::success();
  }
  if (auto pop = llvm::dyn_cast<ir::StackPopOp>(op)) {
    if (activity_.isActiveStack(pop.getId()))
      setTangent(pop.getResult(), ir::StackPopOp::create(b, pop.getType(), pop.getSizes(), tangentStack(pop.getId())));
    return mlir::success();
  }

  llvm::SmallVector<Value> operandTangents;
  for (Value operand : op->getOperands()) operandTangents.push_back(tangent(operand));
  bool zero = llvm::none_of(operandTangents, [](Value t) { return t != nullptr; });
  bool unused = llvm::none_of(op->getResults(), [&](Value result) { return activity_.isActive(result); });
  if (zero || unused) return mlir::success();
  const Rule *rule = ruleTable().lookup(op->getName().getStringRef());
  if (llvm::isa<ir::CustomVjpOp>(op))
    return op->emitError()
           << "forward mode is not available through a custom gradient, which defines reverse mode only; use vjp, "
           << "or put stop_gradient around what it takes";
  if (!rule || !rule->forward) return refuse(op);
  for (auto [result, t] : llvm::zip(op->getResults(), rule->forward(op, operandTangents, b)))
    if (t && activity_.isActive(result)) setTangent(result, reshapeLike(b, t, result));
  return mlir::success();
}

llvm::LogicalResult ForwardMode::yieldTangents(Region &region, llvm::ArrayRef<unsigned> active) {
  if (failed(walk(region.front()))) return mlir::failure();
  Operation *yield = region.front().getTerminator();
  Builder b(yield->getLoc(), yield);
  llvm::SmallVector<Value> tangents;
  for (unsigned i : active) tangents.push_back(tangentOrZeros(b, yield->getOperand(i)));
  yield->insertOperands(yield->getNumOperands(), tangents);
  return mlir::success();
}

void ForwardMode::replace(Operation *op, Operation *by, llvm::ArrayRef<unsigned> active) {
  unsigned numResults = op->getNumResults();
  for (auto [i, index] : llvm::enumerate(active)) setTangent(by->getResult(index), by->getResult(numResults + i));
  op->replaceAllUsesWith(by->getResults().take_front(numResults));
  replaced_.push_back(op);
}

llvm::LogicalResult ForwardMode::forwardIf(ir::IfOp op, Builder &b) {
  llvm::SmallVector<unsigned> active;
  llvm::SmallVector<mlir::Type> types(op->getResultTypes());
  for (unsigned i = 0; i < op->getNumResults(); ++i)
    if (activity_.isActive(op->getResult(i))) active.push_back(i);
  for (unsigned i : active) types.push_back(types[i]);
  auto both = ir::IfOp::create(b, types, op.getPred());
  for (auto [from, to] : llvm::zip(op->getRegions(), both->getRegions())) {
    to.takeBody(from);
    if (failed(yieldTangents(to, active))) return mlir::failure();
  }
  replace(op, both, active);
  return mlir::success();
}

llvm::LogicalResult ForwardMode::forwardLoop(Operation *op, Builder &b) {
  auto forLoop = llvm::dyn_cast<ir::ForOp>(op);
  auto whileLoop = llvm::dyn_cast<ir::WhileOp>(op);
  Region &body = forLoop ? forLoop.getBody() : whileLoop.getBody();
  auto inits = forLoop ? forLoop.getInits() : whileLoop.getInits();
  auto arguments = body.getArguments().drop_front(forLoop ? 1 : 0);
  llvm::SmallVector<unsigned> active;
  llvm::SmallVector<Value> operands(op->getOperands());
  for (unsigned i = 0; i < inits.size(); ++i)
    if (activity_.isActiveCarried(arguments[i], op->getResult(i))) active.push_back(i);
  for (unsigned i : active) operands.push_back(tangentOrZeros(b, inits[i]));
  auto types = llvm::to_vector(op->getResultTypes());
  for (unsigned i : active) types.push_back(types[i]);

  Operation *both = forLoop ? ir::ForOp::create(b, types, operands).getOperation()
                            : ir::WhileOp::create(b, types, operands).getOperation();
  for (auto [from, to] : llvm::zip(op->getRegions(), both->getRegions())) to.takeBody(from);
  Region &newBody = both->getRegions().back();
  for (unsigned i : active) {
    Value argument = newBody.getArgument(i + (forLoop ? 1 : 0));
    setTangent(argument, newBody.addArgument(argument.getType(), op->getLoc()));
    if (whileLoop) both->getRegion(0).addArgument(argument.getType(), op->getLoc());
  }
  if (failed(yieldTangents(newBody, active))) return mlir::failure();
  // A condition may use stacks, and its ops have tangents that nothing uses: only the body is walked.
  replace(op, both, active);
  return mlir::success();
}

int64_t ForwardMode::tangentStack(int64_t id) {
  auto [it, isNew] = tangentStacks_.try_emplace(id, nextStackId_);
  if (isNew) ++nextStackId_;
  return it->second;
}

}  // namespace etch::passes::autodiff

// The reverse of control flow.
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"

#include "passes/autodiff/ReverseMode.h"
#include "passes/autodiff/StackTransfer.h"

namespace etch::passes::autodiff {

using mlir::Block;
using mlir::Operation;
using mlir::Region;
using mlir::Value;

void countIterations(Block &block) {
  llvm::SmallVector<ir::WhileOp> loops;
  block.walk([&](ir::WhileOp op) {
    if (!op->hasAttr(kCounted)) loops.push_back(op);
  });
  for (ir::WhileOp op : loops) {
    Builder b(op.getLoc(), op);
    llvm::SmallVector<Value> inits(op.getInits());
    inits.push_back(integer(b, 0));
    auto counted = ir::WhileOp::create(b, mlir::ValueRange(inits).getTypes(), inits);
    counted->setAttr(kCounted, b.getUnitAttr());
    for (auto [from, to] : llvm::zip(op->getRegions(), counted->getRegions())) to.takeBody(from);
    counted.getCond().addArgument(inits.back().getType(), op.getLoc());
    Value count = counted.getBody().addArgument(inits.back().getType(), op.getLoc());
    Operation *yield = counted.getBody().front().getTerminator();
    b.setInsertionPoint(yield);
    yield->insertOperands(yield->getNumOperands(), Value(Term(b, count) + 1));
    op.replaceAllUsesWith(counted.getResults().drop_back());
    op.erase();
  }
}

bool ReverseMode::concerns(Operation *op, const Cotangents &cotangents) {
  return llvm::any_of(op->getResults(), [&](Value result) { return cotangents.lookup(result) != nullptr; }) ||
         activity_.touchesActiveStack(op);
}

llvm::SmallVector<Value> ReverseMode::activeCaptures(Operation *op) {
  llvm::SetVector<Value> used;
  mlir::getUsedValuesDefinedAbove(op->getRegions(), used);
  return llvm::filter_to_vector(used, [&](Value value) { return activity_.isActive(value); });
}

llvm::LogicalResult ReverseMode::reverseIf(ir::IfOp op, Cotangents &outer, Builder &b) {
  if (!concerns(op, outer)) return mlir::success();
  struct Branch {
    Region &forward;
    std::unique_ptr<Block> reverse;
    Cotangents local;
    Builder b;
  };
  llvm::SmallVector<Value> captures = activeCaptures(op);
  std::vector<Branch> branches;
  for (Region *forward : {&op.getThenRegion(), &op.getElseRegion()}) {
    branches.push_back(
        {*forward, std::make_unique<Block>(), Cotangents(activity_), Builder(op.getLoc(), b.getContext())});
    Branch &branch = branches.back();
    branch.b.setInsertionPointToEnd(branch.reverse.get());
    // Branches go on from what captured values have received so far.
    for (Value captured : captures)
      if (Value known = outer.lookup(captured)) branch.local.set(branch.b, captured, known);
    for (auto [yielded, result] : llvm::zip(forward->front().getTerminator()->getOperands(), op.getResults()))
      if (Value g = outer.lookup(result)) branch.local.add(branch.b, yielded, g);
    if (failed(walk(forward->front(), branch.local, branch.b))) return mlir::failure();
  }
  llvm::erase_if(captures, [&](Value captured) {
    return llvm::all_of(branches,
                        [&](Branch &branch) { return branch.local.lookup(captured) == outer.lookup(captured); });
  });

  b.setLoc(op.getLoc());
  auto reverse = ir::IfOp::create(b, mlir::ValueRange(captures).getTypes(), op.getPred());
  for (auto [branch, region] : llvm::zip(branches, reverse->getRegions())) {
    llvm::SmallVector<Value> yielded;
    branch.b.setLoc(op.getLoc());
    for (Value captured : captures) yielded.push_back(branch.local.orZeros(branch.b, captured));
    ir::YieldOp::create(branch.b, yielded);
    eraseUnused(*branch.reverse);
    transferValues(branch.forward, *branch.reverse, llvm::DenseMap<Value, Value>(), nextStackId_);
    region.push_back(branch.reverse.release());
  }
  for (auto [captured, g] : llvm::zip(captures, reverse.getResults())) outer.set(b, captured, g);
  return mlir::success();
}

llvm::LogicalResult ReverseMode::reverseLoop(Operation *op, Cotangents &outer, Builder &b) {
  if (!concerns(op, outer)) return mlir::success();
  auto forLoop = llvm::dyn_cast<ir::ForOp>(op);
  auto whileLoop = llvm::dyn_cast<ir::WhileOp>(op);
  Region &forward = forLoop ? forLoop.getBody() : whileLoop.getBody();
  Block &primal = forward.front();
  auto arguments = primal.getArguments().drop_front(forLoop ? 1 : 0);
  auto inits = forLoop ? forLoop.getInits() : whileLoop.getInits();
  Value lower = forLoop ? forLoop.getLower() : integer(b, 0);
  Value upper = forLoop ? forLoop.getUpper() : Value(op->getResults().back());

  llvm::SmallVector<unsigned> carried;
  for (unsigned i = 0; i < inits.size(); ++i)
    if (activity_.isActiveCarried(arguments[i], op->getResult(i))) carried.push_back(i);
  llvm::SmallVector<Value> captures = activeCaptures(op);

  // One iteration backwards: from (counter, sums for captures, cotangents of what it yielded) to (sums, cotangents of
  // its arguments).
  auto reverse = std::make_unique<Block>();
  Builder inner(op->getLoc(), b.getContext());
  inner.setInsertionPointToEnd(reverse.get());
  Cotangents local(activity_);
  Value counter = reverse->addArgument(lower.getType(), op->getLoc());
  for (Value captured : captures) local.set(inner, captured, reverse->addArgument(captured.getType(), op->getLoc()));
  for (unsigned i : carried)
    local.add(inner, primal.getTerminator()->getOperand(i), reverse->addArgument(arguments[i].getType(), op->getLoc()));
  if (failed(walk(primal, local, inner))) return mlir::failure();

  b.setLoc(op->getLoc());
  inner.setLoc(op->getLoc());
  llvm::SmallVector<Value> yielded, starts, summed;
  for (unsigned i = captures.size(); i-- > 0;) {
    if (local.lookup(captures[i]) == reverse->getArgument(1 + i))
      reverse->eraseArgument(1 + i);
    else
      summed.insert(summed.begin(), captures[i]);
  }
  for (Value captured : summed) {
    yielded.push_back(local.lookup(captured));
    starts.push_back(outer.orZeros(b, captured));
  }
  for (unsigned i : carried) {
    yielded.push_back(local.orZeros(inner, arguments[i]));
    starts.push_back(outer.orZeros(b, op->getResult(i)));
  }
  ir::YieldOp::create(inner, yielded);
  eraseUnused(*reverse);

  llvm::DenseMap<Value, Value> known;
  if (forLoop) {
    // Iteration i of the reverse loop undoes iteration (lower + upper - 1) - i.
    Term last = Term(b, upper) - 1;
    if (!mlir::matchPattern(lower, mlir::m_Zero())) last = last + Term(b, lower);
    inner.setInsertionPointToStart(reverse.get());
    known[primal.getArgument(0)] = Term(inner, last) - Term(inner, counter);
  }
  transferValues(forward, *reverse, std::move(known), nextStackId_);
  eraseUnused(*reverse);

  auto loop = ir::ForOp::create(b, mlir::ValueRange(starts).getTypes(), lower, upper, starts);
  loop.getBody().push_back(reverse.release());
  // Carried values may start as captured ones: sums first.
  auto results = loop.getResults();
  for (auto [captured, g] : llvm::zip(summed, results)) outer.set(b, captured, g);
  for (auto [i, g] : llvm::zip(carried, results.drop_front(summed.size()))) outer.add(b, inits[i], g);
  return mlir::success();
}

void ReverseMode::reverseCustomVjp(ir::CustomVjpOp op, Cotangents &cotangents, Builder &b) {
  auto backward = symbols_.lookup<mlir::func::FuncOp>(op.getBackward());
  llvm::SmallVector<Value> arguments(op.getInputs()), receivers(op.getInputs());
  for (Value result : op.getResults())
    if (isFloat(result)) arguments.push_back(cotangents.orZeros(b, result));
  // One cotangent for each operand, or one for each that can have any.
  if (backward.getNumResults() != receivers.size())
    llvm::erase_if(receivers, [](Value input) { return !isFloat(input); });
  auto call = ir::CallOp::create(b, backward.getResultTypes(), op.getBackward(), arguments);
  for (auto [input, g] : llvm::zip(receivers, call.getResults())) cotangents.add(b, input, g);
}

}  // namespace etch::passes::autodiff

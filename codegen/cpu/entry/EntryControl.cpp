// Entry functions: branches and loops.

#include "codegen/cpu/entry/EntryEmitter.h"

#include "passes/buffer/Placement.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace cf = mlir::cf;
namespace func = mlir::func;
namespace LLVM = mlir::LLVM;
using mlir::Value;

mlir::Block *EntryEmitter::newBlock() {
  auto *block = new mlir::Block();
  function.getBody().push_back(block);
  return block;
}

void EntryEmitter::jumpIf(Value condition, mlir::Block *yes, mlir::Block *no) {
  cf::CondBranchOp::create(b, at(), condition, yes, mlir::ValueRange(), no, mlir::ValueRange());
}

void EntryEmitter::enter(mlir::Block *block) {
  b.setInsertionPointToEnd(block);
  extents.forget();
}

void EntryEmitter::returnStatus(int32_t status) {
  Value value = arith::ConstantOp::create(b, at(), b.getI32IntegerAttr(status));
  func::ReturnOp::create(b, at(), value);
}

void EntryEmitter::returnUnless(Value holds) {
  mlir::Block *bad = newBlock(), *after = newBlock();
  jumpIf(holds, after, bad);
  b.setInsertionPointToEnd(bad);
  returnStatus(1);
  b.setInsertionPointToEnd(after);  // dominated by all that came before: nothing is forgotten
}

void EntryEmitter::emitIf(ir::IfOp branch) {
  llvm::SmallVector<Moving> moving = movingResults(branch);
  placeFixedResults(branch);
  mlir::Block *yes = newBlock(), *no = newBlock(), *after = newBlock();
  jumpIf(loadBool(branch.getPred()), yes, no);
  auto side = [&](mlir::Block *start, mlir::Region &region) {
    enter(start);
    checkWhereItRuns(region.front());
    emitBlock(region.front());
    mlir::ValueRange yields = region.front().getTerminator()->getOperands();
    for (const Moving &m : moving) {
      Value from = yields[llvm::cast<mlir::OpResult>(m.value).getResultNumber()];
      store(m, copyToBlock(m.number, from), extents.of(from));
    }
    copyInto(yields, branch.getResults(), moving);
    jump(after);
  };
  side(yes, branch.getThenRegion());
  side(no, branch.getElseRegion());
  enter(after);
  for (const Moving &m : moving) load(m);
}

llvm::SmallVector<EntryEmitter::Moving> EntryEmitter::beginLoop(mlir::Operation *loop, unsigned offset) {
  llvm::SmallVector<Moving> moving = movingResults(loop);
  placeFixedResults(loop);
  moveToStack(loop, offset);
  mlir::ValueRange inits = loop->getOperands().take_back(loop->getNumResults());
  for (auto [i, result] : llvm::enumerate(loop->getResults()))
    if (!isMoving(moving, result))
      for (mlir::Region &region : loop->getRegions()) storage[region.getArgument(i + offset)] = storageOf(result);
  for (const Moving &m : moving) {
    Value init = inits[llvm::cast<mlir::OpResult>(m.value).getResultNumber()];
    store(m, copyToBlock(m.number, init), extents.of(init));
  }
  copyInto(inits, loop->getResults(), moving);
  return moving;
}

void EntryEmitter::loadCarried(mlir::Operation *loop, unsigned offset, llvm::ArrayRef<Moving> moving) {
  for (const Moving &m : moving) {
    llvm::SmallVector<Value> arguments;
    for (mlir::Region &region : loop->getRegions())
      arguments.push_back(region.getArgument(llvm::cast<mlir::OpResult>(m.value).getResultNumber() + offset));
    load(m, arguments);
  }
}

void EntryEmitter::carryOn(mlir::Operation *loop, llvm::ArrayRef<Moving> moving) {
  mlir::ValueRange yields = loop->getRegions().back().front().getTerminator()->getOperands();
  auto yieldOf = [&](const Moving &m) { return yields[llvm::cast<mlir::OpResult>(m.value).getResultNumber()]; };
  // Blocks may move: all that is read here is copied before the first one is replaced.
  for (const Moving &m : moving) copyToBlock(m.number + 1, yieldOf(m));
  copyInto(yields, loop->getResults(), moving);
  for (const Moving &m : moving) {
    Value number = extents.constant(m.number - passes::kFirstRunTimeBlock);
    store(m, callRuntime("etch_rt_next_block", {context, number}, pointer).front(), extents.of(yieldOf(m)));
  }
}

void EntryEmitter::emitWhile(ir::WhileOp loop) {
  llvm::SmallVector<Moving> moving = beginLoop(loop, 0);
  mlir::Block *test = newBlock(), *body = newBlock(), *after = newBlock();
  llvm::SmallVector<Value> first, next;
  const Turns turns = beginTurns(loop, 0, test, first);
  cf::BranchOp::create(b, at(), test, first);
  enter(test);
  takeTurns(turns);
  loadCarried(loop, 0, moving);
  emitBlock(loop.getCond().front());
  jumpIf(loadBool(loop.getCond().front().getTerminator()->getOperand(0)), body, after);
  enter(body);
  checkWhereItRuns(loop.getBody().front());
  emitBlock(loop.getBody().front());
  const llvm::SmallVector<Storage> places = moveOn(turns);
  carryOn(loop, moving);
  passOn(turns, places, next);
  cf::BranchOp::create(b, at(), test, next);
  enter(after);
  endTurns(turns);
  leaveStack(loop, 0);
}

void EntryEmitter::emitFor(ir::ForOp loop) {
  Value lower = loadExtent(loop.getLower()), upper = loadExtent(loop.getUpper());
  checkBeforeLoop(loop, lower, upper);
  llvm::SmallVector<Moving> moving = beginLoop(loop, 1);
  Value counter = addressOf(loop.getBody().getArgument(0));
  mlir::Block *test = newBlock(), *body = newBlock(), *after = newBlock();
  Value position = test->addArgument(word, at());
  llvm::SmallVector<Value> first{lower};
  const Turns turns = beginTurns(loop, 1, test, first);
  cf::BranchOp::create(b, at(), test, first);
  enter(test);
  takeTurns(turns);
  loadCarried(loop, 1, moving);
  jumpIf(arith::CmpIOp::create(b, at(), arith::CmpIPredicate::slt, position, upper), body, after);
  enter(body);
  LLVM::StoreOp::create(b, at(), position, counter, 8);
  emitBlock(loop.getBody().front());
  llvm::SmallVector<Value> next{arith::AddIOp::create(b, at(), position, extents.constant(1))};
  const llvm::SmallVector<Storage> places = moveOn(turns);
  carryOn(loop, moving);
  passOn(turns, places, next);
  cf::BranchOp::create(b, at(), test, next);
  enter(after);
  endTurns(turns);
  leaveStack(loop, 1);
}

}  // namespace etch::codegen

#include "codegen/cpu/LowerLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace cf = mlir::cf;
namespace scf = mlir::scf;
using mlir::Block;
using mlir::OpBuilder;
using mlir::Operation;
using mlir::Value;

namespace {

/// The rest of the block behind `op`, as a block of its own.
Block *splitBehind(Operation *op) { return op->getBlock()->splitBlock(std::next(op->getIterator())); }

/// A branch to `target` instead of the yield at the end of `block`.
void branchWith(Block &block, Block *target, llvm::ArrayRef<Value> first = {}) {
  Operation *yield = block.getTerminator();
  OpBuilder b(yield);
  llvm::SmallVector<Value> operands(first);
  llvm::append_range(operands, yield->getOperands());
  cf::BranchOp::create(b, yield->getLoc(), target, operands);
  yield->erase();
}

void moveBlocks(mlir::Region &from, Block *before) {
  before->getParent()->getBlocks().splice(before->getIterator(), from.getBlocks());
}

void lowerFor(scf::ForOp loop) {
  Block *before = loop->getBlock(), *end = splitBehind(loop);
  Block *condition = loop.getBody(), *body = condition->splitBlock(condition->begin());
  Value counter = loop.getInductionVar();
  OpBuilder b(loop.getRegion().back().getTerminator());
  Value next = arith::AddIOp::create(b, loop.getLoc(), counter, loop.getStep());
  branchWith(loop.getRegion().back(), condition, next);

  b.setInsertionPointToEnd(before);
  llvm::SmallVector<Value> initial{loop.getLowerBound()};
  llvm::append_range(initial, loop.getInitArgs());
  cf::BranchOp::create(b, loop.getLoc(), condition, initial);
  b.setInsertionPointToEnd(condition);
  const auto less = loop.getUnsignedCmp() ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt;
  Value goesOn = arith::CmpIOp::create(b, loop.getLoc(), less, counter, loop.getUpperBound());
  cf::CondBranchOp::create(b, loop.getLoc(), goesOn, body, mlir::ValueRange(), end, mlir::ValueRange());
  moveBlocks(loop.getRegion(), end);
  loop->replaceAllUsesWith(condition->getArguments().drop_front());
  loop->erase();
}

void lowerIf(scf::IfOp choice) {
  Block *before = choice->getBlock(), *end = splitBehind(choice);
  for (Value result : choice.getResults())
    result.replaceAllUsesWith(end->addArgument(result.getType(), choice.getLoc()));
  Block *otherwise = end;
  OpBuilder b = OpBuilder::atBlockEnd(before);
  if (!choice.getElseRegion().empty()) otherwise = &choice.getElseRegion().front();
  cf::CondBranchOp::create(b, choice.getLoc(), choice.getCondition(), &choice.getThenRegion().front(),
                           mlir::ValueRange(), otherwise, mlir::ValueRange());
  for (mlir::Region &region : choice->getRegions()) {
    if (region.empty()) continue;
    branchWith(region.back(), end);
    moveBlocks(region, end);
  }
  choice->erase();
}

}  // namespace

void lowerLoops(mlir::ModuleOp module) {
  // Inner ones first: those around them have several blocks then.
  llvm::SmallVector<Operation *> ops;
  module.walk([&](Operation *op) {
    if (llvm::isa<scf::ForOp, scf::IfOp>(op)) ops.push_back(op);
  });
  for (Operation *op : ops) {
    if (auto loop = llvm::dyn_cast<scf::ForOp>(op))
      lowerFor(loop);
    else
      lowerIf(llvm::cast<scf::IfOp>(op));
  }
}

}  // namespace etch::codegen

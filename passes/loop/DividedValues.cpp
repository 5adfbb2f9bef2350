#include "passes/loop/DividedValues.h"

namespace etch::passes {

using autodiff::Builder;
using mlir::Value;

int64_t depthOf(mlir::Block *block) {
  int64_t depth = 0;
  for (mlir::Operation *op = block->getParentOp(); op; op = op->getParentOp())
    depth += llvm::isa<ir::ForOp, ir::WhileOp>(op);
  return depth;
}

ir::ForOp DividedValues::carrierOf(mlir::OpOperand &use) {
  return llvm::isa<ir::YieldOp>(use.getOwner()) ? llvm::dyn_cast<ir::ForOp>(use.getOwner()->getParentOp())
                                                : ir::ForOp();
}

bool DividedValues::addLoop(ir::ForOp loop, unsigned position) {
  mlir::Block *body = &loop.getBody().front();
  if (llvm::any_of(carried, [&](const Carried &c) { return c.body == body && c.position == position; })) return false;
  carried.push_back({body, position});
  values.insert(carried.back().argument());
  values.insert(carried.back().result());
  return true;
}

bool DividedValues::isInit(mlir::OpOperand &use) const {
  return llvm::any_of(carried, [&](const Carried &its) {
    return its.loop() == use.getOwner() && &its.loop().getInitsMutable()[its.position] == &use;
  });
}

bool DividedValues::isWhole(mlir::OpOperand &use) const {
  return !members.contains(use.getOwner()) && !readsPart(use) && !carrierOf(use) && !isInit(use);
}

llvm::SmallVector<mlir::Operation *> DividedValues::inOrder() const {
  llvm::SmallVector<mlir::Operation *> ops;
  Value any = values.front();
  mlir::Operation *inside = any.getParentBlock()->getParentOp();
  auto function = llvm::isa<mlir::func::FuncOp>(inside) ? llvm::cast<mlir::func::FuncOp>(inside)
                                                        : inside->getParentOfType<mlir::func::FuncOp>();
  function.walk([&](mlir::Operation *op) {
    if (members.contains(op)) ops.push_back(op);
  });
  return ops;
}

void DividedValues::rewrite() {
  const llvm::SmallVector<mlir::Operation *> ops = inOrder();
  for (Carried &its : carried) splitCarried(its);
  for (const Carried &its : carried) nameCarried(its);
  for (mlir::Operation *op : ops) splitMember(op);
  for (const Carried &its : carried) yieldParts(its);
  for (const auto &[value, its] : parts) replaceUses(value, its);
  for (mlir::Operation *op : ops) op->dropAllReferences();
  // Later positions first: the others keep their numbers.
  llvm::sort(carried, [](const Carried &x, const Carried &y) { return x.position > y.position; });
  for (const Carried &its : carried) dropCarried(its.loop(), its.position);
  for (mlir::Operation *op : ops) op->erase();
}

Value DividedValues::partOf(Value value, size_t part, mlir::Operation *user) {
  if (ir::typeOf(value).getRank() == 0) return value;
  if (auto known = parts.find(value); known != parts.end()) return known->second[part];
  mlir::Block *block = user->getBlock();
  Parts &its = leaves[{value, block}];
  // In front of whoever else asks in this block: members are not asked in the order in which they stand.
  Builder b(user->getLoc(), user);
  if (value.getParentBlock() == block)
    b.setInsertionPointAfterValue(value);
  else
    b.setInsertionPointToStart(block);
  for (size_t i = its.size(); i < count; ++i) its.push_back(leafPart(b, value, i));
  return its[part];
}

void DividedValues::splitCarried(Carried &its) {
  ir::ForOp loop = its.loop();
  its.firstPart = loop.getInits().size();
  Parts inits;
  for (size_t part = 0; part < count; ++part) inits.push_back(partOf(loop.getInits()[its.position], part, loop));
  for (Value init : inits) loop = addCarried(loop, init);
}

void DividedValues::nameCarried(const Carried &its) {
  Parts arguments, results;
  for (size_t part = 0; part < count; ++part) {
    arguments.push_back(its.body->getArgument(1 + its.firstPart + part));
    results.push_back(its.loop().getResult(its.firstPart + part));
  }
  parts[its.argument()] = arguments;
  parts[its.result()] = results;
}

/// The loop goes on with parts; the whole tensor, which stays as it is, is dropped afterwards.
void DividedValues::yieldParts(const Carried &its) {
  mlir::Operation *yield = its.body->getTerminator();
  for (size_t part = 0; part < count; ++part)
    yield->setOperand(its.firstPart + part, partOf(yield->getOperand(its.position), part, yield));
  yield->setOperand(its.position, its.argument());
}

void DividedValues::replaceUses(Value value, const Parts &its) {
  llvm::SmallVector<mlir::OpOperand *> uses;
  for (mlir::OpOperand &use : value.getUses()) uses.push_back(&use);
  Value whole;
  for (mlir::OpOperand *use : uses) {
    if (members.contains(use->getOwner())) continue;
    if (readsPart(*use)) {
      replaceRead(*use, its);
    } else if (isWhole(*use)) {
      if (!whole) {
        Builder b(value.getLoc(), value.getContext());
        b.setInsertionPointAfterValue(value);
        whole = wholeOf(b, value, its);
      }
      use->set(whole);
    }
  }
}

}  // namespace etch::passes

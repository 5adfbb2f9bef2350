#include "passes/loop/Loops.h"

namespace etch::passes {

using mlir::Value;

std::optional<int64_t> tripsOf(ir::ForOp loop) {
  std::optional<int64_t> lower = ir::splatInteger(loop.getLower()), upper = ir::splatInteger(loop.getUpper());
  if (!lower || !upper || *upper <= *lower) return std::nullopt;
  return *upper - *lower;
}

namespace {

/// Operands of operands that are looked at.
constexpr int kDepth = 8;

/// first + step * iteration, where step may be anything: a constant walks by 0.
std::optional<Walk> affine(Value index, ir::ForOp loop, int64_t trips, int depth = kDepth) {
  if (index == loop.getBody().getArgument(0)) return Walk{*ir::splatInteger(loop.getLower()), 1};
  if (std::optional<int64_t> number = ir::splatInteger(index)) return Walk{*number, 0};
  mlir::Operation *op = index.getDefiningOp();
  if (!op || depth == 0) return std::nullopt;
  auto operand = [&](unsigned i) { return affine(op->getOperand(i), loop, trips, depth - 1); };
  if (llvm::isa<ir::AddOp, ir::SubOp>(op)) {
    std::optional<Walk> x = operand(0), y = operand(1);
    if (!x || !y) return std::nullopt;
    int64_t sign = llvm::isa<ir::AddOp>(op) ? 1 : -1;
    return Walk{x->first + sign * y->first, x->step + sign * y->step};
  }
  if (llvm::isa<ir::ClampOp>(op)) {
    std::optional<Walk> low = operand(0), x = operand(1), high = operand(2);
    if (!low || !x || !high || low->step || high->step) return std::nullopt;
    int64_t last = x->first + x->step * (trips - 1);
    bool isInside = std::min(x->first, last) >= low->first && std::max(x->first, last) <= high->first;
    return isInside ? x : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Walk> walkOf(Value index, ir::ForOp loop) {
  std::optional<int64_t> trips = tripsOf(loop);
  if (!trips || ir::typeOf(index).getRank() != 0) return std::nullopt;
  std::optional<Walk> walk = affine(index, loop, *trips);
  return walk && (walk->step == 1 || walk->step == -1) ? walk : std::nullopt;
}

bool staysWithin(Walk walk, int64_t trips, int64_t extent) {
  int64_t last = walk.first + walk.step * (trips - 1);
  return std::min(walk.first, last) >= 0 && std::max(walk.first, last) < extent;
}

Value indexOf(Walk walk, ir::ForOp loop) {
  mlir::BlockArgument counter = loop.getBody().getArgument(0);
  int64_t lower = *ir::splatInteger(loop.getLower());
  Value index = counter;
  if (walk != Walk{lower, 1}) {
    autodiff::Builder b(loop.getLoc(), loop);
    Value number = autodiff::integer(b, walk.step == 1 ? walk.first - lower : walk.first + lower);
    b.setInsertionPointToStart(&loop.getBody().front());
    autodiff::Term i(b, counter), offset(b, number);
    index = walk.step == 1 ? i + offset : offset - i;
  }
  llvm::SmallVector<mlir::Operation *> others;
  for (mlir::Operation &op : loop.getBody().front())
    if (llvm::isa<ir::AddOp, ir::SubOp, ir::ClampOp>(op) && op.getResult(0) != index &&
        op.getResult(0).getType() == index.getType() && walkOf(op.getResult(0), loop) == walk)
      others.push_back(&op);
  for (mlir::Operation *other : others) {
    other->getResult(0).replaceAllUsesWith(index);
    other->erase();
  }
  return index;
}

std::optional<SliceRead> sliceReadOf(Value slice, ir::ForOp loop) {
  auto take = slice.getDefiningOp<ir::TakeOp>();
  if (!take || take->getBlock() != &loop.getBody().front() || take.getAxis() != 0) return std::nullopt;
  if (take.getOperand().getParentBlock() == take->getBlock()) return std::nullopt;
  std::optional<Walk> walk = walkOf(take.getIndices(), loop);
  return walk ? std::optional(SliceRead{take.getOperand(), *walk}) : std::nullopt;
}

llvm::SmallVector<ir::ForOp> repeatingLoops(mlir::Operation *root) {
  llvm::SmallVector<ir::ForOp> loops;
  root->walk([&](ir::ForOp loop) {
    if (std::optional<int64_t> trips = tripsOf(loop); trips && *trips > 1) loops.push_back(loop);
  });
  return loops;
}

ir::DynamicUpdateSliceOp sliceUpdateOf(mlir::BlockArgument carried, Value next) {
  auto update = next.getDefiningOp<ir::DynamicUpdateSliceOp>();
  if (!update || update->getBlock() != carried.getOwner() || update.getOperand() != carried) return nullptr;
  if (!carried.hasOneUse() || !update->hasOneUse()) return nullptr;
  mlir::RankedTensorType type = ir::typeOf(carried), part = ir::typeOf(update.getUpdate());
  if (!type.hasStaticShape() || !part.hasStaticShape() || type.getRank() == 0 || part.getDimSize(0) != 1 ||
      type.getShape().drop_front() != part.getShape().drop_front() || type.getNumElements() == 0)
    return nullptr;
  return update;
}

std::optional<SliceWrite> sliceWriteOf(ir::ForOp loop, unsigned position) {
  mlir::Block &body = loop.getBody().front();
  mlir::BlockArgument carried = body.getArgument(1 + position);
  ir::DynamicUpdateSliceOp update = sliceUpdateOf(carried, body.getTerminator()->getOperand(position));
  if (!update) return std::nullopt;
  mlir::RankedTensorType type = ir::typeOf(carried), part = ir::typeOf(update.getUpdate());
  std::optional<Walk> walk = walkOf(update.getStarts().front(), loop);
  if (!walk || !staysWithin(*walk, *tripsOf(loop), type.getDimSize(0))) return std::nullopt;
  auto reshape = update.getUpdate().getDefiningOp<ir::ReshapeOp>();
  bool addsAxis = reshape && ir::typeOf(reshape.getOperand()).getShape() == part.getShape().drop_front();
  return SliceWrite{position, update, addsAxis ? reshape.getOperand() : Value(), *walk};
}

ir::ForOp addCarried(ir::ForOp loop, Value init) {
  mlir::OpBuilder b(loop);
  llvm::SmallVector<Value> inits(loop.getInits());
  inits.push_back(init);
  auto more =
      ir::ForOp::create(b, loop.getLoc(), mlir::ValueRange(inits).getTypes(), loop.getLower(), loop.getUpper(), inits);
  more.getBody().takeBody(loop.getBody());
  Value carried = more.getBody().addArgument(init.getType(), loop.getLoc());
  mlir::Operation *yield = more.getBody().front().getTerminator();
  yield->insertOperands(yield->getNumOperands(), carried);
  loop.replaceAllUsesWith(more.getResults().drop_back());
  loop.erase();
  return more;
}

ir::ForOp dropCarried(ir::ForOp loop, unsigned position) {
  mlir::OpBuilder b(loop);
  mlir::Block &body = loop.getBody().front();
  mlir::Operation *next = body.getTerminator()->getOperand(position).getDefiningOp();
  body.getTerminator()->eraseOperand(position);
  if (next && next->use_empty()) next->erase();
  body.eraseArgument(1 + position);
  llvm::SmallVector<Value> inits(loop.getInits());
  inits.erase(inits.begin() + position);
  auto fewer =
      ir::ForOp::create(b, loop.getLoc(), mlir::ValueRange(inits).getTypes(), loop.getLower(), loop.getUpper(), inits);
  fewer.getBody().takeBody(loop.getBody());
  unsigned kept = 0;
  for (auto [i, result] : llvm::enumerate(loop.getResults()))
    if (i != position) result.replaceAllUsesWith(fewer.getResult(kept++));
  loop.erase();
  return fewer;
}

}  // namespace etch::passes

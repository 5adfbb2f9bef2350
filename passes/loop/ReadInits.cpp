// Slices that a loop reads of what it carries before it writes them are those that the loop began with.

#include "passes/Passes.h"
#include "passes/loop/Loops.h"

namespace etch::passes {

#define GEN_PASS_DEF_READINITS
#include "passes/Passes.h.inc"

namespace {

using mlir::Value;

/// The slice along the first axis that `op`, which reads or changes `tensor`, is about: its index; null for other ops.
Value sliceIndexOf(mlir::Operation *op, Value tensor) {
  mlir::RankedTensorType type = ir::typeOf(tensor);
  auto isSlice = [&](llvm::ArrayRef<int64_t> shape) {
    return shape.front() == 1 && shape.drop_front() == type.getShape().drop_front();
  };
  if (op->getOperand(0) != tensor || llvm::is_contained(op->getOperands().drop_front(), tensor)) return nullptr;
  if (auto take = llvm::dyn_cast<ir::TakeOp>(op)) return take.getAxis() == 0 ? take.getIndices() : nullptr;
  if (auto add = llvm::dyn_cast<ir::ScatterAddOp>(op)) return add.getAxis() == 0 ? add.getIndices() : nullptr;
  if (auto slice = llvm::dyn_cast<ir::DynamicSliceOp>(op))
    return isSlice(slice.getType().getShape()) ? slice.getStarts().front() : nullptr;
  if (auto update = llvm::dyn_cast<ir::DynamicUpdateSliceOp>(op))
    return isSlice(ir::typeOf(update.getUpdate()).getShape()) ? update.getStarts().front() : nullptr;
  return nullptr;
}

struct ReadInits : impl::ReadInitsBase<ReadInits> {
  void runOnOperation() override {
    llvm::SmallVector<ir::ForOp> loops;
    getOperation().walk([&](ir::ForOp loop) { loops.push_back(loop); });
    for (ir::ForOp loop : loops)
      for (unsigned i = loop.getInits().size(); i-- > 0;) loop = rewrite(loop, i);
  }

  static ir::ForOp rewrite(ir::ForOp loop, unsigned position) {
    mlir::Block &body = loop.getBody().front();
    mlir::BlockArgument carried = body.getArgument(1 + position);
    mlir::RankedTensorType type = ir::typeOf(carried);
    mlir::Operation *update = body.getTerminator()->getOperand(position).getDefiningOp();
    if (!update || update->getBlock() != &body || !update->hasOneUse() || carried.hasOneUse() ||
        !llvm::isa<ir::ScatterAddOp, ir::DynamicUpdateSliceOp>(update) || !type.hasStaticShape() || !type.getRank())
      return loop;
    Value index = sliceIndexOf(update, carried);
    std::optional<Walk> walk = index ? walkOf(index, loop) : std::nullopt;
    if (!walk || !staysWithin(*walk, *tripsOf(loop), type.getDimSize(0))) return loop;
    llvm::SmallVector<mlir::Operation *> reads;
    for (mlir::Operation *user : carried.getUsers()) {
      if (user == update) continue;
      Value read = llvm::isa<ir::TakeOp, ir::DynamicSliceOp>(user) ? sliceIndexOf(user, carried) : nullptr;
      if (!read || walkOf(read, loop) != walk) return loop;
      reads.push_back(user);
    }
    for (mlir::Operation *read : reads) readInit(read, loop.getInits()[position]);
    return loop.getResult(position).use_empty() ? dropCarried(loop, position) : loop;
  }

  static void readInit(mlir::Operation *read, Value init) {
    auto slice = llvm::dyn_cast<ir::DynamicSliceOp>(read);
    if (!slice) return read->setOperand(0, init);
    // One form of reading a slice, for the passes behind this one and so that kernels read it in its place.
    autodiff::Builder b(read->getLoc(), read);
    Value taken = autodiff::take(b, init, slice.getStarts().front(), 0);
    for (mlir::Operation *user : llvm::make_early_inc_range(slice->getUsers()))
      if (llvm::isa<ir::ReshapeOp>(user) && user->getResult(0).getType() == taken.getType()) {
        user->getResult(0).replaceAllUsesWith(taken);
        user->erase();
      }
    if (!slice.use_empty())
      slice.replaceAllUsesWith(ir::ReshapeOp::create(b, slice.getType(), taken, mlir::ValueRange(),
                                                     llvm::to_vector(slice.getType().getShape()))
                                   .getResult());
    slice.erase();
  }
};

}  // namespace
}  // namespace etch::passes

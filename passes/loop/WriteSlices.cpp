// Sums into slices that are visited once are writes.

#include "passes/Passes.h"
#include "passes/loop/Loops.h"

namespace etch::passes {

#define GEN_PASS_DEF_WRITESLICES
#include "passes/Passes.h.inc"

namespace {

using mlir::Value;

/// The one addition to a slice of `carried` in an iteration, if nothing else reads that tensor.
ir::ScatterAddOp additionTo(ir::ForOp loop, unsigned position) {
  mlir::Block &body = loop.getBody().front();
  mlir::BlockArgument carried = body.getArgument(1 + position);
  auto add = body.getTerminator()->getOperand(position).getDefiningOp<ir::ScatterAddOp>();
  if (!add || add->getBlock() != &body || add.getOperand() != carried || add.getAxis() != 0) return nullptr;
  return carried.hasOneUse() && add->hasOneUse() ? add : nullptr;
}

struct WriteSlices : impl::WriteSlicesBase<WriteSlices> {
  using WriteSlicesBase::WriteSlicesBase;

  void runOnOperation() override {
    getOperation().walk([&](ir::ForOp loop) {
      for (unsigned i = 0; i < loop.getInits().size(); ++i) rewrite(loop, i);
    });
  }

  void rewrite(ir::ForOp loop, unsigned position) {
    ir::ScatterAddOp add = additionTo(loop, position);
    if (!add || !ir::isZero(loop.getInits()[position])) return;
    mlir::RankedTensorType type = ir::typeOf(add.getResult());
    std::optional<Walk> walk = walkOf(add.getIndices(), loop);
    if (!walk || !type.hasStaticShape() || !staysWithin(*walk, *tripsOf(loop), type.getDimSize(0))) return;
    Value index = indexOf(*walk, loop);
    autodiff::Builder b(add.getLoc(), add);
    Value slice = add.getUpdates();
    // 0 + -0 is 0.
    if (strict && autodiff::isFloat(slice)) slice = autodiff::Term(b, slice) + 0;
    llvm::SmallVector<int64_t> shape(type.getShape());
    shape[0] = 1;
    slice = ir::ReshapeOp::create(b, type.clone(shape), slice, mlir::ValueRange(), shape);
    llvm::SmallVector<Value> starts(type.getRank(), autodiff::integer(b, 0));
    starts[0] = index;
    add.replaceAllUsesWith(ir::DynamicUpdateSliceOp::create(b, type, add.getOperand(), slice, starts).getResult());
    add.erase();
  }
};

}  // namespace
}  // namespace etch::passes

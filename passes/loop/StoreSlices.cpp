// Slices that loops write into the tensors that they carry.

#include "passes/Passes.h"
#include "passes/fusion/Grouping.h"
#include "passes/loop/Loops.h"

namespace etch::passes {

#define GEN_PASS_DEF_STORESLICES
#include "passes/Passes.h.inc"

namespace {

using mlir::Value;

struct StoreSlices : impl::StoreSlicesBase<StoreSlices> {
  void runOnOperation() override {
    getOperation().walk([&](mlir::Operation *loop) {
      if (auto counted = llvm::dyn_cast<ir::ForOp>(loop)) forgetInits(counted);
      if (!llvm::isa<ir::ForOp, ir::WhileOp>(loop)) return;
      mlir::Block &body = loop->getRegions().back().front();
      auto carried = body.getArguments().take_back(loop->getNumResults());
      for (auto [argument, next] : llvm::zip(carried, body.getTerminator()->getOperands()))
        if (ir::DynamicUpdateSliceOp update = sliceUpdateOf(argument, next)) store(update);
    });
  }

  /// Constants in the place of what is overwritten before it is read.
  static void forgetInits(ir::ForOp loop) {
    for (unsigned i = 0; i < loop.getInits().size(); ++i) {
      std::optional<SliceWrite> write = sliceWriteOf(loop, i);
      mlir::RankedTensorType type = ir::typeOf(loop.getResult(i));
      if (!write || !coversAll(write->walk, *tripsOf(loop), type.getDimSize(0))) continue;
      autodiff::Builder b(loop.getLoc(), loop);
      auto zero = mlir::DenseElementsAttr::get(type, b.getZeroAttr(type.getElementType()));
      auto unwritten = ir::ConstantOp::create(b, type, llvm::cast<mlir::ElementsAttr>(zero));
      unwritten->setAttr(kUnwritten, b.getUnitAttr());
      loop.getInitsMutable()[i].set(unwritten);
    }
  }

  static void store(ir::DynamicUpdateSliceOp update) {
    autodiff::Builder b(update.getLoc(), update);
    mlir::RankedTensorType type = update.getType();
    Value slice = update.getUpdate();
    auto reshape = slice.getDefiningOp<ir::ReshapeOp>();
    llvm::ArrayRef<int64_t> shape = type.getShape().drop_front();
    slice = reshape && ir::typeOf(reshape.getOperand()).getShape() == shape
                ? reshape.getOperand()
                : ir::ReshapeOp::create(b, type.clone(shape), slice, mlir::ValueRange(), shape).getResult();
    update.replaceAllUsesWith(
        ir::StoreSliceOp::create(b, type, update.getOperand(), slice, update.getStarts().front(), false).getResult());
    update.erase();
  }
};

}  // namespace
}  // namespace etch::passes

// Products of single slices as one product of all of them.

#include "passes/Passes.h"
#include "passes/loop/Sequences.h"

namespace etch::passes {

#define GEN_PASS_DEF_BATCHPRODUCTS
#include "passes/Passes.h.inc"

namespace {

using mlir::Value;

/// Rows of a product from which as many again gain nothing (docs/decisions/0051-products-of-slices.md).
constexpr int64_t kManyRows = 512;

/// A product of few rows in the body of a loop whose right side comes from outside: rows are independent of each other.
bool hasIndependentRows(ir::DotGeneralOp dot, ir::ForOp loop) {
  mlir::RankedTensorType left = ir::typeOf(dot.getLhs()), right = ir::typeOf(dot.getRhs());
  return dot->getBlock() == &loop.getBody().front() && left.getRank() == 2 && right.getRank() == 2 &&
         left.hasStaticShape() && right.hasStaticShape() && dot.getLhsBatch().empty() &&
         llvm::ArrayRef<int64_t>(dot.getLhsContract()) == llvm::ArrayRef<int64_t>{1} &&
         dot.getRhsContract().size() == 1 && left.getDimSize(0) < kManyRows &&
         dot.getRhs().getParentBlock() != dot->getBlock();
}

/// dot of all slices of `sequence`, as a tensor of slices.
Value productOfAll(autodiff::Builder &b, ir::DotGeneralOp dot, Value sequence) {
  mlir::RankedTensorType type = sequenceType(dot.getType(), ir::typeOf(sequence).getDimSize(0));
  Value rows = mergeSlices(b, sequence);
  auto shape = {type.getDimSize(0) * type.getDimSize(1), type.getDimSize(2)};
  Value product = ir::DotGeneralOp::create(b, type.clone(shape), rows, dot.getRhs(), llvm::ArrayRef<int64_t>(),
                                           llvm::ArrayRef<int64_t>(), dot.getLhsContract(), dot.getRhsContract());
  return ir::ReshapeOp::create(b, type, product, mlir::ValueRange(), type.getShape());
}

/// dot(xs[i], w) -> dot(xs, w)[i].
void hoist(ir::ForOp loop, ir::DotGeneralOp dot) {
  const int64_t trips = *tripsOf(loop);
  std::optional<SliceRead> read = sliceReadOf(dot.getLhs(), loop);
  if (!read || !coversAll(read->walk, trips, ir::typeOf(read->sequence).getDimSize(0))) return;
  if (bytesOfAll(dot.getResult(), trips) > kMostKeptBytes) return;
  autodiff::Builder before(dot.getLoc(), loop);
  Value all = productOfAll(before, dot, read->sequence);
  autodiff::Builder b(dot.getLoc(), dot);
  mlir::Operation *slice = dot.getLhs().getDefiningOp();
  dot.replaceAllUsesWith(autodiff::take(b, all, slice->getOperand(1), 0));
  dot.erase();
  if (slice->use_empty()) slice->erase();
}

/// all[i] = dot(x, w), which the loop does not read, -> dot(xs, w) behind the loop.
ir::ForOp sink(ir::ForOp loop, unsigned position) {
  const int64_t trips = *tripsOf(loop);
  std::optional<SliceWrite> write = sliceWriteOf(loop, position);
  if (!write || !write->slice || !coversAll(write->walk, trips, ir::typeOf(loop.getResult(position)).getDimSize(0)))
    return loop;
  auto dot = write->slice.getDefiningOp<ir::DotGeneralOp>();
  mlir::Operation *reshape = write->update.getUpdate().getDefiningOp();
  if (!dot || !dot->hasOneUse() || !reshape->hasOneUse() || !hasIndependentRows(dot, loop)) return loop;
  std::optional<Sequence> rows = sequenceOf(dot.getLhs(), loop, write->walk);
  if (!rows) {
    if (bytesOfAll(dot.getLhs(), trips) > kMostKeptBytes) return loop;
    loop = keepSequence(loop, dot.getLhs(), write->walk, trips);
    rows = Sequence{Value(), loop.getNumResults() - 1, write->walk};
  }
  autodiff::Builder b(dot.getLoc(), loop.getContext());
  b.setInsertionPointAfter(loop);
  loop.getResult(position).replaceAllUsesWith(productOfAll(b, dot, rows->in(loop)));
  loop = dropCarried(loop, position);
  reshape->erase();
  dot.erase();
  return loop;
}

struct BatchProducts : impl::BatchProductsBase<BatchProducts> {
  void runOnOperation() override {
    for (ir::ForOp loop : repeatingLoops(getOperation())) {
      llvm::SmallVector<ir::DotGeneralOp> dots(loop.getBody().front().getOps<ir::DotGeneralOp>());
      for (ir::DotGeneralOp dot : dots)
        if (hasIndependentRows(dot, loop)) hoist(loop, dot);
      for (unsigned i = loop.getInits().size(); i-- > 0;) loop = sink(loop, i);
    }
  }
};

}  // namespace
}  // namespace etch::passes

// Sums of products over the iterations of a loop, as one product behind it.

#include "llvm/ADT/SetVector.h"

#include "passes/Passes.h"
#include "passes/loop/Sequences.h"

namespace etch::passes {

#define GEN_PASS_DEF_SINKPRODUCTS
#include "passes/Passes.h.inc"

namespace {

using mlir::Value;

/// Depth of a product from which adding it to a sum in memory costs little beside it: an element of the sum is read and
/// written once for `depth` multiplications (docs/decisions/0050-loops.md).
constexpr int64_t kMostDepth = 256;

/// acc = acc + dot(lhs, rhs), where both sides lie along what is summed: acc[i, j] += sum over d of lhs[d, i] rhs[d,
/// j].
struct SummedProduct {
  unsigned position;  // of acc among the carried values
  ir::AddOp add;
  ir::DotGeneralOp dot;
};

bool contractsFirstAxes(ir::DotGeneralOp dot) {
  auto isMatrix = [](Value side) { return ir::typeOf(side).getRank() == 2; };
  return isMatrix(dot.getLhs()) && isMatrix(dot.getRhs()) && dot.getLhsBatch().empty() &&
         llvm::ArrayRef<int64_t>(dot.getLhsContract()) == llvm::ArrayRef<int64_t>{0} &&
         llvm::ArrayRef<int64_t>(dot.getRhsContract()) == llvm::ArrayRef<int64_t>{0};
}

std::optional<SummedProduct> summedProductOf(ir::ForOp loop, unsigned position) {
  mlir::Block &body = loop.getBody().front();
  mlir::BlockArgument carried = body.getArgument(1 + position);
  auto add = body.getTerminator()->getOperand(position).getDefiningOp<ir::AddOp>();
  if (!add || !carried.hasOneUse() || !add->hasOneUse()) return std::nullopt;
  if (add.getLhs() != carried && add.getRhs() != carried) return std::nullopt;
  Value product = add.getLhs() == carried ? add.getRhs() : add.getLhs();
  auto dot = product.getDefiningOp<ir::DotGeneralOp>();
  if (!dot || dot->getBlock() != &body || !dot->hasOneUse() || !contractsFirstAxes(dot)) return std::nullopt;
  // What stays the same would be kept many times.
  for (Value side : dot->getOperands())
    if (!ir::typeOf(side).hasStaticShape() || !autodiff::isFloat(side) || side.getParentBlock() != &body)
      return std::nullopt;
  if (ir::typeOf(dot.getLhs()).getDimSize(0) > kMostDepth) return std::nullopt;
  return SummedProduct{position, add, dot};
}

/// The loop without that sum, and the product behind it.
ir::ForOp sink(ir::ForOp loop, SummedProduct sum) {
  const int64_t trips = *tripsOf(loop);
  // One, where a matrix is multiplied with itself.
  const llvm::SmallSetVector<Value, 2> sides(sum.dot->operand_begin(), sum.dot->operand_end());
  llvm::SmallVector<std::optional<Sequence>, 2> sequences;
  std::optional<Walk> common;
  for (Value side : sides) {
    sequences.push_back(sequenceOf(side, loop, common));
    if (sequences.back()) common = sequences.back()->walk;
  }
  const Walk walk = common.value_or(Walk{0, 1});
  int64_t more = 0;
  for (auto [side, sequence] : llvm::zip(sides, sequences))
    if (!sequence) more += bytesOfAll(side, trips);
  if (more > kMostKeptBytes) return loop;

  for (auto [side, sequence] : llvm::zip(sides, sequences))
    if (!sequence) {
      loop = keepSequence(loop, side, walk, trips);
      sequence = Sequence{Value(), loop.getNumResults() - 1, walk};
    }
  autodiff::Builder b(sum.add.getLoc(), loop.getContext());
  b.setInsertionPointAfter(loop);
  auto rows = [&](const Sequence &sequence) { return mergeSlices(b, sequence.in(loop)); };
  Value lhs = rows(*sequences.front()), rhs = rows(*sequences.back()), init = loop.getInits()[sum.position];
  Value total = ir::DotGeneralOp::create(b, sum.dot.getType(), lhs, rhs, llvm::ArrayRef<int64_t>(),
                                         llvm::ArrayRef<int64_t>(), sum.dot.getLhsContract(), sum.dot.getRhsContract());
  if (!ir::isZero(init)) total = autodiff::Term(b, init) + autodiff::Term(b, total);
  loop.getResult(sum.position).replaceAllUsesWith(total);
  loop = dropCarried(loop, sum.position);
  sum.dot.erase();
  for (Value side : sides)
    if (mlir::Operation *op = side.getDefiningOp(); op && mlir::isOpTriviallyDead(op)) op->erase();
  return loop;
}

struct SinkProducts : impl::SinkProductsBase<SinkProducts> {
  void runOnOperation() override {
    for (ir::ForOp loop : repeatingLoops(getOperation()))
      for (unsigned i = loop.getInits().size(); i-- > 0;)
        if (std::optional<SummedProduct> sum = summedProductOf(loop, i)) loop = sink(loop, *sum);
  }
};

}  // namespace
}  // namespace etch::passes

// Sums of products over the iterations of a loop, as one product behind it.

#include "passes/Passes.h"
#include "passes/loop/Loops.h"

namespace etch::passes {

#define GEN_PASS_DEF_SINKPRODUCTS
#include "passes/Passes.h.inc"

namespace {

using mlir::Value;

/// Depth of a product from which adding it to a sum in memory costs little beside it: an element of the sum is read and
/// written once for `depth` multiplications (docs/decisions/0050-loops.md).
constexpr int64_t kMostDepth = 256;
/// Bytes that may be kept to sink one product.
constexpr int64_t kMostBytes = int64_t{64} << 20;

/// acc = acc + dot(lhs, rhs), where both sides lie along what is summed: acc[i, j] += sum over d of lhs[d, i] rhs[d,
/// j].
struct SummedProduct {
  unsigned position;  // of acc among the carried values
  ir::AddOp add;
  ir::DotGeneralOp dot;
};

bool contractsFirstAxes(ir::DotGeneralOp dot) {
  auto isMatrix = [](Value side) { return autodiff::typeOf(side).getRank() == 2; };
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
  for (Value side : dot->getOperands())
    if (!autodiff::typeOf(side).hasStaticShape() || !autodiff::isFloat(side)) return std::nullopt;
  if (autodiff::typeOf(dot.getLhs()).getDimSize(0) > kMostDepth) return std::nullopt;
  return SummedProduct{position, add, dot};
}

/// A tensor that holds one side of the product in every iteration.
struct Sequence {
  Value outside;                    // read by the loop ...
  std::optional<unsigned> carried;  // ... or written by it
  Walk walk;
};

std::optional<Sequence> sequenceOf(Value side, ir::ForOp loop, std::optional<Walk> like) {
  const int64_t trips = *tripsOf(loop);
  auto fits = [&](Walk walk, Value sequence) {
    return coversAll(walk, trips, autodiff::typeOf(sequence).getDimSize(0)) && (!like || walk == *like);
  };
  if (std::optional<SliceRead> read = sliceReadOf(side, loop))
    if (fits(read->walk, read->sequence)) return Sequence{read->sequence, std::nullopt, read->walk};
  for (unsigned i = 0; i < loop.getInits().size(); ++i)
    if (std::optional<SliceWrite> write = sliceWriteOf(loop, i); write && write->slice == side)
      if (fits(write->walk, loop.getResult(i))) return Sequence{Value(), i, write->walk};
  return std::nullopt;
}

int64_t bytesOf(Value value) {
  mlir::RankedTensorType type = autodiff::typeOf(value);
  return type.getNumElements() * type.getElementTypeBitWidth() / 8;
}

/// The loop without that sum, and the product behind it.
ir::ForOp sink(ir::ForOp loop, SummedProduct sum) {
  const int64_t trips = *tripsOf(loop);
  const std::array<Value, 2> sides{sum.dot.getLhs(), sum.dot.getRhs()};
  std::array<std::optional<Sequence>, 2> sequences{sequenceOf(sides[0], loop, std::nullopt), std::nullopt};
  sequences[1] = sequenceOf(sides[1], loop, sequences[0] ? std::optional(sequences[0]->walk) : std::nullopt);
  Walk walk = sequences[0] ? sequences[0]->walk : sequences[1] ? sequences[1]->walk : Walk{0, 1};
  int64_t more = 0;
  for (auto [side, sequence] : llvm::zip(sides, sequences))
    if (!sequence) more += trips * bytesOf(side);
  if (more > kMostBytes) return loop;

  for (auto [side, sequence] : llvm::zip(sides, sequences))
    if (!sequence) {
      loop = keepSequence(loop, side, walk, trips);
      sequence = Sequence{Value(), loop.getNumResults() - 1, walk};
    }
  autodiff::Builder b(sum.add.getLoc(), loop.getContext());
  b.setInsertionPointAfter(loop);
  auto rows = [&](const Sequence &sequence) {
    Value all = sequence.carried ? Value(loop.getResult(*sequence.carried)) : sequence.outside;
    mlir::RankedTensorType type = autodiff::typeOf(all);
    llvm::SmallVector<int64_t> shape{type.getDimSize(0) * type.getDimSize(1), type.getDimSize(2)};
    return ir::ReshapeOp::create(b, type.clone(shape), all, mlir::ValueRange(), shape);
  };
  Value lhs = rows(*sequences[0]), rhs = rows(*sequences[1]), init = loop.getInits()[sum.position];
  Value total = ir::DotGeneralOp::create(b, sum.dot.getType(), lhs, rhs, llvm::ArrayRef<int64_t>(),
                                         llvm::ArrayRef<int64_t>(), sum.dot.getLhsContract(), sum.dot.getRhsContract());
  if (!isZero(init)) total = autodiff::Term(b, init) + autodiff::Term(b, total);
  loop.getResult(sum.position).replaceAllUsesWith(total);
  loop = dropCarried(loop, sum.position);
  sum.dot.erase();
  for (Value side : sides)
    if (mlir::Operation *op = side.getDefiningOp(); op && mlir::isOpTriviallyDead(op)) op->erase();
  return loop;
}

struct SinkProducts : impl::SinkProductsBase<SinkProducts> {
  void runOnOperation() override {
    llvm::SmallVector<ir::ForOp> loops;
    getOperation().walk([&](ir::ForOp loop) {
      if (std::optional<int64_t> trips = tripsOf(loop); trips && *trips > 1) loops.push_back(loop);
    });
    for (ir::ForOp loop : loops)
      for (unsigned i = loop.getInits().size(); i-- > 0;)
        if (std::optional<SummedProduct> sum = summedProductOf(loop, i)) loop = sink(loop, *sum);
  }
};

}  // namespace
}  // namespace etch::passes

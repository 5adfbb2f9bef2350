#include "passes/loop/Sequences.h"

#include "passes/buffer/Placement.h"

namespace etch::passes {

using mlir::Value;

int64_t bytesOfAll(Value value, int64_t trips) { return trips * bytesOf(value.getType()); }

mlir::RankedTensorType sequenceType(mlir::RankedTensorType type, int64_t trips) {
  llvm::SmallVector<int64_t> shape{trips};
  llvm::append_range(shape, type.getShape());
  return type.clone(shape);
}

std::optional<Sequence> sequenceOf(Value value, ir::ForOp loop, std::optional<Walk> like) {
  const int64_t trips = *tripsOf(loop);
  auto fits = [&](Walk walk, Value sequence) {
    return coversAll(walk, trips, ir::typeOf(sequence).getDimSize(0)) && (!like || walk == *like);
  };
  if (std::optional<SliceRead> read = sliceReadOf(value, loop))
    if (fits(read->walk, read->sequence)) return Sequence{read->sequence, std::nullopt, read->walk};
  for (unsigned i = 0; i < loop.getInits().size(); ++i)
    if (std::optional<SliceWrite> write = sliceWriteOf(loop, i); write && write->slice == value)
      if (fits(write->walk, loop.getResult(i))) return Sequence{Value(), i, write->walk};
  return std::nullopt;
}

ir::ForOp keepSequence(ir::ForOp loop, Value value, Walk walk, int64_t trips) {
  autodiff::Builder b(value.getLoc(), loop);
  mlir::RankedTensorType type = sequenceType(ir::typeOf(value), trips);
  Value zero = autodiff::integer(b, 0);
  loop = addCarried(loop, autodiff::zeros(b, type));
  mlir::Operation *yield = loop.getBody().front().getTerminator();
  llvm::SmallVector<Value> starts(type.getRank(), zero);
  starts[0] = indexOf(walk, loop);
  // What an iteration begins with is kept before something may be written over it. Anything else is kept at the end,
  // out of the way of ops that run together.
  b.setInsertionPoint(yield);
  if (llvm::isa<mlir::BlockArgument>(value)) {
    mlir::Operation *index = starts[0].getDefiningOp();
    index ? b.setInsertionPointAfter(index) : b.setInsertionPointToStart(yield->getBlock());
  }
  llvm::SmallVector<int64_t> shape(type.getShape());
  shape[0] = 1;
  Value part = ir::ReshapeOp::create(b, type.clone(shape), value, mlir::ValueRange(), shape);
  unsigned last = yield->getNumOperands() - 1;
  yield->setOperand(last, ir::DynamicUpdateSliceOp::create(b, type, yield->getOperand(last), part, starts));
  return loop;
}

Value mergeSlices(autodiff::Builder &b, Value sequence) {
  mlir::RankedTensorType type = ir::typeOf(sequence);
  llvm::SmallVector<int64_t> shape{type.getDimSize(0) * type.getDimSize(1), type.getDimSize(2)};
  return ir::ReshapeOp::create(b, type.clone(shape), sequence, mlir::ValueRange(), shape);
}

}  // namespace etch::passes

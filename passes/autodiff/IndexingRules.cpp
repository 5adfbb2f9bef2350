// Ops whose source or target depends on index values: what was read from a place is added to it, and back. Reads
// accumulate into what their operand has received so far, so that a loop that reads a slice of a large tensor does not
// touch all of it.
#include "passes/autodiff/Rules.h"

namespace etch::passes::autodiff {

using mlir::ShapedType;
using mlir::Value;

namespace {

/// The extent of an axis, of the type and shape of `indices`.
Term extentLike(Builder &b, Value value, int64_t axis, Term indices) {
  int64_t extent = typeOf(value).getDimSize(axis);
  if (!ShapedType::isDynamic(extent)) return lift(static_cast<double>(extent), indices);
  Value known = convert(b, dim(b, value, axis), indices.type().getElementType());
  return {b, indices.type().getRank() ? expand(b, known, indices, {}) : known};
}

Term limit(Term x, Term least, Term most) {
  return {x.builder(), ir::ClampOp::create(x.builder(), x.type(), mlir::ValueRange{least, x, most})};
}

void reverseTake(ir::TakeOp op, Value g, Cotangents &cotangents, Builder &b) {
  if (!cotangents.wanted(op.getOperand())) return;
  auto axis = static_cast<int64_t>(op.getAxis());
  Term indices(b, op.getIndices());
  // As the forward direction clamps, and scatter_add would drop.
  Term inside = limit(indices, lift(0, indices), extentLike(b, op.getOperand(), axis, indices) - 1);
  Value into = cotangents.orZeros(b, op.getOperand());
  cotangents.set(b, op.getOperand(), ir::ScatterAddOp::create(b, into.getType(), into, inside, g, axis));
}

void reverseScatterAdd(ir::ScatterAddOp op, Value g, Cotangents &cotangents, Builder &b) {
  auto axis = static_cast<int64_t>(op.getAxis());
  cotangents.add(b, op.getOperand(), g);
  if (!cotangents.wanted(op.getUpdates()) || typeOf(op.getOperand()).getDimSize(axis) == 0) return;
  // Updates outside the axis were dropped.
  Term indices(b, op.getIndices());
  Term inside = indices >= 0 && indices < extentLike(b, op.getOperand(), axis, indices);
  Term taken(b, take(b, g, indices, axis));
  auto dims = llvm::to_vector(llvm::seq<int64_t>(axis, axis + indices.type().getRank()));
  bool scalars = taken.type().getRank() == indices.type().getRank();
  Term mask = scalars ? inside : Term(b, expand(b, inside, taken, dims));
  cotangents.add(b, op.getUpdates(), select(mask, taken, 0));
}

void reverseDynamicSlice(ir::DynamicSliceOp op, Value g, Cotangents &cotangents, Builder &b) {
  if (!cotangents.wanted(op.getOperand())) return;
  Value into = cotangents.lookup(op.getOperand());
  if (into)
    g = Term(b, ir::DynamicSliceOp::create(b, g.getType(), into, op.getStarts(), op.getSizes())) + Term(b, g);
  else
    into = zerosLike(b, op.getOperand());
  cotangents.set(b, op.getOperand(), ir::DynamicUpdateSliceOp::create(b, into.getType(), into, g, op.getStarts()));
}

/// The block of `value` at `starts` with the extents of `like`, of which some are unknown.
Value takeBlock(Builder &b, Value value, mlir::ValueRange starts, Value like) {
  for (int64_t axis = 0; axis < typeOf(like).getRank(); ++axis) {
    Term last = Term(b, dim(b, value, axis)) - Term(b, dim(b, like, axis)), start(b, starts[axis]);
    value = take(b, value, range(b, limit(start, lift(0, start), last), like, axis), axis);
  }
  return value;
}

void reverseDynamicUpdateSlice(ir::DynamicUpdateSliceOp op, Value g, Cotangents &cotangents, Builder &b) {
  auto updateType = typeOf(op.getUpdate());
  // Read first: a loop may then overwrite what it carries.
  if (cotangents.wanted(op.getUpdate())) {
    Value block = updateType.hasStaticShape()
                      ? ir::DynamicSliceOp::create(b, updateType, g, op.getStarts(), updateType.getShape())
                      : takeBlock(b, g, op.getStarts(), op.getUpdate());
    cotangents.add(b, op.getUpdate(), block);
  }
  if (cotangents.wanted(op.getOperand())) {
    Value zeros = zerosLike(b, op.getUpdate());
    cotangents.add(b, op.getOperand(), ir::DynamicUpdateSliceOp::create(b, g.getType(), g, zeros, op.getStarts()));
  }
}

}  // namespace

void addIndexingRules(RuleTable &rules) {
  rules.addLinear<ir::TakeOp>(reverseTake);
  rules.addLinear<ir::ScatterAddOp>(reverseScatterAdd);
  rules.addLinear<ir::DynamicSliceOp>(reverseDynamicSlice);
  rules.addLinear<ir::DynamicUpdateSliceOp>(reverseDynamicUpdateSlice);
}

}  // namespace etch::passes::autodiff

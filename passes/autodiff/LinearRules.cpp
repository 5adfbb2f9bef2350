// Contractions: bilinear, and the transpose of a contraction is a contraction.
#include "passes/autodiff/Rules.h"

namespace etch::passes::autodiff {

using mlir::Value;

namespace {

struct Side {
  Value value;
  Axes batch, contract, free;
};

Side side(Value value, llvm::ArrayRef<int64_t> batch, llvm::ArrayRef<int64_t> contract) {
  Side result{value, Axes(batch), Axes(contract), {}};
  for (int64_t axis = 0; axis < typeOf(value).getRank(); ++axis)
    if (!llvm::is_contained(batch, axis) && !llvm::is_contained(contract, axis)) result.free.push_back(axis);
  return result;
}

Value dot(Builder &b, const Side &lhs, const Side &rhs) {
  Axes shape;
  for (auto [l, r] : llvm::zip(lhs.batch, rhs.batch)) {
    int64_t extent = typeOf(lhs.value).getDimSize(l);
    shape.push_back(mlir::ShapedType::isDynamic(extent) ? typeOf(rhs.value).getDimSize(r) : extent);
  }
  for (const Side *from : {&lhs, &rhs})
    for (int64_t axis : from->free) shape.push_back(typeOf(from->value).getDimSize(axis));
  return ir::DotGeneralOp::create(b, typeOf(lhs.value).clone(shape), lhs.value, rhs.value, lhs.batch, rhs.batch,
                                  lhs.contract, rhs.contract);
}

/// Brings axis i of `value` to place places[i].
Value place(Builder &b, Value value, llvm::ArrayRef<int64_t> places) {
  Axes permutation(places.size());
  for (auto [from, to] : llvm::enumerate(places)) permutation[to] = static_cast<int64_t>(from);
  return transpose(b, value, permutation);
}

/// The contracting axes of `self` in the order in which the free axes of a product with `other` come out.
Axes contractInOrderOf(const Side &self, const Side &other) {
  auto order = llvm::to_vector(llvm::seq<int64_t>(0, self.contract.size()));
  llvm::sort(order, [&](int64_t i, int64_t j) { return other.contract[i] < other.contract[j]; });
  Axes axes;
  for (int64_t i : order) axes.push_back(self.contract[i]);
  return axes;
}

Axes join(std::initializer_list<llvm::ArrayRef<int64_t>> lists) {
  Axes all;
  for (llvm::ArrayRef<int64_t> list : lists) llvm::append_range(all, list);
  return all;
}

/// r[b.., m.., n..] = sum over k of lhs[b.., m.., k..] * rhs[b.., n.., k..], each side with its axes in any order.
void reverseDot(ir::DotGeneralOp op, Value g, Cotangents &cotangents, Builder &b) {
  Side lhs = side(op.getLhs(), op.getLhsBatch(), op.getLhsContract());
  Side rhs = side(op.getRhs(), op.getRhsBatch(), op.getRhsContract());
  auto numBatch = static_cast<int64_t>(lhs.batch.size()), numLhsFree = static_cast<int64_t>(lhs.free.size());
  auto batch = llvm::to_vector(llvm::seq<int64_t>(0, numBatch));
  auto lhsFree = llvm::to_vector(llvm::seq<int64_t>(numBatch, numBatch + numLhsFree));
  auto rhsFree = llvm::to_vector(llvm::seq<int64_t>(numBatch + numLhsFree, typeOf(g).getRank()));
  if (cotangents.wanted(lhs.value)) {
    // B M N * B N K -> B M K
    Value product = dot(b, side(g, batch, rhsFree), side(rhs.value, rhs.batch, rhs.free));
    cotangents.add(b, lhs.value, place(b, product, join({lhs.batch, lhs.free, contractInOrderOf(lhs, rhs)})));
  }
  if (cotangents.wanted(rhs.value)) {
    // B M K * B M N -> B K N: in this order the product of two matrices needs no transpose.
    Value product = dot(b, side(lhs.value, lhs.batch, lhs.free), side(g, batch, lhsFree));
    cotangents.add(b, rhs.value, place(b, product, join({rhs.batch, contractInOrderOf(rhs, lhs), rhs.free})));
  }
}

}  // namespace

void addLinearRules(RuleTable &rules) { rules.addBilinear<ir::DotGeneralOp>(reverseDot); }

}  // namespace etch::passes::autodiff

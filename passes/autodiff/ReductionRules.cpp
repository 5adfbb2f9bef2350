// Reductions. Each spreads the cotangent of the result over the reduced axes with a weight for each element, and sums
// weighted tangents.
#include "passes/autodiff/Rules.h"

namespace etch::passes::autodiff {

using mlir::Value;

namespace {

Axes keptAxes(int64_t rank, llvm::ArrayRef<int64_t> reduced) {
  Axes kept;
  for (int64_t axis = 0; axis < rank; ++axis)
    if (!llvm::is_contained(reduced, axis)) kept.push_back(axis);
  return kept;
}

/// A value of the result's shape repeated along the reduced axes of `like`.
Term spread(Builder &b, Value value, Value like, llvm::ArrayRef<int64_t> axes) {
  return {b, expand(b, value, like, keptAxes(typeOf(like).getRank(), axes))};
}

//===-- Maximum and minimum: those equal to the result share equally -----------------------------------------===//

struct Ties {
  Term chosen, count;  // of the operand's shape and boolean; of the result's shape
};

template <typename Op>
Ties tiesOf(Op op, Builder &b) {
  Term x(b, op.getOperand());
  Term chosen = x == spread(b, op.getResult(), x, op.getAxes());
  return {chosen, Term(b, sum(b, convert(b, chosen, x.type().getElementType()), op.getAxes()))};
}

template <typename Op>
void addExtremum(RuleTable &rules) {
  rules.add<Op>(
      [](mlir::Operation *operation, llvm::ArrayRef<Value> g, Cotangents &cotangents, Builder &b) {
        auto op = llvm::cast<Op>(operation);
        Ties ties = tiesOf(op, b);
        Term share = spread(b, Term(b, g[0]) / ties.count, op.getOperand(), op.getAxes());
        cotangents.add(b, op.getOperand(), select(ties.chosen, share, 0));
      },
      [](mlir::Operation *operation, llvm::ArrayRef<Value> tangents, Builder &b) -> Tangents {
        auto op = llvm::cast<Op>(operation);
        Ties ties = tiesOf(op, b);
        return {Term(b, sum(b, select(ties.chosen, Term(b, tangents[0]), 0), op.getAxes())) / ties.count};
      });
}

//===-- Product: the weight is the product of all others -----------------------------------------------------===//

/// Products of all others along one axis of known extent, by halves: no division, so that zeros are nothing special and
/// derivatives of every order are right.
Term productsOfOthers(Builder &b, Term x, int64_t axis) {
  int64_t extent = x.type().getDimSize(axis);
  if (extent <= 1) return lift(1, x);
  int64_t half = (extent + 1) / 2;
  Term first(b, sliceAxis(b, x, axis, 0, half));
  Value rest = sliceAxis(b, x, axis, half, extent);
  if (extent % 2) {
    Axes none(x.type().getRank(), 0), one = none;
    one[axis] = 1;
    rest = pad(b, rest, scalar(b, 1, x.type().getElementType()), none, one, none);
  }
  Term second(b, rest);
  Term others = productsOfOthers(b, first * second, axis);
  Term joined(b, concatenate(b, {others * second, others * first}, axis));
  return extent % 2 ? Term(b, sliceAxis(b, joined, axis, 0, extent)) : joined;
}

/// Products of all others along one axis of unknown extent, by division. Second derivatives are right where at most one
/// element is zero.
Term productsOfOthersByDivision(Builder &b, Term x, int64_t axis) {
  Term isZero = x == 0, factor = select(isZero, 1, x);
  Term zeros = spread(b, sum(b, convert(b, isZero, x.type().getElementType()), axis), x, axis);
  Term all = spread(b, product(b, factor, axis), x, axis);
  // Without this element, how many zeros are left?
  Term left = select(isZero, zeros - 1, zeros);
  return select(left == 0, all / factor, 0);
}

Term productsOfOthers(Builder &b, Term x, llvm::ArrayRef<int64_t> axes) {
  if (axes.empty()) return lift(1, x);
  int64_t last = axes.back();
  Term along = x.type().isDynamicDim(last) ? productsOfOthersByDivision(b, x, last) : productsOfOthers(b, x, last);
  if (axes.size() == 1) return along;
  // Others in the same line, times all other lines.
  Axes remaining;
  for (int64_t axis : axes.drop_back()) remaining.push_back(axis - (axis > last));
  Term lines = productsOfOthers(b, Term(b, product(b, x, last)), remaining);
  return along * spread(b, lines, x, last);
}

}  // namespace

void addReductionRules(RuleTable &rules) {
  rules.addLinear<ir::ReduceSumOp>([](ir::ReduceSumOp op, Value g, Cotangents &cotangents, Builder &b) {
    cotangents.add(b, op.getOperand(), spread(b, g, op.getOperand(), op.getAxes()));
  });
  addExtremum<ir::ReduceMaxOp>(rules);
  addExtremum<ir::ReduceMinOp>(rules);
  rules.add<ir::ReduceProdOp>(
      [](mlir::Operation *operation, llvm::ArrayRef<Value> g, Cotangents &cotangents, Builder &b) {
        auto op = llvm::cast<ir::ReduceProdOp>(operation);
        Term weight = productsOfOthers(b, Term(b, op.getOperand()), op.getAxes());
        cotangents.add(b, op.getOperand(), spread(b, g[0], op.getOperand(), op.getAxes()) * weight);
      },
      [](mlir::Operation *operation, llvm::ArrayRef<Value> tangents, Builder &b) -> Tangents {
        auto op = llvm::cast<ir::ReduceProdOp>(operation);
        Term weight = productsOfOthers(b, Term(b, op.getOperand()), op.getAxes());
        return {sum(b, Term(b, tangents[0]) * weight, op.getAxes())};
      });
}

}  // namespace etch::passes::autodiff

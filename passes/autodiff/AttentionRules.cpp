// Attention. Reverse mode has an op of its own, which needs no more than one number a query of the scores; forward mode
// and derivatives of that op differentiate attention as it is written out.
#include <limits>

#include "passes/autodiff/Attention.h"
#include "passes/autodiff/Rules.h"

namespace etch::passes::autodiff {

using mlir::Value;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Axes leadingAxes(Value value, int64_t count) {
  return llvm::to_vector(llvm::seq<int64_t>(typeOf(value).getRank() - count));
}

/// For each of the leading axes, the product of matrices summed over axis `lhs` of x and `rhs` of y (0: the rows, 1:
/// the columns); the other axes are the result's.
Term dot(Builder &b, Value x, int64_t lhs, Value y, int64_t rhs) {
  int64_t rank = typeOf(x).getRank();
  Axes shape(typeOf(x).getShape());
  shape[rank - 2] = typeOf(x).getDimSize(rank - 1 - lhs);
  shape[rank - 1] = typeOf(y).getDimSize(rank - 1 - rhs);
  Axes batch = leadingAxes(x, 2);
  return {b, ir::DotGeneralOp::create(b, typeOf(x).clone(shape), x, y, batch, batch, Axes{rank - 2 + lhs},
                                      Axes{rank - 2 + rhs})};
}

/// One number a row, repeated along the rows of `like`.
Term alongRows(Builder &b, Value value, Value like) { return {b, expand(b, value, like, leadingAxes(like, 1))}; }

/// True where the key's number is not above the query's.
Value isNotLater(Builder &b, Value scores) {
  int64_t rank = typeOf(scores).getRank();
  auto type = mlir::RankedTensorType::get(typeOf(scores).getShape().take_back(2), b.getI32Type());
  llvm::SmallVector<Value> extents;
  for (int64_t axis : {rank - 2, rank - 1})
    if (typeOf(scores).isDynamicDim(axis)) extents.push_back(dim(b, scores, axis));
  auto number = [&](int64_t axis) {
    return Term(b, ir::IotaOp::create(b, type, extents, shapeAttribute(type), axis, b.getI32Type()));
  };
  return expand(b, number(1) <= number(0), scores, {rank - 2, rank - 1});
}

template <typename Op>
Term scoresOf(Op op, Builder &b) {
  Term scores = dot(b, op.getQuery(), 1, op.getKey(), 1);
  auto axes = llvm::to_vector(llvm::seq<int64_t>(scores.type().getRank()));
  if (Value mask = op.getMask()) {
    Term spread(b, expand(b, mask, scores, axes));
    scores = isFloat(mask) ? scores + spread : select(spread, scores, -kInfinity);
  }
  return op.getCausal() ? select(Term(b, isNotLater(b, scores)), scores, -kInfinity) : scores;
}

WrittenAttentionGradient gradientOf(Builder &b, Value query, Value key, Value value, Value g, Value delta,
                                    Term weights) {
  Term byWeight = dot(b, g, 1, value, 1);
  Term byScore = weights * (byWeight - alongRows(b, delta, weights));
  return {dot(b, byScore, 1, key, 0), dot(b, byScore, 0, query, 0), dot(b, weights, 0, g, 0), byScore};
}

/// The sum over all axes that a mask repeats.
Value sumToMask(Builder &b, Value byScore, Value mask) {
  Axes repeated;
  for (int64_t axis = 0; axis < typeOf(mask).getRank(); ++axis)
    if (typeOf(mask).getDimSize(axis) == 1) repeated.push_back(axis);
  return reshapeLike(b, sum(b, byScore, repeated), mask);
}

void reverse(mlir::Operation *operation, llvm::ArrayRef<Value> g, Cotangents &cotangents, Builder &b) {
  auto op = llvm::cast<ir::DotProductAttentionOp>(operation);
  Term result(b, op.getResult());
  Term of = g[0] ? Term(b, g[0]) : lift(0, result);
  Term delta(b, sum(b, of * result, {result.type().getRank() - 1}));
  // The derivative of logsumexp by a score is the score's weight, as if delta were less.
  if (g[1]) delta = delta - Term(b, g[1]);
  Value mask = op.getMask();
  auto gradient = ir::DotProductAttentionGradientOp::create(
      b, mlir::TypeRange{op.getQuery().getType(), op.getKey().getType(), op.getValue().getType()}, op.getQuery(),
      op.getKey(), op.getValue(), of, op.getLogsumexp(), delta, mask, op.getCausal());
  if (!mask || !isFloat(mask) || !cotangents.wanted(mask)) {
    cotangents.add(b, op.getQuery(), gradient.getByQuery());
    cotangents.add(b, op.getKey(), gradient.getByKey());
    cotangents.add(b, op.getValue(), gradient.getByValue());
    return;
  }
  // The derivative by a mask is as large as the scores; then everything else may as well be made of it.
  WrittenAttentionGradient written = writeOut(gradient, Value(), b);
  gradient.erase();
  cotangents.add(b, op.getQuery(), written.byQuery);
  cotangents.add(b, op.getKey(), written.byKey);
  cotangents.add(b, op.getValue(), written.byValue);
  cotangents.add(b, mask, sumToMask(b, written.byScore, mask));
}

}  // namespace

WrittenAttention writeOut(ir::DotProductAttentionOp op, Builder &b) {
  Term scores = scoresOf(op, b);
  int64_t last = scores.type().getRank() - 1;
  auto rows = mlir::RankedTensorType::get(scores.type().getShape().drop_back(), scores.type().getElementType());
  Term top(
      b, ir::StopGradientOp::create(b, rows, ir::ReduceMaxOp::create(b, rows, scores, b.getDenseI64ArrayAttr({last}))));
  // Of a query that sees no key, -inf; x - -inf would be NaN.
  if (op.getMask()) top = select(top == -kInfinity, 0, top);
  Term exponentials = exp(scores - alongRows(b, top, scores));
  Term total(b, sum(b, exponentials, {last}));
  Term seen = op.getMask() ? select(total == 0.0, 1, total) : total;
  Term logsumexp = top + log(seen);
  if (op.getMask()) logsumexp = select(total == 0.0, lift(kInfinity, logsumexp), logsumexp);
  Term weights = exponentials / alongRows(b, seen, scores);
  return {insteadOf(b, dot(b, weights, 1, op.getValue(), 0), op.getResult()),
          insteadOf(b, logsumexp, op.getLogsumexp()), weights};
}

WrittenAttentionGradient writeOut(ir::DotProductAttentionGradientOp op, Value weights, Builder &b) {
  if (!weights) {
    Term scores = scoresOf(op, b);
    weights = exp(scores - alongRows(b, op.getLogsumexp(), scores));
  }
  WrittenAttentionGradient written =
      gradientOf(b, op.getQuery(), op.getKey(), op.getValue(), op.getG(), op.getDelta(), Term(b, weights));
  written.byQuery = insteadOf(b, written.byQuery, op.getByQuery());
  written.byKey = insteadOf(b, written.byKey, op.getByKey());
  written.byValue = insteadOf(b, written.byValue, op.getByValue());
  return written;
}

void addAttentionRules(RuleTable &rules) {
  rules.addWrittenOut<ir::DotProductAttentionOp>(
      [](mlir::Operation *op, Builder &b) -> llvm::SmallVector<Value> {
        WrittenAttention written = writeOut(llvm::cast<ir::DotProductAttentionOp>(op), b);
        return {written.result, written.logsumexp};
      },
      reverse);
  rules.addWrittenOut<ir::DotProductAttentionGradientOp>(
      [](mlir::Operation *op, Builder &b) -> llvm::SmallVector<Value> {
        WrittenAttentionGradient written = writeOut(llvm::cast<ir::DotProductAttentionGradientOp>(op), Value(), b);
        return {written.byQuery, written.byKey, written.byValue};
      });
}

}  // namespace etch::passes::autodiff

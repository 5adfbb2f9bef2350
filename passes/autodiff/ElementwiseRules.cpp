// Elementwise ops. A rule is the partial derivative times g, one formula for each operand. The Jacobian is diagonal, so
// that the formula maps the tangent of the operand to that of the result, and the cotangent of the result to that of
// the operand.
#include <numbers>

#include "passes/autodiff/Rules.h"

namespace etch::passes::autodiff {

using mlir::Value;

namespace {

/// The operands of an op in order (x, y, z), and its result.
struct At {
  Term x, y, z, r;
};
using Partial = std::function<Term(Term g, const At &at)>;

At termsOf(mlir::Operation *op, Builder &b) {
  auto operand = [&](unsigned i) { return Term(b, op->getOperand(std::min(i, op->getNumOperands() - 1))); };
  return {operand(0), operand(1), operand(2), Term(b, op->getResult(0))};
}

template <typename Op>
void add(RuleTable &rules, std::vector<Partial> partials) {
  rules.add<Op>(
      [partials](mlir::Operation *op, llvm::ArrayRef<Value> g, Cotangents &cotangents, Builder &b) {
        for (auto [operand, partial] : llvm::zip(op->getOperands(), partials))
          if (partial && cotangents.wanted(operand)) cotangents.add(b, operand, partial(Term(b, g[0]), termsOf(op, b)));
      },
      [partials](mlir::Operation *op, llvm::ArrayRef<Value> tangents, Builder &b) -> Tangents {
        Value total;
        for (auto [tangent, partial] : llvm::zip(tangents, partials)) {
          if (!partial || !tangent) continue;
          Value part = reshapeLike(b, partial(Term(b, tangent), termsOf(op, b)), op->getResult(0));
          total = total ? Value(Term(b, total) + Term(b, part)) : part;
        }
        return {total};
      });
}

template <typename Op>
void unary(RuleTable &rules, Term (*partial)(Term g, Term x, Term r)) {
  add<Op>(rules, {[partial](Term g, const At &at) { return partial(g, at.x, at.r); }});
}

using BinaryPartial = Term (*)(Term g, Term x, Term y, Term r);
template <typename Op>
void binary(RuleTable &rules, BinaryPartial dx, BinaryPartial dy) {
  add<Op>(rules, {[dx](Term g, const At &at) { return dx(g, at.x, at.y, at.r); },
                  [dy](Term g, const At &at) { return dy(g, at.x, at.y, at.r); }});
}

/// g where x is the one chosen, half of it where x and y are equal.
Term share(Term g, Term chosen, Term x, Term y) { return select(chosen, g, select(x == y, g * 0.5, 0)); }

}  // namespace

void addElementwiseRules(RuleTable &rules) {
  using namespace ir;
  // Unary: g times r'(x).
  unary<AbsOp>(rules, [](Term g, Term x, Term r) { return g * sign(x); });
  unary<NegOp>(rules, [](Term g, Term x, Term r) { return -g; });
  unary<SquareOp>(rules, [](Term g, Term x, Term r) { return g * (2 * x); });
  unary<ReluOp>(rules, [](Term g, Term x, Term r) { return select(x > 0, g, 0); });
  unary<ExpOp>(rules, [](Term g, Term x, Term r) { return g * r; });
  unary<Expm1Op>(rules, [](Term g, Term x, Term r) { return g * (r + 1); });
  unary<LogOp>(rules, [](Term g, Term x, Term r) { return g / x; });
  unary<Log1pOp>(rules, [](Term g, Term x, Term r) { return g / (1 + x); });
  unary<SqrtOp>(rules, [](Term g, Term x, Term r) { return g / (2 * r); });
  unary<RsqrtOp>(rules, [](Term g, Term x, Term r) { return g * (-0.5 * (r / x)); });
  unary<TanhOp>(rules, [](Term g, Term x, Term r) { return g * (1 - r * r); });
  unary<SigmoidOp>(rules, [](Term g, Term x, Term r) { return g * (r * (1 - r)); });
  unary<SinOp>(rules, [](Term g, Term x, Term r) { return g * cos(x); });
  unary<CosOp>(rules, [](Term g, Term x, Term r) { return -(g * sin(x)); });
  unary<ErfOp>(rules, [](Term g, Term x, Term r) { return g * (2 * std::numbers::inv_sqrtpi * exp(-square(x))); });

  // Binary: g times dr/dx, g times dr/dy.
  binary<AddOp>(
      rules, [](Term g, Term x, Term y, Term r) { return g; }, [](Term g, Term x, Term y, Term r) { return g; });
  binary<SubOp>(
      rules, [](Term g, Term x, Term y, Term r) { return g; }, [](Term g, Term x, Term y, Term r) { return -g; });
  binary<MulOp>(
      rules, [](Term g, Term x, Term y, Term r) { return g * y; },
      [](Term g, Term x, Term y, Term r) { return g * x; });
  binary<DivOp>(
      rules, [](Term g, Term x, Term y, Term r) { return g / y; },
      [](Term g, Term x, Term y, Term r) { return -(g * (r / y)); });
  // r = x - trunc(x / y) * y; (x - r) / y is that whole number up to rounding.
  binary<RemOp>(
      rules, [](Term g, Term x, Term y, Term r) { return g; },
      [](Term g, Term x, Term y, Term r) { return -(g * round((x - r) / y)); });
  // Inner selects keep infinities and NaN out of the side that is not chosen, where a second derivative would meet
  // them.
  binary<PowOp>(
      rules, [](Term g, Term x, Term y, Term r) { return g * select(y == 0, 0, y * pow(x, select(y == 0, 1, y - 1))); },
      [](Term g, Term x, Term y, Term r) { return g * (r * log(select(x == 0, 1, x))); });
  binary<MaximumOp>(
      rules, [](Term g, Term x, Term y, Term r) { return share(g, x > y, x, y); },
      [](Term g, Term x, Term y, Term r) { return share(g, x < y, x, y); });
  binary<MinimumOp>(
      rules, [](Term g, Term x, Term y, Term r) { return share(g, x < y, x, y); },
      [](Term g, Term x, Term y, Term r) { return share(g, x > y, x, y); });
  // The angle of the point (ordinate x, abscissa y).
  binary<Atan2Op>(
      rules, [](Term g, Term x, Term y, Term r) { return g * (y / (square(x) + square(y))); },
      [](Term g, Term x, Term y, Term r) { return -(g * (x / (square(x) + square(y)))); });

  // Ternary. select(pred, x, y): linear in the two values.
  rules.addLinear<SelectOp>([](SelectOp op, Value g, Cotangents &cotangents, Builder &b) {
    Term pred(b, op.getPred());
    if (cotangents.wanted(op.getOnTrue())) cotangents.add(b, op.getOnTrue(), select(pred, Term(b, g), 0));
    if (cotangents.wanted(op.getOnFalse())) cotangents.add(b, op.getOnFalse(), select(pred, 0, Term(b, g)));
  });
  // clamp(min = x, value = y, max = z) = minimum(maximum(y, x), z): each case goes to exactly one of the three.
  add<ClampOp>(rules, {[](Term g, const At &at) { return select(at.y <= at.x && at.x < at.z, g, 0); },
                       [](Term g, const At &at) { return select(at.x < at.y && at.y < at.z, g, 0); },
                       [](Term g, const At &at) { return select(at.z <= at.y || at.z <= at.x, g, 0); }});
  // Linear; a cast to or from integers has no active operand or result.
  rules.addLinear<CastOp>([](CastOp op, Value g, Cotangents &cotangents, Builder &b) {
    cotangents.add(b, op.getOperand(), convert(b, g, typeOf(op.getOperand()).getElementType()));
  });
}

}  // namespace etch::passes::autodiff

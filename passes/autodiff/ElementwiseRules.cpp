// Elementwise ops. A rule is the partial derivative times g, one formula for each operand. The Jacobian is diagonal, so
// that the same formula maps the tangent of the operand to that of the result, and the cotangent of the result to that
// of the operand.
#include <numbers>

#include "passes/autodiff/Rules.h"

namespace etch::passes::autodiff {

using mlir::Value;

namespace {

/// Of g, the operands in order, and the result.
using Formula = Term (*)(Term g, Term x, Term y, Term z, Term r);
#define FORMULA(...) [](Term g, Term x, Term y, Term z, Term r) -> Term { return __VA_ARGS__; }

Term evaluate(Formula formula, Value g, mlir::Operation *op, Builder &b) {
  auto operand = [&](unsigned i) { return Term(b, op->getOperand(std::min(i, op->getNumOperands() - 1))); };
  return formula(Term(b, g), operand(0), operand(1), operand(2), Term(b, op->getResult(0)));
}

template <typename Op>
void add(RuleTable &rules, std::vector<Formula> formulas) {
  rules.add<Op>(
      [formulas](mlir::Operation *op, llvm::ArrayRef<Value> g, Cotangents &cotangents, Builder &b) {
        for (auto [operand, formula] : llvm::zip_equal(op->getOperands(), formulas))
          if (cotangents.wanted(operand)) cotangents.add(b, operand, evaluate(formula, g[0], op, b));
      },
      [formulas](mlir::Operation *op, llvm::ArrayRef<Value> tangents, Builder &b) -> Tangents {
        Value total;
        for (auto [tangent, formula] : llvm::zip_equal(tangents, formulas)) {
          if (!tangent) continue;
          Value part = reshapeLike(b, evaluate(formula, tangent, op, b), op->getResult(0));
          total = total ? Value(Term(b, total) + Term(b, part)) : part;
        }
        return {total};
      });
}

/// g where x is the one chosen, half of it where x and y are equal.
Term share(Term g, Term chosen, Term x, Term y) { return select(chosen, g, select(x == y, g * 0.5, 0)); }

/// The derivative of x^y in x. Inner selects keep infinities out of the side that is not chosen, where a second
/// derivative would meet them. Known exponents are common, and powers are slow.
Term powerRule(Term g, Term x, Term y) {
  std::optional<double> n = splatNumber(y);
  if (!n) return g * select(y == 0, 0, y * pow(x, select(y == 0, 1, y - 1)));
  if (*n == 0) return lift(0, x);
  if (*n == 1) return g;
  if (*n == 2) return g * (2 * x);
  if (*n == 3) return g * (3 * square(x));
  return g * (*n * pow(x, lift(*n - 1, x)));
}

}  // namespace

void addElementwiseRules(RuleTable &rules) {
  using namespace ir;
  // clang-format off
  // One operand: r = f(x).
  add<AbsOp>(rules, {FORMULA(g * sign(x))});
  add<NegOp>(rules, {FORMULA(-g)});
  add<SquareOp>(rules, {FORMULA(g * (2 * x))});
  add<ReluOp>(rules, {FORMULA(select(x > 0, g, 0))});
  add<ExpOp>(rules, {FORMULA(g * r)});
  add<Exp2Op>(rules, {FORMULA(g * (r * std::numbers::ln2))});
  add<Expm1Op>(rules, {FORMULA(g * (r + 1))});
  add<LogOp>(rules, {FORMULA(g / x)});
  add<Log2Op>(rules, {FORMULA(g / (x * std::numbers::ln2))});
  add<Log10Op>(rules, {FORMULA(g / (x * std::numbers::ln10))});
  add<Log1pOp>(rules, {FORMULA(g / (1 + x))});
  add<SqrtOp>(rules, {FORMULA(g / (2 * r))});
  add<RsqrtOp>(rules, {FORMULA(g * (-0.5 * (r / x)))});
  add<CbrtOp>(rules, {FORMULA(g / (3 * square(r)))});
  add<SinhOp>(rules, {FORMULA(g * cosh(x))});
  add<CoshOp>(rules, {FORMULA(g * sinh(x))});
  add<TanhOp>(rules, {FORMULA(g * (1 - r * r))});
  // Products of roots and of binomials, as a square would overflow, or cancel near 1.
  add<AsinhOp>(rules, {FORMULA(g / sqrt(1 + square(x)))});
  add<AcoshOp>(rules, {FORMULA(g / (sqrt(x - 1) * sqrt(x + 1)))});
  add<AtanhOp>(rules, {FORMULA(g / ((1 - x) * (1 + x)))});
  add<SigmoidOp>(rules, {FORMULA(g * (r * (1 - r)))});
  add<SinOp>(rules, {FORMULA(g * cos(x))});
  add<CosOp>(rules, {FORMULA(-(g * sin(x)))});
  add<TanOp>(rules, {FORMULA(g * (1 + square(r)))});
  add<AsinOp>(rules, {FORMULA(g / sqrt((1 - x) * (1 + x)))});
  add<AcosOp>(rules, {FORMULA(-(g / sqrt((1 - x) * (1 + x))))});
  add<AtanOp>(rules, {FORMULA(g / (1 + square(x)))});
  add<ErfOp>(rules, {FORMULA(g * (2 * std::numbers::inv_sqrtpi * exp(-square(x))))});
  add<ErfcOp>(rules, {FORMULA(-(g * (2 * std::numbers::inv_sqrtpi * exp(-square(x)))))});
  add<ErfInvOp>(rules, {FORMULA(g * (0.5 / std::numbers::inv_sqrtpi * exp(square(r))))});
  add<LgammaOp>(rules, {FORMULA(g * digamma(x))});
  add<DigammaOp>(rules, {FORMULA(g * trigamma(x))});

  // Two operands: r = f(x, y).
  add<AddOp>(rules, {FORMULA(g), FORMULA(g)});
  add<SubOp>(rules, {FORMULA(g), FORMULA(-g)});
  add<MulOp>(rules, {FORMULA(g * y), FORMULA(g * x)});
  add<DivOp>(rules, {FORMULA(g / y), FORMULA(-(g * (r / y)))});
  // r = x - trunc(x / y) * y, and (x - r) / y is that whole number up to rounding.
  add<RemOp>(rules, {FORMULA(g), FORMULA(-(g * round((x - r) / y)))});
  add<PowOp>(rules, {FORMULA(powerRule(g, x, y)), FORMULA(g * (r * log(select(x == 0, 1, x))))});
  add<MaximumOp>(rules, {FORMULA(share(g, x > y, x, y)), FORMULA(share(g, x < y, x, y))});
  add<MinimumOp>(rules, {FORMULA(share(g, x < y, x, y)), FORMULA(share(g, x > y, x, y))});
  // The angle of the point with ordinate x and abscissa y.
  add<Atan2Op>(rules, {FORMULA(g * (y / (square(x) + square(y)))), FORMULA(-(g * (x / (square(x) + square(y)))))});

  // clamp(min = x, y, max = z) = minimum(maximum(y, x), z): each case goes to exactly one of the three.
  add<ClampOp>(rules, {FORMULA(select(y <= x && x < z, g, 0)), FORMULA(select(x < y && y < z, g, 0)),
                       FORMULA(select(z <= y || z <= x, g, 0))});
  // clang-format on

  // Linear in the two values.
  rules.addLinear<SelectOp>([](SelectOp op, Value g, Cotangents &cotangents, Builder &b) {
    Term pred(b, op.getPred());
    if (cotangents.wanted(op.getOnTrue())) cotangents.add(b, op.getOnTrue(), select(pred, Term(b, g), 0));
    if (cotangents.wanted(op.getOnFalse())) cotangents.add(b, op.getOnFalse(), select(pred, 0, Term(b, g)));
  });
  // Linear between floating-point types; a cast to or from integers has no active operand or result.
  rules.addLinear<CastOp>([](CastOp op, Value g, Cotangents &cotangents, Builder &b) {
    cotangents.add(b, op.getOperand(), convert(b, g, typeOf(op.getOperand()).getElementType()));
  });
}

}  // namespace etch::passes::autodiff

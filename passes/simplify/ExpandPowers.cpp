// Powers by known exponents become products and square roots.
#include <cmath>
#include <limits>

#include "ir/dialect/EraseDead.h"
#include "passes/Passes.h"
#include "passes/autodiff/Builder.h"

namespace etch::passes {

#define GEN_PASS_DEF_EXPANDPOWERS
#include "passes/Passes.h.inc"

namespace {

using autodiff::Builder;
using autodiff::Term;

constexpr double kInf = std::numeric_limits<double>::infinity();

/// x^n for n that are whole and a half: the root of -0 is +0 here, and of -inf what `pow` makes of +inf.
std::optional<Term> rootOf(Term x, double n, bool inOneRounding) {
  auto select = [&](Term root, double ofInfinity) { return autodiff::select(x == -kInf, ofInfinity, root); };
  const Term base = x + 0.0;
  if (n == 0.5) return select(sqrt(base), kInf);
  if (inOneRounding) return std::nullopt;
  if (n == -0.5) return select(autodiff::apply<ir::RsqrtOp>(base), 0);
  if (n == 1.5) return select(base * sqrt(base), kInf);
  if (n == 2.5) return select(square(base) * sqrt(base), kInf);
  return std::nullopt;
}

/// x^n, if that is one rounding, or a few of them in a type that computes with as many digits as it has.
std::optional<Term> powerOf(Term x, double n) {
  const bool inOneRounding = x.type().getElementTypeBitWidth() < 32;
  if (n != std::trunc(n)) return rootOf(x, n, inOneRounding);
  if (n == 1) return x;
  if (n == 2) return square(x);
  if (n == -1) return 1.0 / x;
  if (inOneRounding) return std::nullopt;
  if (n == 3) return square(x) * x;
  if (n == 4) return square(square(x));
  if (n == 5) return square(square(x)) * x;
  // The square of x may be infinite where x^-2 is not yet 0.
  if (n == -2) return square(1.0 / x);
  return std::nullopt;
}

/// Whole numbers wrap in either way.
std::optional<Term> powerOf(Term x, int64_t n) {
  if (n == 1) return x;
  if (n == 2) return square(x);
  if (n == 3) return square(x) * x;
  if (n == 4) return square(square(x));
  return std::nullopt;
}

struct ExpandPowers : impl::ExpandPowersBase<ExpandPowers> {
  void runOnOperation() override {
    bool any = false;
    getOperation().walk([&](ir::PowOp op) {
      Builder b(op.getLoc(), op);
      const Term x(b, op.getLhs());
      std::optional<Term> power;
      if (auto n = ir::splatNumber(op.getRhs())) power = powerOf(x, *n);
      if (auto n = ir::splatInteger(op.getRhs())) power = powerOf(x, *n);
      if (power) op.getResult().replaceAllUsesWith(*power);
      any = true;
    });
    // A power that became something else, and what was begun of one that did not.
    if (any) ir::eraseDead(getOperation());
  }
};

}  // namespace
}  // namespace etch::passes

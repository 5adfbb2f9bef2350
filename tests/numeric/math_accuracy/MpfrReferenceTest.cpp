//===- MpfrReferenceTest.cpp - The judge of f64 judged by MPFR ------------===//
//
// The C library's long double is fast enough to try a million operands a function, but
// nobody promises its accuracy. MPFR's results are correctly rounded; on fewer operands
// the two must agree to a small part of an f64 ulp. Skipped where MPFR is not installed.
//
//===----------------------------------------------------------------------===//

#include <catch2/catch.hpp>

#ifdef ETCH_HAVE_MPFR

#include "Reference.h"
#include "Samples.h"

#include <mpfr.h>

using namespace etch::accuracy;

namespace {

/// A number of 256 bits.
struct Real {
  mpfr_t v;
  Real() { mpfr_init2(v, 256); }
  explicit Real(double x) : Real() { mpfr_set_d(v, x, MPFR_RNDN); }
  Real(const Real &) = delete;
  ~Real() { mpfr_clear(v); }
};

void sigmoid(mpfr_t out, const mpfr_t x) {
  mpfr_neg(out, x, MPFR_RNDN);
  mpfr_exp(out, out, MPFR_RNDN);
  mpfr_add_ui(out, out, 1, MPFR_RNDN);
  mpfr_ui_div(out, 1, out, MPFR_RNDN);
}

/// One step of Newton's from the long double result, which doubles its digits.
void inverseErf(mpfr_t out, const mpfr_t x) {
  const long double guess = numeric::inverse_erf(mpfr_get_ld(x, MPFR_RNDN));
  mpfr_set_ld(out, guess, MPFR_RNDN);
  if (!std::isfinite(guess) || guess == 0) return;
  Real miss, slope;
  mpfr_erf(miss.v, out, MPFR_RNDN);
  mpfr_sub(miss.v, miss.v, x, MPFR_RNDN);
  mpfr_sqr(slope.v, out, MPFR_RNDN);  // miss sqrt(pi)/2 e^(y^2)
  mpfr_exp(slope.v, slope.v, MPFR_RNDN);
  mpfr_mul(miss.v, miss.v, slope.v, MPFR_RNDN);
  mpfr_const_pi(slope.v, MPFR_RNDN);
  mpfr_sqrt(slope.v, slope.v, MPFR_RNDN);
  mpfr_mul(miss.v, miss.v, slope.v, MPFR_RNDN);
  mpfr_div_ui(miss.v, miss.v, 2, MPFR_RNDN);
  mpfr_sub(out, out, miss.v, MPFR_RNDN);
}

/// The derivative of digamma as a quotient of differences, over a part of x far below f64's resolution.
void trigamma(mpfr_t out, const mpfr_t x) {
  mpfr_t h, left, right;
  mpfr_inits2(500, h, left, right, nullptr);
  mpfr_mul_2si(h, x, -120, MPFR_RNDN);
  mpfr_sub(left, x, h, MPFR_RNDN);
  mpfr_add(right, x, h, MPFR_RNDN);
  mpfr_digamma(left, left, MPFR_RNDN);
  mpfr_digamma(right, right, MPFR_RNDN);
  mpfr_sub(right, right, left, MPFR_RNDN);
  mpfr_div(right, right, h, MPFR_RNDN);
  mpfr_div_2ui(out, right, 1, MPFR_RNDN);
  mpfr_clears(h, left, right, nullptr);
}

long double correctlyRounded(MathFn fn, double xValue, double yValue) {
  Real x(xValue), y(yValue), out;
  switch (fn) {
    case MathFn::Exp: mpfr_exp(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Exp2: mpfr_exp2(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Expm1: mpfr_expm1(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Log: mpfr_log(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Log2: mpfr_log2(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Log10: mpfr_log10(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Log1p: mpfr_log1p(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Tanh: mpfr_tanh(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Sinh: mpfr_sinh(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Cosh: mpfr_cosh(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Asinh: mpfr_asinh(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Acosh: mpfr_acosh(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Atanh: mpfr_atanh(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Sigmoid: sigmoid(out.v, x.v); break;
    case MathFn::Sin: mpfr_sin(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Cos: mpfr_cos(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Tan: mpfr_tan(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Asin: mpfr_asin(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Acos: mpfr_acos(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Atan: mpfr_atan(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Atan2: mpfr_atan2(out.v, x.v, y.v, MPFR_RNDN); break;
    case MathFn::Erf: mpfr_erf(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Erfc: mpfr_erfc(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Lgamma: {
      int sign;
      mpfr_lgamma(out.v, &sign, x.v, MPFR_RNDN);
      break;
    }
    case MathFn::Digamma: mpfr_digamma(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Trigamma: trigamma(out.v, x.v); break;
    case MathFn::ErfInv: inverseErf(out.v, x.v); break;
    case MathFn::Rsqrt: mpfr_rec_sqrt(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Cbrt: mpfr_cbrt(out.v, x.v, MPFR_RNDN); break;
    case MathFn::Pow: mpfr_pow(out.v, x.v, y.v, MPFR_RNDN); break;
  }
  return mpfr_get_ld(out.v, MPFR_RNDN);
}

}  // namespace

TEST_CASE("long double agrees with MPFR") {
  for (const Function &function : kFunctions) {
    const Samples<double> in = sample<double>(function, 5000);
    double worst = 0, at = 0, with = 0;
    for (size_t i = 0; i < in.x.size(); ++i) {
      const long double exact = correctlyRounded(function.fn, in.x[i], in.y[i]);
      const long double judge = reference<long double>(function.fn, in.x[i], in.y[i]);
      if (exact == judge || (std::isnan(exact) && std::isnan(judge))) continue;
      // Beyond the largest f64 both only say "infinity".
      if (std::abs(exact) > 2 * std::numeric_limits<double>::max() &&
          std::abs(judge) > std::numeric_limits<double>::max())
        continue;
      const long double unit = std::max(std::abs(exact), unitOf<long double>(function, in.x[i], exact));
      const int exponent = std::max(std::ilogb(unit), std::numeric_limits<double>::min_exponent - 1);
      const double ulp = double(std::ldexp(std::abs(exact - judge), 52 - exponent));
      if (!(ulp <= worst)) worst = ulp, at = in.x[i], with = in.y[i];
    }
    INFO(function.name << " at " << at << ", " << with);
    CHECK(worst < 0.01);
  }
}

#else

TEST_CASE("long double agrees with MPFR") { WARN("skipped: MPFR was not found at configure time"); }

#endif

//===- VectorMathGamma.cpp - log gamma and its derivatives ----------------===//
//
// Left of 0 by reflection, right of 8 or so by Stirling's series, between by recurrence to an interval of length 1
// around the zeros, where the variable is the distance from the zero: there the results are relatively exact. f32 is
// computed in f64 lanes, whose error is invisible also where the reflected terms cancel. Polynomials:
// tools/scripts/remez.py.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/math/VectorMathKernels.h"

#include <limits>
#include <numbers>

namespace etch::codegen::vmath {

static constexpr double kInf = std::numeric_limits<double>::infinity();

// log gamma(2 + f) = f p(f), -3/4 <= f <= 1/2; fit lgamma_f64
static constexpr double kLgamma[] = {
    0.42278433509846713,     0.3224670334241132,      -0.067352301053196936,   0.020580808427786982,
    -0.0073855510287543051,  0.0028905103305927123,   -0.0011927539091488252,  0.00050966952948452906,
    -0.00022315480289714264, 9.9457424286272084e-05,  -4.4925779348661785e-05, 2.0508236243621363e-05,
    -9.4423195299206031e-06, 4.3673526706686761e-06,  -2.0292997649829536e-06, 9.9003530612942474e-07,
    -4.6315603887082896e-07, 1.1368154994769885e-07,  -1.2306650693058968e-07, 1.9751248038804869e-07,
    8.5256556244090554e-08,  -7.0556935883549759e-08, -1.1717781532181533e-07, -2.6692043006012384e-08};
// log gamma(a) = (a - 1/2) (log a - 1) + (log(2 pi) - 1) / 2 + p(1 / a^2) / a, a >= 8; fit stirling_f64
static constexpr double kStirling[] = {0.083333333333333329,    -0.0027777777777668478, 0.0007936507861223286,
                                       -0.00059523579234186936, 0.0008413859601595563,  -0.0018860913479995982,
                                       0.0049816477529731418};
// digamma(y) = d p(d), d = y - 1.46163..., 1 <= y <= 2.2; fit digamma_f64
static constexpr double kDigamma[] = {
    0.9676722454476212,     -0.44276316898359214,    0.25849976095564053,    -0.16394270544239473,
    0.10782405069222009,    -0.07219956125783572,    0.048804288123986038,   -0.033161126402489166,
    0.022597649150796817,   -0.015424767940261905,   0.01053877929366232,    -0.0072045005429840978,
    0.004926878319386126,   -0.0033701504992494002,  0.0023047364716578893,  -0.001574686293556874,
    0.001078910629684198,   -0.0007468345601291626,  0.00051152786743871375, -0.00032755006310270711,
    0.00020786693616267127, -0.00016979848424923777, 0.00015680354307586182, -0.00010613311184309442,
    4.0652977344667609e-05, -6.4934452073104754e-06};
static constexpr double kDigammaZeroHigh = 0x1.762d86356be3fp+0, kDigammaZeroLow = 0x1.b86a722197829p-54;
// digamma(a) = log a - 1 / (2 a) - z p(z), z = 1 / a^2, a >= 7
static constexpr double kDigammaTail[] = {0.083333333333333301,   -0.0083333333332781655, 0.0039682539368792649,
                                          -0.0041666580958069832, 0.0075744600327680494,  -0.020977133141792892,
                                          0.077194360501959811,   -0.25557359672478397};
// trigamma(a) = 1 / a + z / 2 + z / a p(z), z = 1 / a^2, a >= 7
static constexpr double kTrigammaTail[] = {0.16666666666666663,   -0.03333333333326545, 0.02380952376493339,
                                           -0.033333318659807466, 0.075754799103508505, -0.25279070147245769,
                                           1.142966912123198,     -5.9957105206651944,  23.823959858421418};

static constexpr double kPiLow = 0x1.1a62633145c07p-53;  // what pi loses in f64
static constexpr double kPiSquare = 0x1.3bd3cc9be45dep+3, kPiSquareLow = 0x1.692b71366cc04p-51;

/// `formula` in f64 lanes, also for f32.
static Num inDouble(Num x, Num (*formula)(Num)) {
  if (x.e->isDouble()) return formula(x);
  Emitter wide(x.e->b, x.e->loc, shapedAs(x.e->getType(), x.e->b.getF64Type()));
  return convert(formula(convert(x, wide)), *x.e);
}

/// log gamma of a >= 0. round(a) - 2 factors lead from 2 + f to a, or from a to 2 + f; none above 5/4, where the
/// logarithm would cancel most of p.
static Num lgammaOfPositive(Num a) {
  Emitter &e = *a.e;
  Mask tail = a > 8.0;
  Num whole = select((a > 1.25) & (a < 2.0), 2.0, roundEven(a));
  Num f = a - whole;
  Num up = e.num(1.0);
  for (int k = 1; k <= 6; ++k) up = up * select(whole > k + 1.5, a - double(k), 1.0);
  Num down = a * select(whole < 0.5, a + 1.0, 1.0);
  Mask below = whole < 1.5;
  Num log = emitLog(select(tail, a, select(below, down, up)));
  Num inverse = 1.0 / a;
  Num series = fma(inverse, poly(inverse * inverse, kStirling), 0.4189385332046727);
  Num stirling = fma(a - 0.5, log - 1.0, series);
  Num small = fma(f, poly(f, kLgamma), select(below, negate(log), log));
  return select(tail, stirling, small);
}

/// gamma(x) gamma(1 - x) = pi / sin(pi x)
static Num lgammaDouble(Num x) {
  Mask left = x < 0.0;
  Num right = lgammaOfPositive(select(left, 1.0 - x, abs(x)));
  Num sine = abs(sinOfPi(x).hi) * std::numbers::inv_pi;
  Num reflected = negate(emitLog(sine)) - right;
  reflected = select(sine == 0.0, kInf, reflected);  // a pole, where `right` may be infinite too
  return select(left, reflected, right);
}

Num emitLgamma(Num x) { return inDouble(x, lgammaDouble); }

/// digamma of a + lost >= 0: that of y = a - n in [1, 2.2] and the sum of the 1 / (a - k), as one quotient.
static Num digammaOfPositive(Num a, Num lost) {
  Emitter &e = *a.e;
  Mask tail = a > 7.2, below = a < 1.0;
  Num n = select(below, -1.0, atLeast(roundEven(a - 1.7), 0.0));
  Num numerator = select(n > 0.5, 1.0, select(below, -1.0, e.num(0.0)));
  Num denominator = select(n > 0.5, a - 1.0, select(below, a, 1.0));
  for (int k = 2; k <= 5; ++k) {
    Num next = a - double(k);
    Mask more = n > k - 0.5;
    numerator = select(more, fma(numerator, next, denominator), numerator);
    denominator = select(more, denominator * next, denominator);
  }
  Num quotient = select(tail, 1.0, numerator) / select(tail, a, denominator);
  Num y = a - n;
  Num d = (y - kDigammaZeroHigh) + (lost - kDigammaZeroLow);
  Num near = fma(d, poly(d, kDigamma), quotient);
  Num z = quotient * quotient;
  Num far = emitLog(a) - fma(z, poly(z, kDigammaTail), quotient * 0.5);
  return select(tail, far, near);
}

/// digamma(x) = digamma(1 - x) - pi / tan(pi x)
static Num digammaDouble(Num x) {
  Mask left = x < 0.0;
  Num mirrored = 1.0 - x;
  Num lost = (1.0 - mirrored) - x;  // matters near the zero of digamma(1 - x)
  Num right = digammaOfPositive(select(left, mirrored, x), select(left, lost, 0.0));
  Num cot = cotOfPi(x);
  Num reflected = fma(cot, -std::numbers::pi, fma(cot, -kPiLow, right));
  reflected = select(roundEven(x) == x, std::numeric_limits<double>::quiet_NaN(), reflected);  // no limit at a pole
  return select(left, reflected, right);
}

Num emitDigamma(Num x) { return inDouble(x, digammaDouble); }

/// trigamma of a >= 0: eight terms 1 / (a + k)^2, all but the first as one quotient, and the series from a + 8 on.
static Num trigammaOfPositive(Num a) {
  Mask small = a < 8.0;
  Num next = a + 1.0;
  Num numerator = a.e->num(1.0), denominator = next * next;
  for (int k = 2; k < 8; ++k) {
    next = a + double(k);
    Num square = next * next;
    numerator = fma(numerator, square, denominator);
    denominator = denominator * square;
  }
  Num first = 1.0 / a;
  Num inverse = 1.0 / select(small, a + 8.0, a);
  Num series = inverse * poly(inverse * inverse, kTrigammaTail);
  Num tail = fma(inverse * inverse, series + 0.5, inverse);
  return select(small, fma(first, first, numerator / denominator + tail), tail);
}

/// trigamma(x) = (pi / sin(pi x))^2 - trigamma(1 - x)
static Num trigammaDouble(Num x) {
  Mask left = x < 0.0;
  Num right = trigammaOfPositive(select(left, 1.0 - x, x));
  Twofold sine = sinOfPi(x);
  // One division, and what it and the square rounded away: the difference of the two terms doubles errors.
  Num square = sine.hi * sine.hi;
  Num squareLow = fma(sine.hi, sine.hi, negate(square)) + sine.hi * (sine.lo + sine.lo);
  Num quotient = kPiSquare / square;
  Num rest = fma(negate(quotient), squareLow, fma(negate(quotient), square, kPiSquare)) + kPiSquareLow;
  Num reflected = quotient + fma(rest, quotient * (1 / kPiSquare), negate(right));
  reflected = select(quotient < kInf, reflected, kInf);  // a pole, or too near one
  return select(left, reflected, right);
}

Num emitTrigamma(Num x) { return inDouble(x, trigammaDouble); }

}  // namespace etch::codegen::vmath

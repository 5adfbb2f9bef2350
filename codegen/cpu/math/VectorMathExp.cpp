//===- VectorMathExp.cpp - exp, exp2, expm1, tanh, sigmoid ----------------===//
//
// All of them rest on e^x = 2^k e^r, k = round(x / ln 2), r = x - k ln 2 (Cody & Waite,
// "Software Manual for the Elementary Functions", 1980). Polynomials: tools/scripts/
// remez.py, fits exp_* and exp2_*.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/math/VectorMathKernels.h"
#include "codegen/cpu/math/WideVectors.h"

#include <optional>

namespace etch::codegen::vmath {

using mlir::Value;

// e^r = 1 + r + r^2 q(r) for |r| <= ln(2)/2, relatively exact for e^r - 1 too.
static constexpr double kExpSingle[] = {0.49999997, 0.166665435, 0.0416674986, 0.00836653356, 0.00138648716};
static constexpr double kExpDouble[] = {
    0.5,
    0.16666666666666677,
    0.041666666666666609,
    0.008333333333321466,
    0.0013888888888923783,
    0.00019841269886469203,
    2.4801587237542646e-05,
    2.7557243915398804e-06,
    2.7557352952971626e-07,
    2.5109126212172824e-08,
    2.0889450347311053e-09,
};

// 2^r = 1 + r q(r) for |r| <= 1/2: to f32, to 2^-34 in f64 lanes, to f64.
static constexpr double kExp2Single[] = {0.693147182,   0.240226448,  0.0555035882,
                                         0.00961883366, 0.0013391308, 0.000152413486};
static constexpr double kExp2Middle[] = {0.69314718070465087,   0.24022651067053261,   0.055504103655110174,
                                         0.0096180380555446251, 0.0013333935356803959, 0.00015466782360029307,
                                         1.5196122199562887e-05};
static constexpr double kExp2Double[] = {0.69314718055994529,    0.2402265069591013,     0.055504108664822263,
                                         0.0096181291075943687,  0.0013333558146381129,  0.00015403530456854683,
                                         1.5252733804715685e-05, 1.3215435390238411e-06, 1.0178087197429867e-07,
                                         7.0737674280847609e-09, 4.4498828226492109e-10};

static constexpr double kLog2E = 1.4426950408889634;

namespace {
/// x = k ln 2 + r, k an integer held in the low bits of `shifted`.
struct Reduced {
  Num k, r;
  Bits shifted;
};
}  // namespace

/// ln 2 = hi + lo with hi in the lanes' own precision. k * hi does not fit, but
/// x - k * hi does (it cancels to |r| < 0.35 and both are multiples of ulp(hi)), so one
/// fma gives it exactly.
static Reduced reduceByLn2(Num x) {
  Emitter &e = *x.e;
  Num shifted = fma(x, kLog2E, e.fmt().magic);
  Num k = shifted - e.fmt().magic;
  Num r = fma(k, -e.pick(0x1.62e430p-1, 0x1.62e42fefa39efp-1), x);
  r = fma(k, -e.pick(-0x1.05c610ca86c39p-29, 0x1.abc9e3b39803fp-56), r);
  return {k, r, bitsOf(shifted)};
}

/// e^r - 1 = r + r^2 q(r).
static Num expm1OfReduced(Num r) {
  Num q = r.e->isDouble() ? poly(r, kExpDouble) : poly(r, kExpSingle);
  return fma(r * r, q, r);
}

/// 2^k as a number; k + offset must be a normal exponent.
static Num powerOfTwo(Bits shifted, int64_t offset) {
  const Format &f = shifted.e->fmt();
  return numOf((shifted + (f.bias + offset - f.magicBits)) << f.mantissa);
}

/// The same in one instruction where there is one; then k may be anything.
static Num powerOfTwo(const Reduced &x) {
  Emitter &e = *x.k.e;
  Value power = emitScaleByPowerOfTwo(e.b, e.loc, e.num(1.0).value, x.k.value);
  return power ? e.wrap(power) : powerOfTwo(x.shifted, 0);
}

/// p * 2^k for any k in [-2 bias, 2 bias]. Where that is no instruction, two steps: the first product is exact, the
/// second rounds once where the result is subnormal, and overflows where it should.
static Num scale(Num p, const Reduced &x) {
  Emitter &e = *p.e;
  if (Value scaled = emitScaleByPowerOfTwo(e.b, e.loc, p.value, x.k.value)) return e.wrap(scaled);
  const Format &f = e.fmt();
  Bits exponent = x.shifted + (2 * f.bias - f.magicBits);
  Bits half = exponent >> 1;
  return p * numOf(half << f.mantissa) * numOf((exponent - half) << f.mantissa);
}

Num emitExp(Num x) {
  Emitter &e = *x.e;
  // The bounds give 0 and infinity, and keep k in the range of scale().
  x = atLeast(atMost(x, e.pick(89.5, 710)), e.pick(-104, -746));
  Reduced red = reduceByLn2(x);
  return scale(expm1OfReduced(red.r) + 1.0, red);
}

Num expOfNegative(Num x) {
  Reduced red = reduceByLn2(x);
  return (expm1OfReduced(red.r) + 1.0) * powerOfTwo(red.shifted, 0);
}

Num expOfSum(Num hi, Num lo) {
  Emitter &e = *hi.e;
  const double bound = e.pick(120, 800);
  // Far outside, lo is no longer small; the result is 0 or infinity without it.
  lo = select(abs(hi) < bound, lo, 0.0);
  Reduced red = reduceByLn2(atLeast(atMost(hi, bound), -bound));
  return scale(expm1OfReduced(red.r + lo) + 1.0, red);
}

Num emitExp2(Num x) {
  Emitter &e = *x.e;
  x = atLeast(atMost(x, e.pick(129, 1025)), e.pick(-151, -1077));
  Num shifted = x + e.fmt().magic;
  Num k = shifted - e.fmt().magic;
  Num r = x - k;
  Num q = e.isDouble() ? poly(r, kExp2Double) : poly(r, kExp2Single);
  return scale(fma(r, q, 1.0), {k, r, bitsOf(shifted)});
}

Num exp2ForSingle(Num r) { return fma(r, poly(r, kExp2Middle), 1.0); }

/// 2^(k-shift) (e^r - 1) + (2^(k-shift) - 2^-shift), which needs no 2^(emax+1).
Num scaledExpm1(Num x, int64_t shift) {
  Reduced red = reduceByLn2(x);
  Num power = powerOfTwo(red.shifted, -shift);
  return fma(power, expm1OfReduced(red.r), power - (shift == 1 ? 0.5 : 0.25));
}

Num emitExpm1(Num x) {
  Emitter &e = *x.e;
  Num bounded = atLeast(atMost(x, e.pick(88.8, 709.9)), -50);
  Num half = scaledExpm1(bounded, 1);
  // e^x - 1 = x to the last bit; keeps -0, and the halving away from subnormals.
  return select(abs(x) < e.pick(0x1p-26, 0x1p-55), x, half + half);
}

// Minimax polynomial of 1/d on [1, 2], relatively to 1/99 (a Chebyshev polynomial over its value outside).
static constexpr double kReciprocal[] = {210.0 / 99, -144.0 / 99, 32.0 / 99};

/// n / (d + lost) for d in [1, 2] and |lost| <= ulp(d) in f64: half the cycles of a division. The last step makes of an
/// inverse good to half the digits a quotient good to all but a few hundredths of an ulp.
static Num divideByOneToTwo(Num n, Num d, std::optional<Num> lost = std::nullopt) {
  Num y = poly(d, kReciprocal);
  // Newton's step leaves an error in [0, 99^-2], or with half of that added to 1 in +- 99^-2 / 2.
  y = fma(y, fma(negate(y), d, 1.0 + 0.5 / (99 * 99)), y);
  y = fma(y, fma(negate(y), d, 1.0), y);
  Num q = n * y;
  Num rest = fma(negate(q), d, n);
  if (lost) rest = fma(negate(q), *lost, rest);
  return fma(rest, y, q);
}

/// The reduction of -|x|, which tanh and sigmoid share where both are wanted of the same x. `bound` is where the
/// exponential does not matter any more.
static Reduced reduceNegated(Num x, double bound) { return reduceByLn2(atLeast(negate(abs(x)), -bound)); }

/// w / (1 - w) for w in [0, 1/2], in f32, as w + w (w / (1 - w)): the errors of the difference and the quotient count
/// half at most, and w's own are those of the first w. Dividers work beside the multiply-adds.
static Num overItsComplement(Num w) { return fma(w / (1.0 - w), w, w); }

/// With 2^k (1 + p) = e^-|x|, tanh |x| = w / (2 - w), w = 1 - e^-2|x| = (1 - 4^k) - 4^k (2 p + p^2) in [0, 1]: no
/// cancellation at 0, unlike the forms with e^2x. In f32 of half of w; in f64 the difference's rounding error is
/// carried into the quotient.
Num emitTanh(Num x) {
  Emitter &e = *x.e;
  const bool wide = fillsWideVectors(e.b, e.getType());
  // Only where 2^k is an instruction can it be subnormal.
  Reduced red = reduceNegated(x, wide ? e.pick(104, 746) : e.pick(87, 708));
  Num p = expm1OfReduced(red.r);
  Num twice = fma(p, p, p + p);
  if (!e.isDouble()) {
    Value scaled = emitScaleByPowerOfTwo(e.b, e.loc, e.num(0.5).value, (red.k + red.k).value);
    Num power = scaled ? e.wrap(scaled) : powerOfTwo(red);
    Num square = scaled ? power : power * (power * 0.5);
    return copySign(overItsComplement(fma(negate(square), twice, 0.5 - square)), x);
  }
  Num power = powerOfTwo(red);
  Num square = power * power;
  Num w = fma(negate(square), twice, 1.0 - square);
  Num difference = 2.0 - w;
  Num lost = (2.0 - difference) - w;
  return copySign(divideByOneToTwo(w, difference, lost), x);
}

/// 1 / (1 + e^-x), or e^x / (1 + e^x) for negative x, where the first would lose the
/// subnormal results. One exponential serves both: of -|x|.
Num emitSigmoid(Num x) {
  Emitter &e = *x.e;
  Reduced red = reduceNegated(x, e.pick(104, 746));
  Num power = scale(expm1OfReduced(red.r) + 1.0, red);
  Num numerator = select(x < 0.0, power, 1.0), denominator = power + 1.0;
  return e.isDouble() ? divideByOneToTwo(numerator, denominator) : numerator / denominator;
}

}  // namespace etch::codegen::vmath

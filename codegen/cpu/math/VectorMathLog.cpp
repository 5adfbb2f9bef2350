//===- VectorMathLog.cpp - log, log2, log10, log1p ------------------------===//
//
// log x = k ln 2 + log(1 + f), 1 + f in [sqrt(1/2), sqrt(2)). In f32 log(1 + f) is a
// polynomial in f; in f64 it is the shorter series of 2 atanh(s), s = f / (2 + f).
// Polynomials: tools/scripts/remez.py, fits log_f32 and log_f64.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/math/VectorMathKernels.h"

#include <limits>

namespace etch::codegen::vmath {

// log(1+f) = f - f^2/2 + f^3 p(f)
static constexpr double kLogSingle[] = {0.333333313, -0.250008225, 0.200012475, -0.166233122,
                                        0.142013654, -0.131603345, 0.127640516, -0.0763676986};
// log((1+s)/(1-s)) = 2 s + s z g(z), z = s^2
static constexpr double kLogDouble[] = {0.66666666666667351, 0.39999999999410324, 0.28571428743320709,
                                        0.22222198478583516, 0.1818356924926614,  0.15313923455575612,
                                        0.14797238717769653};

LogParts splitForLog(Num x) {
  Emitter &e = *x.e;
  const Format &f = e.fmt();
  const double lift = f.mantissa + 1;
  // Subnormals have no leading one to find; 2^lift makes them normal.
  Mask tiny = x < f.minNormal;
  Num normal = select(tiny, x * e.pick(0x1p24, 0x1p53), x);
  // Adding 1.0's bits less sqrt(1/2)'s carries into the exponent exactly when the
  // mantissa is sqrt(2) or more (measured from the lower power of two).
  Bits raw = bitsOf(normal);
  const int64_t sqrtHalf = e.isDouble() ? 0x3FE6A09E667F3BCD : 0x3F3504F3;
  Bits biased = (raw + (f.one - sqrtHalf)) >> f.mantissa;
  Num m = numOf(raw - (biased << f.mantissa) + f.one);
  // An integer below 2^mantissa becomes a number by giving it 2^mantissa's exponent.
  const double anchor = f.magic / 1.5;
  const int64_t anchorBits = f.magicBits - (int64_t(1) << (f.mantissa - 1));
  Num k = numOf(biased | anchorBits) - select(tiny, anchor + f.bias + lift, e.num(anchor + f.bias));
  return {k, m - 1.0};
}

/// log(1 + f) without the multiple of ln 2.
static Num logOfFraction(Num f) {
  if (!f.e->isDouble()) return fma(f * f, fma(f, poly(f, kLogSingle), -0.5), f);
  // f - f^2/2 + s (f^2/2 + R), after the identity 2 s = f - s f; the large terms f and
  // f^2/2 carry no error of the division.
  Num s = f / (f + 2.0);
  Num z = s * s;
  Num halfSquare = f * f * 0.5;
  return f - (halfSquare - s * fma(z, poly(z, kLogDouble), halfSquare));
}

/// k ln 2 + v, with ln 2 = hi + lo.
static Num addMultipleOfLn2(Num k, Num v) {
  Emitter &e = *k.e;
  Num low = fma(k, e.pick(-0x1.05c610ca86c39p-29, 0x1.abc9e3b39803fp-56), v);
  return fma(k, e.pick(0x1.62e430p-1, 0x1.62e42fefa39efp-1), low);
}

Num withLogSpecials(Num x, Num log) {
  const double inf = std::numeric_limits<double>::infinity();
  log = select(x < inf, log, x);  // +inf, and NaN since the comparison is ordered
  log = select(x == 0.0, -inf, log);
  return select(x < 0.0, std::numeric_limits<double>::quiet_NaN(), log);
}

Num emitLog(Num x) {
  LogParts parts = splitForLog(x);
  return withLogSpecials(x, addMultipleOfLn2(parts.k, logOfFraction(parts.f)));
}

/// k + log(1 + f) / ln 2: exact at the powers of two.
Num emitLog2(Num x) {
  Emitter &e = *x.e;
  LogParts parts = splitForLog(x);
  Num log = logOfFraction(parts.f);
  Num low = fma(log, e.pick(0x1.4ae0bf85ddf44p-26, 0x1.777d0ffda0d24p-56), parts.k);
  return withLogSpecials(x, fma(log, e.pick(0x1.715476p+0, 0x1.71547652b82fep+0), low));
}

/// k log10(2) + log(1 + f) / ln 10, with log10(2) = hi + lo, where k hi is exact, and 1 / ln 10 = hi + lo.
Num emitLog10(Num x) {
  Emitter &e = *x.e;
  LogParts parts = splitForLog(x);
  Num log = logOfFraction(parts.f);
  Num high = parts.k * e.pick(0x1.344p-2, 0x1.34413509f7p-2);
  Num low =
      fma(log, e.pick(-0x1.5b235ep-27, 0x1.95355baaafad3p-57), parts.k * e.pick(0x1.3509f8p-18, 0x1.3fde623e2566bp-43));
  return withLogSpecials(x, fma(log, e.pick(0x1.bcb7b2p-2, 0x1.bcb7b1526e50ep-2), low) + high);
}

/// log of u + c, where u = fl(1 + x) and c is what that rounding lost. The split of u
/// gives 1 + f; c, scaled alike, is added to f (which is then x itself for k = 0).
Num emitLog1p(Num x) {
  Emitter &e = *x.e;
  const Format &fmt = e.fmt();
  Num u = x + 1.0;
  // Knuth's two-sum: exact for either order of magnitudes.
  Num xPart = u - 1.0;
  Num lost = (x - xPart) + (1.0 - (u - xPart));
  LogParts parts = splitForLog(u);
  // 2^-k from the bits of k + magic; above 2^60 what was lost does not matter any more,
  // and 2^-k would leave the normal range.
  Bits k = bitsOf(parts.k + fmt.magic) - fmt.magicBits;
  Num scale = numOf((e.bits(fmt.bias) - k) << fmt.mantissa);
  scale = select(u < 0x1p60, scale, 0.0);
  Num f = fma(lost, scale, parts.f);
  Num result = withLogSpecials(u, addMultipleOfLn2(parts.k, logOfFraction(f)));
  return select(abs(x) < e.pick(0x1p-26, 0x1p-55), x, result);
}

}  // namespace etch::codegen::vmath

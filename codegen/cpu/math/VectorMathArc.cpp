//===- VectorMathArc.cpp - asin, acos, atan, atan2 ------------------------===//
//
// Polynomials: tools/scripts/remez.py, fits asin_* and atan_*.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/math/VectorMathKernels.h"

#include <limits>

namespace etch::codegen::vmath {

// asin a = a + a^3 p(z), z = a^2 <= 1/4
static constexpr double kAsinSingle[] = {0.166667536, 0.0749524981, 0.0454765297, 0.0241488535, 0.0422185026};
static constexpr double kAsinDouble[] = {0.16666666666665375,  0.07500000000344921,   0.044642856821888968,
                                         0.030381959398686428, 0.022371751868330989,  0.017359796596924239,
                                         0.013884341755238517, 0.012174995643827386,  0.0065033030133620634,
                                         0.019594903606498539, -0.016327529803171145, 0.031982234533454661};
// atan a = a + a^3 p(z), z = a^2, |a| <= tan(pi/8)
static constexpr double kAtanSingle[] = {-0.333333164, 0.199985325, -0.142445102, 0.106001653, -0.0609270707};
static constexpr double kAtanDouble[] = {-0.33333333333333198,  0.19999999999953888,  -0.14285714280231873,
                                         0.11111110785397722,   -0.09090897816968363, 0.076920613137252472,
                                         -0.066631169049982841, 0.058479847085269675, -0.050397403576626268,
                                         0.038075729073685942,  -0.017919511696015904};

namespace {
/// asin a for a <= 1/2; above, asin of sqrt((1 - a) / 2), which is pi/4 - asin(a) / 2.
struct Folded {
  Mask upper;
  Num root, asin;
};
}  // namespace

static Folded foldedAsin(Num a) {
  Emitter &e = *a.e;
  Mask upper = a > 0.5;
  Num z = select(upper, fma(a, -0.5, 0.5), a * a);  // exact above 1/2; NaN beyond 1, by the square root
  Num root = select(upper, sqrt(z), a);
  Num tail = e.isDouble() ? poly(z, kAsinDouble) : poly(z, kAsinSingle);
  return {upper, root, fma(root * z, tail, root)};
}

Num emitAsin(Num x) {
  Emitter &e = *x.e;
  Folded f = foldedAsin(abs(x));
  // pi/2 - 2 asin(root), with pi/2 = hi + lo.
  Num high =
      fma(f.asin, -2.0, e.pick(-0x1.777a5cp-25, 0x1.1a62633145c07p-54)) + e.pick(0x1.921fb6p+0, 0x1.921fb54442d18p+0);
  return copySign(select(f.upper, high, f.asin), x);
}

/// pi/2 - asin x, 2 asin(root) for x > 1/2, pi - 2 asin(root) for x < -1/2.
Num emitAcos(Num x) {
  Emitter &e = *x.e;
  Folded f = foldedAsin(abs(x));
  Num signedAsin = copySign(f.asin, x);
  Num twice = signedAsin + signedAsin;
  Num part = select(f.upper, twice, negate(signedAsin));
  Mask left = x < 0.0;
  // How many halves of pi are added: none for x > 1/2, two for x < -1/2, else one.
  Num halves = select(f.upper, select(left, 2.0, e.num(0.0)), 1.0);
  Num low = fma(halves, e.pick(-0x1.777a5cp-25, 0x1.1a62633145c07p-54), part);
  return fma(halves, e.pick(0x1.921fb6p+0, 0x1.921fb54442d18p+0), low);
}

/// With 0 <= min/max <= 1 the octant above pi/8 uses atan a = pi/4 + atan((a-1)/(a+1)),
/// still with the one division. The other octants follow from
/// atan(1/a) = pi/2 - atan a and atan2(y, -x) = pi - atan2(y, x), all as n pi/4 +- p.
Num emitAtan2(Num y, Num x) {
  Emitter &e = *x.e;
  const double inf = std::numeric_limits<double>::infinity();
  Num ax = abs(x), ay = abs(y);
  Mask swap = ax < ay;
  Num large = select(swap, ay, ax), small = select(swap, ax, ay);
  // Both infinite count as equal; the scale keeps small + large finite.
  Mask upper = (large * 0.41421356237309503 < small) | (small == inf);
  Num scale = select(large > e.fmt().maxFinite / 4, 0.25, e.num(1.0));
  large = large * scale;
  small = small * scale;
  Num quotient = select(upper, small - large, small) / select(upper, small + large, large);
  quotient = select(ax == ay, 0.0, quotient);  // not 0/0 nor inf/inf

  Num z = quotient * quotient;
  Num tail = e.isDouble() ? poly(z, kAtanDouble) : poly(z, kAtanSingle);
  Num p = fma(quotient * z, tail, quotient);
  Num n = select(upper, 1.0, e.num(0.0));
  n = select(swap, 2.0 - n, n);
  p = select(swap, negate(p), p);
  Mask left = isNegative(bitsOf(x));  // also for -0
  n = select(left, 4.0 - n, n);
  p = select(left, negate(p), p);
  Num low = fma(n, e.pick(-0x1.777a5cf72cecep-26, 0x1.1a62633145c07p-55), p);
  return copySign(fma(n, e.pick(0x1.921fb6p-1, 0x1.921fb54442d18p-1), low), y);
}

Num emitAtan(Num x) { return emitAtan2(x, x.e->num(1.0)); }

}  // namespace etch::codegen::vmath

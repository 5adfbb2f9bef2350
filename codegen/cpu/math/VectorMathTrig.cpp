//===- VectorMathTrig.cpp - sin, cos, tan ---------------------------------===//
//
// sin, cos and tan reduce to r = x - q pi/2, |r| <= pi/4, and choose by q mod 4.
// Polynomials: tools/scripts/remez.py, fits sin_* and cos_*.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/math/VectorMathKernels.h"

#include <limits>

namespace etch::codegen::vmath {

// sin r = r + r^3 s(z), cos r = 1 - z/2 + z^2 c(z), z = r^2
static constexpr double kSinSingle[] = {-0.166666552, 0.00833219197, -0.000195187866};
static constexpr double kCosSingle[] = {0.0416666456, -0.0013887313, 2.44329694e-05};
static constexpr double kSinDouble[] = {-0.16666666666666632,   0.0083333333333224895,   -0.00019841269829857071,
                                        2.7557313706457904e-06, -2.5050760111672294e-08, 1.5896899294740341e-10};
static constexpr double kCosDouble[] = {0.041666666666666602,    -0.0013888888888874483, 2.4801587289679258e-05,
                                        -2.7557314403508436e-07, 2.0875729622946329e-09, -1.1359951404482044e-11};
// pi/2 in three parts of 53 bits.
static constexpr double kHalfPi1 = 0x1.921fb54442d18p+0;
static constexpr double kHalfPi2 = 0x1.1a62633145c06p-54;
static constexpr double kHalfPi3 = 0x1.c1cd129024e08p-107;
// And in three of 24.
static constexpr double kHalfPiSingle1 = 0x1.921fb6p+0;
static constexpr double kHalfPiSingle2 = -0x1.777a5cp-25;
static constexpr double kHalfPiSingle3 = -0x1.ee59dap-50;
/// From here on x / (pi/2) has too few bits behind the point.
static constexpr double kHugeSingle = 0x1p17;
static constexpr double kTwoOverPi = 0x1.45f306dc9c883p-1;

/// Cody-Waite reduction of f64 lanes. r1 is exact: x - k P1 is a multiple of 2^-52 below 1
/// (where P1 is pi/2 to 53 bits), as long as k is right. k P2 is then subtracted as the
/// exact sum of a product and its error, and P3 closes the gap to 2^-160 k.
static Quadrant reduceDouble(Num x) {
  Emitter &e = *x.e;
  Num k = roundEven(x * kTwoOverPi);
  Bits q = bitsOf(k + e.fmt().magic);
  Num r1 = fma(k, -kHalfPi1, x);
  Num p = k * kHalfPi2;
  Num pError = fma(k, e.num(kHalfPi2), negate(p));
  Num r2 = r1 - p;
  // Two-sum of r1 and -p.
  Num pPart = r2 - r1;
  Num r2Error = (r1 - (r2 - pPart)) - (p + pPart);
  Num low = fma(k, -kHalfPi3, r2Error - pError);
  Num r = r2 + low;
  return {r, low - (r - r2), q};
}

// 1/(2 pi) without its leading 35 j bits, j = 0, 1, 2 (columns), in three parts (rows):
// of 29 bits, of 29 bits, and the rest.
static constexpr double kTurns[3][3] = {{0x1.45f306c000000p-3, 0x1.391054a000000p-36, 0x1.84eafa3000000p-71},
                                        {0x1.c9c882a000000p-31, 0x1.fc2757c000000p-66, 0x1.d4d3770000000p-100},
                                        {0x1.4fe13abe8fa9ap-61, 0x1.1f534ddc0db63p-94, 0x1.b6c52b3278872p-131}};

/// Reduction of any f32, extended to f64 lanes, after Payne & Hanek ("Radian reduction
/// for trigonometric functions", 1983): of 1/(2 pi) only the bits that make a fraction of
/// a turn of x matter. From 2^58 on x is a multiple of 2^35, so the leading 35 bits make
/// whole turns only; from 2^93 on the leading 70. A product of 24 and 29 bits is exact in
/// f64, and so is the removal of its whole turns. Once the quarter turns are taken away
/// the sum is exact where it is small, up to the last part's 2^-54 of a turn; no f32 comes
/// closer than 2^-30 to a multiple of pi/2.
static Quadrant reduceExtended(Num x) {
  Emitter &e = *x.e;
  Num a = abs(x);
  Mask low = a < 0x1p58, middle = a < 0x1p93;
  auto turnsBy = [&](const double (&part)[3]) {
    return x * select(low, part[0], select(middle, part[1], e.num(part[2])));
  };
  auto withoutWholeTurns = [](Num turns) { return turns - roundEven(turns); };
  Num high = withoutWholeTurns(turnsBy(kTurns[0]));
  Num mid = withoutWholeTurns(turnsBy(kTurns[1]));
  Num rest = turnsBy(kTurns[2]);
  Num shifted = fma(high + mid + rest, 4.0, e.fmt().magic);
  Num k = shifted - e.fmt().magic;
  Num turns = fma(k, -0.25, high) + mid + rest;
  return {turns * 0x1.921fb54442d18p+2, e.num(0), bitsOf(shifted)};
}

/// Cody-Waite reduction of f32 below kHugeSingle, and NaN of infinities. x - k P1 is exact: a multiple of 2^-24
/// below 1. Then little more than half an ulp of r is lost with P2, as P3 hardly ever changes a bit.
static Quadrant reduceSingle(Num x) {
  Emitter &e = *x.e;
  Num shifted = fma(x, kTwoOverPi, e.fmt().magic);
  Num k = shifted - e.fmt().magic;
  Num r = fma(k, -kHalfPiSingle1, x);
  r = fma(k, -kHalfPiSingle2, r);
  r = fma(k, -kHalfPiSingle3, r);
  return {r, e.num(0), bitsOf(shifted)};
}

/// The same in f64 lanes, where two parts are more than enough for an f32.
static Quadrant reduceWidened(Num x) {
  Emitter &e = *x.e;
  Num shifted = fma(x, kTwoOverPi, e.fmt().magic);
  Num k = shifted - e.fmt().magic;
  return {fma(k, -kHalfPi2, fma(k, -kHalfPi1, x)), e.num(0), bitsOf(shifted)};
}

/// Finite f32 that the reductions above do not serve.
static Mask isHugeSingle(Num x) {
  Num a = abs(x);
  return !(a < kHugeSingle) & (a < std::numeric_limits<double>::infinity());
}

static Quadrant reduce(Num x) {
  Emitter &e = *x.e;
  if (e.isDouble()) {
    // Beyond the limit k does not tell the quadrant. Infinities became NaN.
    Num a = abs(x);
    return withHugeAngles(x, !(a < 0x1p47) & (a < std::numeric_limits<double>::infinity()), reduceDouble(x));
  }
  return whereAny(x, isHugeSingle, reduceSingle(x), [](Num x) -> AngleValues {
    Emitter wide(x.e->b, x.e->loc, shapedAs(x.e->getType(), x.e->b.getF64Type()));
    Quadrant red = reduceExtended(convert(x, wide));
    return {convert(red.r, *x.e).value, convert(red.q, *x.e).value};
  });
}

/// a + b for |a| >= |b|.
static Twofold sumOf(Num a, Num b) {
  Num sum = a + b;
  return {sum, b - (sum - a)};
}

static Twofold sinTwofold(const Quadrant &x) {
  Num z = x.r * x.r;
  if (!z.e->isDouble()) return sumOf(x.r, x.r * z * poly(z, kSinSingle));
  // sin(r + t) = sin r + t cos r, where cos r = 1 - z/2 is enough for the tail.
  Num tail = fma(z * x.tail, -0.5, x.tail);
  return sumOf(x.r, fma(x.r * z, poly(z, kSinDouble), tail));
}

static Twofold cosTwofold(const Quadrant &x) {
  Num z = x.r * x.r;
  // 1 - z/2 rounds; what it loses is added back with cos(r + t) - cos r = -t r.
  Num half = z * 0.5;
  Num head = 1.0 - half;
  Num lost = (1.0 - head) - half;
  Num low = fma(negate(x.r), x.tail, lost);
  return sumOf(head, fma(z * z, z.e->isDouble() ? poly(z, kCosDouble) : poly(z, kCosSingle), low));
}

static Num sinOfReduced(const Quadrant &x) {
  if (x.r.e->isDouble()) return sinTwofold(x).hi;
  Num z = x.r * x.r;
  return fma(x.r * z, poly(z, kSinSingle), x.r);
}

static Num cosOfReduced(const Quadrant &x) {
  if (x.r.e->isDouble()) return cosTwofold(x).hi;
  Num z = x.r * x.r;
  return fma(z * z, poly(z, kCosSingle), fma(z, -0.5, 1.0));
}

/// `even` for q = 0, `odd` for q = 1, their negatives for q = 2 and 3.
static Num byQuadrant(Bits q, Num even, Num odd) {
  Num chosen = select(isNonZero(q & 1), odd, even);
  Bits sign = (q & 2) << (q.e->fmt().width - 2);
  return numOf(bitsOf(chosen) ^ sign);
}

Num emitSin(Num x) {
  Quadrant red = reduce(x);
  Num result = byQuadrant(red.q, sinOfReduced(red), cosOfReduced(red));
  return select(abs(x) < x.e->pick(0x1p-13, 0x1p-27), x, result);  // keeps -0
}

Num emitCos(Num x) {
  Quadrant red = reduce(x);
  return byQuadrant(red.q + 1, sinOfReduced(red), cosOfReduced(red));
}

/// tan(r + pi/2) = -cos r / sin r
static Num tanOfReduced(const Quadrant &x) {
  Num s = sinOfReduced(x), c = cosOfReduced(x);
  Mask odd = isNonZero(x.q & 1);
  return select(odd, negate(c), s) / select(odd, s, c);
}

Num emitTan(Num x) {
  Emitter &e = *x.e;
  Num result = x;
  if (e.isDouble()) {
    result = tanOfReduced(reduce(x));
  } else {  // a quotient of two numbers rounded to f32 would miss the 2 ulp
    Emitter wide(e.b, e.loc, shapedAs(e.getType(), e.b.getF64Type()));
    Quadrant red = whereAny(x, isHugeSingle, reduceWidened(convert(x, wide)), [](Num x) -> AngleValues {
      Emitter wide(x.e->b, x.e->loc, shapedAs(x.e->getType(), x.e->b.getF64Type()));
      Quadrant red = reduceExtended(convert(x, wide));
      return {red.r.value, red.q.value};
    });
    result = convert(tanOfReduced(red), e);
  }
  return select(abs(x) < e.pick(0x1p-13, 0x1p-27), x, result);
}

/// pi x = q pi/2 + r + tail: exact up to pi's two parts, as 2 x - q and its product with pi/2 are.
static Quadrant reduceHalfTurns(Num x) {
  Emitter &e = *x.e;
  // From 2^mantissa on every number is whole; 0 stands for them, lest 2 x should overflow.
  Num small = select(abs(x) < e.fmt().magic / 1.5, x, 0.0);
  Num turns = small + small;
  Num k = roundEven(turns);
  Num part = turns - k;
  Num r = part * e.pick(0x1.921fb6p+0, kHalfPi1);
  Num lost = fma(part, e.pick(0x1.921fb6p+0, kHalfPi1), negate(r));
  Num tail = fma(part, e.pick(-0x1.777a5cp-25, kHalfPi2), lost);
  // k may exceed what the magic number holds, but only its low bits are wanted.
  Num fourths = k - roundEven(k * 0.25) * 4.0;
  return {r, tail, bitsOf(fourths + e.fmt().magic)};
}

static Twofold byQuadrant(Bits q, Twofold even, Twofold odd) {
  return {byQuadrant(q, even.hi, odd.hi), byQuadrant(q, even.lo, odd.lo)};
}

Twofold sinOfPi(Num x) {
  Quadrant red = reduceHalfTurns(x);
  return byQuadrant(red.q, sinTwofold(red), cosTwofold(red));
}

Num cotOfPi(Num x) {
  Quadrant red = reduceHalfTurns(x);
  Twofold s = sinTwofold(red), c = cosTwofold(red);
  Mask odd = isNonZero(red.q & 1);
  Num n = select(odd, negate(s.hi), c.hi), nLow = select(odd, negate(s.lo), c.lo);
  Num d = select(odd, c.hi, s.hi), dLow = select(odd, c.lo, s.lo);
  Num q = n / d;
  Num rest = fma(negate(q), d, n) + fma(negate(q), dLow, nLow);
  const double inf = std::numeric_limits<double>::infinity();
  return select(abs(q) < inf, q + rest / d, q);
}

}  // namespace etch::codegen::vmath

//===- VectorMathPow.cpp - pow, cbrt, rsqrt -------------------------------===//

#include "codegen/cpu/math/VectorMathKernels.h"

#include <limits>

namespace etch::codegen::vmath {

static constexpr double kInf = std::numeric_limits<double>::infinity();

// log2(1+f) = f p(f) to 2^-35; fit log2_mid of tools/scripts/remez.py.
static constexpr double kLog2Middle[] = {
    1.442695040868633,    -0.72134752087069387, 0.48089836143364217,  -0.36067367446905724, 0.28853728976013326,
    -0.24045318253273729, 0.20617549200320051,  -0.18030032474299565, 0.1587677555233829,   -0.1431577174718717,
    0.14476117563988206,  -0.14284190323346826, 0.077351790028677161};
// log((1+s)/(1-s)) = 2 s + 2/3 s^3 + s^5 g(s^2); fit log_dd.
static constexpr double kLogTail[] = {0.3999999999999998,  0.28571428571443813, 0.22222222217798704,
                                      0.18181818842851569, 0.15384558502340354, 0.13336261931298482,
                                      0.11675826404049458, 0.11981428309588589};

/// a + b for |a| >= |b| (or a = 0).
static Twofold fastTwoSum(Num a, Num b) {
  Num sum = a + b;
  return {sum, b - (sum - a)};
}

static Twofold multiply(Twofold a, Twofold b) {
  Num hi = a.hi * b.hi;
  Num error = fma(a.hi, b.hi, negate(hi));
  return {hi, error + fma(a.hi, b.lo, a.lo * b.hi)};
}

/// log of a positive number to about 2^-66 relatively: after a product with y up to 745
/// the exponential still sees its argument to a small part of an ulp.
static Twofold logTwofold(Num x) {
  Emitter &e = *x.e;
  LogParts parts = splitForLog(x);
  // s = f / (2 + f): the quotient, then what is left of f divided again.
  Num f = parts.f;
  Num d = f + 2.0;
  Num dLow = f - (d - 2.0);
  Num inverse = 1.0 / d;
  Num sHi = f * inverse;
  Num rest = fma(negate(sHi), dLow, fma(negate(sHi), d, f));
  Twofold s = {sHi, rest * inverse};

  Twofold z = multiply(s, s);
  Num tail = z.hi * poly(z.hi, kLogTail);
  Twofold c = fastTwoSum(e.num(0x1.5555555555555p-1), tail);  // 2/3
  c.lo = c.lo + 0x1.5555555555555p-55;
  Twofold cubic = multiply(multiply(s, z), c);

  // k ln2 + 2 s + cubic, terms falling in size; ln2's first 41 bits make k ln2 exact.
  Twofold sum = fastTwoSum(parts.k * 0x1.62e42fefa3p-1, s.hi + s.hi);
  Twofold whole = fastTwoSum(sum.hi, cubic.hi);
  Num low = fma(parts.k, e.num(0x1.3de6af278ece6p-42), s.lo + s.lo);
  low = low + cubic.lo + (sum.lo + whole.lo);
  return fastTwoSum(whole.hi, low);
}

/// x^y for x >= 0 in f64 lanes, to f64.
static Num powDouble(Num x, Num y) {
  Twofold log = logTwofold(x);
  Num logHi = select(x < kInf, log.hi, x);
  logHi = select(x == 0.0, -kInf, logHi);
  Num hi = y * logHi;
  return expOfSum(hi, fma(y, log.lo, fma(y, logHi, negate(hi))));
}

/// x^y for x >= 0 in f64 lanes, for a result that is rounded to f32: no rounding here
/// comes near half an ulp of f32, so plain arithmetic is enough.
static Num powForSingle(Num x, Num y) {
  const Format &f = x.e->fmt();
  LogParts parts = splitForLog(x);
  Num log = fma(parts.f, poly(parts.f, kLog2Middle), parts.k);
  Num p = y * withLogSpecials(x, log);
  p = atLeast(atMost(p, 200), -200);  // f32 overflows, or rounds to 0, long before
  Num shifted = p + f.magic;
  Num r = p - (shifted - f.magic);
  Num scale = numOf((bitsOf(shifted) + (f.bias - f.magicBits)) << f.mantissa);
  return exp2ForSingle(r) * scale;
}

Num emitPow(Num x, Num y) {
  Emitter &e = *x.e;
  // A large y is even, and overflows or vanishes unless |x| is 1; 2^70 does the same
  // without the trouble of 0 * inf.
  Num yBounded = atLeast(atMost(y, 0x1p70), -0x1p70);
  Num magnitude = abs(x);
  Num result = x;
  if (e.isDouble()) {
    result = powDouble(magnitude, yBounded);
  } else {
    Emitter wide(e.b, e.loc, shapedAs(e.getType(), e.b.getF64Type()));
    result = convert(powForSingle(convert(magnitude, wide), convert(yBounded, wide)), e);
  }

  // C99 F.9.4.4. y is odd when it is whole and y/2 is not.
  Num half = yBounded * 0.5;
  Mask whole = roundEven(yBounded) == yBounded;
  Mask odd = whole & (roundEven(half) != half);
  result = select(odd, copySign(result, x), result);
  Mask negativeBase = (x < 0.0) & (x > -kInf);
  result = select(negativeBase & !whole, std::numeric_limits<double>::quiet_NaN(), result);
  return select((x == 1.0) | (y == 0.0), 1.0, result);
}

// (1 - h)^(-1/2) = 1 + h p(h); fit rsqrt_f32 of tools/scripts/remez.py.
static constexpr double kRsqrt[] = {0.5, 0.374997556, 0.312497288, 0.275013834, 0.247659206};

/// f32: half the exponent from the bits, which is a y at most 3.5 % off; then y (1 - h)^(-1/2) with h = 1 - x y^2. A
/// root and a division would take the divider 35 cycles for a vector of sixteen, and are left to what is not a positive
/// normal number.
Num emitRsqrt(Num x) {
  Emitter &e = *x.e;
  if (e.isDouble()) return 1.0 / sqrt(x);
  Num y = numOf(e.bits(0x5F374800) - (bitsOf(x) >> 1));
  Num h = fma(negate(x * y), y, 1.0);
  Num result = fma(y * h, poly(h, kRsqrt), y);
  const int64_t leastNormal = 0x00800000, infinity = 0x7F800000;
  return whereAtLeast(bitsOf(x) - leastNormal, infinity - leastNormal, result, [&] { return 1.0 / sqrt(x); });
}

// cbrt m on [sqrt(1/2), sqrt(2)) to 2^-13.7; fit cbrt_start of tools/scripts/remez.py.
static constexpr double kCbrtStart[] = {0.492508978, 0.739716887, -0.290375412, 0.0582188703};

/// cbrt(2^(3q+j) m) = 2^q cbrt(2^j m), j in {-1, 0, 1}, by Halley's iteration, which
/// triples the right digits. As y plus a small correction, it rounds little.
Num emitCbrt(Num x) {
  Emitter &e = *x.e;
  const Format &f = e.fmt();
  Num magnitude = abs(x);
  LogParts parts = splitForLog(magnitude);
  Num shifted = fma(parts.k, 1.0 / 3, f.magic);
  Num j = parts.k - (shifted - f.magic) * 3.0;
  Num m = parts.f + 1.0;  // exact: the split subtracted it
  Mask up = j > 0.0, down = j < 0.0;
  Num a = m * select(up, 2.0, select(down, 0.5, e.num(1.0)));
  Num root = select(up, 1.2599210498948732, select(down, 0.79370052598409974, e.num(1.0)));
  Num y = poly(m, kCbrtStart) * root;
  for (int i = 0; i < (e.isDouble() ? 2 : 1); ++i) {
    Num cube = y * y * y;
    Num residue = fma(negate(y * y), y, a);
    y = fma(y, residue / (cube + cube + a), y);
  }
  Num scale = numOf((bitsOf(shifted) + (f.bias - f.magicBits)) << f.mantissa);
  Num result = copySign(y * scale, x);
  return select((magnitude < kInf) & (magnitude > 0.0), result, x);
}

}  // namespace etch::codegen::vmath

//===- VectorMathHyperbolic.cpp - sinh, cosh, asinh, acosh, atanh ---------===//
//
// tanh is beside the exponentials, for it needs more care. The formulas are those of the inverse and of
// e^x - 1 and log(1 + x), which do not cancel.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/math/VectorMathKernels.h"

#include <limits>

namespace etch::codegen::vmath {

/// |x| below which an odd function f(x) = x + O(x^3) is x to the last bit.
static double tinyOf(Emitter &e) { return e.pick(0x1p-13, 0x1p-27); }

/// With q = (e^a - 1) / 4, sinh a = 2 (q + q / (1 + 4 q)): the quarter is finite wherever the result is.
Num emitSinh(Num x) {
  Emitter &e = *x.e;
  Num a = abs(x);
  Num q = scaledExpm1(atMost(a, e.pick(89.5, 710.5)), 2);
  Num half = q + q / fma(q, 4.0, 1.0);
  return select(a < tinyOf(e), x, copySign(half + half, x));
}

/// With p = e^a / 4, cosh a = 2 (p + 1 / (16 p)).
Num emitCosh(Num x) {
  Emitter &e = *x.e;
  Num p = scaledExpm1(atMost(abs(x), e.pick(89.5, 710.5)), 2) + 0.25;
  Num half = p + 0.0625 / p;
  return half + half;
}

/// From here on sqrt(x^2 + 1) is x and log(1 + x) is log x.
static double largeOf(Emitter &e) { return e.pick(0x1p26, 0x1p55); }

/// log(1 + u), or log x + ln 2 where x is large: one logarithm serves both.
static Num logOfOnePlus(Num u, Num x) {
  Emitter &e = *x.e;
  Mask large = x > largeOf(e);
  Num log = emitLog1p(select(large, x, u));
  return select(large, log + 0.69314718055994531, log);
}

/// log(a + sqrt(a^2 + 1)) = log1p(a + a^2 / (1 + sqrt(a^2 + 1)))
Num emitAsinh(Num x) {
  Emitter &e = *x.e;
  Num a = abs(x);
  Num z = a * a;
  Num u = a + z / (sqrt(z + 1.0) + 1.0);
  return select(a < tinyOf(e), x, copySign(logOfOnePlus(u, a), x));
}

/// log(x + sqrt(x^2 - 1)) = log1p(t + sqrt(t (t + 2))), t = x - 1
Num emitAcosh(Num x) {
  Num t = x - 1.0;
  Num result = logOfOnePlus(t + sqrt(t * (t + 2.0)), x);
  return select(x < 1.0, std::numeric_limits<double>::quiet_NaN(), result);
}

/// log((1 + a) / (1 - a)) / 2 = log1p(2 a / (1 - a)) / 2
Num emitAtanh(Num x) {
  Emitter &e = *x.e;
  Num a = abs(x);
  Num twice = a + a;
  // 1 - a is exact from 1/2 on; below, the quotient of the small remainder takes its error.
  Num rest = 1.0 - a;
  Num u = select(a < 0.5, twice + twice * (a / rest), twice / rest);
  return select(a < tinyOf(e), x, copySign(emitLog1p(u) * 0.5, x));
}

}  // namespace etch::codegen::vmath

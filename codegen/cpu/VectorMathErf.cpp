//===- VectorMathErf.cpp - erf --------------------------------------------===//

#include "codegen/cpu/VectorMathKernels.h"

namespace etch::codegen::vmath {

// tools/scripts/remez.py, fits erf_* and erfc_*.
// erf x = x + x p(x^2) for |x| < 1
static constexpr double kErfSingle[] = {0.128379166,   -0.376126289,  0.11283619,    -0.0268551745,
                                        0.00519084465, -0.00080318359, 7.92413048e-05};
static constexpr double kErfDouble[] = {
    0.12837916709551259,    -0.37612638903183876,   0.11283791670958783,
    -0.026866170645631918,  0.0052239776292460809,  -0.0008548327199394964,
    0.0001205533816310931,  -1.4925748228683715e-05, 1.6463248183081972e-06,
    -1.637238203555483e-07, 1.4798430197161915e-08, -1.1876852596670694e-09,
    6.7633247193695828e-11};
// log(1 - erf x) = g(x) for 1 <= x, until erf rounds to 1
static constexpr double kErfcSingle[] = {-0.000341559557, -1.12708902,    -0.638145149,
                                         -0.103106439,    0.0218378901,   -0.00294760801,
                                         0.00018637316};
static constexpr double kErfcDouble[] = {
    -1.7961558555900499e-07, -1.1283773293030464,     -0.63662848877528377,
    -0.10274725240336623,    0.019078155202048436,    0.00028049001257219881,
    -0.0017690029127988836,  0.00064117525674135486,  -4.4824654346970539e-05,
    -7.0365162141272327e-05, 4.5036596787984428e-05,  -1.6513620376443673e-05,
    4.3269433010672005e-06,  -8.5055128974940951e-07, 1.2570099402615913e-07,
    -1.3626207312601272e-08, 1.0256576957474858e-09,  -4.7958038770692235e-11,
    1.04956181269087e-12};

/// A polynomial near 0; above 1 one minus e^g(x), where g is nearly quadratic and its
/// error counts only by the share 1 - erf x of the result.
Num emitErf(Num x) {
  Emitter &e = *x.e;
  Num a = abs(x);
  Num z = x * x;
  Num center = fma(x, e.isDouble() ? poly(z, kErfDouble) : poly(z, kErfSingle), x);
  Num bounded = atMost(a, e.pick(4, 6));
  Num g = e.isDouble() ? poly(bounded, kErfcDouble) : poly(bounded, kErfcSingle);
  Num outer = copySign(1.0 - expOfNegative(g), x);
  return select(a < 1.0, center, outer);
}

} // namespace etch::codegen::vmath

//===- VectorMathErf.cpp - erf, its complement and its inverse --------------===//

#include "codegen/cpu/math/VectorMathKernels.h"

#include <limits>

namespace etch::codegen::vmath {

// tools/scripts/remez.py, fits erf_* and erfc_*.
// erf(k/2 + t) for t in [-1/8, 3/8], t >= 0 where k = 0: coefficients of t^0 to t^6, each for k = 0 to 7.
static constexpr float kErfSingle[7][8] = {
    {0, 0.520499885, 0.842700779, 0.966105163, 0.995322287, 0.999593019, 0.999977887, 0.999999285},
    {1.12837923, 0.878782272, 0.415107191, 0.118930466, 0.0206670668, 0.00217823382, 0.000139219221, 5.39846951e-06},
    {-7.35222511e-06, -0.439393878, -0.41510582, -0.178397521, -0.0413376391, -0.00544085074, -0.000413822301,
     -1.89030052e-05},
    {-0.37591964, -0.146403313, 0.138416126, 0.138728365, 0.048219882, 0.00834396388, 0.000783001946, 4.24764694e-05},
    {-0.00227232161, 0.183100089, 0.0690051094, -0.0444793031, -0.0342853628, -0.00880720839, -0.00119311025,
     -6.79313525e-05},
    {0.124480367, 0.00468478166, -0.0707167611, -0.0141549325, 0.0128179984, 0.00684876973, 0.00165510876,
     7.49315222e-05},
    {-0.0282465219, -0.0408349708, 0.0139770331, 0.0150818964, -0.00077636342, -0.00332040503, -0.00132680999,
     -4.2405507e-05}};
// erf x = x + x p(x^2) for |x| < 1
static constexpr double kErfNearSingle[] = {0.128379166,   -0.376126289,   0.11283619,    -0.0268551745,
                                            0.00519084465, -0.00080318359, 7.92413048e-05};
static constexpr double kErfDouble[] = {0.12837916709551259,    -0.37612638903183876,    0.11283791670958783,
                                        -0.026866170645631918,  0.0052239776292460809,   -0.0008548327199394964,
                                        0.0001205533816310931,  -1.4925748228683715e-05, 1.6463248183081972e-06,
                                        -1.637238203555483e-07, 1.4798430197161915e-08,  -1.1876852596670694e-09,
                                        6.7633247193695828e-11};
// log(1 - erf x) = g(x) for 1 <= x, until erf rounds to 1
static constexpr double kErfcDouble[] = {
    -1.7961558555900499e-07, -1.1283773293030464,     -0.63662848877528377,   -0.10274725240336623,
    0.019078155202048436,    0.00028049001257219881,  -0.0017690029127988836, 0.00064117525674135486,
    -4.4824654346970539e-05, -7.0365162141272327e-05, 4.5036596787984428e-05, -1.6513620376443673e-05,
    4.3269433010672005e-06,  -8.5055128974940951e-07, 1.2570099402615913e-07, -1.3626207312601272e-08,
    1.0256576957474858e-09,  -4.7958038770692235e-11, 1.04956181269087e-12};

static Num erfNearZero(Num x) {
  Num z = x * x;
  return fma(x, x.e->isDouble() ? poly(z, kErfDouble) : poly(z, kErfNearSingle), x);
}

/// In f32 a polynomial for each of eight intervals, whose coefficients are looked up: what multiplies and adds has half
/// as much to do as for 1 - e^-g of one polynomial g.
static Num erfSingle(Num x) {
  Num a = atMost(abs(x), 0x1.effffep+1);  // below 3.875, where the intervals end and erf has rounded to 1
  // Halves by their place in the sum's last bits: the nearest one to a - 1/8.
  const double magic = x.e->fmt().magic / 2;
  Num shifted = (a - 0.125) + magic;
  Num t = a - (shifted - magic);
  Num sum = lookUp(kErfSingle[6], bitsOf(shifted));
  for (int power = 5; power >= 0; --power) sum = fma(sum, t, lookUp(kErfSingle[power], bitsOf(shifted)));
  return copySign(sum, x);
}

/// In f64 a polynomial near 0; above 1 one minus e^g(x), where g is nearly quadratic and its
/// error counts only by the share 1 - erf x of the result.
static Num erfDouble(Num x) {
  Num a = abs(x);
  Num outer = copySign(1.0 - expOfNegative(poly(atMost(a, 6), kErfcDouble)), x);
  return select(a < 1.0, erfNearZero(x), outer);
}

Num emitErf(Num x) { return x.e->isDouble() ? erfDouble(x) : erfSingle(x); }

// (1 + 2 x) e^(x^2) erfc(x), nearly constant, in t = (x - c) / (x + c), c = 2 (f32) or 4 (f64); fits erfcx_*.
static constexpr double kErfcxSingle[] = {1.27697837,     -0.0927638859,   -0.166031063,  0.164052874,
                                          -0.054206159,   -0.00804188568,  0.00863933563, 0.00126302883,
                                          -0.00125658081, -0.000351619034, 3.461714e-05};
static constexpr double kErfcxDouble[] = {
    1.2329951186255526,      -0.13962111684056253,    0.015379652102614327,    0.068097054254693437,
    -0.10103906603611468,    0.093732834998351611,    -0.066330365815263248,   0.037167515536972499,
    -0.01619773403096874,    0.0050319699867275363,   -0.00075777342984036599, -0.00019925676314968221,
    0.0001506221367000614,   -2.4398913388793103e-05, -1.1222960304862595e-05, 5.7089412215679093e-06,
    2.9491091893881361e-07,  -8.2417835322130866e-07, 7.4008713323655116e-08,  1.0895579066462487e-07,
    -1.7911947340339415e-08, -1.3668352988319378e-08, 1.951354648257052e-09,   1.2414645152050927e-09};

/// 1 - erf x near 0, where the quotient's errors would show; beyond, e^-x^2 from x^2 in two parts, as its rounding
/// would be magnified x^2 times.
Num emitErfc(Num x) {
  Emitter &e = *x.e;
  const double c = e.pick(2, 4);
  Num a = atMost(abs(x), e.pick(11, 28));  // the result is 0 there
  Num t = (a - c) / (a + c);
  Num scaled = e.isDouble() ? poly(t, kErfcxDouble) : poly(t, kErfcxSingle);
  Num square = a * a;
  Num lost = fma(a, a, negate(square));
  Num outer = expOfSum(negate(square), negate(lost)) * (scaled / fma(a, 2.0, 1.0));
  return select(abs(x) < 0.5, 1.0 - erfNearZero(x), select(x < 0.0, 2.0 - outer, outer));
}

// erfinv x = x P(w), w = -log(1 - x^2): P is smooth in w where w is small, and in sqrt(w)
// where it is not (Giles, "Approximating the erfinv function", 2010). f64 needs two
// pieces for sqrt(w). Fits erfinv_*.
//
// In w - 2.5 for w < 5, and in sqrt(w) - 3 above.
static constexpr double kLowSingle[] = {1.50140941,     0.246640295,     -0.00417751586,  -0.00125275622,
                                        0.000218435103, -4.95617178e-06, -3.48883646e-06, 4.64776775e-07,
                                        2.65226827e-08, -8.69846595e-09, -1.49319529e-10};
static constexpr double kHighSingle[] = {2.83297682,      1.00167525,     0.00944497436,  -0.00764287915,
                                         0.00568951806,   -0.00356691983, 0.00147114019,  -0.00011963406,
                                         -0.000274125516, 0.000159826202, -3.01690579e-05};

// In w - 3.125 for w < 6.25, in sqrt(w) - 3.25 for w < 16, and in sqrt(w) - 5 above.
static constexpr double kLowDouble[] = {
    1.6536545626831027,      0.24015818242558834,     -0.0060336708714271887,  -0.0007407025341545989,
    0.00018673420802111724,  -1.3882523394104086e-05, -1.3654691781003324e-06, 4.2347881702338433e-07,
    -2.9070389227183931e-08, -4.1126605841770957e-09, 1.0512222358214128e-09,  -5.4142968555455142e-11,
    -1.297839680100714e-11,  2.630508998263477e-12,   -8.0816361114146427e-14, -4.0016813488307017e-14,
    6.5368138660741421e-15,  -3.9778379495776341e-17, -1.2379269286432e-16,    1.5538343418944862e-17,
    7.1749248250740938e-19,  -3.4849430314351195e-19, 1.5737081635921355e-20,  3.2147047365436945e-21,
    -2.8717575035298563e-22};
static constexpr double kMiddleDouble[] = {3.0838856104922208,      1.0052589676941655,      0.0053709145535438376,
                                           -0.0037512085082292215,  0.0024914420983813217,   -0.0016882755353451304,
                                           0.00095328933419126772,  -0.00035503781496995084, 2.4031583665580359e-05,
                                           6.8287125091577943e-05,  -4.7321088960135478e-05, 1.2464997867636914e-05,
                                           2.9340556633985229e-06,  -3.98563193453773e-06,   1.4782203878267425e-06,
                                           -2.772622619576852e-08,  -2.4076060649248975e-07, 1.3167568056764069e-07,
                                           -2.4636060300731275e-08, -1.5336324629611352e-08, 8.9337228602623362e-09};
static constexpr double kHighDouble[] = {
    4.8499064014085844,     1.0103004648645448,      -0.00013871931838485002, -0.00021503011979859968,
    7.5995278177760347e-05, -1.9681771198851978e-05, 4.5260518902823825e-06,  -9.9302549988892161e-07,
    2.2905553206244592e-07, -6.7572650356252985e-08, 2.9011815494439614e-08,  -1.5213977118009109e-08,
    7.8318670012016858e-09, -3.5335905938386317e-09, 1.3065130698152142e-09,  -3.8129930724465098e-10,
    7.4281802976645836e-11, 1.4983298425794429e-11,  -2.1377658693591745e-11, 5.8323188939498436e-12};

Num emitErfInv(Num x) {
  Emitter &e = *x.e;
  Num a = abs(x);
  // 1 - a is exact near 1, where 1 - x^2 would lose all its digits.
  Num w = negate(emitLog((1.0 - a) * (a + 1.0)));
  Num root = sqrt(w);
  Num p = x;
  if (e.isDouble()) {
    Num tail = select(w < 16.0, poly(root - 3.25, kMiddleDouble), poly(root - 5.0, kHighDouble));
    p = select(w < 6.25, poly(w - 3.125, kLowDouble), tail);
  } else {
    p = select(w < 5.0, poly(w - 2.5, kLowSingle), poly(root - 3.0, kHighSingle));
  }
  // NaN beyond 1 comes from the logarithm; at 1 the polynomial has no infinity to give.
  Num infinity = e.num(std::numeric_limits<double>::infinity());
  return select(a == 1.0, copySign(infinity, x), x * p);
}

}  // namespace etch::codegen::vmath

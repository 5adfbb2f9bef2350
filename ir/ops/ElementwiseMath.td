// The functions of analysis: elementwise ops whose accuracy docs/math.md states.
#ifndef ETCH_OPS_ELEMENTWISE_MATH_TD
#define ETCH_OPS_ELEMENTWISE_MATH_TD

include "ir/ops/Elementwise.td"

//===-- Exponentials and logarithms --------------------------------------------------------------------------===//

def ExpOp : Unary_Op<"exp", Etch_FloatTensor> {
  let summary = "exponential";
  let description = [{ `e^x`. }];
  let exampleCode = "etch::exp(etch::constant({0.f, 1.f}))";
  let exampleOutput = "[1.        2.7182817]";
}
def Exp2Op : Unary_Op<"exp2", Etch_FloatTensor> {
  let summary = "power of two";
  let description = [{ `2^x`. }];
  let exampleCode = "etch::exp2(etch::constant({0.f, -1.f, 10.f}))";
  let exampleOutput = "[1.000e+00 5.000e-01 1.024e+03]";
}
def Expm1Op : Unary_Op<"expm1", Etch_FloatTensor> {
  let summary = "exponential minus one";
  let description = [{ `e^x - 1`, accurate near 0. }];
  let exampleCode = "etch::expm1(etch::constant({0.f, 1e-10f}))";
  let exampleOutput = "[0.e+00 1.e-10]";
}
def LogOp : Unary_Op<"log", Etch_FloatTensor> {
  let summary = "natural logarithm";
  let description = [{ `ln x`; -inf at 0, NaN below. }];
  let exampleCode = "etch::log(etch::constant({1.f, 10.f}))";
  let exampleOutput = "[0.        2.3025851]";
}
def Log2Op : Unary_Op<"log2", Etch_FloatTensor> {
  let summary = "binary logarithm";
  let description = [{ `log x / log 2`; exact at powers of two, -inf at 0, NaN below. }];
  let exampleCode = "etch::log2(etch::constant({8.f, 0.5f}))";
  let exampleOutput = "[ 3. -1.]";
}
def Log10Op : Unary_Op<"log10", Etch_FloatTensor> {
  let summary = "decimal logarithm";
  let description = [{ `log x / log 10`; -inf at 0, NaN below. }];
  let exampleCode = "etch::log10(etch::constant({1000.f, 0.1f}))";
  let exampleOutput = "[ 3. -1.]";
}
def Log1pOp : Unary_Op<"log1p", Etch_FloatTensor> {
  let summary = "natural logarithm of one plus x";
  let description = [{ `ln(1 + x)`, accurate near 0. }];
  let exampleCode = "etch::log1p(etch::constant({0.f, 1e-10f}))";
  let exampleOutput = "[0.e+00 1.e-10]";
}

//===-- Powers and roots -------------------------------------------------------------------------------------===//

def SqrtOp : Unary_Op<"sqrt", Etch_FloatTensor> {
  let summary = "square root";
  let description = [{ NaN below 0. The derivative at 0 is inf. }];
  let exampleCode = "etch::sqrt(etch::constant({4.f, 9.f}))";
  let exampleOutput = "[2. 3.]";
}
def RsqrtOp : Unary_Op<"rsqrt", Etch_FloatTensor> {
  let summary = "reciprocal square root";
  let description = [{ `1 / sqrt(x)`; inf at 0. }];
  let exampleCode = "etch::rsqrt(etch::constant({4.f, 1.f}))";
  let exampleOutput = "[0.5 1. ]";
}
def CbrtOp : Unary_Op<"cbrt", Etch_FloatTensor> {
  let summary = "cube root";
  let description = [{ `x^(1/3)` with the sign of x. The derivative at 0 is inf. }];
  let exampleCode = "etch::cbrt(etch::constant({27.f, -8.f}))";
  let exampleOutput = "[ 3. -2.]";
}

//===-- Trigonometric functions ------------------------------------------------------------------------------===//

def SinOp : Unary_Op<"sin", Etch_FloatTensor> {
  let summary = "sine";
  let description = [{ x in radians. }];
  let exampleCode = "etch::sin(etch::constant({0.f}))";
  let exampleOutput = "[0.]";
}
def CosOp : Unary_Op<"cos", Etch_FloatTensor> {
  let summary = "cosine";
  let description = [{ x in radians. }];
  let exampleCode = "etch::cos(etch::constant({0.f}))";
  let exampleOutput = "[1.]";
}
def TanOp : Unary_Op<"tan", Etch_FloatTensor> {
  let summary = "tangent";
  let description = [{ x in radians. }];
  let exampleCode = "etch::tan(etch::constant({0.f, 0.25f}))";
  let exampleOutput = "[0.         0.25534192]";
}
def AsinOp : Unary_Op<"asin", Etch_FloatTensor> {
  let summary = "arc sine";
  let description = [{ In radians, in [-pi/2, pi/2]; NaN outside [-1, 1]. The derivative at -1 and 1 is inf. }];
  let exampleCode = "etch::asin(etch::constant({0.f, 1.f}))";
  let exampleOutput = "[0.        1.5707964]";
}
def AcosOp : Unary_Op<"acos", Etch_FloatTensor> {
  let summary = "arc cosine";
  let description = [{ In radians, in [0, pi]; NaN outside [-1, 1]. The derivative at -1 and 1 is -inf. }];
  let exampleCode = "etch::acos(etch::constant({1.f, 0.f}))";
  let exampleOutput = "[0.        1.5707964]";
}
def AtanOp : Unary_Op<"atan", Etch_FloatTensor> {
  let summary = "arc tangent";
  let description = [{ In radians, in [-pi/2, pi/2]. }];
  let exampleCode = "etch::atan(etch::constant({0.f, 1.f}))";
  let exampleOutput = "[0.        0.7853982]";
}

//===-- Hyperbolic functions ---------------------------------------------------------------------------------===//

def SinhOp : Unary_Op<"sinh", Etch_FloatTensor> {
  let summary = "hyperbolic sine";
  let description = [{ `(e^x - e^-x) / 2`. }];
  let exampleCode = "etch::sinh(etch::constant({0.f, 1.f}))";
  let exampleOutput = "[0.        1.1752012]";
}
def CoshOp : Unary_Op<"cosh", Etch_FloatTensor> {
  let summary = "hyperbolic cosine";
  let description = [{ `(e^x + e^-x) / 2`. }];
  let exampleCode = "etch::cosh(etch::constant({0.f, 1.f}))";
  let exampleOutput = "[1.        1.5430806]";
}
def TanhOp : Unary_Op<"tanh", Etch_FloatTensor> {
  let summary = "hyperbolic tangent";
  let description = [{ `(e^x - e^-x) / (e^x + e^-x)`. }];
  let exampleCode = "etch::tanh(etch::constant({0.f, 100.f}))";
  let exampleOutput = "[0. 1.]";
}
def AsinhOp : Unary_Op<"asinh", Etch_FloatTensor> {
  let summary = "inverse hyperbolic sine";
  let description = [{ `log(x + sqrt(x^2 + 1))`, accurate near 0. }];
  let exampleCode = "etch::asinh(etch::constant({0.f, 1.f}))";
  let exampleOutput = "[0.        0.8813736]";
}
def AcoshOp : Unary_Op<"acosh", Etch_FloatTensor> {
  let summary = "inverse hyperbolic cosine";
  let description = [{ `log(x + sqrt(x^2 - 1))`; NaN below 1. The derivative at 1 is inf. }];
  let exampleCode = "etch::acosh(etch::constant({1.f, 2.f}))";
  let exampleOutput = "[0.       1.316958]";
}
def AtanhOp : Unary_Op<"atanh", Etch_FloatTensor> {
  let summary = "inverse hyperbolic tangent";
  let description = [{ `log((1 + x) / (1 - x)) / 2`, accurate near 0; infinite at -1 and 1, NaN beyond. }];
  let exampleCode = "etch::atanh(etch::constant({0.f, 0.5f}))";
  let exampleOutput = "[0.         0.54930615]";
}
def SigmoidOp : Unary_Op<"sigmoid", Etch_FloatTensor> {
  let summary = "logistic function";
  let description = [{ `1 / (1 + e^-x)`. }];
  let exampleCode = "etch::sigmoid(etch::constant({0.f, 100.f}))";
  let exampleOutput = "[0.5 1. ]";
}

//===-- Error and gamma functions ----------------------------------------------------------------------------===//

def ErfOp : Unary_Op<"erf", Etch_FloatTensor> {
  let summary = "error function";
  let description = [{ `2 / sqrt(pi) * integral of e^(-t^2) from 0 to x`. }];
  let exampleCode = "etch::erf(etch::constant({0.f, 10.f}))";
  let exampleOutput = "[0. 1.]";
}
def ErfcOp : Unary_Op<"erfc", Etch_FloatTensor> {
  let summary = "complementary error function";
  let description = [{ `1 - erf(x)`, accurate where that is small. }];
  let exampleCode = "etch::erfc(etch::constant({0.f, 3.f}))";
  let exampleOutput = "[1.0000000e+00 2.2090495e-05]";
}
def ErfInvOp : Unary_Op<"erf_inv", Etch_FloatTensor> {
  let summary = "inverse error function";
  let description = [{ The y with `erf(y) = x`; infinite at -1 and 1, NaN beyond. }];
  let exampleCode = "etch::erf_inv(etch::constant({0.f, 0.5f}))";
  let exampleOutput = "[0.         0.47693628]";
}
def LgammaOp : Unary_Op<"lgamma", Etch_FloatTensor> {
  let summary = "logarithm of the absolute value of the gamma function";
  let description = [{ `log |gamma(x)|`; inf at 0 and at negative whole numbers. Its derivative is digamma. }];
  let exampleCode = "etch::lgamma(etch::constant({1.f, 5.f}))";
  let exampleOutput = "[0.        3.1780539]";
}
def DigammaOp : Unary_Op<"digamma", Etch_FloatTensor> {
  let summary = "derivative of lgamma";
  let description = [{ `gamma'(x) / gamma(x)`; NaN at negative whole numbers, infinite at 0 with the sign of -x. Its derivative is trigamma. }];
  let exampleCode = "etch::digamma(etch::constant({1.f, 2.f}))";
  let exampleOutput = "[-0.5772157   0.42278433]";
}
def TrigammaOp : Unary_Op<"trigamma", Etch_FloatTensor, [NotDifferentiable]> {
  let summary = "derivative of digamma";
  let description = [{ The sum of `1 / (x + k)^2` for k = 0, 1, ...; inf at 0 and at negative whole numbers. It has no derivative here. }];
  let exampleCode = "etch::trigamma(etch::constant({1.f, 2.f}))";
  let exampleOutput = "[1.644934   0.64493406]";
}

#endif

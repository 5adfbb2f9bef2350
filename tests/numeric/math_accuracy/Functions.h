//===- Functions.h - What is claimed of each math function ----------------===//

#pragma once

#include "codegen/cpu/math/VectorMath.h"

namespace etch::accuracy {

/// One row of the accuracy table. The tolerances are what docs/math.md promises, in units
/// in the last place; the test fails above them.
struct Function {
  codegen::MathFn fn;
  const char *name;
  double ulpF32, ulpF64;
  /// Where the uniform samples lie, besides the bit patterns of the whole format.
  double low, high;
  /// Left of 0 in f64 f(1 - x) and another term cancel near the zeros: errors count in the last place of |f(x)| + |f(1
  /// - x)|.
  bool mixed = false;
};

using codegen::MathFn;

inline constexpr Function kFunctions[] = {
    {MathFn::Exp, "exp", 1.5, 1.5, -105, 90},
    {MathFn::Exp2, "exp2", 1, 1, -150, 130},
    {MathFn::Expm1, "expm1", 2, 2, -20, 20},
    {MathFn::Log, "log", 1.5, 1.5, 0, 4},
    {MathFn::Log2, "log2", 2, 2, 0, 4},
    {MathFn::Log10, "log10", 2, 2, 0, 4},
    {MathFn::Log1p, "log1p", 2, 2, -1, 4},
    {MathFn::Sinh, "sinh", 2.5, 2.5, -10, 10},
    {MathFn::Cosh, "cosh", 2.5, 2.5, -10, 10},
    {MathFn::Tanh, "tanh", 2.5, 2.5, -10, 10},
    {MathFn::Asinh, "asinh", 2.5, 2.5, -10, 10},
    {MathFn::Acosh, "acosh", 3, 3, 1, 10},
    {MathFn::Atanh, "atanh", 2.5, 2.5, -1, 1},
    {MathFn::Sigmoid, "sigmoid", 2.5, 2.5, -105, 40},
    {MathFn::Sin, "sin", 2, 1, -100, 100},
    {MathFn::Cos, "cos", 2, 1, -100, 100},
    {MathFn::Tan, "tan", 1, 2.5, -100, 100},
    {MathFn::Asin, "asin", 2.5, 2.5, -1, 1},
    {MathFn::Acos, "acos", 1.5, 1.5, -1, 1},
    {MathFn::Atan, "atan", 2.5, 2.5, -10, 10},
    {MathFn::Atan2, "atan2", 2.5, 2.5, -10, 10},
    {MathFn::Erf, "erf", 2.5, 1.5, -6, 6},
    {MathFn::Erfc, "erfc", 4, 4, -6, 28},
    {MathFn::ErfInv, "erf_inv", 2.5, 3, -1, 1},
    {MathFn::Lgamma, "lgamma", 1, 4, -20, 20, true},
    {MathFn::Digamma, "digamma", 1, 4, -20, 20, true},
    {MathFn::Trigamma, "trigamma", 1, 4, -20, 20},
    {MathFn::Rsqrt, "rsqrt", 2, 2, 0, 4},
    {MathFn::Cbrt, "cbrt", 1, 1, -10, 10},
    {MathFn::Pow, "pow", 1, 1.5, 0, 10},
};

}  // namespace etch::accuracy

//===- Reference.h - The functions in higher precision --------------------===//

#pragma once

#include "Functions.h"
#include "tests/numeric/special_functions.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace etch::accuracy {

/// fn by the C library in R: double judges f32 (29 bits more), long double judges f64
/// (11 bits more on x86, 60 on aarch64). MpfrReference.cpp judges this judge.
template <typename R> R reference(MathFn fn, R x, R y) {
  switch (fn) {
    case MathFn::Exp: return std::exp(x);
    case MathFn::Exp2: return std::exp2(x);
    case MathFn::Expm1: return std::expm1(x);
    case MathFn::Log: return std::log(x);
    case MathFn::Log2: return std::log2(x);
    case MathFn::Log10: return std::log10(x);
    case MathFn::Log1p: return std::log1p(x);
    case MathFn::Sinh: return std::sinh(x);
    case MathFn::Cosh: return std::cosh(x);
    case MathFn::Tanh: return std::tanh(x);
    case MathFn::Asinh: return std::asinh(x);
    case MathFn::Acosh: return std::acosh(x);
    case MathFn::Atanh: return std::atanh(x);
    case MathFn::Sigmoid: return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
    case MathFn::Sin: return std::sin(x);
    case MathFn::Cos: return std::cos(x);
    case MathFn::Tan: return std::tan(x);
    case MathFn::Asin: return std::asin(x);
    case MathFn::Acos: return std::acos(x);
    case MathFn::Atan: return std::atan(x);
    case MathFn::Atan2: return std::atan2(x, y);
    case MathFn::Erf: return std::erf(x);
    case MathFn::Erfc: return std::erfc(x);
    case MathFn::ErfInv: return numeric::inverse_erf(x);
    case MathFn::Lgamma: return std::isinf(x) ? std::abs(x) : std::lgamma(x);
    case MathFn::Digamma: return numeric::digamma(x);
    case MathFn::Trigamma: return numeric::trigamma(x);
    case MathFn::Rsqrt: return 1 / std::sqrt(x);
    case MathFn::Cbrt: return std::cbrt(x);
    case MathFn::Pow: return std::pow(x, y);
  }
  return std::numeric_limits<R>::quiet_NaN();
}

/// The number whose last place is the unit of `function`'s error at x, or 0: that of the result, `exact`.
template <typename R> R unitOf(const Function &function, R x, R exact) {
  const bool terms = function.mixed && x < 0 && std::isfinite(exact);
  return terms ? std::abs(reference<R>(function.fn, 1 - x, 0)) + std::abs(exact) : 0;
}

/// Units in the last place of T (at `exact`) between `got` and `exact`; infinite where one
/// is NaN, where a zero has the wrong sign, or where an infinity is wrong altogether.
/// `unit` is a number whose last place counts, where that is larger than that of `exact`.
template <typename T, typename R> double ulpError(T got, R exact, R unit = 0) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  if (std::isnan(got) || std::isnan(exact)) return std::isnan(got) && std::isnan(exact) ? 0 : inf;
  const T rounded = T(exact);
  if (got == rounded && got != 0 && std::isinf(got)) return 0;
  if (got == 0 && unit == 0 && std::signbit(got) != std::signbit(exact)) return inf;
  if (std::isinf(exact)) return inf;
  if (exact == 0 && unit == 0) return got == 0 ? 0 : inf;
  using Limits = std::numeric_limits<T>;
  const int exponent = std::max(std::ilogb(std::max(std::abs(exact), unit)), Limits::min_exponent - 1);
  const R ulp = std::ldexp(R(1), exponent - (Limits::digits - 1));
  // An infinity a little too early counts as the power of two it stands for.
  const R value = std::isinf(got) ? std::copysign(std::ldexp(R(1), Limits::max_exponent), R(got)) : R(got);
  return double(std::abs(value - exact) / ulp);
}

}  // namespace etch::accuracy

//===- Reference.h - The functions in higher precision --------------------===//

#pragma once

#include "Functions.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace etch::accuracy {

/// The y with erf y = x: Winitzki's approximation (2008) and Halley's iteration, which
/// triples its 3 digits each time. Near 1 it solves for 1 - x, which is exact.
template <typename R> R inverseErf(R x) {
  const R a = std::abs(x);
  if (!(a < 1)) return a == 1 ? x * std::numeric_limits<R>::infinity() : std::numeric_limits<R>::quiet_NaN();
  const R slope = std::numbers::inv_sqrtpi_v<R> * 2;
  if (a < R(1e-12)) return x / slope;
  const R l = std::log1p(-a * a), c = R(0.147), h = 2 / (std::numbers::pi_v<R> * c) + l / 2;
  R y = std::sqrt(std::sqrt(h * h - l / c) - h);
  for (int i = 0; i < 4; ++i) {
    const R miss = a < R(0.5) ? std::erf(y) - a : (1 - a) - std::erfc(y);
    const R step = miss / (slope * std::exp(-y * y));
    y -= step / (1 + y * step);
  }
  return std::copysign(y, x);
}

/// fn by the C library in R: double judges f32 (29 bits more), long double judges f64
/// (11 bits more on x86, 60 on aarch64). MpfrReference.cpp judges this judge.
template <typename R> R reference(MathFn fn, R x, R y) {
  switch (fn) {
    case MathFn::Exp: return std::exp(x);
    case MathFn::Exp2: return std::exp2(x);
    case MathFn::Expm1: return std::expm1(x);
    case MathFn::Log: return std::log(x);
    case MathFn::Log2: return std::log2(x);
    case MathFn::Log1p: return std::log1p(x);
    case MathFn::Tanh: return std::tanh(x);
    case MathFn::Sigmoid: return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
    case MathFn::Sin: return std::sin(x);
    case MathFn::Cos: return std::cos(x);
    case MathFn::Tan: return std::tan(x);
    case MathFn::Atan: return std::atan(x);
    case MathFn::Atan2: return std::atan2(x, y);
    case MathFn::Erf: return std::erf(x);
    case MathFn::ErfInv: return inverseErf(x);
    case MathFn::Rsqrt: return 1 / std::sqrt(x);
    case MathFn::Cbrt: return std::cbrt(x);
    case MathFn::Pow: return std::pow(x, y);
  }
  return std::numeric_limits<R>::quiet_NaN();
}

/// Units in the last place of T (at `exact`) between `got` and `exact`; infinite where one
/// is NaN, where a zero has the wrong sign, or where an infinity is wrong altogether.
template <typename T, typename R> double ulpError(T got, R exact) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  if (std::isnan(got) || std::isnan(exact)) return std::isnan(got) && std::isnan(exact) ? 0 : inf;
  const T rounded = T(exact);
  if (got == rounded && got != 0 && std::isinf(got)) return 0;
  if (got == 0 && std::signbit(got) != std::signbit(exact)) return inf;
  if (std::isinf(exact)) return inf;
  if (exact == 0) return got == 0 ? 0 : inf;
  using Limits = std::numeric_limits<T>;
  const int exponent = std::max(std::ilogb(exact), Limits::min_exponent - 1);
  const R ulp = std::ldexp(R(1), exponent - (Limits::digits - 1));
  // An infinity a little too early counts as the power of two it stands for.
  const R value = std::isinf(got) ? std::copysign(std::ldexp(R(1), Limits::max_exponent), R(got)) : R(got);
  return double(std::abs(value - exact) / ulp);
}

}  // namespace etch::accuracy

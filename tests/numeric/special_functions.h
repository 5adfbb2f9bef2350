#pragma once
// Functions the C library does not have, in R's precision: the oracles of erf_inv, digamma and trigamma.

#include <cmath>
#include <limits>
#include <numbers>

namespace numeric {

/// The y with erf y = x: Winitzki's approximation (2008) and Halley's iteration, which
/// triples its 3 digits each time. Near 1 it solves for 1 - x, which is exact.
template <typename R> R inverse_erf(R x) {
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

/// digamma(x) - digamma(x0), x0 the positive zero: the sum of (x - x0) / ((x0 + k) (x + k)), whose terms have one sign,
/// so that nothing cancels; from k = 40 on the difference of the asymptotic series, with the factor x - x0 in front.
template <typename R> R digamma(R x) {
  if (x < 0) {
    const R offset = x - std::round(x);
    if (offset == 0 || !std::isfinite(x)) return std::numeric_limits<R>::quiet_NaN();
    return digamma(1 - x) - std::numbers::pi_v<R> / std::tan(std::numbers::pi_v<R> * offset);
  }
  if (x == 0 || std::isinf(x)) return x == 0 ? -1 / x : x;
  constexpr R zero = R(1.461632144968362341262659542325721328L),
              rest = R(1.461632144968362341262659542325721328L - zero);
  const R d = (x - zero) - (rest != 0 ? rest : R(-1.8257096315963484214601e-20L));
  R sum = 0;
  for (int k = 0; k < 40; ++k) sum += d / ((zero + k) * (x + k));
  const R y = x + 40, y0 = zero + 40, w = 1 / (y * y), w0 = 1 / (y0 * y0);
  // -1/(2 y) - sum B_2i / (2 i y^2i), and the difference quotient of the sum in w = 1 / y^2 by Horner's rule.
  constexpr R c[] = {R(1) / 12, -R(1) / 120, R(1) / 252, -R(1) / 240, R(1) / 132, -R(691) / 32760, R(1) / 12};
  R value = 0, quotient = 0;
  for (int i = 6; i >= 0; --i) {
    quotient = quotient * w + (value = value * w0 + c[i]);
  }
  const R step = -d * (1 / y + 1 / y0) / (y * y0);  // w - w0
  return sum + std::log1p(d / y0) + d / (2 * y * y0) - step * quotient;
}

/// The sum of 1 / (x + k)^2 and, from k = 40 on, its asymptotic series.
template <typename R> R trigamma(R x) {
  if (std::isinf(x)) return x > 0 ? 0 : -x;
  if (x < 0) {
    const R offset = x - std::round(x);
    const R cosecant = std::numbers::pi_v<R> / std::sin(std::numbers::pi_v<R> * offset);
    return cosecant * cosecant - trigamma(1 - x);
  }
  R sum = 0;
  for (int k = 39; k >= 0; --k) sum += 1 / ((x + k) * (x + k));
  const R y = x + 40, w = 1 / (y * y);
  constexpr R c[] = {R(1) / 6, -R(1) / 30, R(1) / 42, -R(1) / 30, R(5) / 66, -R(691) / 2730, R(7) / 6};
  R tail = 0;
  for (int i = 6; i >= 0; --i) tail = tail * w + c[i];
  return sum + (1 + (R(0.5) + tail / y) / y) / y;
}

}  // namespace numeric

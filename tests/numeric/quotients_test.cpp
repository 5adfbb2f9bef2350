// Vectors divided by a number that the program states take its reciprocal in two parts
// (codegen/cpu/elements/DivideByScalar.cpp): the bits are those of a division.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include "tests/numeric/checks.h"

using namespace etch;

namespace {

/// The first of `dividends` whose quotient by `divisor` is not the processor's; none if all are. NaN is any NaN.
template <class T> std::string first_wrong(const std::vector<T> &dividends, T divisor) {
  auto divide = function([divisor](Tensor x) { return x / divisor; });
  const std::vector<T> quotients = divide(constant(dividends)).template to_vector<T>();
  for (size_t i = 0; i < dividends.size(); ++i) {
    const T expected = dividends[i] / divisor;
    const bool is_same = std::isnan(expected)
                             ? std::isnan(quotients[i])
                             : expected == quotients[i] && std::signbit(expected) == std::signbit(quotients[i]);
    if (!is_same) return std::to_string(dividends[i]) + " / " + std::to_string(divisor);
  }
  return "";
}

}  // namespace

TEST_CASE("f32 of every significand over numbers of up to twenty digits, and over others") {
  std::vector<float> dividends(1 << 23);
  for (uint32_t i = 0; i < dividends.size(); ++i) dividends[i] = std::ldexp(static_cast<float>((1 << 23) + i), -20);
  for (float divisor : {3.f, -7.f, 10.f, 255.f, 1023.f, 1048575.f, 524289.f, 0.375f, 64.f, 0.1f, 16777213.f})
    CHECK(first_wrong(dividends, divisor) == "");
}

TEST_CASE("f64 over numbers, and what no quotient changes") {
  Generator generator(3);
  std::vector<double> dividends = generator.uniform({200000}, -1e6, 1e6, f64).to_vector<double>();
  for (double divisor : {3., 255., 1e6, 562949953421311., 562949953421313., 0.1, -1. / 64})
    CHECK(first_wrong(dividends, divisor) == "");
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> special = {0.f, -0.f, kInfinity, -kInfinity, std::nanf(""), 3.4e38f, -3.4e38f, 1e-30f, 1.f,
                                      2.f, 3.f,  5.f,       6.f,        7.f,           9.f,     1e30f,    -2.f,   4.f};
  for (float divisor : {3.f, -5.f, 0.25f, -0.75f, 0.f, kInfinity, 1e-38f, 1e38f})
    CHECK(first_wrong(special, divisor) == "");
}

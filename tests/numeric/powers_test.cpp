// Powers by numbers that the program states are products and square roots (passes/simplify/ExpandPowers.cpp): the
// values, and what is special, are those of the C library's pow.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

/// Each of up to four roundings may be as much as one unit in the last place (docs/math.md).
constexpr double kMostWrong = 4;
const std::vector<double> kExponents = {-2, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 2.2};

/// The first of `bases` whose power is more than `ulp` units in the last place from the C library's; none if all are
/// near. NaN is any NaN.
template <class T> std::string first_wrong(const std::vector<T> &bases, double exponent, double ulp) {
  auto power = function([exponent](Tensor x) { return pow(x, static_cast<T>(exponent)); });
  const std::vector<T> powers = power(constant(bases)).template to_vector<T>();
  for (size_t i = 0; i < bases.size(); ++i) {
    const auto exact = std::pow(static_cast<long double>(bases[i]), static_cast<long double>(static_cast<T>(exponent)));
    const auto expected = static_cast<T>(exact);
    const bool is_special = std::isnan(expected) || std::isinf(expected) || expected == 0;
    const T unit = std::nextafter(std::abs(expected), std::numeric_limits<T>::infinity()) - std::abs(expected);
    const bool is_near = std::isnan(expected) ? std::isnan(powers[i])
                         : is_special ? expected == powers[i] && std::signbit(expected) == std::signbit(powers[i])
                                      : std::abs(static_cast<long double>(powers[i]) - exact) <= ulp * unit;
    if (!is_near) return std::to_string(bases[i]) + " ^ " + std::to_string(exponent);
  }
  return "";
}

template <class T> void check_special() {
  constexpr T kInfinity = std::numeric_limits<T>::infinity(), kLargest = std::numeric_limits<T>::max(),
              kSmallest = std::numeric_limits<T>::denorm_min();
  const std::vector<T> special = {T(0),
                                  -T(0),
                                  kInfinity,
                                  -kInfinity,
                                  kLargest,
                                  -kLargest,
                                  T(1),
                                  T(-1),
                                  kSmallest,
                                  -kSmallest,
                                  std::numeric_limits<T>::quiet_NaN(),
                                  T(1e30),
                                  T(-8),
                                  T(4),
                                  T(1e-30),
                                  T(-1e-30),
                                  std::sqrt(kLargest),
                                  T(3e-39)};
  for (double exponent : kExponents) CHECK(first_wrong(special, exponent, kMostWrong) == "");
}

}  // namespace

TEST_CASE("powers by stated exponents, and special values of them") {
  Generator generator(7);
  for (double exponent : kExponents) {
    CHECK(first_wrong(generator.uniform({20000}, 1e-3, 30).to_vector<float>(), exponent, kMostWrong) == "");
    CHECK(first_wrong(generator.uniform({20000}, 1e-3, 30, f64).to_vector<double>(), exponent, kMostWrong) == "");
  }
  check_special<float>();
  check_special<double>();
}

TEST_CASE("powers of whole numbers wrap") {
  for (int exponent : {1, 2, 3, 4, 5}) {
    auto power = function([exponent](Tensor x) { return pow(x, exponent); });
    std::vector<int32_t> bases = {0, 1, -1, 2, -3, 7, 46341, -65537, 2147483647}, expected;
    for (int32_t base : bases) {
      uint32_t product = 1;
      for (int i = 0; i < exponent; ++i) product *= static_cast<uint32_t>(base);
      expected.push_back(static_cast<int32_t>(product));
    }
    CHECK(power(constant(bases)).to_vector<int32_t>() == expected);
  }
}

TEST_CASE("powers of sixteen bits are rounded once") {
  for (DType dtype : {f16, bf16}) {
    const Tensor x = cast(Generator(8).uniform({5000}, 0.01, 30), dtype);
    for (double exponent : {-1., -0.5, 0.5, 1., 1.5, 2., 2.5, 3., 4., 5.}) {
      auto power = function([exponent](Tensor x) { return pow(x, exponent); });
      std::vector<double> exact = cast(x, f64).to_vector<double>();
      for (double &base : exact) base = std::pow(base, exponent);
      const Tensor expected = cast(constant(exact), dtype);
      // f32, in which they are computed, may lie on the other side of what is half way.
      const auto others = sum(cast(power(x) != expected, i32)).item<int32_t>();
      CHECK(others <= 5);
    }
  }
}

TEST_CASE("derivatives of powers by stated exponents") {
  Report report;
  const Tensor x = Generator(9).uniform({7}, 0.3, 3, f64);
  for (double exponent : kExponents)
    require_gradients(report, "pow " + std::to_string(exponent),
                      [exponent](const Tensors &in) { return pow(in[0], exponent); }, {x}, {.second_order = true});
  REQUIRE_CLEAN(report);
}

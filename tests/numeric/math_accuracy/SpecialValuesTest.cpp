//===- SpecialValuesTest.cpp - Where rounding is not the question ---------===//
//
// The table is C99 annex F.9 for the functions C has; sigmoid and rsqrt follow from
// their definitions, the gamma functions have the limits at their poles where
// both sides agree. NaN compares equal to NaN, and zeros only to zeros of their sign.
//
//===----------------------------------------------------------------------===//

#include <catch2/catch.hpp>

#include "Evaluate.h"
#include "Reference.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

using namespace etch::accuracy;

namespace {

template <typename T> struct Case {
  MathFn fn;
  T x, y, expected;
};

template <typename T> std::vector<Case<T>> specialCases() {
  using L = std::numeric_limits<T>;
  const T inf = L::infinity(), nan = L::quiet_NaN(), tiny = L::denorm_min(), max = L::max();
  const T pi = T(3.14159265358979323846L), half = pi / 2, quarter = pi / 4;
  std::vector<Case<T>> all;
  auto unary = [&](MathFn fn, std::initializer_list<std::pair<T, T>> pairs) {
    for (auto [x, expected] : pairs) all.push_back({fn, x, 0, expected});
  };
  auto binary = [&](MathFn fn, std::initializer_list<Case<T>> cases) {
    for (Case<T> c : cases) all.push_back({fn, c.x, c.y, c.expected});
  };
  auto pair = [](T x, T y, T expected) { return Case<T>{MathFn::Pow, x, y, expected}; };

  unary(MathFn::Exp, {{0, 1}, {T(-0.0), 1}, {inf, inf}, {-inf, 0}, {nan, nan}, {max, inf}, {-max, 0}, {tiny, 1}});
  unary(MathFn::Exp2, {{0, 1},
                       {inf, inf},
                       {-inf, 0},
                       {nan, nan},
                       {max, inf},
                       {-max, 0},
                       {10, 1024},
                       {T(L::min_exponent - L::digits), tiny},
                       {T(L::max_exponent), inf}});
  unary(MathFn::Expm1, {{0, 0},
                        {T(-0.0), T(-0.0)},
                        {inf, inf},
                        {-inf, -1},
                        {nan, nan},
                        {max, inf},
                        {-max, -1},
                        {tiny, tiny},
                        {-tiny, -tiny},
                        {L::min(), L::min()}});
  unary(MathFn::Log,
        {{0, -inf}, {T(-0.0), -inf}, {1, 0}, {inf, inf}, {-inf, nan}, {-1, nan}, {nan, nan}, {-tiny, nan}});
  unary(MathFn::Log2, {{0, -inf},
                       {T(-0.0), -inf},
                       {1, 0},
                       {8, 3},
                       {inf, inf},
                       {-1, nan},
                       {nan, nan},
                       {tiny, T(L::min_exponent - L::digits)},
                       {L::min(), T(L::min_exponent - 1)}});
  unary(MathFn::Log10, {{0, -inf}, {T(-0.0), -inf}, {1, 0}, {10, 1}, {1000, 3}, {inf, inf}, {-1, nan}, {nan, nan}});
  unary(MathFn::Log1p, {{0, 0},
                        {T(-0.0), T(-0.0)},
                        {-1, -inf},
                        {-2, nan},
                        {inf, inf},
                        {-inf, nan},
                        {nan, nan},
                        {tiny, tiny},
                        {-tiny, -tiny}});
  unary(MathFn::Tanh,
        {{0, 0}, {T(-0.0), T(-0.0)}, {inf, 1}, {-inf, -1}, {nan, nan}, {max, 1}, {tiny, tiny}, {-tiny, -tiny}});
  unary(MathFn::Sigmoid, {{0, T(0.5)}, {T(-0.0), T(0.5)}, {inf, 1}, {-inf, 0}, {nan, nan}, {max, 1}, {-max, 0}});
  unary(MathFn::Sin, {{0, 0}, {T(-0.0), T(-0.0)}, {inf, nan}, {-inf, nan}, {nan, nan}, {tiny, tiny}, {-tiny, -tiny}});
  unary(MathFn::Cos, {{0, 1}, {T(-0.0), 1}, {inf, nan}, {-inf, nan}, {nan, nan}, {tiny, 1}});
  unary(MathFn::Tan, {{0, 0}, {T(-0.0), T(-0.0)}, {inf, nan}, {-inf, nan}, {nan, nan}, {tiny, tiny}, {-tiny, -tiny}});
  unary(MathFn::Atan, {{0, 0}, {T(-0.0), T(-0.0)}, {inf, half}, {-inf, -half}, {1, quarter}, {nan, nan}, {tiny, tiny}});
  unary(MathFn::Erf, {{0, 0}, {T(-0.0), T(-0.0)}, {inf, 1}, {-inf, -1}, {nan, nan}, {max, 1}});
  unary(MathFn::ErfInv,
        {{0, 0}, {T(-0.0), T(-0.0)}, {1, inf}, {-1, -inf}, {2, nan}, {inf, nan}, {-inf, nan}, {nan, nan}});
  unary(MathFn::Rsqrt, {{0, inf}, {T(-0.0), -inf}, {1, 1}, {4, T(0.5)}, {inf, 0}, {-1, nan}, {-inf, nan}, {nan, nan}});
  unary(MathFn::Cbrt, {{0, 0}, {T(-0.0), T(-0.0)}, {27, 3}, {-8, -2}, {inf, inf}, {-inf, -inf}, {nan, nan}});

  unary(MathFn::Sinh,
        {{0, 0}, {T(-0.0), T(-0.0)}, {inf, inf}, {-inf, -inf}, {max, inf}, {-max, -inf}, {tiny, tiny}, {nan, nan}});
  unary(MathFn::Cosh, {{0, 1}, {T(-0.0), 1}, {inf, inf}, {-inf, inf}, {max, inf}, {tiny, 1}, {nan, nan}});
  unary(MathFn::Asinh,
        {{0, 0}, {T(-0.0), T(-0.0)}, {inf, inf}, {-inf, -inf}, {tiny, tiny}, {-tiny, -tiny}, {nan, nan}});
  unary(MathFn::Acosh, {{1, 0}, {0, nan}, {-1, nan}, {T(0.5), nan}, {inf, inf}, {-inf, nan}, {nan, nan}});
  unary(MathFn::Atanh,
        {{0, 0}, {T(-0.0), T(-0.0)}, {1, inf}, {-1, -inf}, {2, nan}, {-2, nan}, {inf, nan}, {tiny, tiny}, {nan, nan}});
  unary(MathFn::Asin,
        {{0, 0}, {T(-0.0), T(-0.0)}, {1, half}, {-1, -half}, {2, nan}, {-inf, nan}, {tiny, tiny}, {nan, nan}});
  unary(MathFn::Acos, {{1, 0}, {-1, pi}, {0, half}, {T(-0.0), half}, {2, nan}, {-2, nan}, {inf, nan}, {nan, nan}});
  unary(MathFn::Erfc, {{0, 1}, {T(-0.0), 1}, {inf, 0}, {-inf, 2}, {max, 0}, {-max, 2}, {nan, nan}});
  unary(MathFn::Lgamma, {{1, 0},
                         {2, 0},
                         {0, inf},
                         {T(-0.0), inf},
                         {-1, inf},
                         {-20, inf},
                         {inf, inf},
                         {-inf, inf},
                         {max, inf},
                         {-max, inf},
                         {nan, nan}});
  unary(MathFn::Digamma,
        {{0, -inf}, {T(-0.0), inf}, {-1, nan}, {-20, nan}, {inf, inf}, {-inf, nan}, {-max, nan}, {nan, nan}});
  unary(MathFn::Trigamma, {{0, inf}, {T(-0.0), inf}, {-1, inf}, {-20, inf}, {inf, 0}, {tiny, inf}, {nan, nan}});

  const T three = T(3) * quarter;
  binary(MathFn::Atan2,
         {pair(0, 1, 0),           pair(T(-0.0), 1, T(-0.0)), pair(0, -1, pi),           pair(T(-0.0), -1, -pi),
          pair(0, 0, 0),           pair(T(-0.0), 0, T(-0.0)), pair(0, T(-0.0), pi),      pair(T(-0.0), T(-0.0), -pi),
          pair(1, 0, half),        pair(-1, 0, -half),        pair(1, T(-0.0), half),    pair(-1, T(-0.0), -half),
          pair(inf, inf, quarter), pair(-inf, inf, -quarter), pair(inf, -inf, three),    pair(-inf, -inf, -three),
          pair(inf, 1, half),      pair(-inf, -1, -half),     pair(1, inf, 0),           pair(-1, inf, T(-0.0)),
          pair(1, -inf, pi),       pair(-1, -inf, -pi),       pair(nan, 1, nan),         pair(1, nan, nan),
          pair(nan, inf, nan),     pair(max, max, quarter),   pair(tiny, tiny, quarter), pair(tiny, 1, tiny),
          pair(1, 1, quarter)});
  binary(MathFn::Pow, {pair(0, 3, 0),
                       pair(T(-0.0), 3, T(-0.0)),
                       pair(T(-0.0), 2, 0),
                       pair(0, T(0.5), 0),
                       pair(T(-0.0), T(0.5), 0),
                       pair(0, -3, inf),
                       pair(T(-0.0), -3, -inf),
                       pair(T(-0.0), -2, inf),
                       pair(0, -inf, inf),
                       pair(0, inf, 0),
                       pair(nan, 0, 1),
                       pair(inf, 0, 1),
                       pair(0, 0, 1),
                       pair(-5, T(-0.0), 1),
                       pair(1, nan, 1),
                       pair(1, inf, 1),
                       pair(1, -inf, 1),
                       pair(-1, inf, 1),
                       pair(-1, -inf, 1),
                       pair(-1, 3, -1),
                       pair(-1, 4, 1),
                       pair(-1, max, 1),
                       pair(-2, 3, -8),
                       pair(-2, 2, 4),
                       pair(-2, -3, T(-0.125)),
                       pair(-2, T(0.5), nan),
                       pair(-2, T(1e-30), nan),
                       pair(nan, 1, nan),
                       pair(2, nan, nan),
                       pair(nan, nan, nan),
                       pair(-2, nan, nan),
                       pair(0, nan, nan),
                       pair(2, inf, inf),
                       pair(2, -inf, 0),
                       pair(T(0.5), inf, 0),
                       pair(T(0.5), -inf, inf),
                       pair(-2, inf, inf),
                       pair(-2, -inf, 0),
                       pair(inf, 2, inf),
                       pair(inf, -2, 0),
                       pair(inf, inf, inf),
                       pair(inf, -inf, 0),
                       pair(-inf, 3, -inf),
                       pair(-inf, 2, inf),
                       pair(-inf, T(0.5), inf),
                       pair(-inf, -3, T(-0.0)),
                       pair(-inf, -2, 0),
                       pair(-inf, inf, inf),
                       pair(-inf, -inf, 0),
                       pair(max, 2, inf),
                       pair(-max, 3, -inf),
                       pair(tiny, 2, 0),
                       pair(-tiny, 3, T(-0.0)),
                       pair(2, T(L::min_exponent - L::digits), tiny),
                       pair(2, T(L::max_exponent), inf),
                       pair(tiny, 1, tiny),
                       pair(9, T(0.5), 3)});
  return all;
}

template <typename T> bool same(T a, T b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

template <typename T> void checkSpecialCases(Lanes lanes) {
  for (const Case<T> &c : specialCases<T>()) {
    const Samples<T> in = {{c.x}, {c.y}};
    const T got = evaluate(c.fn, lanes, in)[0];
    INFO(nameOf(c.fn) << "(" << c.x << ", " << c.y << ") gave " << got << ", not " << c.expected);
    CHECK(same(got, c.expected));
  }
}

/// The numbers closest to a multiple of pi/2 (relative to their size; f64: Muller, "Elementary Functions", 2016), the
/// largest, and those around where f64 changes its way.
template <typename T, typename R> void checkHardAngles(Lanes lanes, std::vector<T> angles, double ulp) {
  for (size_t i = angles.size(); i-- > 0;) angles.push_back(-angles[i]);
  angles.push_back(std::numeric_limits<T>::max());
  const Samples<T> in = {angles, std::vector<T>(angles.size(), 0)};
  for (MathFn fn : {MathFn::Sin, MathFn::Cos, MathFn::Tan}) {
    const std::vector<T> got = evaluate(fn, lanes, in);
    for (size_t i = 0; i < got.size(); ++i) {
      INFO(nameOf(fn) << "(" << in.x[i] << ") gave " << got[i]);
      CHECK(ulpError(got[i], reference<R>(fn, in.x[i], 0)) <= ulp);
    }
  }
}

template <typename T> void checkAgree(Lanes these, Lanes those) {
  for (const Function &function : kFunctions) {
    const Samples<T> in = sample<T>(function, 5000);
    const std::vector<T> many = evaluate(function.fn, these, in);
    const std::vector<T> one = evaluate(function.fn, those, in);
    size_t different = 0;
    for (size_t i = 0; i < many.size(); ++i) different += !same(many[i], one[i]);
    INFO(function.name);
    CHECK(different == 0);
  }
}

}  // namespace

TEST_CASE("special values are those of C99 annex F") {
  SECTION("f32") { checkSpecialCases<float>(Lanes::F32x16); }
  SECTION("f64") { checkSpecialCases<double>(Lanes::F64x8); }
}

TEST_CASE("the hardest angles are reduced exactly") {
  SECTION("f32") { checkHardAngles<float, double>(Lanes::F32x16, {16367173 * 0x1p72f}, 2); }
  SECTION("f64") {
    checkHardAngles<double, long double>(Lanes::F64x8,
                                         {6381956970095103 * 0x1p797, 0x1p47, std::nextafter(0x1p47, 0), 0x1p48 + 1,
                                          1e22, 0x1p53, 0x1p200, 0x1.fp1000, 3.0, 0.5},
                                         2.5);
  }
}

TEST_CASE("a lane of a vector has the bits of the scalar") {
  SECTION("f32") { checkAgree<float>(Lanes::F32x16, Lanes::F32Scalar); }
  SECTION("f64") { checkAgree<double>(Lanes::F64x8, Lanes::F64Scalar); }
}

TEST_CASE("what narrow and wide vector units compute has the same bits") {
  SECTION("f32") { checkAgree<float>(Lanes::F32x16, Lanes::F32x16Narrow); }
  SECTION("f64") { checkAgree<double>(Lanes::F64x8, Lanes::F64x8Narrow); }
}

namespace {
float fromHalf(uint16_t bits) { return float(std::bit_cast<_Float16>(bits)); }
uint16_t toHalf(float x) { return std::bit_cast<uint16_t>(_Float16(x)); }

/// Every 16-bit operand gives the f32 result of its extension, rounded once.
void checkNarrow(Lanes lanes, float (*extend)(uint16_t), uint16_t (*round)(float)) {
  Samples<uint16_t> in;
  Samples<float> extended;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    in.x.push_back(uint16_t(bits));
    in.y.push_back(uint16_t(bits * 40503u >> 4));  // any other operand
    extended.x.push_back(extend(in.x.back()));
    extended.y.push_back(extend(in.y.back()));
  }
  for (const Function &function : kFunctions) {
    const std::vector<uint16_t> got = evaluate(function.fn, lanes, in);
    const std::vector<float> wide = evaluate(function.fn, Lanes::F32x16, extended);
    size_t different = 0;
    for (size_t i = 0; i < got.size(); ++i)
      different += std::isnan(wide[i]) ? !std::isnan(extend(got[i])) : got[i] != round(wide[i]);
    INFO(function.name);
    CHECK(different == 0);
  }
}
}  // namespace

TEST_CASE("f16 is computed in f32") { checkNarrow(Lanes::F16x16, fromHalf, toHalf); }

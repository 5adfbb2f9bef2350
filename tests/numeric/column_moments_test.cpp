// Moments of the columns of large tensors, and what their derivatives sum: one pass over memory, not three
// (docs/decisions/0071-sums-of-columns.md). The reference passes as often as it needs, in long double.
#include <catch2/catch.hpp>

#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

constexpr int64_t kRows = 4100, kColumns = 67;
using Real = long double;

struct Columns {
  const char *name;
  std::function<Real(Real noise, const Position &p)> element;  // of noise in [-1, 1]
  Real within;                                                 // relative error of the variance
};

const std::vector<Columns> kData = {
    {"around 0", [](Real noise, const Position &) { return noise; }, 1e-5L},
    {"far from 0", [](Real noise, const Position &) { return 1000 + noise; }, 1e-3L},
    {"each of its own size", [](Real noise, const Position &p) { return std::exp2(Real(p[1] - 30)) * (noise + 2); },
     1e-5L},
    {"first row far away", [](Real noise, const Position &p) { return p[0] == 0 ? 1e4L : noise; }, 1e-4L},
    // The guess is as wrong as it can be: sums of squares are 33 times the variance, and so are their errors.
    {"first rows far away", [](Real noise, const Position &p) { return p[0] < kRows / 32 ? 100 + noise : noise; },
     1e-3L},
    {"rising", [](Real noise, const Position &p) { return p[0] + noise; }, 1e-4L},
};

/// By the moments of the batch, and its derivative for the slope dy.
struct Expected {
  Array variance, slope;
};

Expected expected_of(const Array &x, const Array &dy) {
  Expected result{generate({kColumns}, [](const Position &) { return 0; }), x};
  for (int64_t c = 0; c < kColumns; ++c) {
    Real mean = 0, variance = 0, slope = 0, scaled = 0;
    auto sum = [&](auto term) {
      Real total = 0;
      for (int64_t i = 0; i < kRows; ++i) total += term(i);
      return total / kRows;
    };
    mean = sum([&](int64_t i) { return x[{i, c}]; });
    variance = sum([&](int64_t i) { return (x[{i, c}] - mean) * (x[{i, c}] - mean); });
    const Real scale = 1 / std::sqrt(variance + 1e-5L);
    slope = sum([&](int64_t i) { return dy[{i, c}]; });
    scaled = sum([&](int64_t i) { return dy[{i, c}] * (x[{i, c}] - mean) * scale; });
    result.variance.values[static_cast<size_t>(c)] = variance;
    for (int64_t i = 0; i < kRows; ++i)
      result.slope.values[static_cast<size_t>(i * kColumns + c)] =
          scale * (dy[{i, c}] - slope - (x[{i, c}] - mean) * scale * scaled);
  }
  return result;
}

Tensor normalized(const Tensor &x) { return batch_norm(x, mean(x, 0), variance(x, 0), 1.f, 0.f); }

}  // namespace

TEST_CASE("variances of columns, and the gradient of what they normalise") {
  Array noise = sample({kRows, kColumns}, f32, -1, 1, 3), dy = sample({kRows, kColumns}, f32, -1, 1, 4);
  for (const Columns &columns : kData) {
    INFO(columns.name);
    Array x = generate({kRows, kColumns}, [&](const Position &p) { return stored(columns.element(noise[p], p), f32); });
    Expected expected = expected_of(x, dy);
    Body body = [](const Tensors &in) {
      auto loss = [](Tensor x, Tensor dy) { return sum(normalized(x) * dy); };
      return Tensors{variance(in[0], 0), grad(loss)(in[0], in[1])};
    };
    Tensors results = run_compiled(body, {tensor_of(x, f32), tensor_of(dy, f32)}, Policy::standard);
    Array variances = array_of(results[0]), slopes = array_of(results[1]);
    for (size_t c = 0; c < kColumns; ++c)
      REQUIRE(std::fabs(variances.values[c] - expected.variance.values[c]) <=
              columns.within * expected.variance.values[c]);
    for (size_t c = 0; c < kColumns; ++c) {
      // Against the largest slope of the column: the others are differences.
      Real largest = 0, error = 0;
      for (size_t i = c; i < slopes.values.size(); i += kColumns) {
        largest = std::max(largest, std::fabs(expected.slope.values[i]));
        error = std::max(error, std::fabs(expected.slope.values[i] - slopes.values[i]));
      }
      REQUIRE(error <= 10 * columns.within * largest);
    }
  }
}

TEST_CASE("variances of columns that are computed") {
  const Array noise = sample({kRows, kColumns}, f32, -1, 1, 3);
  const Array x = generate({kRows, kColumns}, [&](const Position &p) { return stored(7 + 1e-3L * noise[p], f32); });
  Body body = [](const Tensors &in) {
    return Tensors{variance(exp(in[0]), 0), variance(in[0] * 0.5f + in[1], 0),
                   variance(matmul(in[0], in[2]) + 10.f, 0)};
  };
  const std::vector<Tensor> inputs = {tensor_of(x, f32), tensor_of(sample({kColumns}, f32, -9, 9, 5), f32),
                                      tensor_of(sample({kColumns, kColumns}, f32, -1, 1, 6), f32)};
  const Tensors variances = run_compiled(body, inputs, Policy::standard),
                exact = run_eager(body, inputs, Policy::strict);
  for (size_t i = 0; i < variances.size(); ++i)
    for (size_t c = 0; c < kColumns; ++c) {
      const Real expected = array_of(exact[i]).values[c];
      REQUIRE(std::fabs(array_of(variances[i]).values[c] - expected) <= 2e-3L * expected);
    }
}

TEST_CASE("equal elements have no variance, NaN and infinity one that is NaN") {
  auto standard = function([](Tensor x) { return standard_deviation(x, 0); });
  for (double value : {0.0, 7.3, -1e-3, 123456.7}) {
    Tensor x = broadcast_to(etch::constant(value, f32), {kRows, kColumns}) + zeros({kRows, kColumns});
    for (Real each : array_of(standard(x)).values) {
      REQUIRE(each >= 0);
      REQUIRE(each <= 1e-3L * std::fabs(value));
    }
  }
  for (Real odd : {Real(NAN), Real(HUGE_VAL)}) {
    Array x = generate({kRows, kColumns}, [&](const Position &p) { return p[0] == 2000 && p[1] == 5 ? odd : Real(1); });
    Array deviations = array_of(standard(tensor_of(x, f32)));
    CHECK(std::isnan(deviations.values[5]));
    CHECK(deviations.values[6] == 0);
  }
}

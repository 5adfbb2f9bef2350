// Reductions of a whole tensor around and beyond one chunk of codegen/cpu/reduce/ReduceWhole.cpp: one line, lines of
// every length, extents of 1.

#include <catch2/catch.hpp>

#include "etch/etch.h"
#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

TEST_CASE("whole tensors: sums, extrema and positions") {
  Report report;
  const std::vector<Shape> shapes = {{65'536},        {65'537},       {131'072},   {300'001},
                                     {3, 70'000},     {70'000, 3},    {2, 65'536}, {300, 301, 2},
                                     {1, 100'000, 1}, {70'000, 1, 2}, {0, 7},      {7, 0}};
  for (const Shape &shape : shapes)
    for (DType dtype : {f32, f64, i32, f16, bf16}) {
      Array x = sample(shape, dtype, -3, 3, 8);
      long double total = 0, magnitude = 0, largest = -HUGE_VALL;
      for (long double value : x.values) {
        total += value;
        magnitude += std::fabs(value);
        largest = std::max(largest, value);
      }
      Tensor input = tensor_of(x, dtype);
      std::string what = std::string(name_of(dtype)) + to_string(shape);
      // With a product beside it and a difference behind it: what is fused changes no bit.
      Body body = [](const Tensors &in) {
        Tensor y = in[0] * in[0];
        return Tensors{sum(in[0]), max(in[0]), sum(y), y, min(in[0]) - sum(y), any(in[0] > 2)};
      };
      Tensors eager = run_eager(body, {input}, Policy::strict), compiled = run_compiled(body, {input}, Policy::strict);
      for (size_t i = 0; i < eager.size(); ++i)
        require_bits(report, what + " result " + std::to_string(i), compiled[i], eager[i]);
      auto scalar = [](long double value) { return generate({}, [&](const Position &) { return value; }); };
      if (is_floating(dtype)) {
        // Each partial sum is of a few thousand numbers, whatever there are in all.
        long double bound = 4000 * epsilon(accumulator_of(dtype)) * magnitude + epsilon(dtype) * std::fabs(total);
        require_within(report, "sum of " + what, eager[0], scalar(total), scalar(bound));
        require_within(report, "max of " + what, eager[1], scalar(largest), scalar(0));
      } else {
        require_within(report, "sum of " + what, eager[0], scalar(stored(total, dtype)), scalar(0));
      }
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("whole lines: the first of equal extrema, NaN before all") {
  for (int64_t n : {65'536, 65'537, 400'000}) {
    std::vector<float> values(static_cast<size_t>(n), 1.f);
    auto position = [&](const std::vector<float> &numbers) {
      Tensor x = from_vector(numbers, {n});
      auto compiled = function([](Tensor x) { return argmax(x); });
      CHECK(compiled(x).item<int64_t>() == argmax(x).item<int64_t>());
      return argmax(x).item<int64_t>();
    };
    CHECK(position(values) == 0);
    values[static_cast<size_t>(n - 1)] = 2;
    CHECK(position(values) == n - 1);
    values[60'000] = 2;
    CHECK(position(values) == 60'000);
    values[static_cast<size_t>(n - 2)] = NAN;
    CHECK(position(values) == n - 2);
  }
}

TEST_CASE("whole tensors of unknown extents: the bits of known ones") {
  Report report;
  PolicyScope strict(Policy::strict);
  auto body = [](Tensor x) { return Tensors{sum(x), sum(x * x), max(x), argmax(x)}; };
  auto known = function(body, {.policy = Policy::strict});
  for (const Shape &shape : std::vector<Shape>{{100'000, 2}, {20'001, 10}, {130, 1024}, {7, 2, 30'000}, {5, 6}})
    for (int unknown = 0; unknown < 3; ++unknown) {
      Shape signature = shape;
      for (int axis = 0; axis < static_cast<int>(shape.rank()); ++axis)
        if (unknown == 2 || (axis == 0) == (unknown == 0)) signature[axis] = kDynamic;
      Options options;
      options.policy = Policy::strict;
      options.input_signature = std::vector<Spec>{{f32, signature}};
      auto dynamic = function(body, options);
      Tensor x = tensor_of(sample(shape, f32, -3, 3, 8), f32);
      Tensors a = dynamic(x), b = known(x);
      for (size_t i = 0; i < a.size(); ++i)
        require_bits(report, to_string(signature) + " of " + to_string(shape) + ", result " + std::to_string(i), a[i],
                     b[i]);
    }
  REQUIRE_CLEAN(report);
}

// Tensors of few elements a row: what moves them, what computes on them, and axes that kernels see as one. Compiled
// code knows its extents and takes other ways than eager code, which does not; bits are the same.
#include <catch2/catch.hpp>

#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

std::string named(int64_t rows, int64_t columns, DType dtype) {
  return std::to_string(rows) + "x" + std::to_string(columns) + " " + std::string(name_of(dtype));
}

Tensor few(int64_t rows, int64_t columns, DType dtype, uint64_t seed = 3) {
  return tensor_of(sample({rows, columns}, dtype, dtype == u8 ? 0 : -4, 4, seed), dtype);
}

Tensor zero(DType dtype) { return zeros({}, dtype); }

}  // namespace

TEST_CASE("rows put together from short pieces have each element in its place") {
  for (int64_t left : {1, 2, 3, 5, 16, 17, 31})
    for (int64_t right : {1, 3, 8}) {
      const int64_t rows = 37;
      INFO(left << " and " << right);
      std::vector<float> x, y, wanted;
      for (int64_t r = 0; r < rows; ++r) {
        for (int64_t c = 0; c < left; ++c) x.push_back(static_cast<float>(r * 100 + c)), wanted.push_back(x.back());
        wanted.push_back(-1);
        for (int64_t c = 0; c < right; ++c) y.push_back(static_cast<float>(-r * 100 - c)), wanted.push_back(y.back());
        wanted.push_back(-2), wanted.push_back(-2);
      }
      auto joined = function(
          [](Tensor x, Tensor y) { return pad(concatenate({pad(x, {{}, {0, 1}}, -1.f), y}, 1), {{}, {0, 2}}, -2.f); });
      CHECK(joined(constant(x, {rows, left}), constant(y, {rows, right})).to_vector<float>() == wanted);
    }
}

TEST_CASE("moves of short rows of every type") {
  Report report;
  for (DType dtype : {f32, i64, bf16, boolean})
    for (int64_t columns : {0, 1, 2, 7, 33})
      for (int64_t rows : {0, 1, 17}) {
        auto several = [&](const Tensors &in) {
          const Tensor &x = in[0], &y = in[1];
          Tensors out{concatenate({x, y}, 1),
                      concatenate({x, y, x}, 1),
                      concatenate({x, x}, 0),
                      stack({x, x}, 1),
                      stack({x, x}, 2),
                      pad(x, {{}, {1, 2}}, zero(dtype)),
                      pad(x, {{2, 0}, {}}, zero(dtype)),
                      pad(x, {{1, 1}, {0, 1}}, zero(dtype)),
                      repeat(x, 2, 1),
                      repeat(x, 3, 0),
                      tile(x, {1, 3}),
                      tile(x, {2, 1}),
                      broadcast_to(expand_dims(x, {1}), {rows, 4, columns})};
          if (columns > 1) {
            out.push_back(slice(x, {Range{}, Range{1, columns}}));
            out.push_back(roll(x, 1, 1));
            out.push_back(pad(slice(x, {Range{}, Range{1, columns}}), {{}, {0, 1}}, zero(dtype)));
            out.push_back(concatenate({slice(concatenate({x, y}, 1), {Range{}, Range{1, columns + 1}}), y}, 1));
          }
          if (rows > 1) out.push_back(slice(x, {Range{1, rows}, Range{}})), out.push_back(roll(x, 1, 0));
          return out;
        };
        require_same(report, named(rows, columns, dtype), several, {few(rows, columns, dtype), few(rows, 3, dtype, 4)});
      }
  INFO(report.text());
  CHECK(report.failures() == 0);
}

TEST_CASE("elementwise kernels of few columns read what is the same in every row, and in every column") {
  Report report;
  for (DType dtype : {f32, f64, i32, bf16})
    for (int64_t columns : {1, 2, 3, 6, 7})
      for (int64_t rows : {63, 64, 1009}) {
        auto several = [&](const Tensors &in) {
          const Tensor &x = in[0], &scales = in[1], &means = in[2];
          Tensors out{x * scales,
                      x + means,
                      (x - means) * scales + x,
                      where(x > means, x, x + scales),
                      x + cast(iota({rows, columns}, 1), dtype),
                      x + cast(iota({rows, columns}, 0), dtype),
                      one_hot(cast(squeeze(means, {1}), i64), columns, dtype),
                      broadcast_to(scales, {rows, columns}) + broadcast_to(means, {rows, columns})};
          if (dtype == f32 || dtype == f64) out.push_back(exp(x - means * means) / exp(scales));
          return out;
        };
        require_same(report, named(rows, columns, dtype), several,
                     {few(rows, columns, dtype), few(1, columns, dtype, 5), few(rows, 1, dtype, 6)});
      }
  INFO(report.text());
  CHECK(report.failures() == 0);
}

TEST_CASE("elementwise kernels of few columns inside other axes") {
  Report report;
  auto several = [](const Tensors &in) {
    const Tensor &x = in[0], &y = in[1], &z = in[2], &pictures = in[3];
    return Tensors{x * y + z, x * pictures, (x + pictures) * z, softmax(x, 1), softmax(x, 2), softmax(x, 3)};
  };
  for (int64_t rows : {64, 65, 200})
    require_same(
        report, std::to_string(rows) + " rows", several,
        {tensor_of(sample({3, rows, 2, 3}, f32, -1, 1, 3), f32), tensor_of(sample({2, 3}, f32, -1, 1, 4), f32),
         tensor_of(sample({rows, 1, 1}, f32, -1, 1, 5), f32), tensor_of(sample({3, 1, 2, 3}, f32, -1, 1, 6), f32)});
  INFO(report.text());
  CHECK(report.failures() == 0);
}

// Values of rows and of columns, for each of a few curves or for all of them: points along it.
TEST_CASE("few rows of few columns that are spread over each other") {
  Report report;
  for (DType dtype : {f32, f64, i32, bf16, boolean})
    for (int64_t columns : {2, 3, 7})
      for (int64_t rows : {7, 8, 16, 19, 32, 65}) {
        auto several = [&](const Tensors &in) {
          const Tensor &ofRows = in[0], &ofColumns = in[1], &ofCurves = in[2], &points = in[3];
          if (dtype == boolean)
            return Tensors{logical_or(ofRows, ofCurves), logical_xor(points, logical_and(ofRows, ofColumns))};
          return Tensors{ofCurves + ofRows * (ofColumns - ofCurves), points * ofRows,
                         where(ofRows > ofCurves, points, ofRows)};
        };
        auto noise = [&](const Shape &shape, uint64_t seed) {
          return tensor_of(sample(shape, dtype, -4, 4, seed), dtype);
        };
        require_same(
            report, named(rows, columns, dtype), several,
            {noise({rows, 1}, 1), noise({columns}, 2), noise({3, 1, columns}, 3), noise({3, rows, columns}, 4)});
      }
  REQUIRE_CLEAN(report);
}

// Repeats along several axes are one copy of the elements (passes/simplify/ComposeRepeats.cpp).
TEST_CASE("elements repeated along one axis after the other") {
  Report report;
  auto several = [](const Tensors &in) {
    const Tensor &x = in[0];
    return Tensors{repeat(repeat(x, 2, 0), 2, 1),
                   repeat(repeat(x, 3, 1), 2, 0),
                   repeat(tile(x, {2, 3, 1}), 2, 1),
                   tile(repeat(x, 2, 2), {1, 2, 2}),
                   repeat(repeat(x, 2, 1), 2, 1),
                   tile(tile(x, {3, 1, 1}), {1, 2, 1}),
                   repeat(repeat(repeat(x, 2, 0), 3, 1), 2, 2) + 1.f};
  };
  for (const Shape &shape : {Shape{5, 7, 3}, Shape{4, 6, 1}, Shape{1, 5, 2}, Shape{8, 16, 16}, Shape{3, 0, 2}})
    require_same(report, std::to_string(shape.num_elements()) + " elements", several,
                 {tensor_of(sample(shape, f32, -4, 4, 3), f32)});
  REQUIRE_CLEAN(report);
}

TEST_CASE("axes that kernels see as one") {
  Report report;
  const std::vector<Shape> shapes = {{3, 5, 2, 7},   {128, 1, 3, 4}, {130, 2, 3, 5},
                                     {1, 200, 4, 3}, {2, 0, 3, 1},   {17, 3, 1, 32}};
  for (const Shape &shape : shapes) {
    auto several = [&](const Tensors &in) {
      const Tensor &x = in[0];
      Tensors out;
      for (int64_t axis = 0; axis < 4; ++axis) {
        out.push_back(sum(x, axis));
        out.push_back(sum(x * x, {axis}, true) + x);
        out.push_back(variance(x, axis));
        if (shape[axis] > 0) out.push_back(max(x, axis)), out.push_back(argmax(x, axis));
        out.push_back(reverse(x, {axis}));
        std::vector<Padding> border(4);
        border[static_cast<size_t>(axis)] = {1, 2, 0};
        out.push_back(exp(pad(x, border)));
        border[static_cast<size_t>(axis)] = {0, 1, 1};
        out.push_back(pad(x, border));
        out.push_back(neg(concatenate({x, x}, axis)));
        out.push_back(x + cast(iota(shape, axis), f32));
        if (shape[axis] > 1) {
          std::vector<Range> ranges(4);
          ranges[static_cast<size_t>(axis)] = {1, shape[axis]};
          out.push_back(exp(slice(x, ranges)));
        }
      }
      for (const Axes &axes : {Axes{0, 1}, Axes{1, 2}, Axes{0, 2}, Axes{1, 3}, Axes{0, 1, 2}, Axes{1, 2, 3}}) {
        out.push_back(sum(x, axes));
        out.push_back(x - mean(x, axes, true));
        out.push_back(reverse(x, axes));
      }
      for (const Axes &permutation : {Axes{0, 1, 3, 2}, Axes{2, 3, 0, 1}, Axes{1, 2, 3, 0}, Axes{3, 2, 1, 0}})
        out.push_back(exp(transpose(x, permutation)));
      return out;
    };
    require_same(report, to_string(shape), several, {tensor_of(sample(shape, f32, -1, 1, 3), f32)});
  }
  INFO(report.text());
  CHECK(report.failures() == 0);
}

TEST_CASE("extrema of rows of a little more than a vector") {
  Report report;
  for (DType dtype : {f32, f64, i32, u8, bf16})
    for (int64_t columns : {16, 17, 23, 24, 25, 33, 48, 49, 63, 64})
      for (int64_t rows : {16, 509}) {
        auto several = [&](const Tensors &in) {
          const Tensor &x = in[0], &scales = in[1];
          Tensors out{max(x, 1), min(x * scales, 1), argmax(x, 1), argmin(x + scales, 1)};
          if (is_floating(dtype)) out.push_back(logsumexp(x, 1));
          return out;
        };
        // Equal elements, NaN in some rows, more than one in one.
        Tensor x = few(rows, columns, dtype);
        if (is_floating(dtype)) {
          Tensor is_marked = equal(rem(iota({rows, columns}, 0), 5) * iota({rows, columns}, 1), 28);
          x = where(is_marked, full({}, std::numeric_limits<float>::quiet_NaN(), dtype), x);
        }
        require_same(report, named(rows, columns, dtype), several, {x, few(1, columns, dtype, 5)});
      }
  INFO(report.text());
  CHECK(report.failures() == 0);
}

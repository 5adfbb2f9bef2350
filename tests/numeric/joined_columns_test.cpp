// Columns that are computed and put side by side, as stack(..., -1) makes rows of them: the bits must be those of ops
// run one by one.
#include <catch2/catch.hpp>

#include <random>

#include "runtime/cpu/parallel_for.h"
#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

Tensor noise(Shape shape, int seed, DType dtype = f32) { return tensor_of(sample(shape, dtype, -2, 2, seed), dtype); }

Tensor column(const Tensor &x, int64_t i) { return x[{{}, i}]; }

Tensor cross(const Tensor &a, const Tensor &b) {
  auto part = [&](int64_t i, int64_t k) { return column(a, i) * column(b, k) - column(a, k) * column(b, i); };
  return stack({part(1, 2), part(2, 0), part(0, 1)}, 1);
}

/// As many columns as that, each computed in another way.
std::vector<Tensor> columns_of(const Tensor &x, const Tensor &y, int64_t count) {
  std::vector<Tensor> columns;
  for (int64_t i = 0; i < count; ++i)
    columns.push_back(i % 3 == 0 ? x + y * i : i % 3 == 1 ? x - y : abs(columns[i - 1]) * y);
  return columns;
}

}  // namespace

TEST_CASE("columns of any number, rows of any number and dtype, bit for bit") {
  std::mt19937 random(11);
  auto between = [&](int64_t low, int64_t high) { return low + static_cast<int64_t>(random() % (high - low + 1)); };
  Report report;
  for (int round = 0; round < 60; ++round) {
    const DType dtype = std::vector{f32, f64, bf16, i32, u8, i64}[static_cast<size_t>(round % 6)];
    const int64_t rows = between(14, 150), count = between(2, 13);
    const bool is_picture = round % 4 == 1, goes_on = round % 3 == 1, folds = round % 3 == 2;
    const Shape shape = is_picture ? Shape{between(1, 5), rows} : Shape{rows};
    const Tensors inputs = {noise(shape, round, dtype), noise(shape, round + 1, dtype)};
    require_same(
        report, std::to_string(count) + " columns of " + to_string(shape) + " " + std::string(name_of(dtype)),
        [&](const Tensors &in) {
          Tensor joined = stack(columns_of(in[0], in[1], count), -1);
          if (goes_on) return Tensors{joined * joined, joined + expand_dims(in[0], -1)};
          if (folds) return Tensors{sum(joined * joined, {-1}), joined};
          return Tensors{joined};
        },
        inputs);
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("rows of coordinates: cross products, rotations, lengths, matrices") {
  Report report;
  for (int64_t n : {16, 33, 4096, 20000}) {
    const std::string rows = " of " + std::to_string(n);
    const Tensors points = {noise({n, 3}, 1), noise({n, 3}, 2), noise({n, 4}, 3)};
    require_same(report, "cross" + rows, [](const Tensors &in) { return Tensors{cross(in[0], in[1])}; }, points);
    require_same(
        report, "rotation by a quaternion" + rows,
        [](const Tensors &in) {
          Tensor u = in[2][{{}, {0, 3}}], w = in[2][{{}, {3, 4}}], t = 2.f * cross(u, in[0]);
          return Tensors{in[0] + w * t + cross(u, t)};
        },
        points);
    require_same(
        report, "normals" + rows,
        [](const Tensors &in) {
          Tensor normal = cross(in[0], in[1]);
          return Tensors{normal / sqrt(sum(normal * normal, {1}, true) + 1e-6f)};
        },
        points);
    require_same(
        report, "the largest, and its place" + rows,
        [](const Tensors &in) {
          Tensor c = cross(in[0], in[1]);
          return Tensors{max(c, {1}), argmax(c, 1)};
        },
        points);
    require_same(
        report, "a triangle" + rows,
        [](const Tensors &in) {
          auto e = [&](int64_t i) { return abs(column(in[0], i)) + 1.f; };
          Tensor a = sqrt(e(0)), b = e(1) / a, c = sqrt(e(2)), zero = zeros_like(a);
          return Tensors{stack({stack({a, zero}, 1), stack({b, c}, 1)}, 1)};
        },
        points);
    require_same(
        report, "columns beside columns" + rows,
        [](const Tensors &in) {
          return Tensors{concatenate({in[0] * 2.f, in[1], in[2] + 1.f}, 1),
                         concatenate({exp(in[0]), ones({in[0].shape()[0], 1})}, 1)};
        },
        points);
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("what is joined and read elsewhere as well") {
  Report report;
  const Tensors inputs = {noise({300}, 1), noise({300}, 2)};
  require_same(
      report, "returned, too",
      [](const Tensors &in) {
        Tensor a = in[0] + in[1], b = in[0] * in[1];
        return Tensors{stack({a, b}, 1), a, sum(b)};
      },
      inputs);
  require_same(
      report, "in rows and in columns",
      [](const Tensors &in) {
        Tensor a = in[0] + in[1], b = in[0] * in[1];
        return Tensors{stack({a, b}, 1), stack({a, b}, 0)};
      },
      inputs);
  require_same(
      report, "joined twice",
      [](const Tensors &in) {
        Tensor a = stack({in[0] + 1.f, in[1] - 1.f}, 1);
        return Tensors{stack({a[{{}, 1}] * 2.f, a[{{}, 0}]}, 1), matmul(a, transpose(a))};
      },
      inputs);
  require_same(
      report, "shifted",
      [](const Tensors &in) {
        Tensor a = stack({in[0] + 1.f, in[1] - 1.f}, 1);
        return Tensors{a[{{1, Range::kEnd}}] - a[{{0, -1}}]};
      },
      inputs);
  REQUIRE_CLEAN(report);
}

TEST_CASE("a step of a loop over points overwrites them") {
  Report report;
  require_same(report, "spin",
               [](const Tensors &in) {
                 Tensor p = in[0];
                 for (int i = 0; i < 3; ++i) p = p + cross(in[1], p) * 0.1f;
                 return Tensors{p,
                                for_range(0, 5, in[0], [&](Tensor, Tensor q) { return q + cross(in[1], q) * 0.1f; })};
               },
               {noise({5000, 3}, 1), noise({5000, 3}, 2)});
  REQUIRE_CLEAN(report);
}

TEST_CASE("joined columns on any number of threads") {
  const Tensors inputs = {noise({40000, 3}, 1), noise({40000, 3}, 2)};
  auto step = function([](Tensor a, Tensor b) { return cross(a * 2.f, b) + a; });
  const int before = runtime::num_threads();
  runtime::set_num_threads(1);
  const auto expected = step(inputs[0], inputs[1]).to_vector<float>();
  for (int threads : {2, 8}) {
    runtime::set_num_threads(threads);
    CHECK(step(inputs[0], inputs[1]).to_vector<float>() == expected);
  }
  runtime::set_num_threads(before);
}

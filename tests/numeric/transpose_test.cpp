// Transposes by every road of codegen/cpu/move/TransposeKernel.cpp: whole tiles and edges, through the caches and past
// them, by way of scratch; alone and fused with arithmetic; known and unknown extents.

#include <catch2/catch.hpp>
#include <numeric>
#include <random>

#include "etch/etch.h"
#include "runtime/cpu/parallel_for.h"
#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

/// Different numbers as far as the dtype goes.
Tensor numbered(const Shape &shape, DType dtype) {
  Tensor n = cast(arange(shape.num_elements()), i64);
  return reshape(cast(dtype == f32 || dtype == f64 ? n : n - n / 251 * 251, dtype), shape);
}

Array permuted(const Array &x, const std::vector<int64_t> &permutation) {
  std::vector<int64_t> extents;
  for (int64_t axis : permutation) extents.push_back(x.shape[static_cast<int>(axis)]);
  return generate(Shape(extents), [&](const Position &p) {
    Position source(p.size());
    for (size_t axis = 0; axis < p.size(); ++axis) source[static_cast<size_t>(permutation[axis])] = p[axis];
    return x[source];
  });
}

void check(Report &report, const Shape &shape, const std::vector<int64_t> &permutation, DType dtype) {
  std::string what = "transpose of " + std::string(name_of(dtype)) + to_string(shape) + " by";
  for (int64_t axis : permutation) what += " " + std::to_string(axis);
  Axes axes(permutation);
  Tensor x = numbered(shape, dtype);
  Array expected = permuted(array_of(x), permutation);
  require_close(report, what + ", eager", transpose(x, axes), expected, 0);
  auto compiled = function([&](Tensor x) { return transpose(x, axes); });
  require_close(report, what + ", compiled", compiled(x), expected, 0);
  if (dtype == boolean) return;
  // A kernel that reads x both ways round, and one that reads a row of y for each row of the result.
  Tensor y = tensor_of(expected, dtype);
  auto fused = function([&](Tensor x, Tensor y) { return transpose(x, axes) - y; });
  report.require(all(fused(x, y) == zeros_like(y)).item<bool>(), what + ", fused");
}

}  // namespace

TEST_CASE("rows that lie as columns are folded: random shapes, bit for bit") {
  Report report;
  std::mt19937 random(11);
  const std::vector<int64_t> extents = {1, 3, 7, 16, 17, 33, 64, 130};
  auto extent = [&] { return extents[random() % extents.size()]; };
  for (int round = 0; round < 40; ++round) {
    const Shape shape = {extent(), 1 + extent() % 5, extent()};
    const Axes axes = round % 2 ? Axes{2, 1, 0} : Axes{1, 2, 0};
    const DType dtype = round % 5 == 0 ? f64 : round % 7 == 0 ? f16 : f32;
    const Tensors inputs = {tensor_of(sample(shape, dtype, -2, 2, round), dtype)};
    Body body = [&](const Tensors &in) {
      Tensor t = transpose(in[0], axes);
      return Tensors{sum(relu(t) + t * t, {2}), max(t, {0}), softmax(abs(t), 2), sum(t * t, {0, 1})};
    };
    require_same(
        report,
        "folds of " + to_string(shape) + (round % 2 ? " by 2 1 0 " : " by 1 2 0 ") + std::string(name_of(dtype)), body,
        inputs);
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("large loops across rows, in blocks, past the caches: bit for bit") {
  Report report;
  const int before = runtime::num_threads();
  for (int threads : {1, 2}) {
    runtime::set_num_threads(threads);
    for (auto [rows, columns, dtype] : {std::tuple{1504, 1520, f32}, std::tuple{1457, 1501, f32},
                                        std::tuple{2050, 2064, f32}, std::tuple{1030, 1100, f64}}) {
      const Shape shape = {rows, columns};
      const Tensors inputs = {numbered(shape, dtype), numbered({columns, rows}, dtype) * 0.5f};
      require_same(
          report, "across " + to_string(shape) + ", " + std::to_string(threads) + " threads",
          [](const Tensors &in) {
            Tensor t = transpose(in[0]);
            return Tensors{relu(t) + in[1], transpose(in[0] * 2.f - 1.f), transpose(abs(in[1]) + 1.f) * in[0],
                           transpose(in[0] + transpose(in[1]))};
          },
          inputs);
    }
    const Tensors inputs = {numbered({3, 130, 7, 800}, f32), numbered({3, 7, 800, 130}, f32)};
    require_same(
        report, "heads across, " + std::to_string(threads) + " threads",
        [](const Tensors &in) {
          return Tensors{transpose(in[0], {0, 2, 3, 1}) * 0.125f + in[1], transpose(in[0] + in[0], {0, 2, 3, 1}),
                         transpose(in[1] * in[1], {2, 1, 0, 3})};
        },
        inputs);
  }
  runtime::set_num_threads(before);
  REQUIRE_CLEAN(report);
}

TEST_CASE("transposes of random shapes") {
  Report report;
  std::mt19937 random(7);
  const std::vector<int64_t> extents = {0, 1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 32, 33, 48, 64, 67};
  for (int round = 0; round < 150; ++round) {
    auto rank = 1 + static_cast<int>(random() % 4);
    std::vector<int64_t> shape, permutation(static_cast<size_t>(rank));
    for (int axis = 0; axis < rank; ++axis)
      shape.push_back(extents[random() % (rank > 3 ? 7 : rank > 2 ? 11 : extents.size())]);
    std::iota(permutation.begin(), permutation.end(), 0);
    std::shuffle(permutation.begin(), permutation.end(), random);
    check(report, Shape(shape), permutation, kAll[random() % kAll.size()]);
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("transposes of matrices with few rows or columns") {
  Report report;
  for (DType dtype : {u8, f16, f32, f64})
    for (int64_t narrow : {2, 3, 4, 5, 6, 11, 16, 17})
      for (int64_t wide : {9, 131}) {
        check(report, {wide, narrow}, {1, 0}, dtype);
        check(report, {narrow, wide}, {1, 0}, dtype);
        if (wide == 9) check(report, {4, narrow, 5, wide}, {0, 2, 3, 1}, dtype);
      }
  // Few channels beside an unknown number of pixels.
  for (int64_t pixels : {1, 50, 64, 1000}) {
    Tensor x = numbered({pixels, 3}, u8);
    auto apart = function([](Tensor x) { return transpose(x); }, {.input_signature = {{u8, {kDynamic, 3}}}});
    auto together = function([](Tensor x) { return transpose(x); }, {.input_signature = {{u8, {3, kDynamic}}}});
    Array expected = permuted(array_of(x), {1, 0});
    require_close(report, "apart", apart(x), expected, 0);
    require_close(report, "together", together(tensor_of(expected, u8)), array_of(x), 0);
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("transposes that move short runs") {
  Report report;
  for (DType dtype : {u8, f16, f32, f64})
    for (int64_t run : {3, 10, 32, 33, 520}) check(report, {5, 7, run}, {1, 0, 2}, dtype);
  REQUIRE_CLEAN(report);
}

TEST_CASE("transposes of large tensors") {
  Report report;
  check(report, {528, 1024}, {1, 0}, f32);  // rows of the result begin at cache lines
  check(report, {1024, 531}, {1, 0}, f32);  // with edges below
  check(report, {531, 1000}, {1, 0}, f32);  // they do not: by way of scratch
  check(report, {520, 513}, {1, 0}, f64);
  check(report, {513, 520}, {1, 0}, i64);
  check(report, {1100, 1001}, {1, 0}, f16);  // tiles narrower than lines
  check(report, {999, 1100}, {1, 0}, bf16);
  check(report, {1500, 1411}, {1, 0}, u8);
  check(report, {1537, 1473}, {1, 0}, u8);  // blocks in scratch of one row and of one column
  check(report, {1472, 1450}, {1, 0}, boolean);
  check(report, {3, 400, 450}, {0, 2, 1}, f32);
  check(report, {3, 450, 400}, {1, 2, 0}, f32);
  check(report, {60, 100, 91}, {1, 0, 2}, f32);  // runs that do not begin at lines
  check(report, {600000}, {0}, f32);
  REQUIRE_CLEAN(report);
}

// Rows of tiles of narrow types were stored as if they began at cache lines.
TEST_CASE("narrow types read transposed inside other loops") {
  for (DType dtype : {u8, f16, bf16, i64}) {
    Tensor x = cast(reshape(arange(17 * 3 * 3), {17, 3, 3}) % 100, dtype);
    auto f = function(
        [](Tensor a) {
          Tensor moved = dynamic_slice(transpose(a, {2, 0, 1}),
                                       {constant(int64_t{0}), constant(int64_t{0}), constant(int64_t{0})}, {3, 17, 3});
          return cast(transpose(moved, {2, 0, 1}), i64);
        },
        {.input_signature = {{dtype, {kDynamic, kDynamic, kDynamic}}}});
    std::vector<int64_t> expected, from = cast(x, i64).to_vector<int64_t>();
    for (int c = 0; c < 3; ++c)
      for (int a = 0; a < 3; ++a)
        for (int b = 0; b < 17; ++b) expected.push_back(from[static_cast<size_t>(b * 9 + c * 3 + a)]);
    CHECK(f(x).to_vector<int64_t>() == expected);
  }
}

// Elements of a table of one axis that are picked by computed indices: one kernel computes indices, picks, and goes on.
// Bits must be those of ops that run one by one, and derivatives those of the same.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

Tensor noise(Shape shape, int seed, DType dtype = f32) { return tensor_of(sample(shape, dtype, -2, 2, seed), dtype); }
Tensor bytes(Shape shape, int seed) { return tensor_of(sample(shape, u8, 0, 255, seed), u8); }

/// Pixels of a picture between which a point lies, and how near each is.
Tensor bilinear(Tensor picture, Tensor x, Tensor y) {
  const int64_t rows = picture.shape()[0], columns = picture.shape()[1];
  x = clamp(x, 0.f, static_cast<float>(columns - 2) + .5f);
  y = clamp(y, 0.f, static_cast<float>(rows - 2) + .5f);
  Tensor left = floor(x), top = floor(y), fx = x - left, fy = y - top;
  Tensor i = cast(top, i32) * static_cast<int>(columns) + cast(left, i32);
  Tensor pixels = reshape(picture, {rows * columns});
  auto along = [&](const Tensor &place) { return take(pixels, place) * (1.f - fx) + take(pixels, place + 1) * fx; };
  return along(i) * (1.f - fy) + along(i + static_cast<int>(columns)) * fy;
}

}  // namespace

TEST_CASE("elements picked by computed indices") {
  Report report;
  for (Shape shape : {Shape{1}, Shape{16}, Shape{1003}, Shape{37, 53}, Shape{3, 17, 64}}) {
    const std::string name = to_string(shape) + " ";
    auto table_of_bytes = [](const Tensors &in) { return Tensors{take(in[0], cast(in[1], i32))}; };
    for (DType dtype : {f32, f64, i32, i64, u8, f16, bf16, boolean})
      require_same(report, name + "bytes in a table of " + std::string(name_of(dtype)), table_of_bytes,
                   {noise({256}, 1, dtype), bytes(shape, 2)});
    require_same(report, name + "a wave",
                 [](const Tensors &in) {
                   Tensor p = abs(in[1]) * 2048.f, below = floor(p), i = cast(below, i32);
                   Tensor a = take(in[0], bitwise_and(i, 2047)), b = take(in[0], bitwise_and(i + 1, 2047));
                   return Tensors{a + (p - below) * (b - a)};
                 },
                 {noise({2048}, 1), noise(shape, 2)});
    require_same(report, name + "a picture", [](const Tensors &in) { return Tensors{bilinear(in[0], in[1], in[2])}; },
                 {noise({40, 50}, 1), noise(shape, 2) * 20.f + 20.f, noise(shape, 3) * 20.f + 20.f});
    require_same(report, name + "a sum, and the indices",
                 [](const Tensors &in) {
                   Tensor i = cast(clamp(in[1] * 9.f, 0.f, 30.f), i64);
                   return Tensors{sum(take(in[0], i), -1), max(take(in[0], i + 1) * in[1], -1), i};
                 },
                 {noise({32}, 1), noise(shape, 2)});
  }
  require_same(report, "a table that is computed of the same",
               [](const Tensors &in) {
                 Tensor x = sqrt(in[0]), i = cast(x * 7.f, i32);
                 return Tensors{take(x, i) * x, take(exp(x), i) + take(reverse(x, 0), i)};
               },
               {abs(noise({500}, 1))});
  require_same(report, "indices of indices",
               [](const Tensors &in) {
                 Tensor i = cast(in[0], i32), j = take(in[1], i) + 1;
                 return Tensors{take(in[2], j) - take(in[2], i)};
               },
               {bytes({77, 30}, 1), cast(abs(noise({256}, 2)) * 100.f, i32), noise({256}, 3)});
  require_same(report, "derivatives by picture and places",
               [](const Tensors &in) {
                 Tensor by_picture = grad([&](Tensor p) { return sum(square(bilinear(p, in[1], in[2]))); })(in[0]);
                 Tensor by_place = grad([&](Tensor x) { return sum(square(bilinear(in[0], x, in[2]))); })(in[1]);
                 return Tensors{by_picture, by_place};
               },
               {noise({40, 50}, 1), noise({300}, 2) * 20.f + 20.f, noise({300}, 3) * 20.f + 20.f});
  REQUIRE_CLEAN(report);
}

TEST_CASE("computed indices outside the table are those of its ends") {
  auto pick = etch::function([](Tensor table, Tensor x) { return take(table, cast(x * 2.f, i32)) + 0.f; });
  const float inf = std::numeric_limits<float>::infinity();
  Tensor x = etch::constant({-1e30f, -3.f, -.2f, 0.f, .5f, 1.f, 1.5f, 7.f, 3e9f, inf, -inf, std::nanf("")});
  Tensor expected = etch::constant({1.f, 1.f, 1.f, 1.f, 2.f, 3.f, 3.f, 3.f, 3.f, 3.f, 1.f, 1.f});
  Tensor table = etch::constant({1.f, 2.f, 3.f});
  Report report;
  require_bits(report, "twelve", pick(table, x), expected);
  // Sixteen lanes, and some that are masked.
  require_bits(report, "thirty-six", pick(table, concatenate({x, x, x}, 0)),
               concatenate({expected, expected, expected}, 0));
  REQUIRE_CLEAN(report);
}

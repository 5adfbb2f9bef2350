// Large values of which the program reads slices only: what is computed of slices instead must have the same bits, and
// the same derivatives, as what ops that run one by one store.
#include <catch2/catch.hpp>

#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

Tensor noise(Shape shape, int seed, DType dtype = f32) { return tensor_of(sample(shape, dtype, -2, 2, seed), dtype); }

}  // namespace

TEST_CASE("slices of large computed values") {
  Report report;
  require_same(report, "luma",
               [](const Tensors &in) {
                 Tensor x = cast(in[0], f32) / 255.f;
                 auto channel = [&](int64_t i) { return x[{Range(), Range(), i}]; };
                 return Tensors{cast(255.f * (.299f * channel(0) + .587f * channel(1) + .114f * channel(2)), u8)};
               },
               {noise({111, 103, 3}, 1, u8)});
  require_same(report, "halves, with a row and a column repeated",
               [](const Tensors &in) {
                 Tensor y = tanh(in[0] * in[1] + in[2]);
                 return Tensors{y[{Range(), Range(0, 100)}] * y[{Range(), Range(100, 200)}]};
               },
               {noise({180, 200}, 1), noise({200}, 2), noise({180, 1}, 3)});
  require_same(report, "every other one of what is transposed and picked",
               [](const Tensors &in) {
                 Tensor y = exp(transpose(in[0])) + take(in[1], in[2], 0);
                 return Tensors{y[{Range(0, Range::kEnd, 2)}], y[{Range(1, Range::kEnd, 2), Range(3, 50)}]};
               },
               {noise({200, 180}, 1), noise({40, 200}, 2), cast(noise({180}, 3) * 9.f + 20.f, i32)});
  require_same(report, "what is read twice in turn",
               [](const Tensors &in) {
                 Tensor x = abs(in[0]), y = x * x + x;
                 return Tensors{y[{Range(5, 20'000)}], y[{Range(20'000, 40'001)}] - x[{Range(0, 20'001)}]};
               },
               {noise({40'001}, 1)});
  require_same(report, "in a loop",
               [](const Tensors &in) {
                 Tensor y = sin(in[0]);
                 return Tensors{for_range(0, 3, in[1], [&](Tensor i, Tensor z) {
                   return z * .5f + y[{Range(0, 200)}] * cast(i, f32) + y[{Range(200, 400)}];
                 })};
               },
               {noise({400, 90}, 1), noise({200, 90}, 2)});
  require_same(report, "derivatives",
               [](const Tensors &in) {
                 return Tensors{grad([&](Tensor x) {
                   Tensor y = exp(x) * square(in[1]);
                   return sum(y[{Range(), 0}] * sqrt(y[{Range(), 2}]));
                 })(in[0])};
               },
               {noise({11'000, 3}, 1), noise({3}, 2)});
  REQUIRE_CLEAN(report);
}

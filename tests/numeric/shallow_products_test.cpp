// Products of a small depth have functions of their own: the bits must be those of the same product with a depth that
// zeros make larger, which goes through tiles.
#include <catch2/catch.hpp>

#include "tests/numeric/checks.h"
#include "tests/threads.h"

using namespace etch;
using namespace numeric;
using etch::testing::Threads;

namespace {

Tensor noise(Shape shape, DType dtype, int seed) { return tensor_of(sample(shape, dtype, -2, 2, seed), dtype); }

constexpr int64_t kDeep = 40;

/// x [m, k] and y [k, n] with zeros behind their depth.
Tensors deepened(const Tensor &x, const Tensor &y) {
  const int64_t more = kDeep - x.shape()[1];
  return {concatenate({x, zeros({x.shape()[0], more}, x.dtype())}, 1),
          concatenate({y, zeros({more, y.shape()[1]}, y.dtype())}, 0)};
}

}  // namespace

TEST_CASE("products of a small depth: every depth, layouts, types") {
  Report report;
  int round = 0;
  for (DType dtype : {f32, bf16, f64, i32, f16, u8})
    for (int64_t k = 1; k <= 26; ++k)
      for (int64_t n : {17, 45, 64, 300}) {
        ++round;
        if ((dtype != f32 && dtype != bf16 && round % 3) || (dtype != bf16 && k > 14)) continue;
        const int64_t m = std::vector<int64_t>{9, 40, 16, 65, 33}[static_cast<size_t>(round % 5)];
        const bool turn_x = round % 4 == 1, turn_y = round % 7 < 3, is_behind = round % 6 == 2;
        const Tensor x = noise({m, k}, dtype, 1), y = noise({k, n}, dtype, 2), s = noise({m, n}, dtype, 3);
        auto product = [&](bool turn_x, bool turn_y) {
          return [=](const Tensors &in) {
            Tensor z = matmul(in[0], in[1], turn_x, turn_y);
            return is_behind ? Tensors{maximum(z, in[2]), z} : Tensors{z};
          };
        };
        const Tensors deep = deepened(x, y);
        const Tensor left = turn_x ? transpose(x) : x, right = turn_y ? transpose(y) : y;
        for (Policy policy : {Policy::strict, Policy::standard}) {
          const Threads threads(1 + round % 2);
          const Tensors got = run_compiled(product(turn_x, turn_y), {left, right, s}, policy);
          const Tensors wanted = run_compiled(product(false, false), {deep[0], deep[1], s}, policy);
          const std::string what = std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k) + " " +
                                   std::string(name_of(dtype)) + (turn_x ? " x^T" : "") + (turn_y ? " y^T" : "");
          for (size_t i = 0; i < got.size(); ++i) require_bits(report, what, got[i], wanted[i]);
        }
      }
  REQUIRE_CLEAN(report);
}

TEST_CASE("products of a small depth: operands that are computed, or laid out ahead") {
  Report report;
  for (DType dtype : {f32, bf16, f64})
    for (int64_t k : {1, 2, 3, 7, 12}) {
      const int64_t m = 50, n = 83;
      const Tensor x = noise({m, k}, dtype, 1), y = noise({k, n}, dtype, 2);
      auto product = [](const Tensors &in) { return Tensors{matmul(in[0], in[1])}; };
      auto computed = [](const Tensors &in) { return Tensors{matmul(relu(in[0]), relu(in[1]))}; };
      auto captured = [&](const Tensors &in) { return Tensors{matmul(in[0], y)}; };
      for (Policy policy : {Policy::strict, Policy::standard}) {
        const std::string what = "depth " + std::to_string(k) + " " + std::string(name_of(dtype));
        require_bits(report, what + " captured", run_compiled(captured, {x}, policy)[0],
                     run_compiled(product, deepened(x, y), policy)[0]);
        require_bits(report, what + " computed", run_compiled(computed, {x, y}, policy)[0],
                     run_compiled(product, deepened(relu(x), relu(y)), policy)[0]);
      }
    }
  REQUIRE_CLEAN(report);
}

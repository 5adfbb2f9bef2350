// Right operands of matrix products that are constants of the program or captured lie as the product reads them: the
// bits must be those of operands that are arguments.
#include <catch2/catch.hpp>

#include <random>
#include <tuple>

#include "runtime/cpu/parallel_for.h"
#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

Tensor noise(Shape shape, DType dtype, int seed) { return tensor_of(sample(shape, dtype, -2, 2, seed), dtype); }

/// In a traced function an op that holds the elements, as captured tensors become when a function is saved.
Tensor as_constant(const Tensor &x) { return detail::make_constant(x.type(), x.data(), {}, {}); }

}  // namespace

TEST_CASE("products by constants: random shapes and layouts, bit for bit") {
  std::mt19937 random(12);
  auto below = [&](size_t n) { return static_cast<int64_t>(random() % n); };
  const std::vector<int64_t> sides = {1, 2, 3, 5, 7, 8, 9, 13, 15, 16, 17, 31, 32, 33, 48, 50, 64, 65, 100, 127, 200};
  const int threads_before = runtime::num_threads();
  Report report;
  for (int round = 0; round < 120; ++round) {
    int64_t m = sides[below(sides.size())], n = sides[below(sides.size())], k = sides[below(sides.size())];
    if (round % 16 == 0) k = 520 + below(700);         // several passes over the depth
    if (round % 30 == 1) m = 300, n = 700, k = 300;    // more rows and columns than a block
    if (round % 30 == 2) n = 2100 + below(50), k = 9;  // several blocks of columns
    const bool turn_x = below(2), turn_y = below(2);
    const DType dtype = std::vector<DType>{f32, f64, bf16, i32, f16, f32, bf16}[static_cast<size_t>(round % 7)];
    const bool both_ways = turn_y && below(3) == 0, is_behind = !both_ways && below(2);
    const Policy policy = below(2) ? Policy::strict : Policy::standard;
    Tensor x = noise(turn_x ? Shape{k, m} : Shape{m, k}, dtype, 1);
    Tensor y = noise(turn_y ? Shape{n, k} : Shape{k, n}, dtype, 2), s = noise({n}, dtype, 3);
    // Arguments along the depth may be added up as dot products, in another order: sums of 1 and -1 are exact in any.
    if (policy == Policy::standard && !turn_x && turn_y) x = sign(x), y = sign(y);
    auto product = [&](const Tensor &left, const Tensor &right) {
      Tensor z = matmul(left, right, turn_x, turn_y);
      if (both_ways) z = matmul(z, right);
      return Tensors{is_behind ? relu(z + s) : z};
    };
    const std::string what = std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k) +
                             (turn_x ? " x^T" : "") + (turn_y ? " y^T" : "") + " " + std::string(name_of(dtype));
    for (int threads : {1, 2}) {
      runtime::set_num_threads(threads);
      const Tensors wanted = run_compiled([&](const Tensors &in) { return product(in[0], in[1]); }, {x, y}, policy);
      const Tensors got = run_compiled([&](const Tensors &in) { return product(in[0], as_constant(y)); }, {x}, policy);
      require_bits(report, what + ", " + std::to_string(threads) + " threads", got[0], wanted[0]);
      if (threads == 1) continue;  // compiling takes the time
      const Tensors captured = run_compiled([&](const Tensors &in) { return product(in[0], y); }, {x}, policy);
      require_bits(report, what + " captured, " + std::to_string(threads) + " threads", captured[0], wanted[0]);
    }
  }
  runtime::set_num_threads(threads_before);
  REQUIRE_CLEAN(report);
}

// The last thread's columns are too few for a tile, which must not be taken for few columns of an operand in place.
TEST_CASE("products by constants: columns split among threads") {
  const int threads_before = runtime::num_threads();
  Report report;
  for (auto [m, n, k] : {std::tuple(24, 40, 4096), {256, 900, 512}, {256, 36, 2048}})
    for (DType dtype : {f32, f64, i32}) {
      const Tensor x = noise({k, m}, dtype, 1), y = noise({k, n}, dtype, 2);
      for (int threads : {1, 2, 8}) {
        runtime::set_num_threads(threads);
        const std::string what = std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k) + " x^T " +
                                 std::string(name_of(dtype)) + ", " + std::to_string(threads) + " threads";
        auto product = [&](const Tensor &right) {
          return [=](const Tensors &in) { return Tensors{matmul(in[0], in.size() > 1 ? in[1] : right, true)}; };
        };
        const Tensors wanted = run_compiled(product(y), {x, y}, Policy::strict);
        require_bits(report, what, run_compiled(product(y), {x}, Policy::strict)[0], wanted[0]);
      }
    }
  runtime::set_num_threads(threads_before);
  REQUIRE_CLEAN(report);
}

TEST_CASE("products by captured tensors and constants with unknown rows") {
  PolicyScope strict(Policy::strict);
  Report report;
  for (DType dtype : {f32, f64, bf16, i32, f16})
    for (Shape shape : {Shape{50, 33}, Shape{3, 100}, Shape{1, 40}, Shape{2, 5}}) {
      const Tensor y = noise(shape, dtype, 2);
      const int64_t k = shape[1];
      const Options options{.input_signature = {{dtype, {kDynamic, k}}}};
      auto captured =
          function([&](Tensor x) { return matmul(x, y, false, true) + matmul(x, y, false, true); }, options);
      auto constant = function([&](Tensor x) { return matmul(x, as_constant(y), false, true); }, options);
      for (int64_t m : {0, 2, 3, 5, 9, 40, 300}) {
        const Tensor x = noise({m, k}, dtype, 1);
        const Tensor wanted = matmul(x, y, false, true);
        const std::string what = std::to_string(m) + " rows by " + to_string(y.type());
        require_bits(report, what + " captured", captured(x), wanted + wanted);
        require_bits(report, what + " constant", constant(x), wanted);
      }
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("a captured tensor that is read in several ways") {
  Report report;
  const Tensor x = noise({20, 40}, f32, 1), y = noise({40, 40}, f32, 2), b = noise({3, 40, 40}, f32, 3);
  auto body = [](const Tensors &in) {
    const Tensor &x = in[0], &y = in[1];
    // Both ways round, as a row of another shape, on the left, in a loop, with a gradient behind it.
    Tensor both = matmul(matmul(x, y, false, true), y),
           flat = matmul(reshape(x, {80, 10}), reshape(y, {160, 10}), false, true);
    Tensor left = matmul(y, x, false, true);
    Tensor looped = for_range(0, 3, x, [&](Tensor, Tensor z) { return tanh(matmul(z, y, false, true)); });
    Tensor slope = grad([&](const Tensor &z) { return sum(tanh(matmul(z, y, false, true))); })(x);
    return Tensors{both, flat, left, looped, slope, y + 1.f};
  };
  for (Policy policy : {Policy::strict, Policy::standard}) {
    const Tensors wanted = run_compiled(body, {x, y}, policy);
    const Tensors got = run_compiled([&](const Tensors &in) { return body({in[0], y}); }, {x}, policy);
    for (size_t i = 0; i < wanted.size(); ++i) require_bits(report, "result " + std::to_string(i), got[i], wanted[i]);
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("products of bf16 by rows that make whole tiles where they lie, and by copies of them, bit for bit") {
  Report report;
  for (int64_t m : {16, 32, 48, 80, 528})
    for (int64_t k : {32, 64, 96, 1024, 1056}) {
      const int64_t n = 33;
      const Tensor x = noise({m, k}, bf16, 1), y = noise({k, n}, bf16, 2);
      auto product = [](bool turned) {
        return [turned](const Tensors &in) { return Tensors{matmul(in[0], in[1], turned)}; };
      };
      const Tensors lying = run_compiled(product(false), {x, y}, Policy::standard);
      const Tensors turned = run_compiled(product(true), {transpose(x), y}, Policy::standard);
      require_bits(report, std::to_string(m) + "x" + std::to_string(k), lying[0], turned[0]);
    }
  REQUIRE_CLEAN(report);
}

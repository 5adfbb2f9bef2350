// Elementwise ops that the kernel of a matrix product computes while it packs an operand: the bits must be those of ops
// run one by one.
#include <catch2/catch.hpp>

#include <random>

#include "tests/numeric/checks.h"
#include "tests/threads.h"

using namespace etch;
using namespace numeric;
using etch::testing::Threads;

namespace {

/// What stands before products in networks, given the matrix, another like it, a row and a column.
struct Before {
  const char *name;
  std::function<Tensor(const Tensor &x, const Tensor &s, const Tensor &row, const Tensor &column)> body;
};
const std::vector<Before> kBefore = {
    {"relu(x)", [](auto &x, auto &, auto &, auto &) { return relu(x); }},
    {"x * row", [](auto &x, auto &, auto &row, auto &) { return x * row; }},
    {"tanh(x * column + row)", [](auto &x, auto &, auto &row, auto &column) { return tanh(x * column + row); }},
    {"mask of s", [](auto &x, auto &s, auto &, auto &) { return where(s > 0.f, x, zeros_like(x)); }},
    {"cast", [](auto &x, auto &, auto &row, auto &) { return cast(cast(x * 9.f, i32), x.dtype()) * row; }},
};

Tensor noise(Shape shape, DType dtype, int seed) { return tensor_of(sample(shape, dtype, -2, 2, seed), dtype); }

}  // namespace

TEST_CASE("ops before matrix products: random shapes and layouts, bit for bit") {
  std::mt19937 random(13);
  auto between = [&](int64_t low, int64_t high) { return low + static_cast<int64_t>(random() % (high - low + 1)); };
  Report report;
  for (int round = 0; round < 60; ++round) {
    const bool makes_left = round % 3 != 1, makes_right = round % 3 != 0;
    // Few rows or columns, one or several passes over the depth, tiles and panels that are not whole.
    int64_t few = between(7, 130), k = round % 5 ? between(60, 500) : between(520, 1300);
    int64_t many = std::max<int64_t>(few + 1, (1 << 16) / k + between(1, 90));
    if (round % 12 == 0) few = between(511, 514), k = 130, many = 520;
    const bool turn_x = random() % 4 == 0, turn_y = random() % 4 == 0;
    const int64_t m = makes_left ? many : few, n = makes_left ? few : many;
    const DType dtype = std::vector<DType>{f32, f64, f32, bf16, f32}[static_cast<size_t>(round % 5)];
    const Shape of_x = turn_x ? Shape{k, m} : Shape{m, k}, of_y = turn_y ? Shape{n, k} : Shape{k, n};
    const Tensors inputs = {noise(of_x, dtype, 1),         noise(of_x, dtype, 2),         noise({of_x[1]}, dtype, 3),
                            noise({of_x[0], 1}, dtype, 4), noise(of_y, dtype, 5),         noise(of_y, dtype, 6),
                            noise({of_y[1]}, dtype, 7),    noise({of_y[0], 1}, dtype, 8), noise({n}, dtype, 9)};
    const Before &before = kBefore[static_cast<size_t>(random() % kBefore.size())];
    const bool is_behind = random() % 2;
    Body body = [&](const Tensors &in) {
      Tensor x = makes_left ? before.body(in[0], in[1], in[2], in[3]) : in[0];
      Tensor y = makes_right ? before.body(in[4], in[5], in[6], in[7]) : in[4];
      Tensor z = matmul(x, y, turn_x, turn_y);
      return Tensors{is_behind ? relu(z + in[8]) : z};
    };
    const std::string what = std::string(before.name) + (makes_left ? ", left " : ", ") +
                             (makes_right ? "right, " : "") + std::to_string(m) + "x" + std::to_string(n) + "x" +
                             std::to_string(k) + (turn_x ? " x^T" : "") + (turn_y ? " y^T" : "") + " " +
                             std::string(name_of(dtype));
    const Tensors eager = run_eager(body, inputs, Policy::strict);
    for (int threads : {1, 2, 8}) {
      Threads scope(threads);
      const Tensors compiled = run_compiled(body, inputs, Policy::strict);
      require_bits(report, what + ", " + std::to_string(threads) + " threads", compiled[0], eager[0]);
    }
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("an operand that somebody else reads, too, is computed once") {
  const Tensors inputs = {noise({700, 100}, f32, 1), noise({100, 30}, f32, 2)};
  Body body = [](const Tensors &in) {
    Tensor x = tanh(in[0]);
    return Tensors{matmul(x, in[1]), x};
  };
  Report report;
  const Tensors eager = run_eager(body, inputs, Policy::strict), compiled = run_compiled(body, inputs, Policy::strict);
  for (size_t i = 0; i < eager.size(); ++i) require_bits(report, "result", compiled[i], eager[i]);
  REQUIRE_CLEAN(report);
}

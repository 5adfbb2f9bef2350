// Elementwise ops that run in the kernel of a matrix product, block by block: the bits must be those of ops run one by
// one.
#include <catch2/catch.hpp>

#include <random>

#include "tests/numeric/checks.h"
#include "tests/threads.h"

using namespace etch;
using namespace numeric;
using etch::testing::Threads;

namespace {

Tensor gelu(const Tensor &x) { return 0.5f * x * (1.f + erf(x * 0.70710678f)); }

/// What stands behind products z [m, n] in networks, given a bias for the columns b, one for the rows r [m, 1] and a
/// residual s [m, n].
struct Behind {
  const char *name;
  std::function<Tensors(const Tensor &z, const Tensor &b, const Tensor &r, const Tensor &s)> body;
};
const std::vector<Behind> kBehind = {
    {"relu(z + b)", [](auto &z, auto &b, auto &, auto &) { return Tensors{relu(z + b)}; }},
    {"gelu(z + b), and z + b", [](auto &z, auto &b, auto &, auto &) { return Tensors{gelu(z + b), z + b}; }},
    {"s + z", [](auto &z, auto &, auto &, auto &s) { return Tensors{s + z}; }},
    {"z, tanh, sigmoid", [](auto &z, auto &, auto &r, auto &) { return Tensors{z, tanh(z * r), sigmoid(z)}; }},
    {"mask of s", [](auto &z, auto &, auto &, auto &s) { return Tensors{where(s > 0.f, z, 0.f)}; }},
    {"z > r alone", [](auto &z, auto &, auto &r, auto &) { return Tensors{z > r}; }},
    {"column sums behind", [](auto &z, auto &b, auto &, auto &s) { return Tensors{sum(s * z + b, 0), max(z, 1)}; }},
};

Tensor noise(Shape shape, DType dtype, int seed) { return tensor_of(sample(shape, dtype, -2, 2, seed), dtype); }

}  // namespace

TEST_CASE("ops behind matrix products: random shapes and layouts, bit for bit") {
  std::mt19937 random(11);
  auto below = [&](size_t n) { return static_cast<int64_t>(random() % n); };
  const std::vector<int64_t> sides = {0,  1,  2,  3,  5,  7,  8,  9,  13,  14,  15,  16,  17,  28,
                                      31, 32, 33, 48, 50, 64, 65, 97, 100, 127, 131, 225, 257, 300};
  Report report;
  for (int round = 0; round < 140; ++round) {
    int64_t m = sides[below(sides.size())], n = sides[below(sides.size())], k = sides[below(sides.size())];
    if (round % 16 == 0) k = 520 + below(300);         // several passes over the depth
    if (round % 40 == 1) m = 300, n = 700, k = 300;    // both operands packed
    if (round % 40 == 3) n = 2100 + below(50), k = 9;  // several blocks of columns
    const bool turn_x = below(2), turn_y = below(2);
    const int64_t batch = round % 7 ? 0 : 1 + below(4);
    const DType dtype = std::vector<DType>{f32, f32, f64, f16, bf16}[static_cast<size_t>(round % 5)];
    auto shape = [&](int64_t rows, int64_t columns, bool turned) {
      std::vector<int64_t> extents = turned ? std::vector{columns, rows} : std::vector{rows, columns};
      if (batch) extents.insert(extents.begin(), batch);
      return Shape(extents);
    };
    const Tensors inputs = {noise(shape(m, k, turn_x), dtype, 1), noise(shape(k, n, turn_y), dtype, 2),
                            noise({n}, dtype, 3), noise({m, 1}, dtype, 4), noise(shape(m, n, false), dtype, 5)};
    const Behind &behind = kBehind[static_cast<size_t>(round) % kBehind.size()];
    Body body = [&](const Tensors &in) {
      return behind.body(matmul(in[0], in[1], turn_x, turn_y), in[2], in[3], in[4]);
    };
    const std::string what = std::string(behind.name) + ", " + std::to_string(m) + "x" + std::to_string(n) + "x" +
                             std::to_string(k) + (batch ? " batches " + std::to_string(batch) : "") +
                             (turn_x ? " x^T" : "") + (turn_y ? " y^T" : "") + " " + std::string(name_of(dtype));
    if (m * n == 0 && (round % static_cast<int>(kBehind.size())) == 6) continue;  // no maximum of nothing
    const Tensors eager = run_eager(body, inputs, Policy::strict);
    for (int threads : {1, 2, 8}) {
      Threads scope(threads);
      const Tensors compiled = run_compiled(body, inputs, Policy::strict);
      for (size_t i = 0; i < eager.size(); ++i)
        require_bits(report, what + ", " + std::to_string(threads) + " threads", compiled[i], eager[i]);
    }
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("ops behind products of vectors and behind sums over several axes, bit for bit") {
  Report report;
  auto check = [&](const char *what, const Tensors &inputs, const Body &body) {
    const Tensors eager = run_eager(body, inputs, Policy::strict),
                  compiled = run_compiled(body, inputs, Policy::strict);
    for (size_t i = 0; i < eager.size(); ++i) require_bits(report, what, compiled[i], eager[i]);
  };
  const Tensor line = noise({37}, f32, 1), other = noise({37}, f32, 2), matrix = noise({37, 19}, f32, 3),
               column = noise({19}, f32, 4), cube = noise({5, 7, 37}, f32, 5);
  check("vector times vector", {line, other}, [](const Tensors &in) { return Tensors{exp(matmul(in[0], in[1]))}; });
  check("vector times matrix", {line, matrix, column},
        [](const Tensors &in) { return Tensors{tanh(matmul(in[0], in[1]) + in[2])}; });
  check("matrix times vector", {matrix, column, line},
        [](const Tensors &in) { return Tensors{relu(matmul(in[0], in[1]) - in[2])}; });
  check("rows of a batch", {cube, matrix, column},
        [](const Tensors &in) { return Tensors{relu(matmul(in[0], in[1]) + in[2])}; });
  check("a batch of vectors", {cube, cube},
        [](const Tensors &in) { return Tensors{sigmoid(dot_general(in[0], in[1], {{0, 1}, {0, 1}, {2}, {2}}))}; });
}

// In the standard policy products may have other bits than in the strict one, where the processor multiplies bf16 in
// tiles.
TEST_CASE("ops behind products of bf16, bit for bit") {
  Report report;
  for (auto [m, n, k] : {std::tuple<int64_t, int64_t, int64_t>{3, 5, 7}, {40, 600, 33}, {600, 40, 1100}}) {
    const Tensors inputs = {noise({m, k}, bf16, 1), noise({k, n}, bf16, 2)};
    Body body = [](const Tensors &in) { return Tensors{relu(matmul(in[0], in[1]))}; };
    require_bits(report, std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k),
                 run_compiled(body, inputs, Policy::standard)[0], run_eager(body, inputs, Policy::standard)[0]);
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("a dense layer of unknown extents, bit for bit") {
  Report report;
  PolicyScope strict(Policy::strict);
  Options options;
  options.input_signature = {Spec{f32, {kDynamic, kDynamic}}, Spec{f32, {kDynamic, 33}}, Spec{f32, {33}}};
  auto body = [](Tensor x, Tensor w, Tensor b) { return tanh(matmul(x, w) + b); };
  auto layer = function("layer", body, options);
  for (auto [m, k] : {std::pair<int64_t, int64_t>{0, 3}, {1, 5}, {17, 0}, {50, 300}, {257, 700}}) {
    const Tensor x = noise({m, k}, f32, 1), w = noise({k, 33}, f32, 2), b = noise({33}, f32, 3);
    const Tensor eager = body(x, w, b);
    for (int threads : {1, 8}) {
      Threads scope(threads);
      require_bits(report, std::to_string(m) + " rows", layer(x, w, b), eager);
    }
  }
  REQUIRE_CLEAN(report);
}

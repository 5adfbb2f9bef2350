// Products of bf16. With numbers whose sums are exact both policies must agree, whichever instructions multiply; with
// others an element must depend on its row and column alone.
#include <catch2/catch.hpp>

#include <cmath>
#include <random>

#include "runtime/cpu/parallel_for.h"
#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

/// Whole numbers from -2 to 2.
Tensor whole_numbers(Shape shape, int seed) {
  Array array = sample(shape, bf16, -2.5, 2.5, seed);
  for (long double &value : array.values) value = std::round(value);
  return tensor_of(array, bf16);
}

}  // namespace

TEST_CASE("products of bf16: random shapes and layouts, exactly") {
  std::mt19937 random(5);
  auto below = [&](size_t n) { return static_cast<int64_t>(random() % n); };
  const std::vector<int64_t> sides = {0,  1,  2,  3,  5,  8,  9,  15, 16, 17,  31,  32,
                                      33, 47, 48, 49, 63, 64, 65, 96, 97, 130, 200, 257};
  Report report;
  for (int round = 0; round < 150; ++round) {
    int64_t m = sides[below(sides.size())], n = sides[below(sides.size())], k = sides[below(sides.size())];
    if (round % 10 == 0) k = 256 + below(800);                       // several passes; a few rows: several parts
    if (round % 25 == 1) m = 65 + below(40), k = 4090 + below(300);  // several parts of the depth
    if (round % 25 == 2) n = 1100 + below(50), k = 230 + below(90);  // several blocks of columns
    if (round % 25 == 3) k = 1024, n = 260 + below(20);              // rows that share sets of the cache
    if (round == 4) m = 600, n = 70, k = 4200;                       // several blocks of rows, too
    const bool turn_x = below(3) == 0, turn_y = below(3) == 0;
    const Tensor x = whole_numbers(turn_x ? Shape{k, m} : Shape{m, k}, 2 * round),
                 y = whole_numbers(turn_y ? Shape{n, k} : Shape{k, n}, 2 * round + 1);
    Body product = [&](const Tensors &in) { return Tensors{matmul(in[0], in[1], turn_x, turn_y)}; };
    const std::string what = std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k) +
                             (turn_x ? " x^T" : "") + (turn_y ? " y^T" : "");
    require_bits(report, what, run_compiled(product, {x, y}, Policy::standard)[0],
                 run_compiled(product, {x, y}, Policy::strict)[0]);
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("products of bf16: an element depends on its row and column alone") {
  Report report;
  const int64_t k = 700;
  const Tensor x = tensor_of(sample({150, k}, bf16, -1, 1, 1), bf16),
               y = tensor_of(sample({k, 170}, bf16, -1, 1, 2), bf16);
  Body product = [](const Tensors &in) { return Tensors{matmul(in[0], in[1])}; };
  const Tensor whole = run_compiled(product, {x, y}, Policy::standard)[0];
  for (auto [row, rows, column, columns] :
       {std::array<int64_t, 4>{0, 150, 0, 33}, {30, 1, 0, 170}, {7, 64, 5, 160}, {149, 1, 169, 1}, {3, 17, 100, 16}}) {
    const Tensor part =
        run_compiled(product, {slice(x, {{row, row + rows}, {0, k}}), slice(y, {{0, k}, {column, column + columns}})},
                     Policy::standard)[0];
    require_bits(report, std::to_string(rows) + "x" + std::to_string(columns), part,
                 slice(whole, {{row, row + rows}, {column, column + columns}}));
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("products of bf16: what lies beside an operand does not count") {
  Report report;
  // Sums of a row or column of NaN are NaN, and no others; results of any size are rounded as everywhere.
  for (int64_t k : {1, 31, 33, 300}) {
    const int64_t m = 21, n = 37;
    Array left = sample({m, k}, bf16, -1, 1, 3), right = sample({k, n}, bf16, -1, 1, 4);
    for (int64_t p = 0; p < k; ++p) left.values[static_cast<size_t>(20 * k + p)] = NAN;
    for (int64_t p = 0; p < k; ++p) right.values[static_cast<size_t>(p * n + 36)] = INFINITY;
    for (bool turn_x : {false, true})
      for (bool turn_y : {false, true}) {
        const Tensor a = tensor_of(left, bf16), b = tensor_of(right, bf16);
        const Tensor x = turn_x ? transpose(a) : a, y = turn_y ? transpose(b) : b;
        Body product = [&](const Tensors &in) { return Tensors{matmul(in[0], in[1], turn_x, turn_y)}; };
        const Array got = array_of(run_compiled(product, {x, y}, Policy::standard)[0]);
        for (int64_t i = 0; i < m; ++i)
          for (int64_t j = 0; j < n; ++j)
            report.require(std::isfinite(got.values[static_cast<size_t>(i * n + j)]) == (i < 20 && j < 36),
                           "k " + std::to_string(k) + " at " + std::to_string(i) + ", " + std::to_string(j));
      }
  }
  REQUIRE_CLEAN(report);
}

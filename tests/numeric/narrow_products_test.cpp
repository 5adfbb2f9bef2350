// Products whose result is one vector wide have tiles of their own, which may compute rows twice: the bits must be
// those of products whose left operand lies the other way, which go through blocks.
#include <catch2/catch.hpp>

#include "runtime/cpu/parallel_for.h"
#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

Tensor noise(Shape shape, DType dtype, int seed) { return tensor_of(sample(shape, dtype, -2, 2, seed), dtype); }

}  // namespace

TEST_CASE("narrow products: every number of rows, then parts of many") {
  const int threads_before = runtime::num_threads();
  std::vector<int64_t> heights;
  for (int64_t m = 1; m <= 90; ++m) heights.push_back(m);
  // Parts are of 16 tiles of 28 rows; few rows are left behind them.
  for (int64_t m : {127, 447, 448, 449, 453, 456, 457, 460, 897, 905, 1300}) heights.push_back(m);
  Report report;
  int round = 0;
  for (int64_t m : heights) {
    ++round;
    const int64_t n = 1 + round * 7 % 17, k = round % 13 == 0 ? 0 : round % 11 == 0 ? 700 : 1 + round * 5 % 40;
    const DType dtype = std::vector<DType>{f32, f64, f32, i32}[static_cast<size_t>(round % 4)];
    const Tensor x = noise({m, k}, dtype, 1), y = noise({k, n}, dtype, 2), s = noise({m, n}, dtype, 3);
    const bool is_behind = round % 3 == 0;
    auto product = [&](bool turned) {
      return [turned, is_behind](const Tensors &in) {
        Tensor z = matmul(in[0], in[1], turned);
        // The product itself is a result, too, so that what is behind it must not see what it stored.
        return is_behind ? Tensors{relu(z + in[2]) * z, z} : Tensors{z};
      };
    };
    const std::string what =
        std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k) + " " + std::string(name_of(dtype));
    for (Policy policy : {Policy::strict, Policy::standard})
      for (int threads : {1, 2}) {
        // Dot products add in another order.
        const bool may_be_dots = n <= 4 || (m > 64 && 16 * n <= k);
        if (policy == Policy::standard && may_be_dots && is_floating(dtype)) continue;
        runtime::set_num_threads(threads);
        const Tensors got = run_compiled(product(false), {x, y, s}, policy);
        const Tensors wanted = run_compiled(product(true), {transpose(x), y, s}, policy);
        for (size_t i = 0; i < got.size(); ++i)
          require_bits(report, what + ", " + std::to_string(threads) + " threads", got[i], wanted[i]);
      }
  }
  runtime::set_num_threads(threads_before);
  REQUIRE_CLEAN(report);
}

TEST_CASE("narrow products: few lines across the depth are copied, with the bits of lines along it") {
  struct Case {
    DType dtype;
    int64_t few, many, k;
  };
  // Two lines of four bytes an element are few for vectors of any size. More of them are on some processors: there the
  // bits must be those of one thread. A thread's part may have less of the many lines than of the few.
  const Case cases[] = {{f32, 2, 234, 560},  {f32, 2, 66, 5000}, {i32, 2, 77, 200}, {f32, 2, 65, 33}, {f32, 3, 65, 61},
                        {f32, 5, 130, 1030}, {f32, 8, 70, 129},  {f64, 2, 90, 333}, {f64, 5, 300, 97}};
  const int threads_before = runtime::num_threads();
  Report report;
  for (const Case &c : cases)
    for (bool are_rows : {true, false})
      for (int threads : {1, 2}) {
        const Tensor few = noise({c.k, c.few}, c.dtype, 1), many = noise({c.many, c.k}, c.dtype, 2);
        const Tensor s = noise(are_rows ? Shape{c.many} : Shape{c.few}, c.dtype, 3);
        auto product = [are_rows](bool across) {
          return [are_rows, across](const Tensors &in) {
            Tensor z = are_rows ? matmul(in[0], in[1], across, true) : matmul(in[1], in[0], false, !across);
            return Tensors{z, relu(z + in[2])};
          };
        };
        runtime::set_num_threads(threads);
        const Tensors got = run_compiled(product(true), {few, many, s}, Policy::standard);
        runtime::set_num_threads(1);
        const bool is_copied = c.few == 2 && size_of(c.dtype) == 4;
        const Tensors wanted = is_copied ? run_compiled(product(false), {transpose(few), many, s}, Policy::standard)
                                         : run_compiled(product(true), {few, many, s}, Policy::standard);
        const std::string what = std::to_string(c.few) + (are_rows ? " rows, " : " columns, ") +
                                 std::to_string(c.many) + " x " + std::to_string(c.k) + " " +
                                 std::string(name_of(c.dtype)) + ", " + std::to_string(threads) + " threads";
        for (size_t i = 0; i < got.size(); ++i) require_bits(report, what, got[i], wanted[i]);
      }
  runtime::set_num_threads(threads_before);
  REQUIRE_CLEAN(report);
}

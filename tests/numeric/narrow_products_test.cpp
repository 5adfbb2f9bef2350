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
        if (policy == Policy::standard && n <= 4 && is_floating(dtype)) continue;  // dot products add in another order
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

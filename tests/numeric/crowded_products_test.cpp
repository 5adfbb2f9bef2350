// Rows of the left operand that fall into few sets of the L1 cache are copied before they are multiplied; where that
// cache is small, panels of the right operand are packed from fewer elements on; and a large one of few rows is read in
// blocks or from end to end. All of it follows from the cache of the machine that runs the code: the bits must not.
#include <catch2/catch.hpp>

#include "runtime/cpu/caches.h"
#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

struct L1 {
  explicit L1(int64_t bytes) { runtime::set_l1_bytes(bytes); }
  ~L1() { runtime::set_l1_bytes(before); }
  const int64_t before = runtime::l1_bytes();
};

}  // namespace

TEST_CASE("crowded products: the same bits whatever the cache holds") {
  struct Case {
    DType dtype;
    int64_t m, n, k;
    bool is_left_turned = false;
  };
  // Rows half a page, a page and a page and a half apart; tiles of all heights, results of whole panels and others.
  // A left operand across the depth, copied from 64 or from 320 columns on. More than 84 rows by 2^17 elements, which
  // are packed. Few rows by more than 2^18 elements, and by more than 2^21.
  const Case cases[] = {
      {f32, 47, 256, 512},       {f32, 25, 300, 512},      {f32, 33, 512, 1536},     {f32, 15, 257, 1024},
      {f64, 31, 272, 256},       {i32, 20, 300, 512},      {f32, 47, 255, 512},      {f32, 40, 300, 500},
      {f32, 90, 300, 512},       {f32, 97, 271, 500},      {f64, 85, 300, 450},      {i32, 99, 290, 512},
      {f32, 61, 100, 130, true}, {f64, 45, 70, 600, true}, {f32, 33, 330, 70, true}, {f32, 1, 700, 401},
      {f32, 2, 699, 400},        {f32, 3, 700, 400},       {f32, 4, 603, 511},       {f64, 4, 530, 500},
      {i32, 3, 700, 400},        {f32, 4, 1500, 1401}};
  Report report;
  for (const Case &c : cases)
    for (Policy policy : {Policy::strict, Policy::standard}) {
      const Tensor x =
          tensor_of(sample(c.is_left_turned ? Shape{c.k, c.m} : Shape{c.m, c.k}, c.dtype, -2, 2, 1), c.dtype);
      const Tensor y = tensor_of(sample({c.k, c.n}, c.dtype, -2, 2, 2), c.dtype);
      auto product = [&](const Tensors &in) { return Tensors{matmul(in[0], in[1], c.is_left_turned)}; };
      auto of_cache = [&](int64_t bytes) {
        const L1 cache(bytes);
        return run_compiled(product, {x, y}, policy);
      };
      const Tensors wanted = of_cache(48 << 10);
      const std::string what = std::to_string(c.m) + "x" + std::to_string(c.n) + "x" + std::to_string(c.k) + " " +
                               std::string(name_of(c.dtype));
      for (int64_t bytes : {16 << 10, 32 << 10, 64 << 10})
        require_bits(report, what + ", " + std::to_string(bytes) + " bytes", of_cache(bytes)[0], wanted[0]);
    }
  REQUIRE_CLEAN(report);
}

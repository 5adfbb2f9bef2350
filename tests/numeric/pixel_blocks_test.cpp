// Reductions over blocks of few pixels, with channels and without (docs/decisions/0138-blocks-of-pixels.md).
#include <catch2/catch.hpp>

#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

struct Blocks {
  int64_t rows, high, columns, wide, channels;
  Shape picture() const { return {rows * high, columns * wide, channels}; }
  Shape split() const { return {rows, high, columns, wide, channels}; }
};

/// An oracle's fold over the pixels of each block.
Array folded(const Blocks &of, const Array &x, const std::function<long double(long double, long double)> &fold) {
  return generate({of.rows, of.columns, of.channels}, [&](const Position &p) {
    long double result = 0;
    for (int64_t i = 0; i < of.high; ++i)
      for (int64_t j = 0; j < of.wide; ++j) {
        long double element = x[{p[0] * of.high + i, p[1] * of.wide + j, p[2]}];
        result = i + j == 0 ? element : fold(result, element);
      }
    return result;
  });
}

}  // namespace

TEST_CASE("blocks of pixels are folded as the oracle folds them") {
  Report report;
  for (DType dtype : {f32, f64, i32, u8, bf16})
    for (const Blocks &of : {Blocks{33, 2, 70, 2, 1}, Blocks{33, 2, 70, 2, 3}, Blocks{20, 4, 64, 4, 1},
                             Blocks{20, 3, 65, 4, 4}, Blocks{12, 1, 130, 8, 2}, Blocks{1, 5, 1100, 3, 5}}) {
      Array x = sample(of.picture(), dtype, dtype == u8 ? 0 : -9, dtype == u8 ? 100 : 9, 5);
      auto both = function([&of](Tensor x) {
        Tensor blocks = reshape(2 * x, of.split());
        return std::pair{sum(cast(blocks, f64), {1, 3}), max(blocks, {1, 3})};
      });
      auto [sums, maxima] = both(tensor_of(x, dtype));
      const std::string name =
          std::to_string(of.wide) + "x" + std::to_string(of.channels) + " " + std::string(name_of(dtype));
      Array added = folded(of, x, [](long double a, long double b) { return a + b; });
      Array largest = folded(of, x, [](long double a, long double b) { return std::max(a, b); });
      Array bound = folded(of, x, [](long double a, long double b) { return std::abs(a) + std::abs(b); });
      for (Array *wanted : {&added, &largest})
        for (long double &element : wanted->values) element *= 2;
      for (long double &element : bound.values) element = of.high * of.wide * epsilon(f64) * 2 * std::abs(element);
      require_within(report, name + " sum", sums, added, bound);
      require_close(report, name + " max", maxima, largest, 0);
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("blocks that wait for another sum, and those of any number of threads") {
  auto moments = function([](Tensor x) {
    Tensor blocks = reshape(cast(x, f32) / 255.f, {30, 4, 60, 4});
    return std::tuple{variance(blocks, {1, 3}), mean(blocks, {1, 3}), mean(square(blocks), {1, 3})};
  });
  Tensor picture = tensor_of(sample({120, 240}, u8, 0, 255, 7), u8);
  const int before = num_threads();
  std::vector<float> expected;
  for (int threads : {1, 2, 8}) {
    set_num_threads(threads);
    auto [variance, mean, squares] = moments(picture);
    std::vector<float> v = variance.to_vector<float>(), m = mean.to_vector<float>(), s = squares.to_vector<float>();
    for (size_t i = 0; i < v.size(); ++i) CHECK(std::abs(v[i] - (s[i] - m[i] * m[i])) < 1e-5f);
    v.insert(v.end(), m.begin(), m.end());
    if (expected.empty()) expected = v;
    CHECK(v == expected);
  }
  set_num_threads(before);
}

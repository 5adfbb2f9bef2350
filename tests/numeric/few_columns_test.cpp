// Reductions over the rows of tall matrices of at most sixteen columns: the order of additions, the same bits eagerly,
// where extents are unknown, and in kernels that compute, move or store what they reduce.
#include <catch2/catch.hpp>

#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

/// Row e goes to partial result e mod 16; e meets e + 8, + 4, + 2, + 1.
std::vector<float> summed(const std::vector<float> &x, int64_t rows, int64_t columns) {
  std::vector<float> sums;
  for (int64_t c = 0; c < columns; ++c) {
    float part[16] = {};
    for (int64_t e = 0; e < rows; ++e) part[e % 16] += x[static_cast<size_t>(e * columns + c)];
    for (int half = 8; half >= 1; half /= 2)
      for (int i = 0; i < half; ++i) part[i] += part[i + half];
    sums.push_back(part[0]);
  }
  return sums;
}

}  // namespace

TEST_CASE("sums of few columns are added up in sixteen turns") {
  auto compiled = function([](Tensor x) { return reduce_sum(x, {0}); });
  for (int64_t columns : {2, 3, 5, 8, 11, 16})
    for (int64_t rows : {128, 129, 143, 1000, 4111}) {
      INFO(rows << " x " << columns);
      Tensor x = tensor_of(sample({rows, columns}, f32, -1, 1, 3), f32);
      const std::vector<float> wanted = summed(x.to_vector<float>(), rows, columns);
      CHECK(compiled(x).to_vector<float>() == wanted);
      CHECK(reduce_sum(x, {0}).to_vector<float>() == wanted);
      // Rows that do not lie one behind the other are taken one by one, in that order.
      Tensor wide = concatenate({x, x}, 1);
      auto left =
          function([=](Tensor wide) { return reduce_sum(slice(wide, {Range{0, rows}, Range{0, columns}}), {0}); });
      CHECK(left(wide).to_vector<float>() == wanted);
    }
}

TEST_CASE("reductions of few columns of every type") {
  Report report;
  for (DType dtype : kAll)
    for (int64_t columns : {2, 7, 15, 16, 17})
      for (int64_t rows : {127, 128, 509}) {
        auto several = [&](const Tensors &in) {
          if (dtype == boolean) return Tensors{reduce_any(in[0], {0}), reduce_all(in[0], {0})};
          return Tensors{
              argmax(in[0], 0),       argmin(in[0], 0),        reduce_max(in[0], {0}),        reduce_min(in[0], {0}),
              reduce_sum(in[0], {0}), reduce_prod(in[0], {0}), reduce_sum(in[0] * in[0], {0})};
        };
        require_same(report, std::string(name_of(dtype)) + " " + std::to_string(rows) + "x" + std::to_string(columns),
                     several, {tensor_of(sample({rows, columns}, dtype, -4, 4, 9), dtype)});
      }
  REQUIRE_CLEAN(report);
}

TEST_CASE("few columns of what is computed, moved, repeated and stored") {
  Report report;
  for (int64_t columns : {2, 5, 16})
    for (int64_t rows : {128, 333}) {
      Tensors inputs = {tensor_of(sample({rows, columns}, f32, -3, 3, 1), f32),
                        tensor_of(sample({columns}, f32, 1, 2, 2), f32), tensor_of(sample({rows}, f32, 1, 2, 3), f32),
                        tensor_of(sample({}, f32, 1, 2, 4), f32)};
      auto body = [&](const Tensors &in) {
        Tensor scaled = exp(in[0] * in[1]), weighted = in[0] * reshape(in[2], {rows, 1});
        return Tensors{reduce_sum(scaled, {0}),
                       reduce_sum(in[0] * in[3], {0}) * in[3],
                       scaled,
                       reduce_sum(weighted, {0}) / in[1],
                       reduce_max(in[0] - cast(iota({rows, columns}, 1, i32), f32), {0}),
                       reduce_sum(reverse(in[0], {0}), {0}),
                       reduce_sum(transpose(in[0]), {1}),
                       argmax(abs(in[0]) - in[1], 0)};
      };
      require_same(report, std::to_string(rows) + "x" + std::to_string(columns), body, inputs);
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("few columns behind several axes") {
  Report report;
  struct Case {
    Shape shape;
    Axes axes;
  };
  for (const Case &each : std::vector<Case>{{{3, 200, 5}, {1}},
                                            {{2, 13, 17, 3}, {0, 1, 2}},
                                            {{4, 12, 13, 7}, {1, 2}},
                                            {{40, 3, 9, 4}, {0, 2}},
                                            {{130, 6, 1}, {0}},
                                            {{130, 6, 1}, {0, 2}},
                                            {{130, 1, 6}, {0, 1}},
                                            {{0, 5}, {0}},
                                            {{200, 0}, {0}}}) {
    Tensor x = tensor_of(sample(each.shape, f32, -2, 2, 5), f32);
    auto body = [&](const Tensors &in) {
      Tensor total = reduce_sum(in[0], each.axes, true);
      return Tensors{total, reduce_max(in[0] * in[0] + 1.f, each.axes), in[0] - total};
    };
    require_same(report, to_string(each.shape), body, {x});
  }
  REQUIRE_CLEAN(report);
}

// With an axis of extent 1 behind the columns that is reduced, too, columns from the seventeenth on were not stored.
TEST_CASE("few columns and more in front of a reduced axis of extent 1") {
  for (int64_t columns : {1, 2, 16, 17, 33})
    for (int64_t rows : {100, 130}) {
      INFO(rows << " x " << columns);
      const Tensor x = tensor_of(sample({3, rows, columns, 1}, f32, -1, 1, 3), f32);
      auto compiled = function([](Tensor x) { return std::pair(reduce_sum(x, {1, 3}), reduce_max(x, {1, 3})); });
      const auto [sums, maxima] = compiled(x);
      const Tensor plain = reshape(x, {3, rows, columns});
      CHECK(sums.to_vector<float>() == reduce_sum(plain, {1}).to_vector<float>());
      CHECK(maxima.to_vector<float>() == reduce_max(plain, {1}).to_vector<float>());
    }
}

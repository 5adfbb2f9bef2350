// Sums over a few coordinates, whose results meet the coordinates again.
#include <catch2/catch.hpp>

#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

Tensor noise(Shape shape, int seed, DType dtype = f32) { return tensor_of(sample(shape, dtype, -1, 1, seed), dtype); }

/// Sum over all others of a force along the line between two bodies.
Tensor attraction(const Tensor &positions, const Tensor &masses) {
  Tensor apart = expand_dims(positions, 1) - expand_dims(positions, 2);
  Tensor inverse = rsqrt(sum(square(apart), 0) + 1e-1f);
  return sum(apart * (masses * inverse * inverse * inverse), 2);
}

/// The force of springs between neighbours along `axis`.
Tensor spring_force(const Tensor &p, int64_t axis) {
  const int64_t n = p.shape()[axis];
  std::vector<Range> behind(3), before(3);
  behind[static_cast<size_t>(axis)] = Range(1, n), before[static_cast<size_t>(axis)] = Range(0, n - 1);
  Tensor apart = slice(p, behind) - slice(p, before);
  Tensor length = sqrt(sum(square(apart), 0, true) + 0.1f);
  Tensor pull = (length - 1.f) / length * apart;
  std::vector<Padding> first(3), last(3);
  first[static_cast<size_t>(axis)].high = 1, last[static_cast<size_t>(axis)].low = 1;
  return pad(pull, first) - pad(pull, last);
}

}  // namespace

TEST_CASE("distances meet the coordinates again") {
  Report report;
  for (DType dtype : {f32, f64})
    for (int64_t coordinates : {1, 2, 3, 4, 5})
      for (int64_t n : {1, 7, 40}) {
        const std::string what = std::string(name_of(dtype)) + ", " + std::to_string(n) + " bodies in " +
                                 std::to_string(coordinates) + " dimensions";
        const Tensors bodies = {noise({coordinates, n}, 1, dtype), noise({n}, 2, dtype)};
        require_same(report, what, [](const Tensors &in) { return Tensors{attraction(in[0], in[1])}; }, bodies);
        auto steps = [](const Tensors &in) {
          auto [p, v] = for_range(0, 3, std::pair(in[0], 0.1f * in[0]), [&](Tensor, Tensor p, Tensor v) {
            Tensor next = v + 0.01f * attraction(p, in[1]);
            return std::pair(p + 0.1f * next, next);
          });
          return Tensors{p, v};
        };
        require_same(report, what + ", three steps", steps, bodies);
        auto lengths = [](const Tensors &in) {
          Tensor x = in[0] * 2.f, unit = x * rsqrt(sum(square(x), 0) + 0.1f);
          return Tensors{sum(unit * in[0], {0, 1}), unit[0] * in[1], sum(unit, 1), max(unit)};
        };
        require_same(report, what + ", directions", lengths, bodies);
      }
  REQUIRE_CLEAN(report);
}

TEST_CASE("springs between neighbours") {
  Report report;
  for (int64_t n : {2, 9, 17}) {
    auto force = [](const Tensors &in) { return Tensors{spring_force(in[0], 1) + spring_force(in[0], 2)}; };
    require_same(report, std::to_string(n) + " masses a side, forces", force, {noise({3, n, n}, 1)});
    auto steps = [](const Tensors &in) {
      return Tensors{for_range(0, 4, in[0], [](Tensor, Tensor s) {
        Tensor p = s[{Range(0, 3)}], v = s[{Range(3, 6)}];
        Tensor moved = 0.9f * (v + 0.05f * (spring_force(p, 1) + spring_force(p, 2)));
        return concatenate({p + 0.05f * moved, moved});
      })};
    };
    require_same(report, std::to_string(n) + " masses a side, steps", steps, {noise({6, n, n}, 1)});
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("one coordinate alone, an axis that the sum shares, coordinates in the innermost axis") {
  Report report;
  auto alone = [](const Tensors &in) {
    Tensor d = in[0] - in[1], r = d / (1.f + sum(square(d), 0));
    return Tensors{sum(r[1]), sum(r[{Range(2, 3), Range(1, 5)}], 1), mean(r * r)};
  };
  require_same(report, "one alone", alone, {noise({3, 33}, 1), noise({3, 33}, 2)});
  auto shared = [](const Tensors &in) {
    Tensor d = in[0] * in[1], s = sum(d, {0, 2});
    return Tensors{sum(d * expand_dims(expand_dims(s, 0), 2)), sum(square(d), {1, 2})};
  };
  require_same(report, "shared", shared, {noise({3, 8, 20}, 1), noise({3, 8, 20}, 2)});
  auto innermost = [](const Tensors &in) {
    Tensor apart = expand_dims(in[0], 0) - expand_dims(in[0], 1);
    return Tensors{sum(apart * rsqrt(sum(square(apart), 2, true) + 0.1f), 1)};
  };
  require_same(report, "innermost", innermost, {noise({30, 3}, 1)});
  REQUIRE_CLEAN(report);
}

TEST_CASE("differences from the coordinate before") {
  Report report;
  for (int64_t n : {1, 8, 1000})
    for (bool back : {false, true}) {
      auto unit = [back](const Tensors &in) {
        const int64_t by = back ? -1 : 1;
        Tensor d = in[0] - pad(in[0], {{by, -by}, {0, 0}}, 0.f);
        return Tensors{sum(d / sqrt(sum(d * d, {0}) + 0.1f), {1})};
      };
      require_same(report, std::to_string(n) + " points", unit, {noise({3, n}, 1)});
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("gradients of what meets its coordinates again") {
  Report report;
  auto loss = [](const Tensors &in) { return sum(square(attraction(in[0], in[1]))); };
  require_gradients(report, "attraction", loss, {noise({3, 6}, 1, f64), noise({6}, 2, f64)});
  auto springs = [](const Tensors &in) { return sum(square(spring_force(in[0], 1)) * in[0]); };
  require_gradients(report, "springs", springs, {noise({3, 4, 3}, 1, f64)});
  REQUIRE_CLEAN(report);
}

// Whole numbers add up in any order.
TEST_CASE("distances of pairs of points whose coordinates are the innermost axis") {
  Report report;
  for (int64_t coordinates : {2, 3, 4, 5})
    for (auto [n, m] : {std::pair<int64_t, int64_t>(40, 50), {300, 7}, {5, 200}}) {
      const Array points = sample({n, coordinates}, i32, -9, 9, 1), others = sample({m, coordinates}, i32, -9, 9, 2);
      const Array distances = generate({n, m}, [&](const Position &at) {
        long double sum = 0;
        for (int64_t c = 0; c < coordinates; ++c) {
          const long double apart = points[{at[0], c}] - others[{at[1], c}];
          sum += apart * apart;
        }
        return sum;
      });
      auto nearest = [&](bool largest) {
        return generate({n}, [&](const Position &at) {
          long double found = distances[{at[0], 0}];
          for (int64_t j = 1; j < m; ++j)
            found = largest ? std::max(found, distances[{at[0], j}]) : std::min(found, distances[{at[0], j}]);
          return found;
        });
      };
      for (DType dtype : {f32, f64, i32}) {
        auto body = [](const Tensors &in) {
          Tensor apart = expand_dims(in[0], 1) - expand_dims(in[1], 0), squares = sum(square(apart), 2);
          return Tensors{squares, min(squares, 1), max(sum(apart * apart, -1, true), {1, 2})};
        };
        const Tensors results =
            run_compiled(body, {tensor_of(points, dtype), tensor_of(others, dtype)}, Policy::standard);
        const std::string what = std::to_string(n) + " and " + std::to_string(m) + " points of " +
                                 std::to_string(coordinates) + " " + std::string(name_of(dtype));
        require_close(report, what + ", distances", results[0], distances, 0);
        require_close(report, what + ", nearest", results[1], nearest(false), 0);
        require_close(report, what + ", farthest", results[2], nearest(true), 0);
      }
    }
  REQUIRE_CLEAN(report);
}

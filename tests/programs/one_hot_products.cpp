// Products with one_hot and their derivatives, which compiled code picks by index, against those that it computes as
// products.
#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>

#include "etch/etch.h"

using namespace etch;

namespace {

bool are_equal(const Tensor &a, const Tensor &b) {
  REQUIRE(a.type() == b.type());
  return std::memcmp(a.data(), b.data(), static_cast<size_t>(a.size()) * size_of(a.dtype())) == 0;
}

}  // namespace

TEST_CASE("products with one_hot pick rows, and zeros for indices outside") {
  for (DType dtype : {f32, f64, i32})
    for (const Shape &shape : {Shape{6}, Shape{0}, Shape{3, 5}, Shape{2, 3, 17}}) {
      const int64_t depth = 7, width = 19;
      Generator generator(5);
      Tensor indices = generator.integers(shape, -2, depth + 2);
      // Small whole numbers: sums are exact in any order.
      Tensor w = cast(generator.integers({depth, width}, -9, 9), dtype);
      auto product = [&](Tensor i, Tensor w) { return matmul(one_hot(i, depth, dtype), w); };
      INFO("dtype " << name_of(dtype) << ", indices " << to_string(shape));
      CHECK(are_equal(function(product)(indices, w), product(indices, w)));
      if (dtype == i32) continue;
      auto slope = [&](Tensor w, Tensor i) { return grad([&](Tensor w) { return sum(square(product(i, w))); })(w); };
      CHECK(are_equal(function(slope)(w, indices), slope(w, indices)));
    }
}

TEST_CASE("rows that one_hot does not pick are not read, but by policy strict") {
  Tensor w = constant({{1.f, 2.f}, {INFINITY, NAN}}), indices = constant({0, 0, 5});
  auto product = [](Tensor i, Tensor w) { return matmul(one_hot(i, 2), w); };
  CHECK(are_equal(function(product)(indices, w), constant({{1.f, 2.f}, {1.f, 2.f}, {0.f, 0.f}})));
  PolicyScope strict(Policy::strict);
  Tensor exact = function(product)(indices, w);
  const auto *values = static_cast<const float *>(exact.data());
  for (int i = 0; i < 6; ++i) CHECK(std::isnan(values[i]));
}

#pragma once
// Random shapes for tests of every emitter: nothing, one, primes, whole vectors and what is left of them.

#include <cstdint>
#include <random>
#include <vector>

#include "runtime/base/shape.h"

namespace numeric {

/// The same ones at each call with a seed; at most `most` elements each.
inline std::vector<etch::Shape> random_shapes(int count, int largest_rank, int64_t most, unsigned seed) {
  static const std::vector<int64_t> kExtents = {0, 1, 1, 2, 3, 5, 7, 8, 13, 16, 17, 31, 33, 64, 67, 127, 256, 1009};
  std::mt19937 random(seed);
  const auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  std::vector<etch::Shape> shapes;
  while (shapes.size() < static_cast<size_t>(count)) {
    etch::Shape shape;
    for (size_t rank = 1 + below(static_cast<size_t>(largest_rank)); rank > 0; --rank)
      shape.push_back(kExtents[below(kExtents.size())]);
    if (shape.num_elements() <= most) shapes.push_back(shape);
  }
  return shapes;
}

}  // namespace numeric

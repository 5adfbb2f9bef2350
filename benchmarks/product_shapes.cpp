#include "product_shapes.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace etch::bench {

std::vector<Product> product_table() {
  return {{64, 64, 64},
          {128, 128, 128},
          {256, 256, 256},
          {512, 512, 512},
          {1024, 1024, 1024},
          {2048, 2048, 2048},
          {64, 128, 784},
          {64, 10, 128},
          {512, 1024, 1024},
          {128, 3072, 768},
          {1, 1024, 1024},
          {1, 1024, 1024, false, true},
          {1024, 1, 1024},
          {100, 100, 100},
          {127, 255, 511},
          {8, 512, 512},
          {2, 512, 512},
          {784, 128, 64, true},
          {64, 784, 128, false, true},
          {512, 512, 512, false, true},
          {1024, 1024, 512, true},
          {1024, 512, 16}};
}

std::vector<Product> random_products(int count, unsigned seed, Sides sides) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> exponent(0, 11);
  std::uniform_int_distribution<int64_t> uniform(1, 2048);
  auto side = [&] {
    if (sides == Sides::uniform) return uniform(random);
    return std::max<int64_t>(1, std::llround(std::exp2(exponent(random))));
  };
  std::vector<Product> list;
  for (int i = 0; i < count; ++i) {
    int64_t m = side(), n = side(), k = side();
    list.push_back({m, n, k, random() % 4 == 0, random() % 4 == 0});
  }
  return list;
}

std::string name_of(const Product &p) {
  return std::to_string(p.m) + " x " + std::to_string(p.n) + " x " + std::to_string(p.k) +
         (p.transpose_a ? ", a^T" : "") + (p.transpose_b ? ", b^T" : "");
}

}  // namespace etch::bench

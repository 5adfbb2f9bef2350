#pragma once
// The matrix products that are measured.

#include <cstdint>
#include <string>
#include <vector>

namespace etch::bench {

struct Product {
  int64_t m, n, k;
  bool transpose_a = false, transpose_b = false;  ///< in memory: a is k x m, b is n x k
};

/// The table of issue 3 and around it: squares, layers, tails, skinny and flat, transposed.
std::vector<Product> product_table();
/// How random sides from 1 to 2048 are drawn: evenly in their logarithm, so that half of them are below 46, or evenly.
enum class Sides { logarithmic, uniform };
/// A quarter of the operands transposed. The same ones at each call with a seed.
std::vector<Product> random_products(int count, unsigned seed = 2026, Sides sides = Sides::logarithmic);

/// "64 x 128 x 784, b^T"
std::string name_of(const Product &p);

}  // namespace etch::bench

// Batches of tiny matrices, and tall matrices times tiny ones.
#include <catch2/catch.hpp>

#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

struct Extents {
  int64_t rows, depth, columns;
};
// Such as fit into vectors, and such as just do not.
const std::vector<Extents> kExtents = {{1, 1, 1},  {2, 2, 2},  {3, 3, 3}, {4, 4, 4}, {4, 4, 2}, {2, 4, 4},
                                       {1, 4, 4},  {4, 4, 1},  {1, 3, 1}, {3, 1, 5}, {2, 8, 2}, {5, 3, 3},
                                       {1, 16, 1}, {16, 1, 1}, {4, 5, 4}, {1, 17, 1}};

/// The product, summed along the depth in the element type.
template <class T> Tensor product_of(const Array &x, const Array &y, bool x_turned, bool y_turned, bool batched) {
  const int batch = batched ? 1 : 0;
  const int64_t count = batched ? x.extent(0) : 1, depth = x.extent(batch + (x_turned ? 0 : 1)),
                rows = x.extent(batch + (x_turned ? 1 : 0)), columns = y.extent(batch + (y_turned ? 0 : 1));
  std::vector<T> values;
  for (int64_t b = 0; b < count; ++b)
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j) {
        T sum = 0;
        for (int64_t k = 0; k < depth; ++k) {
          Position p = x_turned ? Position{k, i} : Position{i, k}, q = y_turned ? Position{j, k} : Position{k, j};
          if (batched) p.insert(p.begin(), b), q.insert(q.begin(), b);
          const T term = static_cast<T>(x[p]) * static_cast<T>(y[q]);
          sum = sum + term;
        }
        values.push_back(sum);
      }
  return from_vector(values, batched ? Shape{count, rows, columns} : Shape{rows, columns});
}

Shape matrices(int64_t count, int64_t outer, int64_t inner, bool turned) {
  if (turned) std::swap(outer, inner);
  return count >= 0 ? Shape{count, outer, inner} : Shape{outer, inner};
}

}  // namespace

TEST_CASE("tiny products") {
  Report report;
  for (DType dtype : {f32, f64})
    for (const Extents &e : kExtents)
      for (int64_t count : {-7, -33, 0, 1, 2, 3, 7, 18})  // below 0: one product with as many rows
        for (bool x_turned : {false, true})
          for (bool y_turned : {false, true}) {
            const bool batched = count >= 0;
            const Shape left = matrices(count, batched ? e.rows : -count, e.depth, x_turned),
                        right = matrices(count, e.depth, e.columns, y_turned);
            Array x = sample(left, dtype, -2, 2, 3), y = sample(right, dtype, -2, 2, 4);
            const std::string what =
                std::string(name_of(dtype)) + " " + etch::to_string(left) + " " + etch::to_string(right);
            Body body = [&](const Tensors &in) { return Tensors{matmul(in[0], in[1], x_turned, y_turned)}; };
            Tensors inputs = {tensor_of(x, dtype), tensor_of(y, dtype)};
            Tensor expected = dtype == f32 ? product_of<float>(x, y, x_turned, y_turned, batched)
                                           : product_of<double>(x, y, x_turned, y_turned, batched);
            require_bits(report, what + " strict", run_compiled(body, inputs, Policy::strict)[0], expected);
            require_within(report, what, run_compiled(body, inputs, Policy::standard)[0], array_of(expected),
                           generate(expected.shape(), [&](const Position &) {
                             return 4 * epsilon(dtype) * static_cast<long double>(4 * e.depth);
                           }));
          }
  REQUIRE_CLEAN(report);
}

TEST_CASE("tiny products of one operand, and gradients of chains of them") {
  Report report;
  Tensor poses = tensor_of(sample({9, 4, 4}, f64, -1, 1, 5), f64), link = tensor_of(sample({4, 4}, f64, -1, 1, 6), f64);
  Array p = array_of(poses);
  Body squares = [](const Tensors &in) { return Tensors{matmul(in[0], in[0]), matmul(in[0], in[0], false, true)}; };
  Tensors compiled = run_compiled(squares, {poses}, Policy::strict);
  require_bits(report, "squares", compiled[0], product_of<double>(p, p, false, false, true));
  require_bits(report, "squares, one side turned", compiled[1], product_of<double>(p, p, false, true, true));
  require_gradients(report, "chain", [](const Tensors &in) { return sum(square(matmul(matmul(in[0], in[1]), in[0]))); },
                    {poses, link});
  REQUIRE_CLEAN(report);
}

// Batches of tiny and of small matrices, and tall matrices times tiny ones.
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
// Of as many rows and columns as have kernels of their own, and a little more.
const std::vector<Extents> kSmall = {{6, 6, 6},   {6, 6, 1},    {1, 6, 6},   {5, 3, 7},   {8, 8, 8},    {3, 8, 3},
                                     {12, 5, 9},  {16, 16, 16}, {13, 12, 2}, {2, 7, 9},   {7, 2, 1},    {1, 16, 16},
                                     {16, 9, 1},  {1, 1, 11},   {4, 16, 4},  {12, 12, 1}, {3, 17, 3},   {24, 24, 1},
                                     {29, 19, 1}, {1, 31, 32},  {1, 27, 1},  {33, 3, 1},  {24, 24, 24}, {20, 17, 23},
                                     {18, 24, 5}, {6, 25, 6}};

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

TEST_CASE("small products: the bits of the shared routine, which eager ops call") {
  Report report;
  for (DType dtype : {f32, f64})
    for (const Extents &e : kSmall)
      for (bool x_turned : {false, true})
        for (bool y_turned : {false, true}) {
          const int64_t count = 9;
          const Shape left = matrices(count, e.rows, e.depth, x_turned),
                      right = matrices(count, e.depth, e.columns, y_turned);
          Array x = sample(left, dtype, -2, 2, 3), y = sample(right, dtype, -2, 2, 4);
          const std::string what =
              std::string(name_of(dtype)) + " " + etch::to_string(left) + " " + etch::to_string(right);
          Body body = [&](const Tensors &in) {
            Tensor product = matmul(in[0], in[1], x_turned, y_turned);
            return Tensors{product};
          };
          Tensors inputs = {tensor_of(x, dtype), tensor_of(y, dtype)};
          require_bits(report, what + " strict", run_compiled(body, inputs, Policy::strict)[0],
                       dtype == f32 ? product_of<float>(x, y, x_turned, y_turned, true)
                                    : product_of<double>(x, y, x_turned, y_turned, true));
          require_bits(report, what, run_compiled(body, inputs, Policy::standard)[0],
                       run_eager(body, inputs, Policy::standard)[0]);
        }
  REQUIRE_CLEAN(report);
}

TEST_CASE("tiny products: the bits of the shared routine under the standard policy, too") {
  Report report;
  for (const Extents &e : kExtents)
    for (int64_t count : {-33, -7, 9})
      for (bool x_turned : {false, true})
        for (bool y_turned : {false, true}) {
          const Shape left = matrices(count, count < 0 ? -count : e.rows, e.depth, x_turned),
                      right = matrices(count, e.depth, e.columns, y_turned);
          Tensors inputs = {tensor_of(sample(left, f32, -2, 2, 3), f32), tensor_of(sample(right, f32, -2, 2, 4), f32)};
          Body body = [&](const Tensors &in) { return Tensors{matmul(in[0], in[1], x_turned, y_turned)}; };
          require_bits(report, etch::to_string(left) + " " + etch::to_string(right),
                       run_compiled(body, inputs, Policy::standard)[0], run_eager(body, inputs, Policy::standard)[0]);
        }
  REQUIRE_CLEAN(report);
}

TEST_CASE("small products: vectors, what stands behind them, unknown batches, gradients") {
  Report report;
  for (int64_t n : {3, 6, 11, 16}) {
    Tensor a = tensor_of(sample({10, n, n}, f32, -1, 1, 5), f32), x = tensor_of(sample({10, n}, f32, -1, 1, 6), f32),
           u = tensor_of(sample({n}, f32, -1, 1, 7), f32);
    const std::vector<std::pair<std::string, Body>> bodies = {
        {"matrix times vector", [](const Tensors &in) { return Tensors{einsum("bij,bj->bi", {in[0], in[1]})}; }},
        {"vector times matrix", [](const Tensors &in) { return Tensors{einsum("bi,bij->bj", {in[1], in[0]})}; }},
        {"vectors", [](const Tensors &in) { return Tensors{einsum("bi,bi->b", {in[1], in[1]})}; }},
        {"behind vectors",
         [](const Tensors &in) { return Tensors{abs(einsum("bi,bi->b", {in[1], in[1] * 2.f})) + 1.f}; }},
        {"forms", [](const Tensors &in) { return Tensors{einsum("bi,bij,bj->b", {in[1], in[0], in[1]})}; }},
        {"behind", [](const Tensors &in) {
           Tensor y = einsum("bij,bj->bi", {in[0], in[1]}), z = matmul(in[0], in[0], false, true);
           return Tensors{y, relu(y + in[2]) * 2.f, tanh(z) - in[2], z * expand_dims(in[1], 2)};
         }}};
    for (const auto &[name, body] : bodies)
      for (Policy policy : {Policy::strict, Policy::standard}) {
        Tensors compiled = run_compiled(body, {a, x, u}, policy), eager = run_eager(body, {a, x, u}, policy);
        for (size_t i = 0; i < eager.size(); ++i)
          if (policy == Policy::strict || name != "behind")
            require_bits(report, name + " " + std::to_string(n), compiled[i], eager[i]);
          else
            require_within(report, name + " " + std::to_string(n), compiled[i], array_of(eager[i]),
                           generate(eager[i].shape(), [](const Position &) { return 1e-5L; }));
      }
    const auto length = n;
    auto open = etch::function([](Tensor a, Tensor x) { return matmul(a, x); },
                               {.input_signature = {{f32, {kDynamic, length, length}}, {f32, {kDynamic, length, 2}}}});
    for (int64_t count : {0, 2, 10}) {
      Tensor some = tensor_of(sample({count, n, n}, f32, -1, 1, 8), f32),
             pairs = tensor_of(sample({count, n, 2}, f32, -1, 1, 9), f32);
      require_bits(report, "unknown batch of " + std::to_string(count), open(some, pairs), matmul(some, pairs));
    }
  }
  require_gradients(
      report, "matrices and vectors",
      [](const Tensors &in) { return sum(square(einsum("bij,bj->bi", {matmul(in[0], in[0], true), in[1]}))); },
      {tensor_of(sample({8, 5, 5}, f64, -1, 1, 5), f64), tensor_of(sample({8, 5}, f64, -1, 1, 6), f64)});
  REQUIRE_CLEAN(report);
}

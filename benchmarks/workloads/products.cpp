// Matrix products: the shapes that layers have, tails, and one row.

#include "workload.h"

namespace etch::bench {
namespace {

struct Extents {
  int64_t m, n, k;
};

std::string text(Extents e) { return std::to_string(e.m) + "x" + std::to_string(e.n) + "x" + std::to_string(e.k); }

// x [m,k] or [k,m] times y [k,n] or [n,k], of f32, f64 or i32.
void product(std::vector<Workload> &list, Extents e, bool transpose_x = false, bool transpose_y = false,
             DType dtype = f32) {
  auto [m, n, k] = e;
  const auto bytes = static_cast<double>(size_of(dtype));
  auto input = [&](const char *name, int64_t rows, int64_t columns, bool transposed) {
    Input input{.name = name, .shape = transposed ? Shape{columns, rows} : Shape{rows, columns}, .dtype = dtype};
    if (dtype == i32) input.fill = Input::Fill::integers, input.low = -100, input.high = 100;
    return input;
  };
  Workload workload{.name = "gemm " + (dtype == f32 ? "" : std::string(name_of(dtype)) + " ") + text(e) +
                            (transpose_x   ? " (x transposed)"
                             : transpose_y ? " (y transposed)"
                                           : ""),
                    .family = "gemm",
                    .kind = transpose_x   ? "gemm_tn"
                            : transpose_y ? "gemm_nt"
                                          : "gemm",
                    .inputs = {input("x", m, k, transpose_x), input("y", k, n, transpose_y)},
                    .flops = (dtype == f64 ? 4.0 : 2.0) * static_cast<double>(m * n * k),
                    .reads = bytes * static_cast<double>(m * k + k * n),
                    .writes = bytes * static_cast<double>(m * n),
                    .rtol = dtype == f32   ? 1e-5
                            : dtype == f64 ? 1e-12
                                           : 0,
                    .atol = dtype == f32   ? of_products(k)
                            : dtype == f64 ? 4e-16 * static_cast<double>(k)
                                           : 0,
                    .prepare = compiled([transpose_x, transpose_y](Tensor x, Tensor y) {
                      return matmul(x, y, transpose_x, transpose_y);
                    })};
  list.push_back(std::move(workload));
}

// As robots, games and filters have them: a matrix for each link, body or track.
void many_small(std::vector<Workload> &list, bool tiny, Extents e, bool transpose_y = false) {
  const int64_t count = tiny ? 9 : 10'000;
  auto [m, n, k] = e;
  list.push_back({.name = "gemm, 10k of " + text(e) + (transpose_y ? " (y transposed)" : ""),
                  .family = "gemm",
                  .kind = transpose_y ? "gemm_nt" : "gemm",
                  .inputs = {{"x", {count, m, k}}, {"y", transpose_y ? Shape{count, n, k} : Shape{count, k, n}}},
                  .flops = 2.0 * static_cast<double>(count * m * n * k),
                  .reads = 4.0 * static_cast<double>(count * (m + n) * k),
                  .writes = 4.0 * static_cast<double>(count * m * n),
                  .atol = of_products(k),
                  .prepare = compiled([transpose_y](Tensor x, Tensor y) { return matmul(x, y, false, transpose_y); })});
}

}  // namespace

void add_products(std::vector<Workload> &list, bool tiny) {
  std::vector<Extents> shapes = {{64, 64, 64},       {128, 128, 128},    {256, 256, 256}, {512, 512, 512},
                                 {1024, 1024, 1024}, {2048, 2048, 2048}, {64, 128, 784},  {64, 10, 128},
                                 {512, 1024, 1024},  {128, 3072, 768},   {1, 1024, 1024}, {100, 100, 100},
                                 {127, 255, 511}};
  if (tiny) shapes = {{16, 16, 16}, {1, 33, 7}, {13, 1, 5}};
  for (Extents shape : shapes) product(list, shape);
  product(list, tiny ? Extents{9, 10, 11} : Extents{784, 128, 64}, true);
  product(list, tiny ? Extents{9, 10, 11} : Extents{64, 784, 128}, false, true);
  if (!tiny) product(list, {512, 512, 512}, false, true);
  for (DType dtype : {f64, i32}) {
    std::vector<Extents> others = {{64, 64, 64},       {128, 128, 128}, {256, 256, 256}, {512, 512, 512},
                                   {1024, 1024, 1024}, {64, 784, 128},  {1, 1024, 1024}, {8, 512, 512},
                                   {1000, 10, 200},    {100, 100, 100}};
    if (tiny) others = {{9, 10, 11}};
    for (Extents shape : others) product(list, shape, false, false, dtype);
    product(list, tiny ? Extents{9, 10, 11} : Extents{784, 128, 64}, true, false, dtype);
    product(list, tiny ? Extents{9, 10, 11} : Extents{64, 784, 128}, false, true, dtype);
    if (!tiny) product(list, {1024, 1, 1024}, false, false, dtype);
  }

  const int64_t batch = tiny ? 2 : 64, m = tiny ? 5 : 128, k = tiny ? 3 : 32;
  list.push_back({.name = "gemm, 64 of 128x128x32",
                  .family = "gemm",
                  .kind = "gemm_nt",
                  .inputs = {{"x", {batch, m, k}}, {"y", {batch, m, k}}},
                  .flops = 2.0 * static_cast<double>(batch * m * m * k),
                  .reads = 8.0 * static_cast<double>(batch * m * k),
                  .writes = 4.0 * static_cast<double>(batch * m * m),
                  .atol = of_products(k),
                  .prepare = compiled([](Tensor x, Tensor y) { return matmul(x, y, false, true); })});
  many_small(list, tiny, {6, 1, 6});
  many_small(list, tiny, {6, 6, 6});
  many_small(list, tiny, {8, 8, 8}, true);

  const Extents e = tiny ? Extents{5, 6, 7} : Extents{512, 1024, 256};
  list.push_back({.name = "relu(x w + b) 512x1024x256",
                  .family = "gemm",
                  .kind = "dense",
                  .inputs = {{"x", {e.m, e.k}}, {"w", {e.k, e.n}}, {"b", {e.n}}},
                  .flops = 2.0 * static_cast<double>(e.m * e.n * e.k),
                  .reads = 4.0 * static_cast<double>(e.m * e.k + e.k * e.n),
                  .writes = 4.0 * static_cast<double>(e.m * e.n),
                  .atol = of_products(e.k),
                  .prepare = compiled([](Tensor x, Tensor w, Tensor b) { return relu(matmul(x, w) + b); })});
}

}  // namespace etch::bench

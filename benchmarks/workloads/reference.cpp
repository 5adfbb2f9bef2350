#include "reference_loops.h"

namespace etch::bench {
namespace {

// x [batch, m, k] and y [batch, k, n], each perhaps with its last two axes exchanged.
Array product(const Numbers &x, const Numbers &y, bool transpose_x, bool transpose_y) {
  const int rank = x.shape.rank();
  const int64_t batch = rank == 3 ? x.shape[0] : 1, rows = x.shape[rank - 2], columns = x.shape[rank - 1];
  const int64_t m = transpose_x ? columns : rows, k = transpose_x ? rows : columns;
  const int64_t n = transpose_y ? y.shape[rank - 2] : y.shape[rank - 1];
  Array z;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (int64_t p = 0; p < k; ++p)
          sum += x[b * m * k + (transpose_x ? p * m + i : i * k + p)] *
                 y[b * k * n + (transpose_y ? j * k + p : p * n + j)];
        z.push_back(sum);
      }
  return z;
}

void add_product_loops(Loops &loops) {
  auto add = [&](const char *kind, bool transpose_x, bool transpose_y) {
    loops[kind] = [=](const Inputs &in, const Sizes &) {
      return Results{product(in[0], in[1], transpose_x, transpose_y)};
    };
  };
  add("gemm", false, false);
  add("gemm_tn", true, false);
  add("gemm_nt", false, true);
  add("eager_matmul", false, false);
  loops["dense"] = [](const Inputs &in, const Sizes &) {
    Array y = product(in[0], in[1], false, false);
    for (size_t i = 0; i < y.size(); ++i) y[i] = relu(y[i] + in[2].values[i % in[2].values.size()]);
    return Results{y};
  };
}

void add_elementwise_loops(Loops &loops) {
  auto add = [&](const char *kind, auto f) {
    loops[kind] = [f](const Inputs &in, const Sizes &) { return Results{each(in[0].values, f)}; };
  };
  add("chain", [](double x) { return relu(2 * x + 1); });
  add("tanh_sigmoid", [](double x) { return std::tanh(x) * sigmoid(x); });
  add("gelu", [](double x) { return x * normal_cdf(x); });
  add("update_variables", [](double x) { return x; });
  loops["eager_add"] = [](const Inputs &in, const Sizes &) {
    Array y = in[0].values;
    for (size_t i = 0; i < y.size(); ++i) y[i] += in[1].values[i];
    return Results{y};
  };
  loops["call"] = [](const Inputs &in, const Sizes &) {
    Array y = in[0].values;
    for (size_t i = 0; i < y.size(); ++i) y[i] = y[i] * in[1].values[i] + in[2].values[i];
    return Results{y};
  };
}

Loops all_loops() {
  Loops loops;
  add_elementwise_loops(loops);
  add_row_loops(loops);
  add_product_loops(loops);
  add_convolution_loops(loops);
  add_science_loops(loops);
  return loops;
}

}  // namespace

Numbers numbers_of(const Tensor &tensor) {
  const Tensor wide = cast(tensor, f64);
  return {wide.shape(), wide.to_vector<double>()};
}

std::optional<Results> reference(const Workload &workload, const Inputs &in) {
  static const Loops loops = all_loops();
  auto found = loops.find(workload.kind);
  if (found == loops.end()) return std::nullopt;
  return found->second(in, workload.sizes);
}

}  // namespace etch::bench

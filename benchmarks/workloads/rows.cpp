// Work along rows, sums, and movement.

#include "workload.h"

namespace etch::bench {
namespace {

double bytes(int64_t elements) { return 4.0 * static_cast<double>(elements); }

void rows(std::vector<Workload> &list, int64_t m, int64_t n) {
  const std::string size = std::to_string(m) + "x" + std::to_string(n);
  list.push_back({.name = "softmax " + size,
                  .family = "rows",
                  .kind = "softmax",
                  .inputs = {{"x", {m, n}, Input::Fill::normal, 0, 3}},
                  .reads = bytes(m * n),
                  .writes = bytes(m * n),
                  .prepare = compiled([](Tensor x) { return softmax(x); })});
  list.push_back({.name = "log-softmax " + size,
                  .family = "rows",
                  .kind = "log_softmax",
                  .inputs = {{"x", {m, n}, Input::Fill::normal, 0, 3}},
                  .reads = bytes(m * n),
                  .writes = bytes(m * n),
                  .atol = 1e-5,  // differences of numbers of size 10
                  .prepare = compiled([](Tensor x) { return log_softmax(x); })});
  list.push_back({.name = "rms norm " + size,
                  .family = "rows",
                  .kind = "rms_norm",
                  .inputs = {{"x", {m, n}, Input::Fill::normal, 1, 2}, {"gain", {n}}},
                  .reads = bytes(m * n),
                  .writes = bytes(m * n),
                  .atol = 5e-6,  // sums of rows, in another order
                  .prepare = compiled([](Tensor x, Tensor gain) { return rms_norm(x, gain); })});
  list.push_back({.name = "layer norm " + size,
                  .family = "rows",
                  .kind = "layer_norm",
                  .inputs = {{"x", {m, n}, Input::Fill::normal, 1, 2}, {"gain", {n}}, {"bias", {n}}},
                  .reads = bytes(m * n),
                  .writes = bytes(m * n),
                  .atol = 5e-6,  // sums of rows, in another order
                  .prepare = compiled([](Tensor x, Tensor gain, Tensor bias) {
                    Tensor centered = x - mean(x, 1, true);
                    return centered * rsqrt(mean(square(centered), 1, true) + 1e-5f) * gain + bias;
                  })});
  list.push_back(
      {.name = "cross entropy " + size,
       .family = "rows",
       .kind = "cross_entropy",
       .inputs = {{"logits", {m, n}, Input::Fill::normal, 0, 3},
                  {"labels", {m}, Input::Fill::integers, 0, static_cast<double>(n)}},
       .reads = bytes(m * n),
       .prepare = compiled([](Tensor x, Tensor labels) { return mean(sparse_softmax_cross_entropy(x, labels)); })});
  list.push_back({.name = "cross entropy gradient " + size,
                  .family = "rows",
                  .kind = "cross_entropy_gradient",
                  .inputs = {{"logits", {m, n}, Input::Fill::normal, 0, 3},
                             {"labels", {m}, Input::Fill::integers, 0, static_cast<double>(n)}},
                  .reads = bytes(m * n),
                  .writes = bytes(m * n),
                  .atol = 4e-6 / static_cast<double>(m),  // probabilities over m
                  .prepare = compiled(
                      grad([](Tensor x, Tensor labels) { return mean(sparse_softmax_cross_entropy(x, labels)); }))});
}

Tensor normalized_by_batch(const Tensor &x, const Tensor &gain, const Tensor &bias) {
  const Axes pixels = {0, 1, 2};
  return batch_norm(x, mean(x, pixels), variance(x, pixels), gain, bias);
}

/// Each channel of NHWC pictures by its moments over the batch; the gradient is that of x.
void batch_norms(std::vector<Workload> &list, bool tiny) {
  const Shape shape = tiny ? Shape{2, 5, 3, 7} : Shape{32, 56, 56, 64};
  const int64_t n = shape.num_elements(), channels = shape[3];
  const Input x = {"x", shape, Input::Fill::normal, 1, 2}, gain = {"gain", {channels}}, bias = {"bias", {channels}};
  list.push_back({.name = "batch norm training 32x56x56x64",
                  .family = "rows",
                  .kind = "batch_norm",
                  .inputs = {x, gain, bias},
                  .reads = bytes(n),
                  .writes = bytes(n),
                  .atol = 1e-4,  // 100,352 additions, in another order
                  .prepare = compiled(normalized_by_batch)});
  list.push_back({.name = "batch norm training 32x56x56x64, gradient",
                  .family = "rows",
                  .kind = "batch_norm_gradient",
                  .inputs = {x, gain, bias, {"dy", shape}},
                  .reads = 2 * bytes(n),
                  .writes = bytes(n),
                  .atol = 2e-5,  // the same
                  .prepare = compiled(grad([](Tensor x, Tensor gain, Tensor bias, Tensor dy) {
                    return sum(normalized_by_batch(x, gain, bias) * dy);
                  }))});
}

/// Tensors of few elements a row.
void few_columns(std::vector<Workload> &list, bool tiny) {
  const int64_t n = tiny ? 100 : 1 << 20, m = tiny ? 50 : 1 << 16;
  const Input x = {"x", {n, 2}}, y = {"y", {n, 3}};
  list.push_back({.name = "running sums of two columns, 1M rows",
                  .family = "rows",
                  .kind = "running_sums",
                  .inputs = {x},
                  .reads = bytes(2 * n),
                  .writes = bytes(2 * n),
                  .atol = 0.1,  // sums of up to 1,000, after a million additions in another order
                  .prepare = compiled([](Tensor x) { return cumsum(x, 0); })});
  list.push_back({.name = "two columns beside three, 1M rows",
                  .family = "rows",
                  .kind = "beside",
                  .inputs = {x, y},
                  .reads = bytes(5 * n),
                  .writes = bytes(5 * n),
                  .rtol = 0,  // moved, not computed
                  .atol = 0,
                  .prepare = compiled([](Tensor x, Tensor y) { return concatenate({x, y}, 1); })});
  list.push_back({.name = "two columns scaled and shifted, 1M rows",
                  .family = "rows",
                  .kind = "scaled_columns",
                  .inputs = {x, {"scale", {2}}, {"shift", {2}}},
                  .reads = bytes(2 * n),
                  .writes = bytes(2 * n),
                  .prepare = compiled([](Tensor x, Tensor scale, Tensor shift) { return x * scale + shift; })});
  list.push_back({.name = "where rows of 17 are smallest, 64k rows",
                  .family = "rows",
                  .kind = "smallest",
                  .inputs = {{"x", {m, 17}}},
                  .reads = bytes(17 * m),
                  .writes = bytes(m),
                  .rtol = 0,  // a place
                  .atol = 0,
                  .prepare = compiled([](Tensor x) { return cast(argmin(x, 1), f32); })});
}

// A layer of a graph network: each node hears the sum of what its neighbours say.
void graph_convolution(std::vector<Workload> &list, bool tiny) {
  const int64_t nodes = tiny ? 7 : 20'000, edges = tiny ? 23 : 200'000, width = tiny ? 9 : 64;
  const Input ends{"", {edges}, Input::Fill::integers, 0, static_cast<double>(nodes)};
  Input sources = ends, targets = ends;
  sources.name = "sources", targets.name = "targets";
  list.push_back({.name = "graph convolution 20k nodes, 200k edges x 64, gradient",
                  .family = "rows",
                  .kind = "graph_convolution_gradient",
                  .inputs = {{"weights", {width, width}}, {"nodes", {nodes, width}}, sources, targets},
                  .flops = 4.0 * static_cast<double>(nodes * width * width),
                  .atol = 5e-6,  // sums over all nodes, in another order
                  .prepare = compiled(grad([](Tensor weights, Tensor nodes, Tensor sources, Tensor targets) {
                    Tensor said = take(relu(matmul(nodes, weights)), sources);
                    return mean(square(segment_sum(said, targets, static_cast<int64_t>(nodes.shape()[0]))));
                  }))});
}

// Rows of a few numbers, added where an index says: forces on bodies, points in cells.
void segments(std::vector<Workload> &list, bool tiny) {
  const int64_t n = tiny ? 50 : 1'000'000, width = 4, count = tiny ? 7 : 1000;
  list.push_back({.name = "segment sum of 1M x 4, 1000 segments",
                  .family = "rows",
                  .kind = "segment_sum",
                  .sizes = {{"segments", count}},
                  .inputs = {{"x", {n, width}}, {"ids", {n}, Input::Fill::integers, 0, static_cast<double>(count)}},
                  .reads = bytes((width + 1) * n),
                  .writes = bytes(width * count),
                  .atol = of_products(n / count),
                  .prepare = compiled([count](Tensor x, Tensor ids) { return segment_sum(x, ids, count); })});
}

}  // namespace

void add_rows(std::vector<Workload> &list, bool tiny) {
  rows(list, tiny ? 3 : 64, 10);
  rows(list, tiny ? 5 : 4096, tiny ? 33 : 1024);
  batch_norms(list, tiny);
  few_columns(list, tiny);
  segments(list, tiny);

  const int64_t n = tiny ? 1000 : int64_t{1} << 24;
  list.push_back({.name = "sum 16M",
                  .family = "rows",
                  .kind = "sum",
                  .inputs = {{.name = "x", .shape = {n}, .low = 0}},
                  .reads = bytes(n),
                  .rtol = 1e-4,  // 16 million additions, in another order
                  .prepare = compiled([](Tensor x) { return sum(x); })});
  const int64_t side = tiny ? 37 : 4096;
  list.push_back({.name = "transpose 4096x4096",
                  .family = "rows",
                  .kind = "transpose",
                  .inputs = {{"x", {side, side}}},
                  .reads = bytes(side * side),
                  .writes = bytes(side * side),
                  .rtol = 0,  // moved, not computed
                  .atol = 0,
                  .prepare = compiled([](Tensor x) { return transpose(x); })});

  const int64_t words = tiny ? 50 : 50'000, width = tiny ? 5 : 128, batch = tiny ? 3 : 4096, length = tiny ? 4 : 32;
  // Nearly every word occurs, and words that come again are in a cache.
  const double reads = bytes(words * width + batch * length);
  const std::vector<Input> embedding = {{"table", {words, width}},
                                        {"ids", {batch, length}, Input::Fill::integers, 0, static_cast<double>(words)}};
  list.push_back({.name = "embedding + mean 50k x 128, 4096 x 32",
                  .family = "rows",
                  .kind = "embedding_mean",
                  .inputs = embedding,
                  .reads = reads,
                  .writes = bytes(batch * width),
                  .prepare = compiled([](Tensor table, Tensor ids) { return mean(take(table, ids), 1); })});
  list.push_back({.name = "embedding gradient 50k x 128, 4096 x 32",
                  .family = "rows",
                  .kind = "embedding_mean_gradient",
                  .inputs = embedding,
                  .reads = reads,
                  .writes = bytes(words * width),
                  .atol = 1e-7,  // of results of size 0.01
                  .prepare = compiled(
                      grad([](Tensor table, Tensor ids) { return sum(square(mean(take(table, ids), 1))) * 0.5f; }))});
  graph_convolution(list, tiny);
}

}  // namespace etch::bench

#include "reference_loops.h"

namespace etch::bench {
namespace {

// softmax of each row.
Array softmax(const Numbers &x) {
  Array y = x.values;
  const int64_t n = x.shape[1];
  for (int64_t i = 0; i < x.shape[0]; ++i) {
    auto row = y.begin() + i * n;
    const double largest = *std::max_element(row, row + n);
    double sum = 0;
    for (auto e = row; e != row + n; ++e) sum += *e = std::exp(*e - largest);
    for (auto e = row; e != row + n; ++e) *e /= sum;
  }
  return y;
}

Array layer_norm(const Numbers &x, const Numbers &gain, const Numbers &bias) {
  Array y = x.values;
  const int64_t n = x.shape[1];
  for (int64_t i = 0; i < x.shape[0]; ++i) {
    double mean = 0, variance = 0;
    for (int64_t j = 0; j < n; ++j) mean += x[i * n + j] / static_cast<double>(n);
    for (int64_t j = 0; j < n; ++j) variance += std::pow(x[i * n + j] - mean, 2) / static_cast<double>(n);
    for (int64_t j = 0; j < n; ++j)
      y[at(i * n + j)] = (x[i * n + j] - mean) / std::sqrt(variance + 1e-5) * gain[j] + bias[j];
  }
  return y;
}

Array rms_norm(const Numbers &x, const Numbers &gain) {
  Array y = x.values;
  const int64_t n = x.shape[1];
  for (int64_t i = 0; i < x.shape[0]; ++i) {
    double squares = 0;
    for (int64_t j = 0; j < n; ++j) squares += std::pow(x[i * n + j], 2) / static_cast<double>(n);
    for (int64_t j = 0; j < n; ++j) y[at(i * n + j)] = x[i * n + j] / std::sqrt(squares + 1e-5) * gain[j];
  }
  return y;
}

// x [..., channels], or the gradient of sum(dy * the result).
Array batch_norm(const Numbers &x, const Numbers &gain, const Numbers &bias, const Numbers *dy) {
  const int64_t channels = gain.shape[0], all = static_cast<int64_t>(x.values.size());
  const double count = static_cast<double>(all) / static_cast<double>(channels);
  Array y(x.values.size());
  for (int64_t c = 0; c < channels; ++c) {
    double mean = 0, variance = 0, slope = 0, slope_of_scale = 0;
    for (int64_t i = c; i < all; i += channels) mean += x[i] / count;
    for (int64_t i = c; i < all; i += channels) variance += std::pow(x[i] - mean, 2) / count;
    const double scale = 1 / std::sqrt(variance + 1e-5);
    auto normal = [&](int64_t i) { return (x[i] - mean) * scale; };
    if (dy)
      for (int64_t i = c; i < all; i += channels)
        slope += (*dy)[i] / count, slope_of_scale += (*dy)[i] * normal(i) / count;
    for (int64_t i = c; i < all; i += channels)
      y[at(i)] = dy ? gain[c] * scale * ((*dy)[i] - slope - normal(i) * slope_of_scale) : normal(i) * gain[c] + bias[c];
  }
  return y;
}

// The mean over rows, or its gradient.
Array cross_entropy(const Numbers &x, const Numbers &labels, bool gradient) {
  Array p = softmax(x);
  const int64_t m = x.shape[0], n = x.shape[1];
  double loss = 0;
  for (int64_t i = 0; i < m; ++i) {
    const size_t label = at(i * n + static_cast<int64_t>(labels[i]));
    loss -= std::log(p[label]) / static_cast<double>(m);
    p[label] -= 1;
  }
  if (!gradient) return {loss};
  return each(p, [&](double value) { return value / static_cast<double>(m); });
}

// The mean of the rows of each list of ids, or the gradient of half its square sum.
Array embedding(const Numbers &table, const Numbers &ids, bool gradient) {
  const int64_t batch = ids.shape[0], length = ids.shape[1], width = table.shape[1];
  Array means(at(batch * width)), slope(table.values.size());
  auto row = [&](int64_t b, int64_t t) { return static_cast<int64_t>(ids[b * length + t]) * width; };
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t t = 0; t < length; ++t)
      for (int64_t j = 0; j < width; ++j)
        means[at(b * width + j)] += table[row(b, t) + j] / static_cast<double>(length);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t t = 0; t < length; ++t)
      for (int64_t j = 0; j < width; ++j)
        slope[at(row(b, t) + j)] += means[at(b * width + j)] / static_cast<double>(length);
  return gradient ? slope : means;
}

// The gradient, by the weights, of the mean square of what each node hears: the sum of its neighbours' relu(x w).
Array graph_convolution_gradient(const Inputs &in) {
  const Numbers &w = in[0], &x = in[1], &sources = in[2], &targets = in[3];
  const int64_t nodes = x.shape[0], width = x.shape[1], outputs = w.shape[1];
  Array hidden(at(nodes * outputs)), heard(at(nodes * outputs)), back(at(nodes * outputs)), slope(w.values.size());
  for (int64_t i = 0; i < nodes; ++i)
    for (int64_t k = 0; k < width; ++k)
      for (int64_t j = 0; j < outputs; ++j) hidden[at(i * outputs + j)] += x[i * width + k] * w[k * outputs + j];
  auto each_edge = [&](auto body) {
    for (int64_t e = 0; e < sources.shape[0]; ++e)
      for (int64_t j = 0; j < outputs; ++j)
        body(at(static_cast<int64_t>(sources[e]) * outputs + j), at(static_cast<int64_t>(targets[e]) * outputs + j));
  };
  each_edge([&](size_t from, size_t to) { heard[to] += std::max(hidden[from], 0.); });
  each_edge([&](size_t from, size_t to) { back[from] += 2 * heard[to] / static_cast<double>(heard.size()); });
  for (int64_t i = 0; i < nodes; ++i)
    for (int64_t k = 0; k < width; ++k)
      for (int64_t j = 0; j < outputs; ++j)
        if (hidden[at(i * outputs + j)] > 0) slope[at(k * outputs + j)] += x[i * width + k] * back[at(i * outputs + j)];
  return slope;
}

// y[i] = x[i] + y[i - 2] along two columns.
Array running_sums(const Numbers &x) {
  Array y = x.values;
  for (size_t i = 2; i < y.size(); ++i) y[i] += y[i - 2];
  return y;
}

Array scaled_columns(const Numbers &x, const Numbers &scale, const Numbers &shift) {
  Array y;
  for (size_t i = 0; i < x.values.size(); ++i) y.push_back(x.values[i] * scale[i % 2] + shift[i % 2]);
  return y;
}

// Rows of x beside those of z.
Array beside(const Numbers &x, const Numbers &z) {
  Array y;
  for (int64_t i = 0; i < x.shape[0]; ++i)
    for (const Numbers *operand : {&x, &z})
      for (int64_t j = 0; j < operand->shape[1]; ++j) y.push_back((*operand)[i * operand->shape[1] + j]);
  return y;
}

// The place of the smallest element of each row.
Array smallest(const Numbers &x) {
  const int64_t columns = x.shape[1];
  Array y;
  for (int64_t i = 0; i < x.shape[0]; ++i) {
    auto row = x.values.begin() + i * columns;
    y.push_back(static_cast<double>(std::min_element(row, row + columns) - row));
  }
  return y;
}

// Rows of x, added up by the ids.
Array segment_sum(const Numbers &x, const Numbers &ids, int64_t segments) {
  const int64_t width = x.shape[1];
  Array y(static_cast<size_t>(segments * width));
  for (int64_t i = 0; i < x.shape[0]; ++i)
    for (int64_t j = 0; j < width; ++j) y[static_cast<size_t>(ids[i]) * width + j] += x[i * width + j];
  return y;
}

Array transpose(const Numbers &x) {
  Array y;
  for (int64_t j = 0; j < x.shape[1]; ++j)
    for (int64_t i = 0; i < x.shape[0]; ++i) y.push_back(x[i * x.shape[1] + j]);
  return y;
}

double sum(const Numbers &x) {
  double sum = 0;
  for (double value : x.values) sum += value;
  return sum;
}

}  // namespace

void add_row_loops(Loops &loops) {
  auto add = [&](const char *kind, auto loop) {
    loops[kind] = [loop](const Inputs &in, const Sizes &) { return Results{loop(in)}; };
  };
  add("softmax", [](const Inputs &in) { return softmax(in[0]); });
  add("log_softmax", [](const Inputs &in) { return each(softmax(in[0]), [](double p) { return std::log(p); }); });
  add("rms_norm", [](const Inputs &in) { return rms_norm(in[0], in[1]); });
  add("layer_norm", [](const Inputs &in) { return layer_norm(in[0], in[1], in[2]); });
  add("batch_norm", [](const Inputs &in) { return batch_norm(in[0], in[1], in[2], nullptr); });
  add("batch_norm_gradient", [](const Inputs &in) { return batch_norm(in[0], in[1], in[2], &in[3]); });
  add("cross_entropy", [](const Inputs &in) { return cross_entropy(in[0], in[1], false); });
  add("cross_entropy_gradient", [](const Inputs &in) { return cross_entropy(in[0], in[1], true); });
  add("embedding_mean", [](const Inputs &in) { return embedding(in[0], in[1], false); });
  add("graph_convolution_gradient", graph_convolution_gradient);
  add("embedding_mean_gradient", [](const Inputs &in) { return embedding(in[0], in[1], true); });
  add("sum", [](const Inputs &in) { return Array{sum(in[0])}; });
  add("smallest", [](const Inputs &in) { return smallest(in[0]); });
  loops["segment_sum"] = [](const Inputs &in, const Sizes &sizes) {
    return Results{segment_sum(in[0], in[1], sizes.at("segments"))};
  };
  add("running_sums", [](const Inputs &in) { return running_sums(in[0]); });
  add("scaled_columns", [](const Inputs &in) { return scaled_columns(in[0], in[1], in[2]); });
  add("beside", [](const Inputs &in) { return beside(in[0], in[1]); });
  add("transpose", [](const Inputs &in) { return transpose(in[0]); });
}

}  // namespace etch::bench

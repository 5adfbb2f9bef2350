// Convolutions and maxima of windows: layers forward and their gradients, and the training step of a small network.

#include "etch/convolution.h"

#include <cmath>

#include "train.h"

namespace etch::bench {
namespace {

struct Layer {
  int64_t batch, side, inputs, outputs, window, groups = 1, stride = 1, dilation = 1;
  bool channels_first = false;

  Shape image(int64_t extent, int64_t channels) const {
    return channels_first ? Shape{batch, channels, extent, extent} : Shape{batch, extent, extent, channels};
  }
};

double bytes(int64_t elements) { return 4.0 * static_cast<double>(elements); }
std::string square(int64_t x) { return std::to_string(x) + "x" + std::to_string(x); }
DataFormat format(bool channels_first) {
  return channels_first ? DataFormat::channels_first : DataFormat::channels_last;
}

/// Half of the window is around the image.
Tensor convolved(const Tensor &x, const Tensor &filters, const Layer &l) {
  const int64_t border = l.window / 2 * l.dilation;
  return conv2d(x, filters,
                {.strides = {l.stride},
                 .padding = {{border, border}, {border, border}},
                 .dilations = {l.dilation},
                 .groups = l.groups,
                 .data_format = format(l.channels_first)});
}

void layer(std::vector<Workload> &list, const Layer &l) {
  std::string text =
      square(l.side) + " " + std::to_string(l.inputs) + "->" + std::to_string(l.outputs) + " " + square(l.window);
  Sizes sizes;
  if (l.stride > 1) sizes["stride"] = l.stride, text += ", stride " + std::to_string(l.stride);
  if (l.dilation > 1) sizes["dilation"] = l.dilation, text += ", dilation " + std::to_string(l.dilation);
  if (l.groups > 1) text += ", each channel";
  if (l.channels_first) sizes["channels_first"] = 1, text += ", channels first";
  const int64_t side = (l.side - 1) / l.stride + 1;
  const Input x = {"x", l.image(l.side, l.inputs)}, dy = {"dy", l.image(side, l.outputs)},
              filters = weight("filters", {l.window, l.window, l.inputs / l.groups, l.outputs});
  const double pixels = static_cast<double>(l.batch * side * side);
  const double x_bytes = bytes(x.shape.num_elements()), y_bytes = bytes(dy.shape.num_elements()),
               w_bytes = bytes(filters.shape.num_elements());
  // Filters are of size 1 / sqrt(terms).
  const int64_t terms = l.window * l.window * l.inputs / l.groups, back = l.window * l.window * l.outputs / l.groups;
  const double size = 1 / std::sqrt(static_cast<double>(terms));
  Workload forward{.name = "conv " + text,
                   .family = "convolution",
                   .kind = "conv",
                   .sizes = sizes,
                   .inputs = {x, filters},
                   .flops = 2 * pixels * static_cast<double>(l.window * l.window * l.inputs / l.groups * l.outputs),
                   .reads = x_bytes + w_bytes,
                   .writes = y_bytes,
                   .atol = size * of_products(terms),
                   .prepare = compiled([l](Tensor x, Tensor filters) { return convolved(x, filters, l); })};
  Workload data = forward, filter = forward;
  data.name += ", data gradient";
  data.kind = "conv_data_gradient";
  data.inputs = {x, filters, dy};
  data.reads = y_bytes + w_bytes;
  data.writes = x_bytes;
  data.atol = size * of_products(back);
  data.prepare =
      compiled(grad([l](Tensor x, Tensor filters, Tensor dy) { return sum(convolved(x, filters, l) * dy); }));
  filter.name += ", filter gradient";
  filter.kind = "conv_filter_gradient";
  filter.inputs = {filters, x, dy};
  filter.reads = x_bytes + y_bytes;
  filter.writes = w_bytes;
  filter.atol = of_products(l.batch * side * side) / 2;  // a sum over every pixel, which most make of parts
  filter.prepare =
      compiled(grad([l](Tensor filters, Tensor x, Tensor dy) { return sum(convolved(x, filters, l) * dy); }));
  list.insert(list.end(), {forward, data, filter});
}

/// Maxima of square windows inside x, and their gradient.
void pool(std::vector<Workload> &list, const Layer &l) {
  const std::string text = square(l.side) + "x" + std::to_string(l.inputs) + " " + square(l.window) + ", stride " +
                           std::to_string(l.stride) + (l.channels_first ? ", channels first" : "");
  const Input x = {"x", l.image(l.side, l.inputs)}, dy = {"dy", l.image((l.side - l.window) / l.stride + 1, l.inputs)};
  const double x_bytes = bytes(x.shape.num_elements()), y_bytes = bytes(dy.shape.num_elements());
  auto maxima = [l](Tensor x) {
    return max_pool2d(x, {l.window}, {.strides = {l.stride}, .data_format = format(l.channels_first)});
  };
  Sizes sizes{{"window", l.window}, {"stride", l.stride}};
  if (l.channels_first) sizes["channels_first"] = 1;
  Workload forward{.name = "max pool " + text,
                   .family = "convolution",
                   .kind = "max_pool",
                   .sizes = sizes,
                   .inputs = {x},
                   .reads = x_bytes,
                   .writes = y_bytes,
                   .prepare = compiled(maxima)};
  Workload gradient = forward;
  gradient.name += ", gradient";
  gradient.kind = "max_pool_gradient";
  gradient.inputs = {x, dy};
  gradient.reads = x_bytes + y_bytes;
  gradient.writes = x_bytes;
  gradient.prepare = compiled(grad([maxima](Tensor x, Tensor dy) { return sum(maxima(x) * dy); }));
  list.insert(list.end(), {forward, gradient});
}

// 5x5x32, pool, 5x5x64, pool, 1024, 10: relu between.
void network(std::vector<Workload> &list, bool tiny) {
  const int64_t batch = tiny ? 2 : 50, side = tiny ? 8 : 28, a = tiny ? 3 : 32, b = tiny ? 4 : 64,
                wide = tiny ? 6 : 1024;
  const int64_t flat = side / 4 * (side / 4) * b;
  const int64_t products =
      side * side * 25 * a * 2 + side / 2 * (side / 2) * 25 * a * b * 3 + 3 * flat * wide + 3 * wide * 10;
  list.push_back({.name = "CNN 5x5x32-5x5x64-1024-10, Adam, batch 50",
                  .family = "convolution",
                  .kind = "cnn",
                  .inputs = {weight("w1", {5, 5, 1, a}),
                             bias("b1", a),
                             weight("w2", {5, 5, a, b}),
                             bias("b2", b),
                             weight("w3", {flat, wide}),
                             bias("b3", wide),
                             weight("w4", {wide, 10}),
                             bias("b4", 10),
                             {"x", {batch, side, side, 1}},
                             {"labels", {batch}, Input::Fill::integers, 0, 10}},
                  .flops = 2.0 * static_cast<double>(batch * products),
                  .reads = 3 * bytes(flat * wide),
                  .writes = 3 * bytes(flat * wide),
                  .rtol = 2e-4,
                  .checked_steps = 5,
                  .prepare = [](const std::vector<Tensor> &inputs) {
                    return train(inputs, 8, Optimizer::adam, 1e-4,
                                 [](const Parameters &p, const std::vector<Tensor> &batch) {
                                   const ConvOptions same{.padding = Border::same};
                                   Tensor h = max_pool2d(relu(conv2d(batch[0], p[0], same) + p[1]), {2});
                                   h = max_pool2d(relu(conv2d(h, p[2], same) + p[3]), {2});
                                   h = relu(matmul(nn::flatten(h), p[4]) + p[5]);
                                   return mean(sparse_softmax_cross_entropy(matmul(h, p[6]) + p[7], batch[1]));
                                 });
                  }});
}

}  // namespace

void add_convolutions(std::vector<Workload> &list, bool tiny) {
  std::vector<Layer> layers = {{32, 28, 1, 32, 5},
                               {32, 14, 32, 64, 5},
                               {32, 56, 64, 64, 3},
                               {32, 28, 128, 256, 1},
                               {32, 56, 64, 64, 3, 64},
                               {32, 56, 64, 128, 3, 1, 2},
                               {32, 56, 64, 64, 3, 64, 2},
                               {32, 112, 3, 64, 7, 1, 2},
                               {32, 28, 128, 128, 3, 1, 1, 2},
                               {32, 56, 64, 64, 3, 1, 1, 1, true},
                               // Pictures of cameras.
                               {1, 1024, 3, 3, 3},
                               {1, 1024, 1, 4, 3},
                               {1, 512, 64, 3, 3}};
  if (tiny)
    layers = {{2, 6, 3, 5, 3},
              {2, 5, 4, 4, 3, 4},
              {2, 6, 3, 5, 3, 1, 2},
              {2, 6, 3, 5, 3, 1, 1, 2},
              {2, 6, 3, 5, 3, 1, 1, 1, true}};
  for (const Layer &each : layers) layer(list, each);
  for (bool channels_first : {false, true})
    for (int64_t window : {2, 3}) {
      Layer l = tiny ? Layer{2, 7, 5, 5, window} : Layer{32, 56, 64, 64, window};
      l.stride = 2, l.channels_first = channels_first;
      pool(list, l);
    }
  Layer gray = tiny ? Layer{1, 19, 1, 1, 3} : Layer{1, 1024, 1, 1, 5};
  pool(list, gray);
  network(list, tiny);
}

}  // namespace etch::bench

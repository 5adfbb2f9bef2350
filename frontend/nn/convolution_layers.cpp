#include "etch/creation.h"
#include "etch/nn.h"
#include "frontend/tensor/windows.h"
#include "frontend/trace/emit.h"

namespace etch::nn {

namespace {

/// "5x5".
std::string by(const std::vector<int64_t> &list) {
  std::string text;
  for (int64_t entry : list) text += (text.empty() ? "" : "x") + std::to_string(entry);
  return list.size() == 1 ? text + "x" + text : text;
}

Shape filter_shape(const char *op, const std::vector<int64_t> &window, int64_t inputs, int64_t outputs,
                   std::source_location at) {
  if (window.empty()) detail::fail_op(op, "window is empty; give one extent or two", at);
  std::vector<int64_t> extents = detail::spatial_list(op, "window", window, 2, 1, at);
  return {extents[0], extents[1], inputs, outputs};
}

int64_t inputs_of_group(int64_t inputs, int64_t outputs, int64_t groups, std::source_location at) {
  if (groups < 1 || inputs % groups != 0 || outputs % groups != 0)
    throw UserError("[Conv2D] " + std::to_string(inputs) + " inputs and " + std::to_string(outputs) +
                        " outputs do not divide into " + std::to_string(groups) + " groups; change one of the three",
                    at);
  return inputs / groups;
}

/// The bias lies along the channels, wherever they are.
Tensor add_bias(const Tensor &x, const Variable &bias, DataFormat format) {
  if (format == DataFormat::channels_last) return x + bias;
  return x + reshape(bias, {bias.shape()[0], 1, 1});
}

}  // namespace

Conv2D::Conv2D(int64_t inputs, int64_t outputs, std::vector<int64_t> window, Activation activation,
               const Generator &generator, ConvOptions options, std::string name, std::source_location at)
    : kernel(glorot_uniform(
                 filter_shape("Conv2D", window, inputs_of_group(inputs, outputs, options.groups, at), outputs, at),
                 generator, at),
             name + ".kernel", at),
      bias(zeros({outputs}, f32, at), name + ".bias", at),
      activation_(activation),
      options_(std::move(options)) {}

Tensor Conv2D::operator()(const Tensor &x, std::source_location at) const {
  detail::CallerScope caller(at);
  return nn::apply(activation_, add_bias(conv2d(x, kernel, options_), bias, options_.data_format));
}

std::string Conv2D::describe() const {
  const Shape &shape = kernel.shape();
  return "Conv2D " + by({shape[0], shape[1]}) + ", " + std::to_string(shape[2] * options_.groups) + " -> " +
         std::to_string(shape[3]) + ", " + std::string(name_of(activation_));
}

DepthwiseConv2D::DepthwiseConv2D(int64_t channels, std::vector<int64_t> window, Activation activation,
                                 const Generator &generator, ConvOptions options, int64_t multiplier, std::string name,
                                 std::source_location at)
    : kernel(glorot_uniform(filter_shape("DepthwiseConv2D", window, channels, multiplier, at), generator, at),
             name + ".kernel", at),
      bias(zeros({channels * multiplier}, f32, at), name + ".bias", at),
      activation_(activation),
      options_(std::move(options)) {}

Tensor DepthwiseConv2D::operator()(const Tensor &x, std::source_location at) const {
  detail::CallerScope caller(at);
  return nn::apply(activation_, add_bias(depthwise_conv2d(x, kernel, options_), bias, options_.data_format));
}

std::string DepthwiseConv2D::describe() const {
  const Shape &shape = kernel.shape();
  return "DepthwiseConv2D " + by({shape[0], shape[1]}) + ", " + std::to_string(shape[2]) + " x " +
         std::to_string(shape[3]) + ", " + std::string(name_of(activation_));
}

Tensor MaxPool2D::operator()(const Tensor &x, std::source_location at) const {
  return max_pool2d(Operand(x, at), window_, options_);
}
std::string MaxPool2D::describe() const { return "MaxPool2D " + by(window_); }

Tensor AveragePooling2D::operator()(const Tensor &x, std::source_location at) const {
  return avg_pool2d(Operand(x, at), window_, options_);
}
std::string AveragePooling2D::describe() const { return "AveragePooling2D " + by(window_); }

}  // namespace etch::nn

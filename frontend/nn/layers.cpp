#include <cmath>

#include "etch/creation.h"
#include "etch/nn.h"
#include "frontend/tensor/elementwise.h"
#include "frontend/trace/emit.h"
#include "runtime/base/count.h"

namespace etch::nn {

Tensor glorot_uniform(Shape shape, const Generator &generator, std::source_location at) {
  detail::CallerScope caller(at, "glorot_uniform");
  if (shape.rank() < 2)
    detail::fail_op("glorot_uniform", "needs extents of inputs and outputs; got " + to_string(shape), at);
  for (int64_t extent : shape)
    if (extent < 1)
      detail::fail_op("glorot_uniform", "needs at least one of each extent of weights; got " + to_string(shape), at);
  int64_t window = 1;
  for (int axis = 0; axis + 2 < shape.rank(); ++axis) window *= shape[axis];
  const int64_t inputs = shape[shape.rank() - 2], outputs = shape[shape.rank() - 1];
  double limit = std::sqrt(6.0 / static_cast<double>(window * (inputs + outputs)));
  return generator.uniform(shape, -limit, limit, f32, at);
}

Tensor apply(Activation activation, Operand x) {
  switch (activation) {
    case Activation::linear: break;
    case Activation::relu: return relu(x);
    case Activation::sigmoid: return sigmoid(x);
    case Activation::tanh: return tanh(x);
    case Activation::softmax: return softmax(x);
  }
  return detail::as_tensor(x);
}

std::string_view name_of(Activation activation) {
  switch (activation) {
    case Activation::linear: return "linear";
    case Activation::relu: return "relu";
    case Activation::sigmoid: return "sigmoid";
    case Activation::tanh: return "tanh";
    case Activation::softmax: return "softmax";
  }
  return "";
}

Dense::Dense(int64_t inputs, int64_t outputs, Activation activation, const Generator &generator, std::string name,
             std::source_location at)
    : kernel(glorot_uniform({inputs, outputs}, generator, at), name + ".kernel", at),
      bias(zeros({outputs}, f32, at), name + ".bias", at),
      activation_(activation) {}

Tensor Dense::operator()(const Tensor &x, std::source_location at) const {
  detail::CallerScope caller(at, "Dense");
  const int64_t inputs = kernel.shape()[0];
  auto fits = [&](int64_t features) { return features == inputs || features == kDynamic; };
  if (x.defined() && (x.rank() == 0 || !fits(x.shape()[x.rank() - 1])))
    detail::fail_op(
        "Dense",
        "the layer takes " + count_text(inputs, "feature") + ", the last axis of its input; got " + to_string(x.type()),
        at);
  return nn::apply(activation_, matmul(x, kernel) + bias);
}

std::string Dense::describe() const {
  return "Dense " + std::to_string(kernel.shape()[0]) + " -> " + std::to_string(kernel.shape()[1]) + ", " +
         std::string(name_of(activation_));
}

Tensor flatten(Operand x) {
  Tensor tensor = detail::as_tensor(x);
  if (tensor.rank() == 0) detail::fail_op("flatten", "needs at least one axis; got a scalar", x.at);
  int64_t rest = 1;
  for (int axis = 1; axis < tensor.rank(); ++axis) {
    int64_t extent = tensor.shape()[axis];
    if (extent == kDynamic)
      detail::fail_op("flatten", "only the first extent may be unknown; got " + to_string(tensor.type()), x.at);
    rest *= extent;
  }
  return reshape(x, {tensor.shape()[0], rest});
}

Tensor Sequential::operator()(const Tensor &x, std::source_location at) const {
  Tensor value = x;
  for (const auto &layer : layers_) value = (*layer)(value, at);
  return value;
}

std::vector<Variable> Sequential::parameters() const {
  std::vector<Variable> all;
  for (const auto &layer : layers_)
    for (const Variable &variable : layer->parameters()) all.push_back(variable);
  return all;
}

int64_t Sequential::parameter_count() const {
  int64_t count = 0;
  for (const Variable &variable : parameters()) count += variable.size();
  return count;
}

std::string Sequential::summary() const {
  std::string text;
  for (const auto &layer : layers_) {
    int64_t count = 0;
    for (const Variable &variable : layer->parameters()) count += variable.size();
    text += layer->describe() + ": " + std::to_string(count) + " parameters\n";
  }
  return text + "total: " + std::to_string(parameter_count()) + " parameters\n";
}

}  // namespace etch::nn

#pragma once
// Just enough of neural networks for the examples: dense and convolutional layers, pooling, two optimizers. Defaults
// are Keras'.

#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "etch/convolution.h"
#include "etch/losses.h"
#include "etch/random.h"
#include "etch/structure.h"

namespace etch::nn {

/// Uniform in +-sqrt(6 / (fan in + fan out)): Keras' default for weights. The last two extents are inputs and outputs,
/// those before them the window of a convolution, which multiplies both.
Tensor glorot_uniform(Shape shape, const Generator &generator,
                      std::source_location at = std::source_location::current());

enum class Activation : uint8_t { linear, relu, sigmoid, tanh, softmax };
std::string_view name_of(Activation activation);
Tensor apply(Activation activation, Operand x);

/// A layer: a function of one tensor with parameters.
class Layer {
 public:
  virtual ~Layer() = default;
  /// `at` is the line that errors name.
  virtual Tensor operator()(const Tensor &x, std::source_location at = std::source_location::current()) const = 0;
  virtual std::vector<Variable> parameters() const { return {}; }
  /// "Dense 784 -> 128, relu".
  virtual std::string describe() const = 0;
};

/// activation(x . kernel + bias) for x [..., inputs].
///
///     etch::nn::Dense layer(784, 128, etch::nn::Activation::relu, generator);
class Dense final : public Layer {
 public:
  Dense(int64_t inputs, int64_t outputs, Activation activation, const Generator &generator, std::string name = "dense",
        std::source_location at = std::source_location::current());
  Tensor operator()(const Tensor &x, std::source_location at = std::source_location::current()) const override;
  std::vector<Variable> parameters() const override { return {kernel, bias}; }
  std::string describe() const override;

  Variable kernel;  ///< [inputs, outputs], glorot_uniform
  Variable bias;    ///< [outputs], zeros
 private:
  Activation activation_;
};

/// [n, a, b, ...] to [n, a*b*...].
Tensor flatten(Operand x);
class Flatten final : public Layer {
 public:
  Tensor operator()(const Tensor &x, std::source_location at = std::source_location::current()) const override {
    return flatten(Operand(x, at));
  }
  std::string describe() const override { return "Flatten"; }
};

/// activation(conv2d(x, kernel) + bias) for x [batch, h, w, inputs]. `window` has one or two entries.
///
///     etch::nn::Conv2D layer(1, 32, {5, 5}, etch::nn::Activation::relu, generator, {.padding = etch::Border::same});
class Conv2D final : public Layer {
 public:
  Conv2D(int64_t inputs, int64_t outputs, std::vector<int64_t> window, Activation activation,
         const Generator &generator, ConvOptions options = {}, std::string name = "conv2d",
         std::source_location at = std::source_location::current());
  Tensor operator()(const Tensor &x, std::source_location at = std::source_location::current()) const override;
  std::vector<Variable> parameters() const override { return {kernel, bias}; }
  std::string describe() const override;

  Variable kernel;  ///< [h, w, inputs / groups, outputs], glorot_uniform
  Variable bias;    ///< [outputs], zeros
 private:
  Activation activation_;
  ConvOptions options_;
};

/// activation(depthwise_conv2d(x, kernel) + bias) for x [batch, h, w, channels].
class DepthwiseConv2D final : public Layer {
 public:
  DepthwiseConv2D(int64_t channels, std::vector<int64_t> window, Activation activation, const Generator &generator,
                  ConvOptions options = {}, int64_t multiplier = 1, std::string name = "depthwise_conv2d",
                  std::source_location at = std::source_location::current());
  Tensor operator()(const Tensor &x, std::source_location at = std::source_location::current()) const override;
  std::vector<Variable> parameters() const override { return {kernel, bias}; }
  std::string describe() const override;

  Variable kernel;  ///< [h, w, channels, multiplier], glorot_uniform
  Variable bias;    ///< [channels * multiplier], zeros
 private:
  Activation activation_;
  ConvOptions options_;
};

/// What pooling layers keep.
class Pooling2D : public Layer {
 public:
  explicit Pooling2D(std::vector<int64_t> window = {2}, PoolOptions options = {})
      : window_(std::move(window)), options_(std::move(options)) {}

 protected:
  std::vector<int64_t> window_;
  PoolOptions options_;
};
/// max_pool2d as a layer.
class MaxPool2D final : public Pooling2D {
 public:
  using Pooling2D::Pooling2D;
  Tensor operator()(const Tensor &x, std::source_location at = std::source_location::current()) const override;
  std::string describe() const override;
};
/// avg_pool2d as a layer.
class AveragePooling2D final : public Pooling2D {
 public:
  using Pooling2D::Pooling2D;
  Tensor operator()(const Tensor &x, std::source_location at = std::source_location::current()) const override;
  std::string describe() const override;
};

/// Layers one after the other. Copies share the layers.
///
///     etch::nn::Sequential model(nn::Flatten(), nn::Dense(784, 128, nn::Activation::relu, g),
///                                nn::Dense(128, 10, nn::Activation::linear, g));
class Sequential {
 public:
  template <class... L> explicit Sequential(L... layers) { (add(std::move(layers)), ...); }
  template <std::derived_from<Layer> L> Sequential &add(L layer) {
    layers_.push_back(std::make_shared<L>(std::move(layer)));
    return *this;
  }
  Tensor operator()(const Tensor &x, std::source_location at = std::source_location::current()) const;
  std::vector<Variable> parameters() const;
  /// Number of trainable numbers.
  int64_t parameter_count() const;
  /// A line for each layer.
  std::string summary() const;

 private:
  std::vector<std::shared_ptr<const Layer>> layers_;
};

/// w -= rate * v with v = momentum * v + g (v = g without momentum).
class SGD {
 public:
  explicit SGD(std::vector<Variable> parameters, double learning_rate = 0.01, double momentum = 0);
  /// Updates the parameters; inside a function the updates become part of it. `learning_rate` overrides the
  /// constructor's. Throws UserError when there is not one gradient of its shape for each parameter.
  void apply(const std::vector<Tensor> &gradients, std::optional<Scalar> learning_rate = {},
             std::source_location at = std::source_location::current()) const;
  /// What the next step depends on besides the parameters: the velocities, if there are any. To save with them.
  std::vector<Variable> state() const { return velocities_; }

 private:
  std::vector<Variable> parameters_, velocities_;
  double learning_rate_, momentum_;
};

/// Adam (Kingma and Ba, 2015) with bias correction; epsilon 1e-7 as in Keras. Its averages are exact to 2^-110 (2^-1006
/// in f64), so that those of gradients that became 0 do not end as subnormal numbers, which are slow.
class Adam {
 public:
  explicit Adam(std::vector<Variable> parameters, double learning_rate = 0.001, double beta_1 = 0.9,
                double beta_2 = 0.999, double epsilon = 1e-7);
  void apply(const std::vector<Tensor> &gradients, std::optional<Scalar> learning_rate = {},
             std::source_location at = std::source_location::current()) const;
  /// What the next step depends on besides the parameters: averages of gradients, those of their squares, the number of
  /// steps. To save with them.
  std::vector<Variable> state() const;

 private:
  std::vector<Variable> parameters_, means_, squares_;
  Variable step_;
  double learning_rate_, beta_1_, beta_2_, epsilon_;
};

}  // namespace etch::nn

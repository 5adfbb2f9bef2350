#pragma once
// The networks that are measured.

#include <optional>
#include <vector>

#include "etch/etch.h"

namespace etch::bench {

/// Dense layers with relu between them, and an optimizer.
class Mlp {
 public:
  Mlp(const std::vector<int64_t> &widths, bool adam, double learning_rate = 0.001) {
    Generator generator(7);
    for (size_t i = 0; i + 1 < widths.size(); ++i)
      model_.add(nn::Dense(widths[i], widths[i + 1],
                           i + 2 < widths.size() ? nn::Activation::relu : nn::Activation::linear, generator));
    if (adam)
      adam_.emplace(model_.parameters(), learning_rate);
    else
      sgd_.emplace(model_.parameters(), learning_rate);
  }
  /// Classes as labels, softmax cross-entropy.
  auto classification_step() const {
    return function("train_step", [this](Tensor x, Tensor y) {
      return update([&] { return mean(sparse_softmax_cross_entropy(model_(x), y)); });
    });
  }
  /// Numbers as labels, mean square error.
  auto regression_step() const {
    return function("train_step", [this](Tensor x, Tensor y) { return regression(x, y); });
  }
  Tensor regression(const Tensor &x, const Tensor &y) const {
    return update([&] { return mse(model_(x), y); });
  }
  const nn::Sequential &model() const { return model_; }

 private:
  template <class Loss> Tensor update(Loss loss) const {
    auto [value, gradients] = value_and_grad(model_.parameters(), loss);
    adam_ ? adam_->apply(gradients) : sgd_->apply(gradients);
    return value;
  }
  nn::Sequential model_;
  std::optional<nn::Adam> adam_;
  std::optional<nn::SGD> sgd_;
};

}  // namespace etch::bench

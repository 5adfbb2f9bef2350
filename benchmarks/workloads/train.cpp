#include "train.h"

#include <cmath>

namespace etch::bench {

Prepared train(const std::vector<Tensor> &inputs, size_t count, Optimizer optimizer, double rate, Loss loss) {
  Parameters parameters(inputs.begin(), inputs.begin() + static_cast<long>(count));
  std::vector<Tensor> batch(inputs.begin() + static_cast<long>(count), inputs.end());
  auto adam = optimizer == Optimizer::adam ? std::make_shared<nn::Adam>(parameters, rate) : nullptr;
  auto sgd = adam ? nullptr : std::make_shared<nn::SGD>(parameters, rate);
  auto step = function("train_step", [=](std::vector<Tensor> batch) {
    auto [value, gradients] = value_and_grad(parameters, [&] { return loss(parameters, batch); });
    adam ? adam->apply(gradients) : sgd->apply(gradients);
    return value;
  });
  Prepared prepared = repeat([step, batch] { return step(batch); });
  prepared.memory = [step, batch] { return step.get_concrete_function(batch).memory_stats(); };
  return prepared;
}

Workload sgd_step(SgdStep step) {
  std::vector<Input> inputs = step.parameters;
  inputs.insert(inputs.end(), step.batch.begin(), step.batch.end());
  // Each row meets each weight forward, in the gradient of the weight and in that of what the weight multiplies.
  const int64_t multiplications = step.rows * (3 * step.weights - step.weights_of_inputs);
  const double bytes = 4.0 * static_cast<double>(step.weights);
  return {.name = std::move(step.name),
          .family = "training",
          .kind = std::move(step.kind),
          .sizes = std::move(step.sizes),
          .inputs = std::move(inputs),
          .flops = 2.0 * static_cast<double>(multiplications),
          .reads = 2 * bytes,  // forward and backward
          .writes = bytes,
          .rtol = 1e-3,
          .checked_steps = 5,
          .prepare = [count = step.parameters.size(), loss = std::move(step.loss)](const std::vector<Tensor> &inputs) {
            return train(inputs, count, Optimizer::sgd, 0.1, loss);
          }};
}

Input weight(std::string name, Shape shape) {
  int64_t rows = 1;
  for (int i = 0; i + 1 < shape.rank(); ++i) rows *= shape[i];
  return {std::move(name), std::move(shape), Input::Fill::normal, 0, 1 / std::sqrt(static_cast<double>(rows))};
}
Input bias(std::string name, int64_t n) { return {std::move(name), {n}, Input::Fill::uniform, -0.1, 0.1}; }

}  // namespace etch::bench

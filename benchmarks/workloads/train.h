#pragma once
// Training steps over given parameters.

#include "workload.h"

namespace etch::bench {

enum class Optimizer : uint8_t { sgd, adam };
using Parameters = std::vector<Variable>;
using Loss = std::function<Tensor(const Parameters &, const std::vector<Tensor> &batch)>;

/// Loss, gradients and update as one compiled function. The first `count` inputs are the initial parameters, the others
/// the batch. The result is the loss before the update.
Prepared train(const std::vector<Tensor> &inputs, size_t count, Optimizer optimizer, double rate, Loss loss);

/// A step of stochastic gradient descent, which is limited by its products.
struct SgdStep {
  std::string name, kind;
  Sizes sizes = {};
  std::vector<Input> parameters, batch;
  int64_t rows;               ///< of all products of a step: examples times steps in time
  int64_t weights;            ///< that such a row meets
  int64_t weights_of_inputs;  ///< those of them that meet the batch itself, whose gradient nobody asks for
  Loss loss;
};
Workload sgd_step(SgdStep step);

/// A weight of the usual size: normal with deviation 1 / sqrt(rows).
Input weight(std::string name, Shape shape);
/// A small vector, so that its gradient matters.
Input bias(std::string name, int64_t n);

}  // namespace etch::bench

#include "etch/creation.h"
#include "etch/nn.h"

namespace etch::nn {
namespace {

void require_one_each(const char *who, size_t gradients, size_t parameters) {
  if (gradients != parameters)
    throw UserError(std::string("[") + who + "] was given " + std::to_string(gradients) + " gradients for " +
                    std::to_string(parameters) + " parameters; pass the gradients of the parameters it was made with");
}

std::vector<Variable> zeros_of(const std::vector<Variable> &parameters, const std::string &suffix) {
  std::vector<Variable> out;
  for (const Variable &parameter : parameters)
    out.emplace_back(zeros(parameter.shape(), parameter.dtype()), parameter.name() + suffix);
  return out;
}

}  // namespace

SGD::SGD(std::vector<Variable> parameters, double learning_rate, double momentum)
    : parameters_(std::move(parameters)), learning_rate_(learning_rate), momentum_(momentum) {
  if (momentum != 0) velocities_ = zeros_of(parameters_, ".velocity");
}

void SGD::apply(const std::vector<Tensor> &gradients, std::optional<Scalar> learning_rate) const {
  require_one_each("SGD", gradients.size(), parameters_.size());
  Operand rate = learning_rate ? Operand(*learning_rate) : Operand(learning_rate_);
  for (size_t i = 0; i < gradients.size(); ++i) {
    Tensor direction = gradients[i];
    if (momentum_ != 0) {
      velocities_[i].assign(velocities_[i] * momentum_ + direction);
      direction = velocities_[i].read();
    }
    parameters_[i].assign_sub(direction * rate);
  }
}

Adam::Adam(std::vector<Variable> parameters, double learning_rate, double beta_1, double beta_2, double epsilon)
    : parameters_(std::move(parameters)),
      means_(zeros_of(parameters_, ".mean")),
      squares_(zeros_of(parameters_, ".square")),
      step_(constant(0.0f), "adam.step"),
      learning_rate_(learning_rate),
      beta_1_(beta_1),
      beta_2_(beta_2),
      epsilon_(epsilon) {}

void Adam::apply(const std::vector<Tensor> &gradients, std::optional<Scalar> learning_rate) const {
  require_one_each("Adam", gradients.size(), parameters_.size());
  Operand rate = learning_rate ? Operand(*learning_rate) : Operand(learning_rate_);
  step_.assign_add(1.f);
  Tensor t = step_.read();
  // Both corrections in one factor, as Keras has it: the effective step size of this iteration.
  Tensor alpha = sqrt(1.f - pow(beta_2_, t)) / (1.f - pow(beta_1_, t)) * rate;
  for (size_t i = 0; i < gradients.size(); ++i) {
    const Tensor &g = gradients[i];
    means_[i].assign_add((g - means_[i]) * (1 - beta_1_));
    squares_[i].assign_add((square(g) - squares_[i]) * (1 - beta_2_));
    parameters_[i].assign_sub(means_[i] * cast(alpha, parameters_[i].dtype()) / (sqrt(squares_[i]) + epsilon_));
  }
}

}  // namespace etch::nn

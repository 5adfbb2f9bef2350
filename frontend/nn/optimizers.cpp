#include "etch/creation.h"
#include "etch/nn.h"
#include "frontend/trace/emit.h"

namespace etch::nn {
namespace {

void require_one_each(const char *who, const std::vector<Tensor> &gradients, const std::vector<Variable> &parameters,
                      Location at) {
  if (gradients.size() != parameters.size())
    detail::fail_op(who,
                    "was given " + std::to_string(gradients.size()) + " gradients for " +
                        std::to_string(parameters.size()) +
                        " parameters; pass the gradients of the parameters it was made with",
                    at);
  for (size_t i = 0; i < gradients.size(); ++i)
    if (!gradients[i].defined() || !is_compatible(parameters[i].shape(), gradients[i].shape()))
      detail::fail_op(who,
                      "gradient " + std::to_string(i) + " is " +
                          (gradients[i].defined() ? to_string(gradients[i].type()) : "an empty Tensor") +
                          " but the parameter '" + parameters[i].name() + "' is " + to_string(parameters[i].type()) +
                          "; pass the gradients in the order of the parameters",
                      at);
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

void SGD::apply(const std::vector<Tensor> &gradients, std::optional<Scalar> learning_rate,
                std::source_location at) const {
  detail::CallerScope caller(at);
  require_one_each("SGD", gradients, parameters_, at);
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

void Adam::apply(const std::vector<Tensor> &gradients, std::optional<Scalar> learning_rate,
                 std::source_location at) const {
  detail::CallerScope caller(at);
  require_one_each("Adam", gradients, parameters_, at);
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

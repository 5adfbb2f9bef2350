#include <cmath>

#include "etch/creation.h"
#include "etch/nn.h"
#include "frontend/tensor/composition.h"
#include "runtime/base/count.h"

namespace etch::nn {
namespace {

using detail::compose;
using Values = std::span<const Tensor>;

void require_one_each(const char *who, const std::vector<Tensor> &gradients, const std::vector<Variable> &parameters,
                      Location at) {
  if (gradients.size() != parameters.size())
    detail::fail_op(who,
                    "was given " + count_text(gradients.size(), "gradient") + " for " +
                        count_text(parameters.size(), "parameter") +
                        "; pass the gradients of the parameters it was made with",
                    at);
  for (size_t i = 0; i < gradients.size(); ++i) {
    const std::string which = "gradient " + std::to_string(i);
    if (!gradients[i].defined())
      detail::fail_op(who,
                      which + ", of the parameter '" + parameters[i].name() +
                          "', is an empty Tensor: the loss does not depend on it; leave the parameter out, or ask the "
                          "tape with GradientTape::Unconnected::zero",
                      at);
    const DType dtype = parameters[i].dtype(), given = gradients[i].dtype();
    if (promote(dtype, given) != dtype)
      detail::fail_op(who,
                      which + " is " + to_string(gradients[i].type()) + " but the parameter '" + parameters[i].name() +
                          "' is " + to_string(parameters[i].type()) +
                          "; convert it with etch::cast(gradient, etch::" + std::string(name_of(dtype)) + ")",
                      at);
    if (!is_compatible(parameters[i].shape(), gradients[i].shape()))
      detail::fail_op(who,
                      which + " is " + to_string(gradients[i].type()) + " but the parameter '" + parameters[i].name() +
                          "' is " + to_string(parameters[i].type()) +
                          "; pass the gradients in the order of the parameters",
                      at);
  }
}

std::vector<Variable> zeros_of(const std::vector<Variable> &parameters, const std::string &suffix) {
  std::vector<Variable> out;
  for (const Variable &parameter : parameters)
    out.emplace_back(zeros(parameter.shape(), parameter.dtype()), parameter.name() + suffix);
  return out;
}

// What averages keep of a parameter whose gradient has become 0 (a dead relu) shrinks until it is subnormal, stays so,
// and makes every later step slow: 160 cycles for each vector with such a number.

/// Differences below this are nothing to an average. A step from here is no subnormal number yet; in f16 those are
/// numbers like others.
std::optional<double> granule(DType dtype) {
  if (dtype == f16) return std::nullopt;
  return std::ldexp(1.0, dtype == f64 ? -1006 : -110);
}

/// Small averages rounded to whole granules: what is added drives the bits below out. Cheaper than a comparison, which
/// makes the first call of an Adam step 0.5 ms longer.
Tensor without_subnormals(const Tensor &average) {
  const std::optional<double> least = granule(average.dtype());
  if (!least) return average;
  const double driver = std::ldexp(*least, average.dtype() == f64 ? 52 : 23);
  return (average + driver) - driver;
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
      velocities_[i].assign(without_subnormals(velocities_[i] * momentum_ + direction));
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
    means_[i].assign(compose("adam.mean", {means_[i], gradients[i]}, {beta_1_}, at,
                             [&](Values t) { return without_subnormals(t[0] + (t[1] - t[0]) * (1 - beta_1_)); }));
    // Never below a granule: also without epsilon nothing is divided by 0.
    squares_[i].assign(compose("adam.square", {squares_[i], gradients[i]}, {beta_2_}, at, [&](Values t) {
      const std::optional<double> least = granule(t[0].dtype());
      Tensor newest = least ? square(t[1]) + *least : square(t[1]);
      return t[0] + (newest - t[0]) * (1 - beta_2_);
    }));
    parameters_[i].assign(
        compose("adam.parameter", {parameters_[i], means_[i], squares_[i], alpha}, {epsilon_}, at,
                [&](Values t) { return t[0] - t[1] * cast(t[3], t[0].dtype()) / (sqrt(t[2]) + epsilon_); }));
  }
}

std::vector<Variable> Adam::state() const {
  std::vector<Variable> all(means_);
  all.insert(all.end(), squares_.begin(), squares_.end());
  all.push_back(step_);
  return all;
}

}  // namespace etch::nn

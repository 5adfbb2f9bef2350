#include "etch/activations.h"

#include <cmath>
#include <numbers>

#include "frontend/tensor/composition.h"

namespace etch {
namespace {

using detail::compose;

Tensor record_softplus(const Tensor &x) { return maximum(x, 0.0) + log1p(exp(-abs(x))); }
/// e^x - 1 where x is negative, 0 elsewhere; the exponential never sees what could overflow.
Tensor record_negative_expm1(const Tensor &x, const Tensor &positive) { return expm1(select(positive, 0.0, x)); }
Tensor record_hard_sigmoid(const Tensor &x) { return clamp(x + 3.0, 0.0, 6.0) * (1.0 / 6.0); }

}  // namespace

Tensor gelu(Operand x, bool approximate) {
  if (approximate)
    return compose("gelu", x, {1}, [](const Tensor &t) {
      Tensor inner = (t + square(t) * t * 0.044715) * std::sqrt(2 * std::numbers::inv_pi);
      return t * 0.5 * (tanh(inner) + 1.0);
    });
  return compose("gelu", x, {}, [](const Tensor &t) { return t * 0.5 * (erf(t * (std::numbers::sqrt2 / 2)) + 1.0); });
}

Tensor silu(Operand x) {
  return compose("silu", x, {}, [](const Tensor &t) { return t * sigmoid(t); });
}
Tensor swish(Operand x) { return silu(std::move(x)); }

Tensor softplus(Operand x) { return compose("softplus", x, {}, record_softplus); }
Tensor log_sigmoid(Operand x) {
  return compose("log_sigmoid", x, {}, [](const Tensor &t) { return -record_softplus(-t); });
}

Tensor elu(Operand x, double alpha) {
  return compose("elu", x, {alpha}, [=](const Tensor &t) {
    Tensor positive = t > 0.0;
    return select(positive, t, record_negative_expm1(t, positive) * alpha);
  });
}

Tensor selu(Operand x) {
  constexpr double kScale = 1.0507009873554805, kAlpha = 1.6732632423543772;
  return compose("selu", x, {}, [](const Tensor &t) {
    Tensor positive = t > 0.0;
    return select(positive, t, record_negative_expm1(t, positive) * kAlpha) * kScale;
  });
}

Tensor leaky_relu(Operand x, double slope) {
  return compose("leaky_relu", x, {slope}, [=](const Tensor &t) { return select(t > 0.0, t, t * slope); });
}

Tensor relu6(Operand x) {
  return compose("relu6", x, {}, [](const Tensor &t) { return clamp(t, 0.0, 6.0); });
}
Tensor hard_sigmoid(Operand x) { return compose("hard_sigmoid", x, {}, record_hard_sigmoid); }
Tensor hard_swish(Operand x) {
  return compose("hard_swish", x, {}, [](const Tensor &t) { return t * record_hard_sigmoid(t); });
}
Tensor hard_tanh(Operand x) {
  return compose("hard_tanh", x, {}, [](const Tensor &t) { return clamp(t, -1.0, 1.0); });
}
Tensor softsign(Operand x) {
  return compose("softsign", x, {}, [](const Tensor &t) { return t / (abs(t) + 1.0); });
}
Tensor mish(Operand x) {
  return compose("mish", x, {}, [](const Tensor &t) { return t * tanh(record_softplus(t)); });
}

}  // namespace etch

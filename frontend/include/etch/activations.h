#pragma once
// Activation functions, element by element on floating-point tensors. Compositions: the compiler fuses them.

#include "etch/operand.h"

namespace etch {

/// x times the standard normal distribution function (Hendrycks & Gimpel, "Gaussian error linear units", 2016):
/// `x (1 + erf(x / sqrt 2)) / 2`, or with `approximate` `x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`.
///
///     etch::gelu(etch::constant({0.f, 1.f}))  // [0.        0.8413447]
Tensor gelu(Operand x, bool approximate = false);
/// `x sigmoid(x)`, also called swish.
///
///     etch::silu(etch::constant({0.f, 1.f}))  // [0.        0.7310586]
Tensor silu(Operand x);
Tensor swish(Operand x);
/// `log(1 + e^x)`, without overflow.
///
///     etch::softplus(etch::constant({0.f, 100.f}))  // [  0.6931472 100.       ]
Tensor softplus(Operand x);
/// The logarithm of sigmoid, without underflow.
///
///     etch::log_sigmoid(etch::constant({-100.f, 0.f}))  // [-100.          -0.6931472]
Tensor log_sigmoid(Operand x);
/// x where positive, `alpha (e^x - 1)` elsewhere.
///
///     etch::elu(etch::constant({-1.f, 2.f}))  // [-0.63212055  2.        ]
Tensor elu(Operand x, double alpha = 1);
/// elu with the scales that keep mean 0 and variance 1 (Klambauer et al., "Self-normalizing neural networks", 2017).
///
///     etch::selu(etch::constant({-1.f, 2.f}))  // [-1.1113307  2.101402 ]
Tensor selu(Operand x);
/// x where positive, `slope x` elsewhere.
///
///     etch::leaky_relu(etch::constant({-1.f, 2.f}))  // [-0.01  2.  ]
Tensor leaky_relu(Operand x, double slope = 0.01);
/// `minimum(maximum(x, 0), 6)`.
///
///     etch::relu6(etch::constant({-1.f, 2.f, 8.f}))  // [0. 2. 6.]
Tensor relu6(Operand x);
/// `relu6(x + 3) / 6`, as in PyTorch and JAX.
///
///     etch::hard_sigmoid(etch::constant({-4.f, 0.f, 4.f}))  // [0.  0.5 1. ]
Tensor hard_sigmoid(Operand x);
/// `x hard_sigmoid(x)`.
///
///     etch::hard_swish(etch::constant({-4.f, 1.5f, 4.f}))  // [-0.     1.125  4.   ]
Tensor hard_swish(Operand x);
/// x limited to [-1, 1].
///
///     etch::hard_tanh(etch::constant({-4.f, 0.5f, 4.f}))  // [-1.   0.5  1. ]
Tensor hard_tanh(Operand x);
/// `x / (1 + |x|)`.
///
///     etch::softsign(etch::constant({-1.f, 3.f}))  // [-0.5   0.75]
Tensor softsign(Operand x);
/// `x tanh(softplus(x))`.
///
///     etch::mish(etch::constant({0.f, 1.f}))  // [0.        0.8650984]
Tensor mish(Operand x);

}  // namespace etch

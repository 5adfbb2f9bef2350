#pragma once
// Moments, norms and normalisation of floating-point tensors. Compositions: the compiler fuses them.

#include "etch/operand.h"

namespace etch {

/// The mean of the squared distances from the mean, with `count - correction` in the denominator (NumPy's ddof).
///
///     etch::variance(etch::constant({1.f, 2.f, 3.f}))  // 0.6666667
Tensor variance(Operand x, Axes axes = {}, bool keepdims = false, double correction = 0);
/// The square root of the variance.
///
///     etch::standard_deviation(etch::constant({1.f, 3.f}))  // 1.0
Tensor standard_deviation(Operand x, Axes axes = {}, bool keepdims = false, double correction = 0);
/// `log(sum(e^x))`, without overflow; -inf for the sum of nothing but -inf.
///
///     etch::logsumexp(etch::constant({1000.f, 1000.f}))  // 1000.6932
Tensor logsumexp(Operand x, Axes axes = {}, bool keepdims = false);
/// The square root of the sum of squares. The derivative at 0 is 0.
///
///     etch::norm(etch::constant({3.f, 4.f}))  // 5.0
Tensor norm(Operand x, Axes axes = {}, bool keepdims = false);
/// The cosine of the angle between the vectors along an axis: their product over that of their norms, which are taken
/// as at least epsilon.
///
///     etch::cosine_similarity(etch::constant({1.f, 0.f}), etch::constant({3.f, 4.f}))  // 0.6
Tensor cosine_similarity(Operand x, Operand y, int64_t axis = -1, double epsilon = 1e-8);

/// (x - mean) / sqrt(variance + epsilon) over an axis and those behind it, times scale plus offset (Ba, Kiros & Hinton,
/// "Layer normalization", 2016). scale and offset have the shape of these axes, or broadcast to it.
///
///     etch::layer_norm(etch::constant({1.f, 3.f}), 2.f, 10.f, -1, 0)  // [ 8. 12.]
Tensor layer_norm(Operand x, Operand scale, Operand offset, int64_t axis = -1, double epsilon = 1e-5);
/// x / sqrt(mean of squares + epsilon) times scale, over the same axes (Zhang & Sennrich, "Root mean square layer
/// normalization", 2019).
///
///     etch::rms_norm(etch::constant({1.f, 7.f}), 10.f, -1, 0)  // [ 2. 14.]
Tensor rms_norm(Operand x, Operand scale, int64_t axis = -1, double epsilon = 1e-5);
/// (x - mean) / sqrt(variance + epsilon) times scale plus offset, with given moments, which broadcast against x:
/// inference of batch normalisation (Ioffe & Szegedy, 2015), or its training step with the moments of the batch.
///
///     etch::batch_norm(etch::constant({1.f, 3.f}), 2.f, 4.f, 2.f, 10.f, 0)  // [ 9. 11.]
Tensor batch_norm(Operand x, Operand mean, Operand variance, Operand scale, Operand offset, double epsilon = 1e-5);

}  // namespace etch

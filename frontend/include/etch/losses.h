#pragma once
// Softmax and losses, numerically stable. Compositions: the compiler fuses them.

#include "etch/compositions.h"

namespace etch {

/// e^x over its sum along an axis.
///
///     etch::softmax(etch::constant({0.f, 0.f}))  // [0.5 0.5]
Tensor softmax(Operand x, int64_t axis = -1);
/// The logarithm of softmax, without overflow.
///
///     etch::log_softmax(etch::constant({0.f, 0.f}))  // [-0.6931472 -0.6931472]
Tensor log_softmax(Operand x, int64_t axis = -1);
/// (x - y)^2, element by element. Throws UserError for two tensors of which each would be repeated for the other, such
/// as [n,1] and [n].
///
///     etch::square_error(etch::constant({1.f, 2.f}), etch::constant({1.f, 4.f}))  // [0. 4.]
Tensor square_error(Operand predicted, Operand expected);
/// The mean of square_error, which throws for predictions [n,1] of values [n].
///
///     etch::mse(etch::constant({1.f, 2.f}), etch::constant({1.f, 4.f}))  // 2.0
Tensor mse(Operand predicted, Operand expected);
/// -log softmax(logits)[label] for each row: logits [..., classes] of floats, labels [...] of integers. Keras'
/// sparse_categorical_crossentropy(from_logits=True). A label outside [0, classes) gives 0.
///
///     etch::sparse_softmax_cross_entropy(etch::constant({{0.f, 0.f}, {9.f, 0.f}}),
///                                        etch::constant({1, 1}))  // [0.6931472 9.000123 ]
Tensor sparse_softmax_cross_entropy(Operand logits, Operand labels);
/// The same for probabilities as labels, of the shape of the logits.
///
///     etch::softmax_cross_entropy(etch::constant({{0.f, 0.f}}), etch::constant({{0.5f, 0.5f}}))  // [0.6931472]
Tensor softmax_cross_entropy(Operand logits, Operand labels);
/// The share of rows whose largest score is at the label: f32.
///
///     etch::accuracy(etch::constant({{0.1f, 0.9f}, {0.8f, 0.2f}}), etch::constant({1, 1}))  // 0.5
Tensor accuracy(Operand logits, Operand labels);

}  // namespace etch

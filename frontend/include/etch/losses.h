#pragma once
// Softmax and losses, numerically stable. Compositions: the compiler fuses them.

#include "etch/compositions.h"

namespace etch {

/// e^x over its sum along an axis.
///
///     etch::softmax(etch::constant({0.f, 0.f}))  // [0.5 0.5]
Tensor softmax(Operand x, int64_t axis = -1);
/// The logarithm of softmax, without overflow.
Tensor log_softmax(Operand x, int64_t axis = -1);
/// (x - y)^2, element by element.
Tensor square_error(Operand predicted, Operand expected);
/// The mean of square_error.
Tensor mse(Operand predicted, Operand expected);
/// -log softmax(logits)[label] for each row: logits [..., classes] of floats, labels [...] of integers. Keras'
/// sparse_categorical_crossentropy(from_logits=True). A label outside [0, classes) gives 0.
Tensor sparse_softmax_cross_entropy(Operand logits, Operand labels);
/// The same for probabilities as labels, of the shape of the logits.
Tensor softmax_cross_entropy(Operand logits, Operand labels);
/// The share of rows whose largest score is at the label: f32.
Tensor accuracy(Operand logits, Operand labels);

}  // namespace etch

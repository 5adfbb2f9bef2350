#pragma once
// Moving, repeating and picking elements under NumPy's names: compositions of the ops that move elements (etch/ops.h).

#include <source_location>
#include <vector>

#include "etch/operand.h"

namespace etch {

/// The tensor with one axis moved to another position.
///
///     etch::dim(etch::moveaxis(etch::zeros({2, 3, 4}), 0, 2), 2)  // 2
Tensor moveaxis(Operand x, int64_t from, int64_t to);
/// The tensor with two axes exchanged.
///
///     etch::swapaxes(etch::constant({{1, 2}, {3, 4}}), 0, 1)  // [[1 3]
///                                                             //  [2 4]]
Tensor swapaxes(Operand x, int64_t first, int64_t second);
/// reverse under NumPy's name.
///
///     etch::flip(etch::constant({1, 2, 3}))  // [3 2 1]
Tensor flip(Operand x, Axes axes = {});
/// The elements moved by `shift` along an axis; what leaves at one end comes in at the other.
///
///     etch::roll(etch::constant({1, 2, 3}), 1)  // [3 1 2]
Tensor roll(Operand x, int64_t shift, int64_t axis = 0);

/// The whole tensor repeated along each axis, the last number for the last axis.
///
///     etch::tile(etch::constant({1, 2}), {2, 2})  // [[1 2 1 2]
///                                                 //  [1 2 1 2]]
Tensor tile(Operand x, const std::vector<int64_t> &repeats);
/// Each element repeated along an axis.
///
///     etch::repeat(etch::constant({1, 2}), 2)  // [1 1 2 2]
Tensor repeat(Operand x, int64_t count, int64_t axis = 0);

/// Equal parts along an axis. Throws UserError when they do not come out even.
///
///     etch::split(etch::constant({1, 2, 3, 4}), 2)[1]  // [3 4]
std::vector<Tensor> split(Operand x, int64_t parts, int64_t axis = 0);
/// Parts of these extents, which together are that of the axis.
///
///     etch::split(etch::constant({1, 2, 3, 4}), {1, 3})[1]  // [2 3 4]
std::vector<Tensor> split(Operand x, const std::vector<int64_t> &extents, int64_t axis = 0);
/// The slices along an axis, without it: what stack puts together.
///
///     etch::unstack(etch::constant({{1, 2}, {3, 4}}), 1)[0]  // [1 3]
std::vector<Tensor> unstack(Operand x, int64_t axis = 0);

/// The diagonal of a matrix, or of each matrix in the last two axes; k counts diagonals to the right.
///
///     etch::diagonal(etch::constant({{1, 2}, {3, 4}}))  // [1 4]
Tensor diagonal(Operand x, int64_t k = 0);
/// The matrix with the last axis of x on the diagonal and zeros elsewhere.
///
///     etch::diag(etch::constant({1, 2}))  // [[1 0]
///                                         //  [0 2]]
Tensor diag(Operand x);
/// The sum of the diagonal.
///
///     etch::trace(etch::constant({{1, 2}, {3, 4}}))  // 5
Tensor trace(Operand x, int64_t k = 0);
/// The matrix, or each in the last two axes, with zeros above the k-th diagonal.
///
///     etch::tril(etch::constant({{1, 2}, {3, 4}}))  // [[1 0]
///                                                   //  [3 4]]
Tensor tril(Operand x, int64_t k = 0);
/// ... with zeros below the k-th diagonal.
///
///     etch::triu(etch::constant({{1, 2}, {3, 4}}))  // [[1 2]
///                                                   //  [0 4]]
Tensor triu(Operand x, int64_t k = 0);

}  // namespace etch

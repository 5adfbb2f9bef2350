#pragma once
// Functions that are several ops: what users of NumPy look for under these names. Losses are in losses.h.

#include <vector>

#include "etch/operand.h"
#include "etch/ops.h"

namespace etch {

/// reduce_sum, reduce_prod, reduce_max, reduce_min, reduce_any and reduce_all under their short names.
///
///     etch::sum(etch::constant({{1.f, 2.f}, {3.f, 4.f}}), 0)  // [4. 6.]
Tensor sum(Operand x, Axes axes = {}, bool keepdims = false);
Tensor prod(Operand x, Axes axes = {}, bool keepdims = false);
Tensor max(Operand x, Axes axes = {}, bool keepdims = false);
Tensor min(Operand x, Axes axes = {}, bool keepdims = false);
Tensor any(Operand x, Axes axes = {}, bool keepdims = false);
Tensor all(Operand x, Axes axes = {}, bool keepdims = false);
/// The sum over the number of elements. Integers and bools give f32. NaN for no elements.
///
///     etch::mean(etch::constant({1.f, 2.f, 6.f}))  // 3.0
Tensor mean(Operand x, Axes axes = {}, bool keepdims = false);

/// Matrix product with NumPy's rules: axes before the last two are batches and broadcast; a vector is a row on the left
/// and a column on the right, and its axis disappears. The two dtypes are promoted. `transpose_*` swaps the last two
/// axes of an operand first. Throws UserError naming both shapes when the summed extents differ.
///
///     etch::matmul(etch::constant({{1, 2}, {3, 4}}), etch::constant({{5, 6}, {7, 8}}))  // [[19 22]
///                                                                                      //  [43 50]]
Tensor matmul(Operand x, Operand y, bool transpose_x = false, bool transpose_y = false);

/// The tensor with axes of extent 1 inserted at these positions of the result.
///
///     etch::expand_dims(etch::constant({1, 2}), 1)  // [[1]
///                                                   //  [2]]
Tensor expand_dims(Operand x, Axes axes);
/// The tensor without axes of extent 1: these, or all of them. Throws UserError for an axis that is longer.
///
///     etch::squeeze(etch::constant({{1}, {2}}))  // [1 2]
Tensor squeeze(Operand x, Axes axes = {});
/// Tensors of one shape joined along a new axis.
///
///     etch::stack({etch::constant({1, 2}), etch::constant({3, 4})})  // [[1 2]
///                                                                   //  [3 4]]
Tensor stack(const std::vector<Tensor> &tensors, int64_t axis = 0,
             std::source_location at = std::source_location::current());
/// select under NumPy's name.
///
///     etch::where(etch::constant({true, false}), 1.f, 0.f)  // [1. 0.]
Tensor where(Operand pred, Operand on_true, Operand on_false);
/// Ones where the class is, zeros elsewhere, on a new last axis. Indices outside [0, depth) give zeros only.
///
///     etch::one_hot(etch::constant({1, 0}), 2)  // [[0. 1.]
///                                               //  [1. 0.]]
Tensor one_hot(Operand indices, int64_t depth, DType dtype = f32);

/// Sums of the slices x[i] with equal segments[i]: result[s] = sum of x[i] where segments[i] == s. `segments` are
/// integers with the leading axes of x; those outside [0, num_segments) are left out. Slices are added in order. (JAX's
/// segment_sum, TensorFlow's unsorted_segment_sum.) Throws UserError for segments that are no leading axes of x.
///
///     etch::segment_sum(etch::constant({1.f, 2.f, 4.f}), etch::constant({1, 0, 1}), 2)  // [2. 5.]
Tensor segment_sum(Operand x, Operand segments, int64_t num_segments);

inline Tensor &operator+=(Tensor &x, Operand y) {
  Operand left(x);
  left.at = y.at;
  return x = add(left, y);
}
inline Tensor &operator-=(Tensor &x, Operand y) {
  Operand left(x);
  left.at = y.at;
  return x = sub(left, y);
}
inline Tensor &operator*=(Tensor &x, Operand y) {
  Operand left(x);
  left.at = y.at;
  return x = mul(left, y);
}
inline Tensor &operator/=(Tensor &x, Operand y) {
  Operand left(x);
  left.at = y.at;
  return x = div(left, y);
}

}  // namespace etch

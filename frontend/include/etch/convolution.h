#pragma once
// Convolutions and pooling over one, two or three spatial axes. `convolution` and `reduce_window_max` (etch/ops.h) are
// the general ops below them.

#include <vector>

#include "etch/operand.h"
#include "etch/windows.h"

namespace etch {

/// Convolution (cross-correlation) of x [batch, spatial..., inputs] with filters [spatial..., inputs / groups,
/// outputs], giving [batch, spatial..., outputs]; with DataFormat::channels_first x and the result are [batch,
/// channels, spatial...]. With groups, output channel o sees the inputs of group o / (outputs / groups) only. The two
/// dtypes are promoted. (TensorFlow's nn.convolution.) Throws UserError for wrong ranks, channels that do not fit,
/// lists of a wrong length, strides or dilations below 1.
///
///     etch::conv1d(etch::constant({{{1.f}, {2.f}, {3.f}}}), etch::constant({{{1.f}}, {{10.f}}}))  // [[[21.]
///                                                                                                 //   [32.]]]
Tensor conv1d(Operand x, Operand filters, const ConvOptions &options = {});
Tensor conv2d(Operand x, Operand filters, const ConvOptions &options = {});
Tensor conv3d(Operand x, Operand filters, const ConvOptions &options = {});

/// The transpose of conv2d, which undoes its strides: x [batch, h, w, inputs] and filters [kh, kw, outputs, inputs]
/// give extents h * stride for Border::same and (h - 1) * stride + max(kh, stride) for Border::valid. (TensorFlow's
/// nn.conv2d_transpose.) Groups other than 1 and explicit paddings are UserErrors.
///
///     etch::conv2d_transpose(etch::constant({{{{1.f}, {2.f}}}}), etch::constant({{{{10.f}}, {{1.f}}}}),
///                            {.strides = {1, 2}})  // [[[[10.]
///                                                  //    [ 1.]
///                                                  //    [20.]
///                                                  //    [ 2.]]]]
Tensor conv2d_transpose(Operand x, Operand filters, const ConvOptions &options = {});

/// Each channel with filters of its own: x [batch, h, w, channels] and filters [kh, kw, channels, multiplier] give
/// [batch, h, w, channels * multiplier]. (TensorFlow's nn.depthwise_conv2d.) `groups` is not used.
///
///     etch::depthwise_conv2d(etch::constant({{{{1.f, 2.f}}}}), etch::constant({{{{3.f}, {4.f}}}}))  // [[[[3. 8.]]]]
Tensor depthwise_conv2d(Operand x, Operand filters, const ConvOptions &options = {});

/// The maximum, or the mean, of each window. `window` has one entry for each spatial axis, or one for all. What lies
/// outside is left out of both. A mean of integers is f32.
///
///     etch::max_pool1d(etch::constant({{{1.f}, {5.f}, {3.f}, {4.f}}}), {2})  // [[[5.]
///                                                                           //   [4.]]]
Tensor max_pool1d(Operand x, std::vector<int64_t> window, const PoolOptions &options = {});
Tensor max_pool2d(Operand x, std::vector<int64_t> window, const PoolOptions &options = {});
Tensor max_pool3d(Operand x, std::vector<int64_t> window, const PoolOptions &options = {});
Tensor avg_pool1d(Operand x, std::vector<int64_t> window, const PoolOptions &options = {});
Tensor avg_pool2d(Operand x, std::vector<int64_t> window, const PoolOptions &options = {});
Tensor avg_pool3d(Operand x, std::vector<int64_t> window, const PoolOptions &options = {});

}  // namespace etch

#pragma once
// How windows slide over tensors: what convolutions and pooling take besides their operands.

#include <cstdint>
#include <vector>

#include "etch/shaping.h"

namespace etch {

/// Where the batch, the features (channels) and the spatial axes of an operand of `convolution` are. For filters
/// `batch` is the axis of output features and `feature` that of input features. No spatial axes named means: the
/// default.
struct ConvolutionAxes {
  int64_t batch = 0;
  int64_t feature = 0;
  std::vector<int64_t> spatial = {};
};

/// A convolution in full generality (StableHLO's): one entry a spatial axis in each list, where an empty list stands
/// for ones (padding: nothing). `padding.interior` zeros lie between the elements of x. By default the axes are [batch,
/// spatial..., feature] for x and the result, [spatial..., input feature, output feature] for the filters.
struct Convolution {
  std::vector<int64_t> strides = {};
  std::vector<Padding> padding = {};
  std::vector<int64_t> dilations = {};
  int64_t feature_groups = 1;
  int64_t batch_groups = 1;
  ConvolutionAxes x_axes = {};
  ConvolutionAxes filter_axes = {};
  ConvolutionAxes result_axes = {};
};

/// A window over every axis of a tensor, one entry an axis; an empty list stands for ones (padding: nothing).
struct Window {
  std::vector<int64_t> extents;
  std::vector<int64_t> strides = {};
  std::vector<Padding> padding = {};
  std::vector<int64_t> dilations = {};
};

/// `valid`: nothing around the data. `same`: as many zeros as give ceil(extent / stride) results, half at each end, the
/// odd one at the end (TensorFlow's rule).
enum class Border : uint8_t { valid, same };

/// What lies around the data: a Border, or what is added at the ends of each spatial axis.
///
///     etch::conv2d(x, w, {.padding = etch::Border::same});
///     etch::conv2d(x, w, {.padding = {{1, 1}, {2, 0}}});
class Borders {
 public:
  Borders(Border border = Border::valid) : border_(border) {}
  Borders(std::initializer_list<Padding> ends) : ends_(ends), is_explicit_(true) {}
  Borders(std::vector<Padding> ends) : ends_(std::move(ends)), is_explicit_(true) {}
  bool is_explicit() const { return is_explicit_; }
  Border border() const { return border_; }
  const std::vector<Padding> &ends() const { return ends_; }

 private:
  Border border_ = Border::valid;
  std::vector<Padding> ends_;
  bool is_explicit_ = false;
};

/// Whether the channels are the last axis (NHWC) or come behind the batch (NCHW).
enum class DataFormat : uint8_t { channels_last, channels_first };

/// Lists have one entry for each spatial axis, or one for all of them; empty ones stand for 1.
struct ConvOptions {
  std::vector<int64_t> strides = {};
  Borders padding = Border::valid;
  std::vector<int64_t> dilations = {};
  int64_t groups = 1;
  DataFormat data_format = DataFormat::channels_last;
};

/// Of max_pool2d and its kin. Empty `strides` are the window's extents (Keras' default).
struct PoolOptions {
  std::vector<int64_t> strides = {};
  Borders padding = Border::valid;
  DataFormat data_format = DataFormat::channels_last;
};

}  // namespace etch

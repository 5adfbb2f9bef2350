#pragma once
// The convolutions that are measured beside oneDNN: of pictures, channels last.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace etch::bench {

struct Convolution {
  int64_t batch;
  std::array<int64_t, 2> extents;
  int64_t inputs, outputs;
  std::array<int64_t, 2> window;
  int64_t stride = 1, dilation = 1, groups = 1;

  /// Half of the window is around the picture.
  int64_t border(size_t axis) const { return (window[axis] - 1) * dilation / 2; }
  int64_t result(size_t axis) const {
    return (extents[axis] + 2 * border(axis) - (window[axis] - 1) * dilation - 1) / stride + 1;
  }
  int64_t pixels() const { return batch * result(0) * result(1); }
  /// Products with the border count.
  double flops() const;
};

/// Channels from 1 to 256, drawn evenly in their logarithm, half of them multiples of eight; windows from 1x1 to 7x7,
/// strides up to 3, dilations up to 3; a sixth in groups, a sixth with filters for each channel. Pictures have at most
/// 96 pixels a side and their batch makes 1 to 400 million flops of them where it can. The same ones for a seed.
std::vector<Convolution> random_convolutions(int count, unsigned seed);

/// "8x28x28x64->128,3x3,s2,d1,g1", and the other way around; throws UserError for other texts.
std::string name_of(const Convolution &c);
Convolution convolution_from(const std::string &text);

}  // namespace etch::bench

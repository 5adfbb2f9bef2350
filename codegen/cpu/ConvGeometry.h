#pragma once
// A convolution of known spatial extents in one of the two layouts that have kernels of their own.
//
// Forward: lhs [batch, spatial..., features] * rhs [spatial..., inputs, outputs] -> [batch, spatial..., outputs]; the
// derivative by the operand is one, too. Filter gradient: lhs [images, spatial..., channels] * rhs [images, spatial...,
// outputs] -> [spatial..., channels, outputs], where images are what convolution calls features and channels its batch.
// passes/lower/CanonicalizeConvolutions.cpp brings convolutions into these layouts.

#include <array>
#include <optional>

#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

/// How the window moves along one axis: result p meets, through window position k, element
/// (p * stride + k * windowDilation - low) / gap if that is one.
struct ConvAxis {
  int64_t extent = 1, window = 1, result = 1, stride = 1, low = 0, gap = 1, windowDilation = 1;
};

struct ConvGeometry {
  bool isFilterGradient;
  std::array<ConvAxis, 3> axes;  // the last is contiguous in memory but for features; missing ones are in front
  int64_t groups;                // of features (forward) or of channels (filter gradient)
  int64_t inputs;                // summed features of each group; 0 for a filter gradient, which sums images
  int64_t channels;              // features of lhs in all
  int64_t outputs;               // features of the result in all

  /// Every channel alone, with one filter each.
  bool isDepthwise() const { return groups > 1 && groups == channels && groups == outputs; }

  /// Nothing for other layouts and for unknown extents other than the batch's or the images'.
  static std::optional<ConvGeometry> of(ir::ConvolutionOp op);
};

/// The window positions k = first + j * step, j < count, that meet elements at all for results p = period * t + phase;
/// they meet element t * advance + offset + j * offsetStep.
struct ConvTaps {
  int64_t first = 0, step = 1, count = 0, offset = 0, offsetStep = 1;

  static int64_t period(const ConvAxis &axis);
  static int64_t advance(const ConvAxis &axis);
  ConvTaps(const ConvAxis &axis, int64_t phase);
};

}  // namespace etch::codegen

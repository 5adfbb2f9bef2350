#pragma once
// A convolution of known spatial extents in one of the two layouts that have kernels of their own.
//
// Forward: lhs [batch, spatial..., features] * rhs [spatial..., inputs, outputs] -> [batch, spatial..., outputs]; the
// derivative by the operand is one, too. Filter gradient: lhs [images, spatial..., channels] * rhs [images, spatial...,
// outputs] -> [spatial..., channels, outputs], where images are what convolution calls features and channels its batch.
// passes/lower/CanonicalizeConvolutions.cpp brings convolutions into these layouts.

#include <array>
#include <optional>

#include "codegen/cpu/window/WindowAxis.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

struct ConvGeometry {
  bool isFilterGradient;
  std::array<WindowAxis, 3> axes;  // the last is contiguous in memory but for features; missing ones are in front
  int64_t groups;                  // of features (forward) or of channels (filter gradient)
  int64_t inputs;                  // summed features of each group; 0 for a filter gradient, which sums images
  int64_t channels;                // features of lhs in all
  int64_t outputs;                 // features of the result in all

  /// Every channel alone, with one filter each.
  bool isDepthwise() const { return groups > 1 && groups == channels && groups == outputs; }

  /// Nothing for other layouts and for unknown extents other than the batch's or the images'.
  static std::optional<ConvGeometry> of(ir::ConvolutionOp op);
};

}  // namespace etch::codegen

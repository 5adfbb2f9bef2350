#pragma once
// What users say about sliding windows, made explicit.

#include <span>
#include <string_view>
#include <vector>

#include "etch/tensor.h"
#include "etch/windows.h"
#include "runtime/base/error.h"

namespace etch::detail {

/// One entry for each spatial axis.
struct SpatialWindows {
  std::vector<int64_t> strides, dilations;
  std::vector<Padding> padding;
};

/// A list with one entry for each of `count` spatial axes: as given, its one entry repeated, or `fallback` for none.
/// Throws UserError for another length and for entries below 1.
std::vector<int64_t> spatial_list(std::string_view op, const char *what, const std::vector<int64_t> &list, size_t count,
                                  int64_t fallback, Location at);

/// Windows of these extents over the axes of x from `first` on. Throws UserError where they cannot be.
SpatialWindows spatial_windows(std::string_view op, const Tensor &x, int first, std::span<const int64_t> extents,
                               const std::vector<int64_t> &strides, const std::vector<int64_t> &dilations,
                               const Borders &borders, Location at);

}  // namespace etch::detail

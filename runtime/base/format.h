#pragma once
// Text of dense tensors in NumPy's layout: what `print(array)` shows.

#include <cstdint>
#include <span>
#include <string>

#include "runtime/base/dtype.h"

namespace etch {

/// Dense row-major data somewhere else. `data` may be null when there are no elements.
struct DenseView {
  DType dtype = DType::f32;
  std::span<const int64_t> dims;
  const void *data = nullptr;
};

/// NumPy's print options, with NumPy's defaults.
struct FormatOptions {
  int precision = 8;         ///< digits after the point, at most; fewer where they name the value already
  int64_t threshold = 1000;  ///< more elements than this are summarised with "..."
  int64_t edge_items = 3;    ///< elements shown at each end of a summarised axis
  int line_width = 75;       ///< characters
};

/// The text of `tensor`, without a newline at its end. Columns are aligned; the float notation is chosen for the whole
/// array as NumPy up to 2.2 does: scientific when max >= 1e8, min < 1e-4 or max/min > 1e3 (of the nonzero magnitudes).
/// Rank 0 prints all digits of the value ("3.1415927"), whatever the precision.
std::string format_tensor(const DenseView &tensor, const FormatOptions &options = {});

}  // namespace etch

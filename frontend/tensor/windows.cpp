#include "frontend/tensor/windows.h"

#include <algorithm>

#include "frontend/trace/emit.h"

namespace etch::detail {
namespace {

constexpr int64_t kLongestStep = int64_t{1} << 31;  // products with extents stay below 2^63

}  // namespace

std::vector<int64_t> spatial_list(std::string_view op, const char *what, const std::vector<int64_t> &list, size_t count,
                                  int64_t fallback, Location at) {
  if (list.size() > 1 && list.size() != count)
    fail_op(op,
            std::string(what) + " has " + std::to_string(list.size()) + " entries; give one for each of the " +
                std::to_string(count) + " spatial axes, or one for all",
            at);
  for (int64_t entry : list) {
    if (entry < 1) fail_op(op, std::string(what) + " must be at least 1; got " + std::to_string(entry), at);
    if (entry > kLongestStep)
      fail_op(op,
              std::string(what) + " must be at most " + std::to_string(kLongestStep) + "; got " + std::to_string(entry),
              at);
  }
  if (list.size() == count) return list;
  return std::vector<int64_t>(count, list.empty() ? fallback : list[0]);
}

namespace {

std::vector<Padding> padding_of(std::string_view op, const Tensor &x, int first, std::span<const int64_t> extents,
                                const SpatialWindows &windows, const Borders &borders, Location at) {
  const size_t count = extents.size();
  if (borders.is_explicit()) {
    if (borders.ends().size() != count)
      fail_op(op,
              "padding has " + std::to_string(borders.ends().size()) + " entries; give one for each of the " +
                  std::to_string(count) + " spatial axes",
              at);
    for (const Padding &ends : borders.ends())
      if (ends.low < 0 || ends.high < 0 || ends.interior != 0)
        fail_op(op, "padding adds at the two ends and is not negative; slice the operand to cut it", at);
    return borders.ends();
  }
  std::vector<Padding> padding(count);
  if (borders.border() == Border::valid) return padding;
  for (size_t i = 0; i < count; ++i) {
    const int64_t extent = x.shape()[first + static_cast<int>(i)], stride = windows.strides[i];
    if (extents[i] == kDynamic || (extent == kDynamic && stride != 1))
      fail_op(op,
              "Border::same with a stride depends on extents that are unknown while tracing; give the padding for " +
                  to_string(x.type()) + " explicitly",
              at);
    const int64_t reach = (extents[i] - 1) * windows.dilations[i] + 1;
    // The last window of ceil(extent / stride) ends here.
    const int64_t all =
        stride == 1 ? reach - 1 : std::max<int64_t>(((extent + stride - 1) / stride - 1) * stride + reach - extent, 0);
    padding[i] = {all / 2, all - all / 2, 0};
  }
  return padding;
}

/// Nothing is computed where no window has room; nobody asks for that.
void require_room(std::string_view op, const Tensor &x, int first, std::span<const int64_t> extents,
                  const SpatialWindows &windows, Location at) {
  for (size_t i = 0; i < extents.size(); ++i) {
    const int axis = first + static_cast<int>(i);
    const int64_t extent = x.shape()[axis];
    if (extents[i] == kDynamic || extent <= 0) continue;
    const int64_t reach = (extents[i] - 1) * windows.dilations[i] + 1;
    const int64_t room = extent + windows.padding[i].low + windows.padding[i].high;
    if (reach > room)
      fail_op(op,
              "the window reaches over " + std::to_string(reach) + " elements of axis " + std::to_string(axis) +
                  " of " + to_string(x.type()) + ", which has " + std::to_string(room) +
                  " with its padding; use a smaller window, or Border::same",
              at);
  }
}

}  // namespace

SpatialWindows spatial_windows(std::string_view op, const Tensor &x, int first, std::span<const int64_t> extents,
                               const std::vector<int64_t> &strides, const std::vector<int64_t> &dilations,
                               const Borders &borders, Location at) {
  SpatialWindows out;
  out.strides = spatial_list(op, "strides", strides, extents.size(), 1, at);
  out.dilations = spatial_list(op, "dilations", dilations, extents.size(), 1, at);
  out.padding = padding_of(op, x, first, extents, out, borders, at);
  require_room(op, x, first, extents, out, at);
  return out;
}

}  // namespace etch::detail

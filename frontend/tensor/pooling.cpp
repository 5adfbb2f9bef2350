// Pooling: the ops over windows, and max_pool and avg_pool made of them.

#include <algorithm>
#include <limits>

#include "etch/compositions.h"
#include "etch/convolution.h"
#include "etch/creation.h"
#include "etch/ops.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/elementwise.h"
#include "frontend/tensor/windows.h"
#include "frontend/trace/emit.h"

namespace etch {
namespace {

using detail::emit;
using detail::fail_op;
using detail::OpKey;
using ir::OpCode;
using List = std::vector<int64_t>;
using Values = std::span<const Tensor>;

/// A Window with an entry for each axis.
struct FullWindow {
  List extents, strides, low, high, gaps, dilations;

  FullWindow(std::string_view op, const Tensor &x, const Window &window, Location at) {
    const auto rank = static_cast<size_t>(x.rank());
    auto fill = [&](const char *what, const List &list) {
      if (!list.empty() && list.size() != rank)
        fail_op(op,
                std::string(what) + " has " + std::to_string(list.size()) + " entries; give one for each axis of " +
                    to_string(x.type()),
                at);
      return list.empty() ? List(rank, 1) : list;
    };
    extents = fill("extents", window.extents);
    strides = fill("strides", window.strides);
    dilations = fill("dilations", window.dilations);
    low.resize(rank), high.resize(rank), gaps.assign(rank, 1);
    if (window.padding.empty()) return;
    if (window.padding.size() != rank)
      fail_op(op,
              "padding has " + std::to_string(window.padding.size()) + " entries; give one for each axis of " +
                  to_string(x.type()),
              at);
    for (size_t i = 0; i < rank; ++i) {
      low[i] = window.padding[i].low;
      high[i] = window.padding[i].high;
      gaps[i] = window.padding[i].interior + 1;
    }
  }

  bool has_gaps() const {
    return std::any_of(gaps.begin(), gaps.end(), [](int64_t gap) { return gap != 1; });
  }
  OpKey key(OpCode op) const {
    OpKey key(op);
    key.static_shapes();
    for (const List *list : {&extents, &strides, &low, &high, &gaps, &dilations}) key.add(*list);
    return key;
  }
  std::vector<ir::Attribute> attributes() const {
    return {{"window", extents}, {"strides", strides}, {"low", low}, {"high", high}, {"window_dilation", dilations}};
  }
};

/// What a maximum over nothing is.
Tensor lowest(DType dtype) {
  if (is_floating(dtype)) return detail::literal(dtype, -std::numeric_limits<double>::infinity(), 0, true, {});
  const int64_t least = dtype == u8    ? 0
                        : dtype == i32 ? std::numeric_limits<int32_t>::min()
                                       : std::numeric_limits<int64_t>::min();
  return detail::literal(dtype, 0, least, false, {});
}

Tensor select(OpCode op, const Operand &x, const Operand &other, const Window &window) {
  detail::CallerScope caller(x.at);
  const Tensor tensor = detail::as_tensor(x), second = detail::as_tensor(other, tensor.dtype(), ir::mnemonic_of(op));
  FullWindow full(ir::mnemonic_of(op), tensor, window, x.at);
  if (full.has_gaps()) fail_op(ir::mnemonic_of(op), "takes no interior padding; pad the operand first", x.at);
  return detail::run_op(full.key(op), {tensor, second}, x.at,
                        [&](Values t) { return emit(op, t, full.attributes(), x.at); });
}

}  // namespace

Tensor reduce_window_sum(Operand x, const Window &window) {
  detail::CallerScope caller(x.at);
  const Tensor tensor = detail::as_tensor(x);
  FullWindow full("reduce_window_sum", tensor, window, x.at);
  return detail::run_op(full.key(OpCode::reduce_window_sum), tensor, x.at, [&](Values t) {
    auto attributes = full.attributes();
    attributes.push_back({"base_dilation", full.gaps});
    return emit(OpCode::reduce_window_sum, t, attributes, x.at);
  });
}

Tensor reduce_window_max(Operand x, const Window &window) {
  detail::CallerScope caller(x.at);
  Tensor tensor = detail::as_tensor(x);
  FullWindow full("reduce_window_max", tensor, window, x.at);
  if (full.has_gaps() && tensor.dtype() != boolean) {
    std::vector<Padding> gaps;
    for (int64_t gap : full.gaps) gaps.push_back({0, 0, gap - 1});
    tensor = pad(Operand(tensor), gaps, Operand(lowest(tensor.dtype())));
  }
  return detail::run_op(full.key(OpCode::reduce_window_max), tensor, x.at,
                        [&](Values t) { return emit(OpCode::reduce_window_max, t, full.attributes(), x.at); });
}

Tensor select_and_scatter_add(Operand x, Operand source, const Window &window) {
  return select(OpCode::select_and_scatter_add, x, source, window);
}
Tensor select_and_gather(Operand x, Operand values, const Window &window) {
  return select(OpCode::select_and_gather, x, values, window);
}

//===-- Layers -----------------------------------------------------------------------------------------------===//

namespace {

/// The window over all axes that a pooling layer means.
Window pool_window(const char *op, const Tensor &x, const List &window, int spatial, const PoolOptions &options,
                   Location at) {
  if (x.rank() != spatial + 2)
    fail_op(op,
            "needs x of rank " + std::to_string(spatial + 2) + " (batch, " + std::to_string(spatial) +
                (spatial == 1 ? " spatial axis" : " spatial axes") + ", channels); got " + to_string(x.type()),
            at);
  if (x.dtype() == boolean)
    fail_op(op, "needs numbers; got " + to_string(x.type()) + "; convert it with etch::cast(x, etch::f32)", at);
  const auto count = static_cast<size_t>(spatial);
  if (window.empty()) fail_op(op, "needs the extents of the window", at);
  const List extents = detail::spatial_list(op, "window", window, count, 1, at);
  const int first = options.data_format == DataFormat::channels_last ? 1 : 2;
  const detail::SpatialWindows windows = detail::spatial_windows(
      op, x, first, extents, options.strides.empty() ? extents : options.strides, {}, options.padding, at);
  const auto rank = static_cast<size_t>(x.rank());
  Window full{List(rank, 1), List(rank, 1), std::vector<Padding>(rank), {}};
  for (size_t i = 0; i < count; ++i) {
    const size_t axis = static_cast<size_t>(first) + i;
    // TensorFlow's rule, too: a window of borders alone would have no maximum and no mean.
    if (windows.padding[i].low >= extents[i] || windows.padding[i].high >= extents[i])
      fail_op(op,
              "padding " + std::to_string(std::max(windows.padding[i].low, windows.padding[i].high)) +
                  " is not smaller than the window " + std::to_string(extents[i]),
              at);
    full.extents[axis] = extents[i];
    full.strides[axis] = windows.strides[i];
    full.padding[axis] = windows.padding[i];
  }
  return full;
}

Tensor max_pool(const char *op, const Operand &x, const List &window, int spatial, const PoolOptions &options) {
  detail::CallerScope caller(x.at, op);
  return reduce_window_max(x, pool_window(op, detail::as_tensor(x), window, spatial, options, x.at));
}

Tensor avg_pool(const char *op, const Operand &x, const List &window, int spatial, const PoolOptions &options) {
  detail::CallerScope caller(x.at, op);
  const Tensor tensor = detail::as_tensor(x);
  const Window full = pool_window(op, tensor, window, spatial, options, x.at);
  bool has_borders = false;
  double count = 1;
  OpKey key(op);
  key.static_shapes();
  for (size_t i = 0; i < full.extents.size(); ++i) {
    has_borders |= full.padding[i].low != 0 || full.padding[i].high != 0;
    count *= static_cast<double>(full.extents[i]);
    key.add(List{full.extents[i], full.strides[i], full.padding[i].low, full.padding[i].high});
  }
  return detail::run_op(std::move(key), tensor, x.at, [&](Values t) {
    const DType dtype = is_floating(tensor.dtype()) ? tensor.dtype() : f32;
    Tensor numbers = detail::cast_symbolic(t[0], dtype, x.at);
    if (!has_borders) return reduce_window_sum(Operand(numbers), full) / count;
    // How many elements each window has. Along axes that windows leave alone that is the same everywhere.
    TensorType counted{dtype, numbers.shape()};
    Window window = full;
    for (size_t i = 0; i < full.extents.size(); ++i)
      if (full.extents[i] == 1) counted.shape[static_cast<int>(i)] = window.strides[i] = 1;
    Tensor ones = counted.shape.is_static() ? detail::emit_splat(counted, 1, 0, true, x.at)
                                            : detail::emit_splat_like(numbers, 1, x.at);
    Tensor counts = reduce_window_sum(Operand(ones), counted.shape.is_static() ? window : full);
    // Counts first: what divides the sums runs in their kernel.
    return reduce_window_sum(Operand(numbers), full) / counts;
  });
}

}  // namespace

#define ETCH_POOL(n)                                                                          \
  Tensor max_pool##n##d(Operand x, std::vector<int64_t> window, const PoolOptions &options) { \
    return max_pool("max_pool" #n "d", x, window, n, options);                                \
  }                                                                                           \
  Tensor avg_pool##n##d(Operand x, std::vector<int64_t> window, const PoolOptions &options) { \
    return avg_pool("avg_pool" #n "d", x, window, n, options);                                \
  }
ETCH_POOL(1)
ETCH_POOL(2)
ETCH_POOL(3)
#undef ETCH_POOL

}  // namespace etch

// Convolutions: from what users say to the one op.

#include "etch/convolution.h"

#include <algorithm>
#include <numeric>

#include "etch/ops.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/elementwise.h"
#include "frontend/tensor/windows.h"
#include "frontend/trace/emit.h"

namespace etch {
namespace {

using detail::emit;
using detail::fail_op;
using ir::OpCode;
using List = std::vector<int64_t>;
using Values = std::span<const Tensor>;

/// batch, feature, spatial axes in one list.
List axes_in_order(const ConvolutionAxes &axes) {
  List list{axes.batch, axes.feature};
  list.insert(list.end(), axes.spatial.begin(), axes.spatial.end());
  return list;
}

ConvolutionAxes channels_last(int rank) {
  ConvolutionAxes axes{0, rank - 1, List(static_cast<size_t>(rank - 2))};
  std::iota(axes.spatial.begin(), axes.spatial.end(), 1);
  return axes;
}
ConvolutionAxes channels_first(int rank) {
  ConvolutionAxes axes{0, 1, List(static_cast<size_t>(rank - 2))};
  std::iota(axes.spatial.begin(), axes.spatial.end(), 2);
  return axes;
}
ConvolutionAxes spatial_in_out(int rank) {
  ConvolutionAxes axes{rank - 1, rank - 2, List(static_cast<size_t>(rank - 2))};
  std::iota(axes.spatial.begin(), axes.spatial.end(), 0);
  return axes;
}

bool is_default(const ConvolutionAxes &axes) { return axes.batch == 0 && axes.feature == 0 && axes.spatial.empty(); }

/// Runs the op on a trace or eagerly; eagerly one function is compiled for each shape, whose code depends on it.
Tensor convolve(const Operand &x, const Operand &filters, const Convolution &options) {
  const Operand *both[] = {&x, &filters};
  const DType dtype = detail::promote_operands(both).dtype;
  const Tensor lhs = detail::as_tensor(x), rhs = detail::as_tensor(filters);
  if (lhs.rank() < 2) fail_op("convolution", "needs batch and feature axes; got " + to_string(lhs.type()), x.at);
  const auto spatial = static_cast<size_t>(lhs.rank() - 2);
  auto or_ones = [&](const List &list) { return list.empty() ? List(spatial, 1) : list; };
  List low(spatial), high(spatial), lhs_dilation(spatial, 1);
  if (!options.padding.empty()) {
    if (options.padding.size() != spatial)
      fail_op("convolution",
              "padding has " + std::to_string(options.padding.size()) + " entries; " + to_string(lhs.type()) + " has " +
                  std::to_string(spatial) + " spatial axes",
              x.at);
    for (size_t i = 0; i < spatial; ++i) {
      low[i] = options.padding[i].low;
      high[i] = options.padding[i].high;
      lhs_dilation[i] = options.padding[i].interior + 1;
    }
  }
  auto or_default = [&](const ConvolutionAxes &axes, ConvolutionAxes fallback) {
    return axes_in_order(is_default(axes) ? fallback : axes);
  };
  std::vector<ir::Attribute> attributes{{"strides", or_ones(options.strides)},
                                        {"low", low},
                                        {"high", high},
                                        {"lhs_dilation", lhs_dilation},
                                        {"rhs_dilation", or_ones(options.dilations)},
                                        {"lhs_axes", or_default(options.x_axes, channels_last(lhs.rank()))},
                                        {"rhs_axes", or_default(options.filter_axes, spatial_in_out(lhs.rank()))},
                                        {"result_axes", or_default(options.result_axes, channels_last(lhs.rank()))},
                                        {"feature_groups", options.feature_groups},
                                        {"batch_groups", options.batch_groups}};
  detail::OpKey key(OpCode::convolution);
  key.static_shapes().add(static_cast<uint64_t>(dtype));
  for (const ir::Attribute &attribute : attributes)
    if (const auto *list = std::get_if<List>(&attribute.value))
      key.add(*list);
    else
      key.add(static_cast<uint64_t>(std::get<int64_t>(attribute.value)));
  return detail::run_op(std::move(key), {lhs, rhs}, x.at, [&](Values t) {
    return emit(OpCode::convolution,
                {detail::cast_symbolic(t[0], dtype, x.at), detail::cast_symbolic(t[1], dtype, x.at)}, attributes, x.at);
  });
}

/// What the functions below have in common: operands of a known rank, axes of the data format.
struct Layer {
  const char *op;
  Operand x, filters;
  Tensor lhs, rhs;
  ConvolutionAxes axes;
  List window;  ///< spatial extents of the filters

  Layer(const char *op, const Operand &x, const Operand &filters, int spatial, DataFormat format)
      : op(op), x(x), filters(filters) {
    if (x.is_literal() || filters.is_literal()) fail_op(op, "needs two tensors; use * to multiply by a number", x.at);
    lhs = detail::as_tensor(x), rhs = detail::as_tensor(filters);
    const int rank = spatial + 2;
    if (lhs.rank() != rank || rhs.rank() != rank)
      fail_op(op,
              "needs x and filters of rank " + std::to_string(rank) + " (batch, " + std::to_string(spatial) +
                  (spatial == 1 ? " spatial axis" : " spatial axes") + ", channels); got " + to_string(lhs.type()) +
                  " and " + to_string(rhs.type()) +
                  (lhs.rank() + 1 == rank ? "; etch::expand_dims adds the axis that x lacks" : ""),
              x.at);
    axes = format == DataFormat::channels_last ? channels_last(rank) : channels_first(rank);
    for (int i = 0; i < spatial; ++i) window.push_back(rhs.shape()[i]);
  }
  int64_t channels() const { return lhs.shape()[static_cast<int>(axes.feature)]; }
  int first_spatial() const { return static_cast<int>(axes.spatial[0]); }
  /// Throws when x has not the channels that the filters take.
  void check_channels(int64_t taken, int64_t groups, const char *where) const {
    if (taken == kDynamic || channels() == kDynamic || taken * groups == channels()) return;
    const bool second = axes.feature != 1 && lhs.shape()[1] == taken * groups;
    const char *remedy = second ? "; channels are the last axis, or with DataFormat::channels_first the second" : "";
    fail_op(op,
            to_string(lhs.type()) + " has " + std::to_string(channels()) + " channels, but filters " +
                to_string(rhs.type()) + " take " + std::to_string(taken) + where +
                (groups == 1 ? "" : " in each of " + std::to_string(groups) + " groups") + remedy,
            x.at);
  }
  Convolution options(const detail::SpatialWindows &windows) const {
    return {.strides = windows.strides,
            .padding = windows.padding,
            .dilations = windows.dilations,
            .x_axes = axes,
            .result_axes = axes};
  }
};

Tensor conv(const char *op, const Operand &x, const Operand &filters, int spatial, const ConvOptions &options) {
  detail::CallerScope caller(x.at, op);
  Layer layer(op, x, filters, spatial, options.data_format);
  if (options.groups < 1) fail_op(op, "groups must be at least 1; got " + std::to_string(options.groups), x.at);
  layer.check_channels(layer.rhs.shape()[spatial], options.groups, "");
  const int64_t outputs = layer.rhs.shape()[spatial + 1];
  if (outputs != kDynamic && outputs % options.groups != 0)
    fail_op(op,
            std::to_string(outputs) + " output channels of filters " + to_string(layer.rhs.type()) +
                " do not divide into " + std::to_string(options.groups) + " groups",
            x.at);
  Convolution full = layer.options(detail::spatial_windows(op, layer.lhs, layer.first_spatial(), layer.window,
                                                           options.strides, options.dilations, options.padding, x.at));
  full.feature_groups = options.groups;
  return convolve(x, filters, full);
}

}  // namespace

Tensor convolution(Operand x, Operand filters, const Convolution &options) {
  detail::CallerScope caller(x.at, "convolution");
  if (x.is_literal() || filters.is_literal()) fail_op("convolution", "needs two tensors", x.at);
  return convolve(x, filters, options);
}

Tensor conv1d(Operand x, Operand filters, const ConvOptions &options) { return conv("conv1d", x, filters, 1, options); }
Tensor conv2d(Operand x, Operand filters, const ConvOptions &options) { return conv("conv2d", x, filters, 2, options); }
Tensor conv3d(Operand x, Operand filters, const ConvOptions &options) { return conv("conv3d", x, filters, 3, options); }

Tensor depthwise_conv2d(Operand x, Operand filters, const ConvOptions &options) {
  const char *op = "depthwise_conv2d";
  detail::CallerScope caller(x.at, "depthwise_conv2d");
  Layer layer(op, x, filters, 2, options.data_format);
  const Shape &shape = layer.rhs.shape();
  layer.check_channels(shape[2], 1, "");
  if (!shape.is_static()) fail_op(op, "needs filters of a known shape; got " + to_string(layer.rhs.type()), x.at);
  Convolution full = layer.options(detail::spatial_windows(op, layer.lhs, layer.first_spatial(), layer.window,
                                                           options.strides, options.dilations, options.padding, x.at));
  full.feature_groups = shape[2];
  // [kh, kw, channels, multiplier] is [kh, kw, 1, channels * multiplier] in memory.
  Operand flat(reshape(filters, {shape[0], shape[1], 1, shape[2] * shape[3]}));
  return convolve(x, flat, full);
}

Tensor conv2d_transpose(Operand x, Operand filters, const ConvOptions &options) {
  const char *op = "conv2d_transpose";
  detail::CallerScope caller(x.at, "conv2d_transpose");
  Layer layer(op, x, filters, 2, options.data_format);
  layer.check_channels(layer.rhs.shape()[3], 1, "");
  if (options.groups != 1 || options.padding.is_explicit())
    fail_op(op, "takes no groups and Border::same or Border::valid", x.at);
  const List strides = detail::spatial_list(op, "strides", options.strides, 2, 1, x.at),
             dilations = detail::spatial_list(op, "dilations", options.dilations, 2, 1, x.at);
  Convolution full = layer.options({{1, 1}, dilations, std::vector<Padding>(2)});
  full.filter_axes = {.batch = 2, .feature = 3, .spatial = {0, 1}};
  for (size_t i = 0; i < 2; ++i) {
    if (layer.window[i] == kDynamic)
      fail_op(op, "needs filters of known extents; got " + to_string(layer.rhs.type()), x.at);
    // The derivative of the convolution that gives x from extents h * stride, or (h - 1) * stride + max(reach, stride).
    const int64_t reach = (layer.window[i] - 1) * dilations[i] + 1, stride = strides[i];
    const bool same = options.padding.border() == Border::same;
    const int64_t low = reach - 1 - (same ? std::max<int64_t>(reach - stride, 0) / 2 : 0);
    const int64_t extra = same ? stride - 1 : std::max(reach, stride) - 1;  // beyond (h - 1) * stride + 1
    full.padding[i] = {low, extra + reach - 1 - low, stride - 1};
  }
  return convolve(x, Operand(reverse(filters, {0, 1})), full);
}

}  // namespace etch

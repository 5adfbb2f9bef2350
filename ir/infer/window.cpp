// Convolutions and pooling, with the constraints of StableHLO's convolution, reduce_window and select_and_scatter.
#include <algorithm>
#include <bitset>

#include "ir/infer/infer.h"

namespace etch::ir {
namespace {

using List = std::vector<int64_t>;

std::string text(int64_t value) { return std::to_string(value); }
std::string text(const List &list) {
  std::string out = "[";
  for (size_t i = 0; i < list.size(); ++i) out += (i ? "," : "") + text(list[i]);
  return out + "]";
}

/// How a window moves along one axis.
struct Axis {
  int64_t window, stride, low, high, base_dilation, window_dilation;
};

/// The number of places the window takes along an axis of `extent` elements; `error` when there is none to be had.
int64_t places(int64_t extent, const Axis &axis, std::string &error) {
  // window_c1: strides and dilations are positive, windows not negative.
  if (axis.stride < 1) error = "stride " + text(axis.stride) + " is not positive";
  if (axis.base_dilation < 1) error = "dilation " + text(axis.base_dilation) + " is not positive";
  if (axis.window_dilation < 1) error = "dilation " + text(axis.window_dilation) + " is not positive";
  if (axis.window != kDynamic && axis.window < 0) error = "window " + text(axis.window) + " is negative";
  if (!error.empty() || extent == kDynamic || axis.window == kDynamic) return kDynamic;
  auto dilated = [](__int128 count, __int128 dilation) { return count == 0 ? 0 : (count - 1) * dilation + 1; };
  const __int128 padded = dilated(extent, axis.base_dilation) + axis.low + axis.high;
  const __int128 window = dilated(axis.window, axis.window_dilation);
  // window_c2: what is cut at the ends is there.
  if (padded < 0)
    error = "paddings " + text(axis.low) + " and " + text(axis.high) + " cut more than the " + text(extent) +
            " elements there are";
  if (padded > INT64_MAX || window > INT64_MAX) error = "extents would be more than 2^63";
  if (!error.empty() || window > padded) return 0;
  return static_cast<int64_t>((padded - window) / axis.stride + 1);
}

//===-- Convolution ------------------------------------------------------------------------------------------===//

/// The reason why `axes` is no permutation of the axes of `type`, or "".
std::string check_axes(const char *name, const List &axes, int rank) {
  std::bitset<kMaxRank> seen;
  bool fits = axes.size() == static_cast<size_t>(rank);
  for (int64_t axis : axes) {
    fits = fits && axis >= 0 && axis < rank && !seen[static_cast<size_t>(axis)];
    if (fits) seen.set(static_cast<size_t>(axis));
  }
  return fits ? "" : std::string(name) + " must name each of " + text(rank) + " axes once; got " + text(axes);
}

std::string check_divides(int64_t groups, int64_t extent, const char *what, const TensorType &type) {
  if (extent == kDynamic || extent % groups == 0) return {};
  return text(extent) + " " + what + " of " + to_string(type) + " do not divide into " + text(groups) + " groups";
}

Inferred convolution(const TensorType &lhs, const TensorType &rhs, AttributeView attributes) {
  const List &lhs_axes = attributes.integers("lhs_axes"), &rhs_axes = attributes.integers("rhs_axes"),
             &result_axes = attributes.integers("result_axes");
  const int64_t feature_groups = attributes.integer("feature_groups"),
                batch_groups = attributes.integer("batch_groups");
  const int rank = lhs.shape.rank();
  // convolution_c1: elements are numbers of one dtype.
  for (const TensorType *type : {&lhs, &rhs})
    if (type->dtype == boolean) return Inferred::failure("needs tensors of numbers; got " + to_string(*type));
  if (lhs.dtype != rhs.dtype)
    return Inferred::failure("operands have different dtypes: " + to_string(lhs) + " and " + to_string(rhs));
  // convolution_c2: both have a batch, a feature and the spatial axes.
  if (rank < 2 || rhs.shape.rank() != rank)
    return Inferred::failure("needs operands of one rank of at least 2; got " + to_string(lhs) + " and " +
                             to_string(rhs));
  // convolution_c3: axes are named once.
  for (std::string error : {check_axes("lhs_axes", lhs_axes, rank), check_axes("rhs_axes", rhs_axes, rank),
                            check_axes("result_axes", result_axes, rank)})
    if (!error.empty()) return Inferred::failure(error);
  // convolution_c4: there is an entry for each spatial axis.
  for (const char *name : {"strides", "low", "high", "lhs_dilation", "rhs_dilation"})
    if (attributes.integers(name).size() != static_cast<size_t>(rank - 2))
      return Inferred::failure(std::string(name) + " needs one entry for each of " + text(rank - 2) +
                               " spatial axes; got " + text(attributes.integers(name)));
  // convolution_c5: groups are positive, and of one kind.
  if (feature_groups < 1 || batch_groups < 1)
    return Inferred::failure("groups must be positive; got " + text(feature_groups) + " and " + text(batch_groups));
  if (feature_groups > 1 && batch_groups > 1)
    return Inferred::failure("features or batches may be in groups, not both; got " + text(feature_groups) + " and " +
                             text(batch_groups));
  auto lhs_extent = [&](size_t i) { return lhs.shape[static_cast<int>(lhs_axes[i])]; };
  auto rhs_extent = [&](size_t i) { return rhs.shape[static_cast<int>(rhs_axes[i])]; };
  const int64_t batch = lhs_extent(0), features = lhs_extent(1), outputs = rhs_extent(0), inputs = rhs_extent(1);
  // convolution_c6: groups divide what they group.
  for (std::string error :
       {check_divides(batch_groups, batch, "batches", lhs), check_divides(feature_groups, features, "features", lhs),
        check_divides(feature_groups * batch_groups, outputs, "output features", rhs)})
    if (!error.empty()) return Inferred::failure(error);
  // convolution_c7: filters have the input features of their group.
  if (features != kDynamic && inputs != kDynamic && features != inputs * feature_groups)
    return Inferred::failure("filters " + to_string(rhs) + " take " + text(inputs) + " input features in each of " +
                             text(feature_groups) + (feature_groups == 1 ? " group; " : " groups; ") + to_string(lhs) +
                             " has " + text(features));
  TensorType result = lhs;
  auto set = [&](size_t i, int64_t extent) { result.shape[static_cast<int>(result_axes[i])] = extent; };
  set(0, batch == kDynamic ? kDynamic : batch / batch_groups);
  set(1, outputs);
  for (size_t i = 0; i + 2 < static_cast<size_t>(rank); ++i) {
    Axis axis{rhs_extent(i + 2),
              attributes.integers("strides")[i],
              attributes.integers("low")[i],
              attributes.integers("high")[i],
              attributes.integers("lhs_dilation")[i],
              attributes.integers("rhs_dilation")[i]};
    std::string error;
    set(i + 2, places(lhs_extent(i + 2), axis, error));
    if (!error.empty())
      return Inferred::failure("spatial axis " + text(static_cast<int64_t>(i)) + " of " + to_string(lhs) + ": " +
                               error);
  }
  return {{result}, {}};
}

//===-- Pooling ----------------------------------------------------------------------------------------------===//

/// The shape of one number for each window.
Inferred windows(const TensorType &operand, bool has_base_dilation, AttributeView attributes) {
  // reduce_window_c1: elements are numbers.
  if (operand.dtype == boolean) return Inferred::failure("needs a tensor of numbers; got " + to_string(operand));
  // reduce_window_c2: every list has one entry for each axis.
  for (const char *name : {"window", "strides", "low", "high", "window_dilation", "base_dilation"}) {
    if (!has_base_dilation && name == std::string_view("base_dilation")) continue;
    const List &list = attributes.integers(name);
    if (list.size() != static_cast<size_t>(operand.shape.rank()))
      return Inferred::failure(std::string(name) + " needs one entry for each axis of " + to_string(operand) +
                               "; got " + text(list));
  }
  TensorType result = operand;
  for (int i = 0; i < operand.shape.rank(); ++i) {
    const size_t at = static_cast<size_t>(i);
    Axis axis{attributes.integers("window")[at],
              attributes.integers("strides")[at],
              attributes.integers("low")[at],
              attributes.integers("high")[at],
              has_base_dilation ? attributes.integers("base_dilation")[at] : 1,
              attributes.integers("window_dilation")[at]};
    std::string error;
    // reduce_window_c3: windows are positive.
    if (axis.window < 1) error = "window " + text(axis.window) + " is not positive";
    if (error.empty()) result.shape[i] = places(operand.shape[i], axis, error);
    if (!error.empty()) return Inferred::failure("axis " + text(i) + " of " + to_string(operand) + ": " + error);
  }
  return {{result}, {}};
}

bool fits(const Shape &actual, const Shape &expected) {
  bool fits = actual.rank() == expected.rank();
  for (int i = 0; fits && i < expected.rank(); ++i)
    fits = actual[i] == expected[i] || actual[i] == kDynamic || expected[i] == kDynamic;
  return fits;
}

Inferred select_and_scatter_add(const TensorType &operand, const TensorType &source, AttributeView attributes) {
  Inferred each = windows(operand, false, attributes);
  if (!each.error.empty()) return each;
  // select_and_scatter_add_c1: there is one number of the operand's dtype for each window.
  if (source.dtype != operand.dtype || !fits(source.shape, each.types[0].shape))
    return Inferred::failure("needs one number for each window, " + to_string(each.types[0]) + " for " +
                             to_string(operand) + "; got " + to_string(source));
  return {{operand}, {}};
}

Inferred select_and_gather(const TensorType &operand, const TensorType &values, AttributeView attributes) {
  // select_and_gather_c1: values are like the operand.
  if (values.dtype != operand.dtype || !fits(values.shape, operand.shape))
    return Inferred::failure("needs values like " + to_string(operand) + "; got " + to_string(values));
  return windows(operand, false, attributes);
}

}  // namespace

Inferred infer_window(OpCode op, std::span<const TensorType> operands, AttributeView attributes) {
  const size_t expected = op == OpCode::reduce_window_sum || op == OpCode::reduce_window_max ? 1 : 2;
  if (operands.size() != expected)
    return Inferred::failure("takes " + std::to_string(expected) + (expected == 1 ? " operand" : " operands") +
                             "; got " + std::to_string(operands.size()));
  switch (op) {
    case OpCode::convolution: return convolution(operands[0], operands[1], attributes);
    case OpCode::reduce_window_sum: return windows(operands[0], true, attributes);
    case OpCode::reduce_window_max: return windows(operands[0], false, attributes);
    case OpCode::select_and_scatter_add: return select_and_scatter_add(operands[0], operands[1], attributes);
    case OpCode::select_and_gather: return select_and_gather(operands[0], operands[1], attributes);
    default: throw InternalError(std::string(mnemonic_of(op)) + " has no window rule");
  }
}

}  // namespace etch::ir

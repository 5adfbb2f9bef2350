// Ops that move elements: result extents come from attributes, from operands, and (-1) from size operands.
#include <algorithm>
#include <bitset>

#include "ir/infer/infer.h"

namespace etch::ir {
namespace {

std::string text(int64_t value) { return std::to_string(value); }

std::string text(std::span<const int64_t> list) {
  std::string out = "[";
  for (size_t i = 0; i < list.size(); ++i) out += (i ? "," : "") + text(list[i]);
  return out + "]";
}

bool in_range(int64_t axis, const TensorType &type) { return axis >= 0 && axis < type.shape.rank(); }

std::string out_of_range(int64_t axis, const TensorType &type) {
  return "axis " + text(axis) + " is out of range for " + to_string(type);
}

/// The reason why an attribute has not one entry for each axis, or "".
std::string check_length(const char *name, const std::vector<int64_t> &list, const TensorType &operand) {
  if (list.size() == static_cast<size_t>(operand.shape.rank())) return {};
  return std::string(name) + " needs one entry for each axis of " + to_string(operand) + "; got " + text(list);
}

/// The reason why `shape` is no shape with its unknown extents given by `sizes`, or "".
std::string check_shape(const std::vector<int64_t> &shape, std::span<const TensorType> sizes) {
  // shape_c1: the result's rank is supported.
  if (shape.size() > kMaxRank)
    return "shape " + text(shape) + " has rank " + text(static_cast<int64_t>(shape.size())) + "; at most " +
           text(kMaxRank) + " axes are supported";
  // shape_c2: extents are -1 or not negative.
  for (size_t axis = 0; axis < shape.size(); ++axis)
    if (shape[axis] < kDynamic)
      return "extent " + text(shape[axis]) + " of axis " + text(static_cast<int64_t>(axis)) + " in shape " +
             text(shape) + " is negative";
  // shape_c3: there is one size operand for each -1.
  const auto unknown = std::count(shape.begin(), shape.end(), kDynamic);
  if (unknown != static_cast<int64_t>(sizes.size()))
    return "shape " + text(shape) + " needs one size operand for each -1; got " +
           text(static_cast<int64_t>(sizes.size()));
  // shape_c4: size operands are i64 scalars.
  for (const TensorType &size : sizes)
    if (size != TensorType{i64, {}}) return "needs i64[] scalars as sizes; got " + to_string(size);
  return {};
}

Inferred broadcast_in_dim(std::span<const TensorType> operands, AttributeView attributes) {
  const TensorType &operand = operands[0];
  const auto &shape = attributes.integers("shape"), &dims = attributes.integers("dims");
  if (std::string error = check_shape(shape, operands.subspan(1)); !error.empty()) return Inferred::failure(error);
  const TensorType result{operand.dtype, Shape(shape)};
  // broadcast_in_dim_c1: dims has one entry for each axis of the operand.
  if (std::string error = check_length("dims", dims, operand); !error.empty()) return Inferred::failure(error);
  std::bitset<kMaxRank> taken;
  for (size_t i = 0; i < dims.size(); ++i) {
    // broadcast_in_dim_c2: dims are axes of the result.
    if (!in_range(dims[i], result)) return Inferred::failure(out_of_range(dims[i], result) + " in dims " + text(dims));
    // broadcast_in_dim_c3: dims are unique.
    if (taken[static_cast<size_t>(dims[i])])
      return Inferred::failure("axis " + text(dims[i]) + " is listed twice in dims " + text(dims));
    taken.set(static_cast<size_t>(dims[i]));
    // broadcast_in_dim_c4: an extent of the operand is 1 or that of the result.
    const int64_t from = operand.shape[static_cast<int>(i)], to = shape[static_cast<size_t>(dims[i])];
    if (from != 1 && from != to && from != kDynamic && to != kDynamic)
      return Inferred::failure("extent " + text(from) + " of axis " + text(static_cast<int64_t>(i)) + " of " +
                               to_string(operand) + " does not broadcast to extent " + text(to) + " of axis " +
                               text(dims[i]) + " of " + to_string(result));
  }
  return {{result}, {}};
}

/// Product of static extents; kDynamic when it has no value: an unknown extent, or more than 2^63 elements.
int64_t count_elements(const Shape &shape) {
  if (!shape.is_static()) return kDynamic;
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  int64_t count = 1;
  for (int64_t extent : shape)
    if (__builtin_mul_overflow(count, extent, &count)) return kDynamic;
  return count;
}

Inferred reshape(std::span<const TensorType> operands, AttributeView attributes) {
  const TensorType &operand = operands[0];
  const auto &shape = attributes.integers("shape");
  if (std::string error = check_shape(shape, operands.subspan(1)); !error.empty()) return Inferred::failure(error);
  const TensorType result{operand.dtype, Shape(shape)};
  // reshape_c1: the number of elements stays.
  const int64_t before = count_elements(operand.shape), after = count_elements(result.shape);
  if (before != after && operand.shape.is_static() && result.shape.is_static()) {
    auto elements = [](int64_t count) { return count == kDynamic ? std::string("more than 2^63") : text(count); };
    return Inferred::failure(to_string(operand) + " has " + elements(before) + " elements, but shape " + text(shape) +
                             " has " + elements(after));
  }
  return {{result}, {}};
}

Inferred transpose(const TensorType &operand, AttributeView attributes) {
  const auto &permutation = attributes.integers("permutation");
  // transpose_c1: permutation has one entry for each axis.
  if (std::string error = check_length("permutation", permutation, operand); !error.empty())
    return Inferred::failure(error);
  TensorType result = operand;
  std::bitset<kMaxRank> taken;
  for (size_t i = 0; i < permutation.size(); ++i) {
    // transpose_c2: entries are axes of the operand.
    if (!in_range(permutation[i], operand))
      return Inferred::failure(out_of_range(permutation[i], operand) + " in permutation " + text(permutation));
    // transpose_c3: entries are unique.
    if (taken[static_cast<size_t>(permutation[i])])
      return Inferred::failure("axis " + text(permutation[i]) + " is listed twice in permutation " + text(permutation));
    taken.set(static_cast<size_t>(permutation[i]));
    result.shape[static_cast<int>(i)] = operand.shape[static_cast<int>(permutation[i])];
  }
  return {{result}, {}};
}

Inferred concatenate(std::span<const TensorType> operands, AttributeView attributes) {
  // concatenate_c1: there is something to join.
  if (operands.empty()) return Inferred::failure("needs at least one tensor");
  const TensorType &first = operands[0];
  // concatenate_c2: element types are equal.
  for (const TensorType &operand : operands)
    if (operand.dtype != first.dtype)
      return Inferred::failure("operands have different dtypes: " + to_string(first) + " and " + to_string(operand));
  // concatenate_c3: ranks are equal.
  for (const TensorType &operand : operands)
    if (operand.shape.rank() != first.shape.rank())
      return Inferred::failure("operands have different ranks: " + to_string(first) + " and " + to_string(operand));
  // concatenate_c4: the axis is in range.
  const int64_t joined = attributes.integer("axis");
  if (!in_range(joined, first)) return Inferred::failure(out_of_range(joined, first));

  TensorType result = first;
  for (int axis = 0; axis < first.shape.rank(); ++axis) {
    const TensorType *source = &first;  // of the result's extent
    for (const TensorType &operand : operands.subspan(1)) {
      int64_t &known = result.shape[axis];
      const int64_t extent = operand.shape[axis];
      if (axis == joined) {
        if (known == kDynamic || extent == kDynamic) {
          known = kDynamic;
        } else if (__builtin_add_overflow(known, extent, &known)) {
          return Inferred::failure("the extent of axis " + text(axis) + " would be more than 2^63");
        }
      } else if (known == kDynamic) {
        known = extent;
        source = &operand;
      } else if (extent != known && extent != kDynamic) {
        // concatenate_c5: all other extents are equal.
        return Inferred::failure("extents of axis " + text(axis) + " differ: " + text(known) + " in " +
                                 to_string(*source) + " and " + text(extent) + " in " + to_string(operand));
      }
    }
  }
  return {{result}, {}};
}

Inferred slice(const TensorType &operand, AttributeView attributes) {
  const auto &starts = attributes.integers("starts"), &limits = attributes.integers("limits"),
             &strides = attributes.integers("strides");
  // slice_c1: every list has one entry for each axis.
  for (std::string error : {check_length("starts", starts, operand), check_length("limits", limits, operand),
                            check_length("strides", strides, operand)})
    if (!error.empty()) return Inferred::failure(error);
  TensorType result = operand;
  for (int axis = 0; axis < operand.shape.rank(); ++axis) {
    const size_t i = static_cast<size_t>(axis);
    const int64_t start = starts[i], limit = limits[i], stride = strides[i], extent = operand.shape[axis];
    auto refuse = [&](const std::string &why) {
      return Inferred::failure("axis " + text(axis) + " of " + to_string(operand) + ": " + why);
    };
    // slice_c2: strides are positive.
    if (stride < 1) return refuse("stride " + text(stride) + " is not positive");
    // slice_c3: starts are not negative.
    if (start < 0) return refuse("start " + text(start) + " is negative");
    // slice_c4: -1 for the end of the axis is for unknown extents.
    if (limit == kDynamic && extent != kDynamic)
      return refuse("limit -1 is for unknown extents; the end of this axis is " + text(extent));
    if (limit == kDynamic) {
      result.shape[axis] = kDynamic;
      continue;
    }
    // slice_c5: limits are inside the axis.
    if (extent != kDynamic && limit > extent)
      return refuse("limit " + text(limit) + " is above the extent " + text(extent));
    // slice_c6: starts are not above limits.
    if (start > limit) return refuse("start " + text(start) + " is above limit " + text(limit));
    result.shape[axis] = (limit - start) / stride + ((limit - start) % stride != 0);
  }
  return {{result}, {}};
}

Inferred pad(const TensorType &operand, const TensorType &value, AttributeView attributes) {
  const auto &lows = attributes.integers("low"), &highs = attributes.integers("high"),
             &interiors = attributes.integers("interior");
  // pad_c1: the value is a scalar of the operand's element type.
  if (value != TensorType{operand.dtype, {}})
    return Inferred::failure("needs a scalar " + to_string(TensorType{operand.dtype, {}}) + " to pad " +
                             to_string(operand) + " with; got " + to_string(value));
  // pad_c2: every list has one entry for each axis.
  for (std::string error : {check_length("low", lows, operand), check_length("high", highs, operand),
                            check_length("interior", interiors, operand)})
    if (!error.empty()) return Inferred::failure(error);
  TensorType result = operand;
  for (int axis = 0; axis < operand.shape.rank(); ++axis) {
    const size_t i = static_cast<size_t>(axis);
    const int64_t low = lows[i], high = highs[i], interior = interiors[i], extent = operand.shape[axis];
    // pad_c3: interior padding is not negative.
    if (interior < 0)
      return Inferred::failure("axis " + text(axis) + " of " + to_string(operand) + ": interior padding " +
                               text(interior) + " is negative");
    if (extent == kDynamic) continue;
    // pad_c4: the result's extents are not negative (and fit).
    const __int128 padded =
        static_cast<__int128>(extent) + low + high + static_cast<__int128>(std::max<int64_t>(extent - 1, 0)) * interior;
    if (padded < 0 || padded > INT64_MAX)
      return Inferred::failure("axis " + text(axis) + " of " + to_string(operand) + ": low " + text(low) + ", high " +
                               text(high) + " and interior " + text(interior) + " make the extent " +
                               (padded < 0 ? "negative" : "more than 2^63"));
    result.shape[axis] = static_cast<int64_t>(padded);
  }
  return {{result}, {}};
}

Inferred reverse(const TensorType &operand, AttributeView attributes) {
  std::bitset<kMaxRank> reversed;
  for (int64_t axis : attributes.integers("axes")) {
    // reverse_c1: axes are in range.
    if (!in_range(axis, operand)) return Inferred::failure(out_of_range(axis, operand));
    // reverse_c2: axes are unique.
    if (reversed[static_cast<size_t>(axis)]) return Inferred::failure("axis " + text(axis) + " is listed twice");
    reversed.set(static_cast<size_t>(axis));
  }
  return {{operand}, {}};
}

Inferred dim(const TensorType &operand, AttributeView attributes) {
  // dim_c1: the axis is in range.
  const int64_t axis = attributes.integer("axis");
  if (!in_range(axis, operand)) return Inferred::failure(out_of_range(axis, operand));
  return {{TensorType{i64, {}}}, {}};
}

}  // namespace

Inferred infer_shape(OpCode op, std::span<const TensorType> operands, AttributeView attributes) {
  if (op == OpCode::concatenate) return concatenate(operands, attributes);
  const bool takes_sizes = op == OpCode::broadcast_in_dim || op == OpCode::reshape;
  const size_t expected = op == OpCode::pad ? 2 : 1;
  if (takes_sizes ? operands.size() < expected : operands.size() != expected)
    return Inferred::failure("takes " + std::to_string(expected) + (expected == 1 ? " operand" : " operands") +
                             (takes_sizes ? " and sizes" : "") + "; got " + std::to_string(operands.size()));
  switch (op) {
    case OpCode::broadcast_in_dim: return broadcast_in_dim(operands, attributes);
    case OpCode::reshape: return reshape(operands, attributes);
    case OpCode::transpose: return transpose(operands[0], attributes);
    case OpCode::slice: return slice(operands[0], attributes);
    case OpCode::pad: return pad(operands[0], operands[1], attributes);
    case OpCode::reverse: return reverse(operands[0], attributes);
    case OpCode::dim: return dim(operands[0], attributes);
    default: throw InternalError(std::string(mnemonic_of(op)) + " has no shape rule");
  }
}

}  // namespace etch::ir

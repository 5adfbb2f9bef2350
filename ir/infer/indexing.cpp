// Ops whose source or target depends on index values.
#include "ir/infer/infer.h"

namespace etch::ir {
namespace {

std::string text(int64_t value) { return std::to_string(value); }

/// operand.shape[:axis] + indices.shape + operand.shape[axis + 1:], in the operand's dtype.
Inferred picked(const TensorType &operand, const TensorType &indices, int64_t axis) {
  // take_c1, scatter_add_c1: indices are i32 or i64.
  if (indices.dtype != i32 && indices.dtype != i64)
    return Inferred::failure("needs i32 or i64 indices; got " + to_string(indices));
  // take_c2, scatter_add_c2: the axis is in range.
  if (axis < 0 || axis >= operand.shape.rank())
    return Inferred::failure("axis " + text(axis) + " is out of range for " + to_string(operand));
  // take_c3, scatter_add_c3: the rank of what is picked is supported.
  const int rank = operand.shape.rank() - 1 + indices.shape.rank();
  if (rank > kMaxRank)
    return Inferred::failure("slices of " + to_string(operand) + " at indices " + to_string(indices) + " have rank " +
                             text(rank) + "; at most " + text(kMaxRank) + " axes are supported");
  TensorType result{operand.dtype, {}};
  for (int i = 0; i < axis; ++i) result.shape.push_back(operand.shape[i]);
  for (int64_t extent : indices.shape) result.shape.push_back(extent);
  for (int i = static_cast<int>(axis) + 1; i < operand.shape.rank(); ++i) result.shape.push_back(operand.shape[i]);
  return {{result}, {}};
}

Inferred take(const TensorType &operand, const TensorType &indices, int64_t axis) {
  Inferred result = picked(operand, indices, axis);
  if (!result.error.empty() || operand.shape[static_cast<int>(axis)] != 0) return result;
  // take_c4: no index can be clamped into an empty axis.
  for (int64_t extent : indices.shape)
    if (extent == 0 || extent == kDynamic) return result;
  return Inferred::failure("axis " + text(axis) + " of " + to_string(operand) + " is empty: there is nothing to take");
}

Inferred scatter_add(const TensorType &operand, const TensorType &indices, const TensorType &updates, int64_t axis) {
  // scatter_add_c4: elements are numbers.
  if (operand.dtype == boolean) return Inferred::failure("needs a tensor of numbers; got " + to_string(operand));
  Inferred slices = picked(operand, indices, axis);
  if (!slices.error.empty()) return slices;
  // scatter_add_c5: updates have the operand's element type.
  if (updates.dtype != operand.dtype)
    return Inferred::failure("operand and updates have different dtypes: " + to_string(operand) + " and " +
                             to_string(updates));
  // scatter_add_c6: updates have the shape of what take would pick.
  const Shape &expected = slices.types[0].shape;
  bool fits = updates.shape.rank() == expected.rank();
  for (int i = 0; fits && i < expected.rank(); ++i)
    fits = updates.shape[i] == expected[i] || updates.shape[i] == kDynamic || expected[i] == kDynamic;
  if (!fits)
    return Inferred::failure("updates at indices " + to_string(indices) + " along axis " + text(axis) + " of " +
                             to_string(operand) + " are " + to_string(slices.types[0]) + "; got " + to_string(updates));
  return {{operand}, {}};
}

/// The reason why `starts` are not one i64 scalar for each axis, or "".
std::string check_starts(const TensorType &operand, std::span<const TensorType> starts) {
  // dynamic_slice_c1, dynamic_update_slice_c1: there is one start for each axis.
  if (starts.size() != static_cast<size_t>(operand.shape.rank()))
    return "needs one start for each axis of " + to_string(operand) + "; got " + std::to_string(starts.size());
  // dynamic_slice_c2, dynamic_update_slice_c2: starts are i64 scalars.
  for (const TensorType &start : starts)
    if (start != TensorType{i64, {}}) return "needs i64[] scalars as starts; got " + to_string(start);
  return {};
}

Inferred dynamic_slice(const TensorType &operand, std::span<const TensorType> starts,
                       const std::vector<int64_t> &sizes) {
  if (std::string error = check_starts(operand, starts); !error.empty()) return Inferred::failure(error);
  // dynamic_slice_c3: sizes has one entry for each axis.
  if (sizes.size() != starts.size())
    return Inferred::failure("sizes needs one entry for each axis of " + to_string(operand) + "; got " +
                             std::to_string(sizes.size()));
  TensorType result = operand;
  for (int axis = 0; axis < operand.shape.rank(); ++axis) {
    const int64_t size = sizes[static_cast<size_t>(axis)], extent = operand.shape[axis];
    // dynamic_slice_c4: sizes are between 0 and the extents.
    if (size < 0) return Inferred::failure("size " + text(size) + " of axis " + text(axis) + " is negative");
    if (extent != kDynamic && size > extent)
      return Inferred::failure("size " + text(size) + " of axis " + text(axis) + " is above the extent " +
                               text(extent) + " of " + to_string(operand));
    result.shape[axis] = size;
  }
  return {{result}, {}};
}

Inferred dynamic_update_slice(const TensorType &operand, const TensorType &update, std::span<const TensorType> starts) {
  // dynamic_update_slice_c3: element types are equal.
  if (update.dtype != operand.dtype)
    return Inferred::failure("operand and update have different dtypes: " + to_string(operand) + " and " +
                             to_string(update));
  // dynamic_update_slice_c4: ranks are equal.
  if (update.shape.rank() != operand.shape.rank())
    return Inferred::failure("operand and update have different ranks: " + to_string(operand) + " and " +
                             to_string(update));
  // dynamic_update_slice_c5: the update fits into the operand.
  for (int axis = 0; axis < operand.shape.rank(); ++axis)
    if (operand.shape[axis] != kDynamic && update.shape[axis] > operand.shape[axis])
      return Inferred::failure("extent " + text(update.shape[axis]) + " of axis " + text(axis) + " of update " +
                               to_string(update) + " is above the extent " + text(operand.shape[axis]) + " of " +
                               to_string(operand));
  if (std::string error = check_starts(operand, starts); !error.empty()) return Inferred::failure(error);
  return {{operand}, {}};
}

}  // namespace

Inferred infer_indexing(OpCode op, std::span<const TensorType> operands, AttributeView attributes) {
  const bool takes_starts = op == OpCode::dynamic_slice || op == OpCode::dynamic_update_slice;
  const size_t expected = op == OpCode::scatter_add ? 3 : op == OpCode::dynamic_slice ? 1 : 2;
  if (takes_starts ? operands.size() < expected : operands.size() != expected)
    return Inferred::failure("takes " + std::to_string(expected) + (expected == 1 ? " operand" : " operands") +
                             (takes_starts ? " and starts" : "") + "; got " + std::to_string(operands.size()));
  switch (op) {
    case OpCode::take: return take(operands[0], operands[1], attributes.integer("axis"));
    case OpCode::scatter_add: return scatter_add(operands[0], operands[1], operands[2], attributes.integer("axis"));
    case OpCode::dynamic_slice: return dynamic_slice(operands[0], operands.subspan(1), attributes.integers("sizes"));
    case OpCode::dynamic_update_slice: return dynamic_update_slice(operands[0], operands[1], operands.subspan(2));
    default: throw InternalError(std::string(mnemonic_of(op)) + " has no indexing rule");
  }
}

}  // namespace etch::ir

#include "frontend/tensor/axes.h"

#include <algorithm>

namespace etch::detail {

int64_t normal_axis(std::string_view op, int64_t axis, int rank, Location at) {
  if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  fail_op(
      op,
      "axis " + std::to_string(axis) + " is out of range for rank " + std::to_string(rank) +
          (rank == 0 ? "; a scalar has no axes" : "; use " + std::to_string(-rank) + " to " + std::to_string(rank - 1)),
      at);
}

std::vector<int64_t> normal_axes(std::string_view op, const Axes &axes, int rank, Location at) {
  std::vector<int64_t> list;
  if (axes.empty())
    for (int axis = 0; axis < rank; ++axis) list.push_back(axis);
  for (int64_t axis : axes.list()) {
    int64_t own = normal_axis(op, axis, rank, at);
    if (std::find(list.begin(), list.end(), own) != list.end())
      fail_op(op, "axis " + std::to_string(axis) + " is listed twice; list each axis once", at);
    list.push_back(own);
  }
  std::sort(list.begin(), list.end());
  return list;
}

bool may_be_equal(const Shape &x, const Shape &y) {
  return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                    [](int64_t a, int64_t b) { return a == b || a == kDynamic || b == kDynamic; });
}

void require_extents(std::string_view op, const Shape &shape, Location at) {
  for (int64_t extent : shape)
    if (extent < kDynamic)
      fail_op(op, "extent " + std::to_string(extent) + " in " + to_string(shape) + " is negative", at);
}

int64_t num_elements_of(std::string_view op, const Shape &shape, Location at) {
  try {
    return shape.num_elements();
  } catch (const UserError &error) {
    fail_op(op, error.message(), at);
  }
}

void require_rank(std::string_view op, int rank, Location at) {
  if (rank > kMaxRank)
    fail_op(op,
            "the result would have rank " + std::to_string(rank) + "; at most " + std::to_string(kMaxRank) +
                " axes are supported",
            at);
}

Tensor reshape_symbolic(const Tensor &x, const Shape &shape, std::span<const Tensor> sizes, Location at) {
  if (x.shape() == shape && shape.num_dynamic() <= 1) return x;
  std::vector<Tensor> operands{x};
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (shape[axis] == kDynamic) operands.push_back(sizes[static_cast<size_t>(axis)]);
  return emit(ir::OpCode::reshape, operands, {{"shape", shape.to_vector()}}, at);
}

Tensor insert_axes_symbolic(const Tensor &x, const std::vector<int64_t> &positions, Location at) {
  Shape shape;
  std::vector<Tensor> sizes;
  int source = 0;
  for (int axis = 0; axis < x.rank() + static_cast<int>(positions.size()); ++axis) {
    if (std::find(positions.begin(), positions.end(), axis) != positions.end()) {
      shape.push_back(1);
      sizes.emplace_back();
      continue;
    }
    shape.push_back(x.shape()[source]);
    sizes.push_back(x.shape()[source] == kDynamic ? emit_extent(x, source, at) : Tensor());
    ++source;
  }
  return reshape_symbolic(x, shape, sizes, at);
}

}  // namespace etch::detail

#pragma once
// Axes as users write them, made non-negative, and shapes.

#include "etch/shaping.h"
#include "frontend/trace/emit.h"

namespace etch::detail {

/// The axis counted from the front. Throws UserError naming the rank.
int64_t normal_axis(std::string_view op, int64_t axis, int rank, Location at);
/// The same for a list, without repetitions; all axes for an empty list.
std::vector<int64_t> normal_axes(std::string_view op, const Axes &axes, int rank, Location at);
/// Of one rank, with extents that are equal as far as they are known.
bool may_be_equal(const Shape &x, const Shape &y);
/// Throws UserError naming `op` for an extent below -1, which is how an unknown one is written.
void require_extents(std::string_view op, const Shape &shape, Location at);
/// Of a static shape. Throws UserError naming `op` for more than 2^63.
int64_t num_elements_of(std::string_view op, const Shape &shape, Location at);
/// Throws UserError naming `op` for more axes than tensors have.
void require_rank(std::string_view op, int rank, Location at);
/// In a trace: the elements in another shape; an unknown extent of `shape` at position i has the size sizes[i].
Tensor reshape_symbolic(const Tensor &x, const Shape &shape, std::span<const Tensor> sizes, Location at);
/// In a trace: with an axis of extent 1 at each of the (sorted) positions of the result.
Tensor insert_axes_symbolic(const Tensor &x, const std::vector<int64_t> &positions, Location at);

}  // namespace etch::detail

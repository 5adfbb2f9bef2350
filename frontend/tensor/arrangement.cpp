#include "etch/arrangement.h"

#include "etch/compositions.h"
#include "frontend/tensor/composition.h"

namespace etch {
namespace {

using detail::fail_op;
using detail::known_extent;
using detail::normal_axis;
using detail::operand_of_rank;
using detail::OpKey;
using detail::run_op;
using Values = std::span<const Tensor>;

/// Elements from `start` to `limit` - 1 of an axis.
Tensor part_of(const Tensor &x, int64_t axis, int64_t start, int64_t limit) {
  std::vector<Range> ranges(static_cast<size_t>(axis) + 1);
  ranges.back() = Range(start, limit);
  return slice(x, ranges);
}

/// column - row of each position of the last two axes, as [rows, columns].
Tensor diagonal_numbers(const char *op, const Tensor &x, Location at) {
  const int64_t rows = known_extent(op, x, x.rank() - 2, at), columns = known_extent(op, x, x.rank() - 1, at);
  return iota({1, columns}, 1) - iota({rows, 1}, 0);
}

/// x where keep(diagonal numbers), 0 elsewhere.
template <typename Keep>
Tensor masked(const char *op, const Operand &x, int64_t k, Keep keep) {
  detail::CallerScope caller(x.at, op);
  Tensor tensor = operand_of_rank(op, x, 2);
  OpKey key(op);
  key.static_shapes().add(static_cast<uint64_t>(k));
  return run_op(std::move(key), tensor, x.at,
                [&](Values t) { return select(keep(diagonal_numbers(op, t[0], x.at)), t[0], detail::zero_of(t[0])); });
}

int64_t repeated_extent(const char *op, int64_t count, int64_t extent, Location at) {
  int64_t product;
  if (__builtin_mul_overflow(count, extent, &product))
    fail_op(op, "extent " + std::to_string(extent) + " taken " + std::to_string(count) + " times is more than 2^63",
            at);
  return product;
}

/// x, of a known shape, repeated along an axis: as a whole, or each of its elements. [a, b] becomes [a, count, b],
/// where a are the axes before the new one and b those behind, so that any rank will do.
Tensor repeated(const char *op, const Tensor &x, int axis, int64_t count, bool each_element, Location at) {
  Shape shape = x.shape(), single, many;
  const auto place = static_cast<size_t>(each_element ? axis + 1 : axis);
  auto push = [&](std::span<const int64_t> extents) {
    const int64_t elements = detail::num_elements_of(op, Shape(extents), at);
    if (elements != 1) single.push_back(elements), many.push_back(elements);
  };
  push(shape.dims().first(place));
  single.push_back(1), many.push_back(count);
  push(shape.dims().subspan(place));
  shape[axis] = repeated_extent(op, count, shape[axis], at);
  return reshape(broadcast_to(reshape(x, single), many), shape);
}

}  // namespace

Tensor moveaxis(Operand x, int64_t from, int64_t to) {
  detail::CallerScope caller(x.at, "moveaxis");
  Tensor tensor = detail::as_tensor(x);
  from = normal_axis("moveaxis", from, tensor.rank(), x.at), to = normal_axis("moveaxis", to, tensor.rank(), x.at);
  std::vector<int64_t> order;
  for (int64_t axis = 0; axis < tensor.rank(); ++axis)
    if (axis != from) order.push_back(axis);
  order.insert(order.begin() + to, from);
  return transpose(tensor, order);
}

Tensor swapaxes(Operand x, int64_t first, int64_t second) {
  detail::CallerScope caller(x.at, "swapaxes");
  Tensor tensor = detail::as_tensor(x);
  first = normal_axis("swapaxes", first, tensor.rank(), x.at),
  second = normal_axis("swapaxes", second, tensor.rank(), x.at);
  std::vector<int64_t> order;
  for (int64_t axis = 0; axis < tensor.rank(); ++axis)
    order.push_back(axis == first ? second : axis == second ? first : axis);
  return transpose(tensor, order);
}

Tensor flip(Operand x, Axes axes) {
  detail::CallerScope caller(x.at, "flip");
  return reverse(std::move(x), std::move(axes));
}

Tensor roll(Operand x, int64_t shift, int64_t axis) {
  detail::CallerScope caller(x.at, "roll");
  Tensor tensor = operand_of_rank("roll", x, 1);
  const int64_t own = normal_axis("roll", axis, tensor.rank(), x.at);
  const int64_t extent = known_extent("roll", tensor, own, x.at);
  const int64_t first = extent == 0 ? 0 : ((-shift) % extent + extent) % extent;  // the element that comes first
  if (first == 0) return tensor;
  OpKey key("roll");
  key.static_shapes().add(static_cast<uint64_t>(first)).add(static_cast<uint64_t>(own));
  return run_op(std::move(key), tensor, x.at, [&](Values t) {
    return concatenate({part_of(t[0], own, first, extent), part_of(t[0], own, 0, first)}, own);
  });
}

Tensor tile(Operand x, const std::vector<int64_t> &repeats) {
  detail::CallerScope caller(x.at, "tile");
  Tensor tensor = detail::as_tensor(x);
  const int rank = std::max(tensor.rank(), static_cast<int>(repeats.size()));
  std::vector<int64_t> own(static_cast<size_t>(rank) - repeats.size(), 1);
  own.insert(own.end(), repeats.begin(), repeats.end());
  for (int64_t count : own)
    if (count < 0)
      fail_op("tile", "repeats an axis " + std::to_string(count) + " times; numbers are not negative", x.at);
  OpKey key("tile");
  key.static_shapes().add(own);
  detail::require_rank("tile", rank, x.at);
  return run_op(std::move(key), tensor, x.at, [&](Values t) {
    Shape shape;
    for (int axis = 0; axis < rank; ++axis) {
      const int source = axis - (rank - t[0].rank());
      shape.push_back(source < 0 ? 1 : known_extent("tile", t[0], source, x.at));
    }
    Tensor tiled = reshape(t[0], shape);
    for (int axis = 0; axis < rank; ++axis)
      if (const int64_t count = own[static_cast<size_t>(axis)]; count != 1)
        tiled = repeated("tile", tiled, axis, count, /*each_element=*/false, x.at);
    return tiled;
  });
}

Tensor repeat(Operand x, int64_t count, int64_t axis) {
  detail::CallerScope caller(x.at, "repeat");
  Tensor tensor = operand_of_rank("repeat", x, 1);
  const int64_t own = normal_axis("repeat", axis, tensor.rank(), x.at);
  if (count < 0)
    fail_op("repeat", "repeats elements " + std::to_string(count) + " times; the number is not negative", x.at);
  OpKey key("repeat");
  key.static_shapes().add(static_cast<uint64_t>(count)).add(static_cast<uint64_t>(own));
  return run_op(std::move(key), tensor, x.at, [&](Values t) {
    for (int i = 0; i < t[0].rank(); ++i) known_extent("repeat", t[0], i, x.at);
    return repeated("repeat", t[0], static_cast<int>(own), count, /*each_element=*/true, x.at);
  });
}

std::vector<Tensor> split(Operand x, const std::vector<int64_t> &extents, int64_t axis) {
  detail::CallerScope caller(x.at, "split");
  Tensor tensor = operand_of_rank("split", x, 1);
  const int64_t own = normal_axis("split", axis, tensor.rank(), x.at);
  const int64_t extent = known_extent("split", tensor, own, x.at);
  int64_t total = 0;
  bool fits = true;
  for (int64_t each : extents) {
    fits &= each >= 0 && each <= extent - total;
    if (fits) total += each;
  }
  if (!fits || total != extent)
    fail_op("split",
            "the parts " + to_string(Shape(extents)) + " do not make up extent " + std::to_string(extent) +
                " of axis " + std::to_string(own) + " of " + to_string(tensor.type()),
            x.at);
  std::vector<Tensor> parts;
  int64_t start = 0;
  for (int64_t each : extents) parts.push_back(part_of(tensor, own, start, start + each)), start += each;
  return parts;
}

std::vector<Tensor> split(Operand x, int64_t parts, int64_t axis) {
  detail::CallerScope caller(x.at, "split");
  Tensor tensor = operand_of_rank("split", x, 1);
  const int64_t own = normal_axis("split", axis, tensor.rank(), x.at);
  const int64_t extent = known_extent("split", tensor, own, x.at);
  if (parts <= 0 || extent % parts != 0)
    fail_op("split",
            "axis " + std::to_string(own) + " of " + to_string(tensor.type()) + " cannot be split into " +
                std::to_string(parts) + " equal parts; give their extents",
            x.at);
  return split(Operand(tensor), std::vector<int64_t>(static_cast<size_t>(parts), extent / parts), own);
}

std::vector<Tensor> unstack(Operand x, int64_t axis) {
  detail::CallerScope caller(x.at, "unstack");
  Tensor tensor = operand_of_rank("unstack", x, 1);
  const int64_t own = normal_axis("unstack", axis, tensor.rank(), x.at);
  std::vector<Tensor> parts;
  for (int64_t i = 0; i < known_extent("unstack", tensor, own, x.at); ++i)
    parts.push_back(squeeze(part_of(tensor, own, i, i + 1), own));
  return parts;
}

Tensor diagonal(Operand x, int64_t k) {
  detail::CallerScope caller(x.at, "diagonal");
  Tensor tensor = operand_of_rank("diagonal", x, 2);
  OpKey key("diagonal");
  key.static_shapes().add(static_cast<uint64_t>(k));
  return run_op(std::move(key), tensor, x.at, [&](Values t) {
    const int rows_at = t[0].rank() - 2;
    const int64_t rows = known_extent("diagonal", t[0], rows_at, x.at),
                  columns = known_extent("diagonal", t[0], rows_at + 1, x.at);
    const int64_t top = k < -rows ? rows : std::max<int64_t>(-k, 0), left = std::max<int64_t>(k, 0);
    const int64_t count = std::max<int64_t>(0, std::min(rows - top, columns - left));
    // The rows and columns that it passes, and of each row the one element on it.
    Tensor square = part_of(part_of(t[0], rows_at, std::min(top, rows), std::min(top, rows) + count), rows_at + 1,
                            std::min(left, columns), std::min(left, columns) + count);
    Tensor on = equal(iota({count, 1}, 0), iota({1, count}, 1));
    return reduce_sum(select(on, square, detail::zero_of(t[0])), -1);
  });
}

Tensor diag(Operand x) {
  detail::CallerScope caller(x.at, "diag");
  Tensor tensor = operand_of_rank("diag", x, 1);
  OpKey key("diag");
  key.static_shapes();
  return run_op(std::move(key), tensor, x.at, [&](Values t) {
    const int64_t extent = known_extent("diag", t[0], t[0].rank() - 1, x.at);
    Tensor on = equal(iota({extent, 1}, 0), iota({1, extent}, 1));
    return select(on, expand_dims(t[0], -1), detail::zero_of(t[0]));
  });
}

Tensor trace(Operand x, int64_t k) {
  detail::CallerScope caller(x.at, "trace");
  Tensor tensor = operand_of_rank("trace", x, 2);
  OpKey key("trace");
  key.static_shapes().add(static_cast<uint64_t>(k));
  return run_op(std::move(key), tensor, x.at, [&](Values t) {
    return reduce_sum(select(diagonal_numbers("trace", t[0], x.at) == k, t[0], detail::zero_of(t[0])), {-2, -1});
  });
}

Tensor tril(Operand x, int64_t k) {
  return masked("tril", x, k, [=](const Tensor &number) { return number <= k; });
}
Tensor triu(Operand x, int64_t k) {
  return masked("triu", x, k, [=](const Tensor &number) { return number >= k; });
}

}  // namespace etch

// x[...] and slice: positions as users write them.

#include "etch/compositions.h"
#include "etch/creation.h"
#include "etch/effects.h"
#include "etch/ops.h"
#include "frontend/autodiff/recording.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/axes.h"
#include "frontend/tensor/elementwise.h"
#include "frontend/tensor/storage.h"
#include "frontend/trace/emit.h"
#include "runtime/base/count.h"

namespace etch {
namespace {

using detail::fail_op;

using Positions = Shape;  // a number for each axis, without an allocation

struct Limits {
  Positions starts, limits, strides;
  Positions removed;  // axes picked by a single index
  bool unit_strides = true;
};

Limits resolve(const Tensor &x, std::span<const Range> ranges, Location at) {
  if (x.rank() == 0 && !ranges.empty()) fail_op("slice", to_string(x.type()) + " is a scalar, which has no parts", at);
  if (ranges.size() > static_cast<size_t>(x.rank()))
    fail_op("slice",
            count_text(ranges.size(), "range") + " for " + to_string(x.type()) + ", which has rank " +
                std::to_string(x.rank()) + "; give at most one for each axis",
            at);
  Limits out;
  for (int axis = 0; axis < x.rank(); ++axis) {
    Range range = static_cast<size_t>(axis) < ranges.size() ? ranges[static_cast<size_t>(axis)] : Range();
    const Range given = range;
    const int64_t extent = x.shape()[axis];
    auto refuse = [&](const std::string &why) {
      fail_op("slice", "axis " + std::to_string(axis) + " of " + to_string(x.type()) + ": " + why, at);
    };
    bool from_end = range.start < 0 || (range.limit < 0);
    if (extent == kDynamic && from_end)
      refuse("positions from the end need a known extent; use etch::dynamic_slice with etch::dim");
    if (range.start < 0) range.start += extent;
    if (range.removes_axis) {
      if (range.start < 0 || (extent != kDynamic && range.start >= extent))
        refuse("index " + std::to_string(given.start) + " is out of range; " +
               (extent == 0 ? "there are no elements"
                            : "use " + std::to_string(-extent) + " to " + std::to_string(extent - 1)));
      range.limit = range.start + 1;
      out.removed.push_back(axis);
    } else if (range.limit == Range::kEnd) {
      range.limit = extent;
    } else if (range.limit < 0) {
      range.limit += extent;
    }
    if (range.stride < 1)
      refuse("stride " + std::to_string(range.stride) + " is not positive; use etch::reverse for the other direction");
    const bool inside = range.start >= 0 &&
                        (extent == kDynamic || (range.start <= extent && range.limit >= 0 && range.limit <= extent));
    const bool reversed = range.limit != kDynamic && range.start > range.limit;
    if (!inside || reversed)
      refuse("the range from " + std::to_string(given.start) + " to " +
             (given.limit == Range::kEnd ? "the end" : std::to_string(given.limit)) +
             (inside ? " ends before it begins; use etch::reverse for the other direction" : " is not inside"));
    out.unit_strides &= range.stride == 1;
    out.starts.push_back(range.start);
    out.limits.push_back(range.limit);
    out.strides.push_back(range.stride);
  }
  return out;
}

/// What is copied at once: more than this, and threads share the work.
constexpr size_t kPiece = size_t{1} << 20;

/// A part that lies in one piece (x[i], a batch of rows), copied; an empty Tensor if it does not, or is large.
Tensor piece_of(const Tensor &x, const Limits &limits, Location at) {
  Shape shape;
  int64_t offset = 0;
  bool whole = true;  // the axes so far were picked by one position each
  for (int axis = 0, removed = 0; axis < x.rank(); ++axis) {
    const int64_t size = limits.limits[axis] - limits.starts[axis], extent = x.shape()[axis];
    if (!whole && size != extent) return {};
    whole = whole && size == 1;
    offset = offset * extent + limits.starts[axis];
    if (removed < limits.removed.rank() && limits.removed[removed] == axis)
      ++removed;
    else
      shape.push_back(size);
  }
  const TensorType type{x.dtype(), shape};
  if (detail::bytes_of(type) > kPiece) return {};
  const auto *elements = static_cast<const std::byte *>(x.body()->data);
  Tensor piece = detail::copy_of(type, elements + static_cast<size_t>(offset) * size_of(x.dtype()));
  piece.body()->created = detail::place_of(at);
  return piece;
}

Tensor sliced(const Tensor &x, std::span<const Range> ranges, Location at) {
  detail::CallerScope caller(at);
  if (!detail::Trace::current()) detail::require_concrete(x, at);
  const Limits limits = resolve(x, ranges, at);
  Tensor part;
  if (detail::Trace::current() || !limits.unit_strides) {
    detail::OpKey key(ir::OpCode::slice);
    key.static_shapes().add(limits.starts.dims()).add(limits.limits.dims()).add(limits.strides.dims());
    part = detail::run_op(key, x, at, [&](std::span<const Tensor> t) {
      return detail::emit(ir::OpCode::slice, t,
                          {{"starts", limits.starts.to_vector()},
                           {"limits", limits.limits.to_vector()},
                           {"strides", limits.strides.to_vector()}},
                          at);
    });
  } else {
    if (!detail::is_recording())
      if (Tensor piece = piece_of(x, limits, at); piece.defined()) return piece;
    // Eagerly the position is data, so that a host loop over x[i] compiles one function, not one for each i.
    std::vector<Tensor> starts;
    Shape sizes;
    for (int axis = 0; axis < x.rank(); ++axis) {
      starts.push_back(detail::number(i64, 0, limits.starts[axis], false));
      sizes.push_back(limits.limits[axis] - limits.starts[axis]);
    }
    part = dynamic_slice(Operand(x), starts, sizes);
  }
  return limits.removed.empty() ? part : squeeze(Operand(part), Axes(limits.removed.to_vector()));
}

}  // namespace

Tensor slice(Operand x, const std::vector<Range> &ranges) { return sliced(detail::as_tensor(x), ranges, x.at); }
Tensor Tensor::operator[](Index index) const {
  const Range range(index.value);
  return sliced(*this, {&range, 1}, index.at);
}
Tensor Tensor::operator[](const Ranges &ranges) const { return sliced(*this, ranges.list, ranges.at); }

//===-- Positions and indices that are data ------------------------------------------------------------------===//

namespace {

/// An index operand as etch wants it: i64 scalars for positions.
Tensor as_extent(const Tensor &tensor, std::string_view op, Location at) {
  detail::CallerScope caller(at);
  if (!is_integer(tensor.dtype()) || tensor.rank() != 0)
    fail_op(op, "positions are integer scalars; got " + to_string(tensor.type()), at);
  return cast(Operand(tensor), i64);
}

}  // namespace

Tensor dynamic_slice(Operand x, const std::vector<Tensor> &starts, Shape sizes) {
  Tensor tensor = detail::as_tensor(x);
  if (starts.size() != static_cast<size_t>(tensor.rank()) || sizes.rank() != tensor.rank())
    fail_op("dynamic_slice",
            "needs one start and one size for each axis of " + to_string(tensor.type()) + "; got " +
                std::to_string(starts.size()) + " and " + std::to_string(sizes.rank()),
            x.at);
  for (int axis = 0; axis < tensor.rank(); ++axis)
    if (tensor.shape()[axis] != kDynamic && sizes[axis] > tensor.shape()[axis])
      fail_op("dynamic_slice",
              "size " + std::to_string(sizes[axis]) + " of axis " + std::to_string(axis) + " is above the extent of " +
                  to_string(tensor.type()),
              x.at);
  std::vector<Tensor> operands{tensor};
  for (const Tensor &start : starts) operands.push_back(as_extent(start, "dynamic_slice", x.at));
  detail::OpKey key(ir::OpCode::dynamic_slice);
  key.add(sizes.dims());
  return detail::run_op(key, operands, x.at, [&](std::span<const Tensor> t) {
    return detail::emit(ir::OpCode::dynamic_slice, t, {{"sizes", sizes.to_vector()}}, x.at);
  });
}

Tensor dynamic_update_slice(Operand x, Operand update, const std::vector<Tensor> &starts) {
  Tensor tensor = detail::as_tensor(x);
  std::vector<Tensor> operands{tensor, detail::as_tensor(update, tensor.dtype(), "dynamic_update_slice")};
  for (const Tensor &start : starts) operands.push_back(as_extent(start, "dynamic_update_slice", x.at));
  detail::OpKey key(ir::OpCode::dynamic_update_slice);
  key.static_shapes();
  return detail::run_op(key, operands, x.at, [&](std::span<const Tensor> t) {
    return detail::emit(ir::OpCode::dynamic_update_slice, t, {}, x.at);
  });
}

void detail::require_indices(std::string_view op, const Tensor &indices, const Tensor &x, int64_t axis, Location at) {
  const std::string where = "outside axis " + std::to_string(axis) + " of " + to_string(x.type());
  if (Trace *trace = Trace::current()) {
    // Compiled code clamps, unless it was asked to look.
    if (!trace->checks_indices()) return;
    Tensor extent = cast(Operand(dim(Operand(x), axis)), indices.dtype());
    Tensor inside = logical_and(Operand(indices >= 0), Operand(indices < extent));
    Operand all(reduce_all(Operand(inside)));
    all.at = at;
    check(all, '[' + std::string(called_name(op)) + "] an index is " + where + "; indices are 0 to extent - 1");
    return;
  }
  require_concrete(indices, at);
  const int64_t extent = x.shape()[static_cast<int>(axis)];
  for (int64_t i = 0; i < indices.size(); ++i) {
    const int64_t index = indices.dtype() == i32 ? static_cast<const int32_t *>(indices.data())[i]
                                                 : static_cast<const int64_t *>(indices.data())[i];
    if (index >= 0 && index < extent) continue;
    fail_op(op,
            "index " + std::to_string(index) + " is " + where +
                (extent == 0 ? ", which is empty" : "; indices are 0 to " + std::to_string(extent - 1)),
            at);
  }
}

Tensor take(Operand x, Operand indices, int64_t axis) {
  detail::CallerScope caller(x.at);
  Tensor tensor = detail::as_tensor(x), picked = detail::indices_of("take", indices, x.at);
  if (picked.dtype() == u8) picked = cast(Operand(picked), i32);
  int64_t own = detail::normal_axis("take", axis, tensor.rank(), x.at);
  detail::require_indices("take", picked, tensor, own, x.at);
  detail::OpKey key(ir::OpCode::take);
  key.add(static_cast<uint64_t>(own));
  return detail::run_op(key, {tensor, picked}, x.at, [&](std::span<const Tensor> t) {
    return detail::emit(ir::OpCode::take, t, {{"axis", own}}, x.at);
  });
}

Tensor scatter_add(Operand x, Operand indices, Operand updates, int64_t axis) {
  detail::CallerScope caller(x.at);
  Tensor tensor = detail::as_tensor(x), picked = detail::indices_of("scatter_add", indices, x.at);
  if (picked.dtype() == u8) picked = cast(Operand(picked), i32);
  int64_t own = detail::normal_axis("scatter_add", axis, tensor.rank(), x.at);
  detail::OpKey key(ir::OpCode::scatter_add);
  key.static_shapes().add(static_cast<uint64_t>(own));
  return detail::run_op(
      key, {tensor, picked, detail::as_tensor(updates, tensor.dtype(), "scatter_add")}, x.at,
      [&](std::span<const Tensor> t) { return detail::emit(ir::OpCode::scatter_add, t, {{"axis", own}}, x.at); });
}

Tensor segment_sum(Operand x, Operand segments, int64_t num_segments) {
  detail::CallerScope caller(x.at, "segment_sum");
  Tensor tensor = detail::as_tensor(x), picked = detail::as_tensor(segments);
  if (num_segments < 0)
    fail_op("segment_sum", "num_segments is " + std::to_string(num_segments) + "; expected 0 or more", x.at);
  bool fits = picked.rank() <= tensor.rank();
  for (int axis = 0; fits && axis < picked.rank(); ++axis) {
    int64_t own = picked.shape()[axis], other = tensor.shape()[axis];
    fits = own == other || own == kDynamic || other == kDynamic;
  }
  if (!fits)
    fail_op("segment_sum",
            "segments " + to_string(picked.type()) + " are not the leading axes of " + to_string(tensor.type()), x.at);
  if (detail::Trace::current()) {
    for (int axis = picked.rank(); axis < tensor.rank(); ++axis)
      if (tensor.shape()[axis] == kDynamic)
        fail_op("segment_sum", "slices of " + to_string(tensor.type()) + " have unknown extents; state them", x.at);
  }
  std::vector<int64_t> extents{num_segments};
  for (int axis = picked.rank(); axis < tensor.rank(); ++axis) extents.push_back(tensor.shape()[axis]);
  return scatter_add(Operand(zeros(Shape(extents), tensor.dtype())), Operand(picked), Operand(tensor), 0);
}

}  // namespace etch

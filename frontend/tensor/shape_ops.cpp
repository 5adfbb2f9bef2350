// Ops that move elements: normalising what users write, and sizes for extents that are unknown.

#include <algorithm>

#include "etch/compositions.h"
#include "etch/ops.h"
#include "frontend/autodiff/recording.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/axes.h"
#include "frontend/tensor/elementwise.h"
#include "frontend/tensor/storage.h"
#include "frontend/trace/emit.h"
#include "runtime/base/count.h"

namespace etch {
namespace detail {
namespace {

// Eagerly a reshape moves nothing: it is another shape for the same buffer, as long as no tape wants to know.
Tensor reshaped(std::string_view op, const Tensor &x, const Shape &shape, Location at) {
  require_concrete(x, at);
  if (!is_recording()) return adopt({x.dtype(), shape}, buffer_of(x));
  OpKey key(ir::OpCode::reshape);
  key.static_shapes().add(shape.dims());
  return run_op(key, x, at, [&](std::span<const Tensor> t) {
    return emit(ir::OpCode::reshape, {t[0]}, {{"shape", shape.to_vector()}}, at);
  });
}

Tensor reshape_to(const Tensor &x, Shape shape, Location at) {
  int unknown_at = -1;
  Shape stated;
  require_extents("reshape", shape, at);
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] != kDynamic) {
      stated.push_back(shape[axis]);
      continue;
    }
    if (unknown_at >= 0) fail_op("reshape", "only one extent may be left open with -1; got " + to_string(shape), at);
    unknown_at = axis;
  }
  const int64_t known = num_elements_of("reshape", stated, at);
  int64_t count = x.shape().num_elements();
  auto fail_count = [&] {
    fail_op("reshape",
            to_string(x.type()) + " has " + std::to_string(count) + " elements, which do not fill shape " +
                to_string(shape) +
                (unknown_at < 0 ? "; the product of the extents must stay the same"
                                : "; they are no multiple of " + std::to_string(known)),
            at);
  };
  if (count != kDynamic) {
    if (unknown_at >= 0) {
      if (known == 0 || count % known != 0) fail_count();
      shape[unknown_at] = count / known;
    } else if (count != known) {
      fail_count();
    }
    if (!Trace::current()) return reshaped("reshape", x, shape, at);
    return reshape_symbolic(x, shape, {}, at);
  }
  // Unknown number of elements: the extent left open is the product of all extents over the known ones.
  std::vector<Tensor> sizes(static_cast<size_t>(shape.rank()));
  if (unknown_at >= 0) {
    int64_t static_part = 1;
    Tensor total;
    for (int axis = 0; axis < x.rank(); ++axis) {
      if (x.shape()[axis] != kDynamic) {
        static_part *= x.shape()[axis];
        continue;
      }
      Tensor extent = emit_extent(x, axis, at);
      total = total.defined() ? emit(ir::OpCode::mul, {total, extent}, {}, at) : extent;
    }
    if (static_part != known) {
      total = emit(ir::OpCode::mul, {total, emit_splat({i64, {}}, 0, static_part, false, at)}, {}, at);
      total = emit(ir::OpCode::div, {total, emit_splat({i64, {}}, 0, known, false, at)}, {}, at);
    }
    sizes[static_cast<size_t>(unknown_at)] = total;
  }
  return reshape_symbolic(x, shape, sizes, at);
}

}  // namespace
}  // namespace detail

using detail::emit;
using detail::fail_op;
using detail::OpKey;
using detail::run_op;
using ir::OpCode;
using Values = std::span<const Tensor>;

Tensor reshape(Operand x, Shape shape) { return detail::reshape_to(detail::as_tensor(x), shape, x.at); }

Tensor expand_dims(Operand x, Axes axes) {
  Tensor tensor = detail::as_tensor(x);
  int rank = tensor.rank() + static_cast<int>(axes.size());  // of the result, whose axes are counted
  std::vector<int64_t> positions = detail::normal_axes("expand_dims", axes, rank, x.at);
  if (axes.empty()) fail_op("expand_dims", "needs the axes to insert", x.at);
  detail::require_rank("expand_dims", rank, x.at);
  if (detail::Trace::current()) return detail::insert_axes_symbolic(tensor, positions, x.at);
  Shape shape;
  int source = 0;
  for (int axis = 0; axis < rank; ++axis)
    shape.push_back(std::find(positions.begin(), positions.end(), axis) != positions.end() ? 1
                                                                                           : tensor.shape()[source++]);
  return detail::reshaped("expand_dims", tensor, shape, x.at);
}

Tensor squeeze(Operand x, Axes axes) {
  Tensor tensor = detail::as_tensor(x);
  std::vector<int64_t> removed;
  if (axes.empty()) {
    for (int axis = 0; axis < tensor.rank(); ++axis)
      if (tensor.shape()[axis] == 1) removed.push_back(axis);
  } else {
    removed = detail::normal_axes("squeeze", axes, tensor.rank(), x.at);
  }
  Shape shape;
  std::vector<Tensor> sizes;
  for (int axis = 0; axis < tensor.rank(); ++axis) {
    int64_t extent = tensor.shape()[axis];
    if (std::find(removed.begin(), removed.end(), axis) != removed.end()) {
      if (extent != 1)
        fail_op("squeeze",
                "axis " + std::to_string(axis) + " of " + to_string(tensor.type()) +
                    " is not 1; only extents of 1 can be removed",
                x.at);
      continue;
    }
    shape.push_back(extent);
    sizes.push_back(extent == kDynamic ? detail::emit_extent(tensor, axis, x.at) : Tensor());
  }
  if (!detail::Trace::current()) return detail::reshaped("squeeze", tensor, shape, x.at);
  return detail::reshape_symbolic(tensor, shape, sizes, x.at);
}

Tensor broadcast_to(Operand x, Shape shape) {
  Tensor tensor = detail::as_tensor(x);
  if (tensor.rank() > shape.rank())
    fail_op(
        "broadcast_to",
        to_string(tensor.type()) + " has more axes than " + to_string(shape) + "; remove axes with etch::squeeze first",
        x.at);
  for (int i = 0; i < tensor.rank(); ++i) {
    int64_t from = tensor.shape()[i], to = shape[shape.rank() - tensor.rank() + i];
    if (from != to && from != 1 && from != kDynamic && to >= 0)
      fail_op("broadcast_to",
              to_string(tensor.type()) + " does not broadcast to " + to_string(shape) + ": axis " + std::to_string(i) +
                  " has extent " + std::to_string(from) + ", which is neither 1 nor " + std::to_string(to),
              x.at);
  }
  detail::require_extents("broadcast_to", shape, x.at);
  if (!shape.is_static())
    fail_op("broadcast_to",
            "shape " + to_string(shape) + " has an unknown extent; broadcasting with an operand of that shape works",
            x.at);
  OpKey key(OpCode::broadcast_in_dim);
  key.static_shapes().add(shape.dims());
  return run_op(key, tensor, x.at, [&](Values t) { return detail::broadcast_symbolic(t[0], shape, {}, x.at); });
}

Tensor transpose(Operand x, Axes permutation) {
  Tensor tensor = detail::as_tensor(x);
  std::vector<int64_t> order;
  if (permutation.empty())
    for (int axis = tensor.rank() - 1; axis >= 0; --axis) order.push_back(axis);
  else
    for (int64_t axis : permutation.list())
      order.push_back(detail::normal_axis("transpose", axis, tensor.rank(), x.at));
  if (order.size() != static_cast<size_t>(tensor.rank()))
    fail_op("transpose",
            "the permutation has " + std::to_string(order.size()) + " axes, but " + to_string(tensor.type()) + " has " +
                std::to_string(tensor.rank()) + "; list each axis once",
            x.at);
  OpKey key(OpCode::transpose);
  key.add(order);
  return run_op(key, tensor, x.at,
                [&](Values t) { return emit(OpCode::transpose, t, {{"permutation", order}}, x.at); });
}

Tensor concatenate(const std::vector<Tensor> &tensors, int64_t axis, std::source_location at) {
  if (tensors.empty()) fail_op("concatenate", "needs at least one tensor", at);
  for (const Tensor &tensor : tensors) {
    if (!tensor.defined()) detail::fail_empty_tensor(at);
    if (tensor.rank() != tensors[0].rank())
      fail_op("concatenate",
              "needs tensors of one rank; got " + to_string(tensors[0].type()) + " and " + to_string(tensor.type()) +
                  "; etch::expand_dims adds axes, and etch::stack joins along a new one",
              at);
  }
  DType dtype = tensors[0].dtype();
  for (const Tensor &tensor : tensors) dtype = promote(dtype, tensor.dtype());
  int64_t own = detail::normal_axis("concatenate", axis, tensors[0].rank(), at);
  for (const Tensor &tensor : tensors) {
    bool fits = true;
    for (int i = 0; fits && i < tensor.rank(); ++i) {
      int64_t a = tensor.shape()[i], b = tensors[0].shape()[i];
      fits = i == own || a == b || a == kDynamic || b == kDynamic;
    }
    if (!fits)
      fail_op("concatenate",
              "all extents but that of axis " + std::to_string(own) + " must be equal; got " +
                  to_string(tensors[0].type()) + " and " + to_string(tensor.type()),
              at);
  }
  OpKey key(OpCode::concatenate);
  key.add(static_cast<uint64_t>(own));
  return run_op(key, tensors, at, [&](Values t) {
    std::vector<Tensor> operands;
    for (const Tensor &tensor : t) operands.push_back(detail::cast_symbolic(tensor, dtype, at));
    return emit(OpCode::concatenate, operands, {{"axis", own}}, at);
  });
}

Tensor stack(const std::vector<Tensor> &tensors, int64_t axis, std::source_location at) {
  detail::CallerScope caller(at, "stack");
  if (tensors.empty()) fail_op("stack", "needs at least one tensor", at);
  std::vector<Tensor> expanded;
  for (const Tensor &tensor : tensors) {
    if (!tensor.defined()) detail::fail_empty_tensor(at);
    const Shape &shape = tensor.shape(), &first = tensors[0].shape();
    if (!detail::may_be_equal(shape, first))
      fail_op("stack", "all tensors need one shape; got " + to_string(first) + " and " + to_string(shape), at);
    expanded.push_back(expand_dims(tensor, detail::normal_axis("stack", axis, first.rank() + 1, at)));
  }
  return concatenate(expanded, axis);
}

Tensor pad(Operand x, const std::vector<Padding> &padding, Operand value) {
  Tensor tensor = detail::as_tensor(x);
  if (padding.size() != static_cast<size_t>(tensor.rank()))
    fail_op("pad",
            count_text(padding.size(), "padding") + " for " + to_string(tensor.type()) + ", which has rank " +
                std::to_string(tensor.rank()) + "; give one for each axis",
            x.at);
  std::vector<int64_t> low, high, interior;
  for (const Padding &each : padding) {
    low.push_back(each.low);
    high.push_back(each.high);
    interior.push_back(each.interior);
  }
  Tensor fill = detail::as_tensor(value, tensor.dtype(), "pad");
  OpKey key(OpCode::pad);
  key.static_shapes().add(low).add(high).add(interior);
  return run_op(key, {tensor, fill}, x.at, [&](Values t) {
    return emit(OpCode::pad, t, {{"low", low}, {"high", high}, {"interior", interior}}, x.at);
  });
}

Tensor reverse(Operand x, Axes axes) {
  Tensor tensor = detail::as_tensor(x);
  std::vector<int64_t> list = detail::normal_axes("reverse", axes, tensor.rank(), x.at);
  OpKey key(OpCode::reverse);
  key.add(list);
  return run_op(key, tensor, x.at, [&](Values t) { return emit(OpCode::reverse, t, {{"axes", list}}, x.at); });
}

Tensor dim(Operand x, int64_t axis) {
  Tensor tensor = detail::as_tensor(x);
  int own = static_cast<int>(detail::normal_axis("dim", axis, tensor.rank(), x.at));
  if (detail::Trace::current()) return detail::emit_extent(tensor, own, x.at);
  return detail::number(i64, 0, tensor.shape()[own], false);
}

}  // namespace etch

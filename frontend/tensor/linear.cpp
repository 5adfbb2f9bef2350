// Contractions, one_hot and where.

#include "etch/compositions.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/axes.h"
#include "frontend/tensor/elementwise.h"

namespace etch {
namespace {

using detail::emit;
using detail::fail_op;
using ir::OpCode;
using Values = std::span<const Tensor>;

std::vector<ir::Attribute> attributes_of(const DotAxes &axes) {
  return {{"lhs_batch", axes.lhs_batch},
          {"rhs_batch", axes.rhs_batch},
          {"lhs_contract", axes.lhs_contract},
          {"rhs_contract", axes.rhs_contract}};
}

/// The batch axes of a matrix product: what stands before the last two, repeated to one shape.
Tensor broadcast_batch(const Tensor &x, const Shape &batch, Values like, Location at) {
  Shape shape = batch;
  std::vector<Tensor> sources(like.begin(), like.end());
  shape.push_back(x.shape()[x.rank() - 2]);
  shape.push_back(x.shape()[x.rank() - 1]);
  if (x.shape() == shape) return x;
  // Batch extents may come from the other operand, whose batch axes end two before its last.
  std::vector<Tensor> operands{x}, own_only{x};
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] != kDynamic) continue;
    for (const Tensor &source : axis < batch.rank() ? sources : own_only) {
      int own = axis - (shape.rank() - source.rank());
      if (own < 0 || source.shape()[own] != kDynamic) continue;
      operands.push_back(detail::emit_extent(source, own, at));
      break;
    }
  }
  std::vector<int64_t> dims;
  for (int i = 0; i < x.rank(); ++i) dims.push_back(shape.rank() - x.rank() + i);
  return emit(OpCode::broadcast_in_dim, operands, {{"shape", shape.to_vector()}, {"dims", dims}}, at);
}

Shape batch_shape(const Tensor &x, const Tensor &y, Location at) {
  auto batch_of = [](const Tensor &t) {
    Shape shape;
    for (int axis = 0; axis + 2 < t.rank(); ++axis) shape.push_back(t.shape()[axis]);
    return shape;
  };
  Shape a = batch_of(x), b = batch_of(y),
        out(std::vector<int64_t>(static_cast<size_t>(std::max(a.rank(), b.rank())), 1));
  for (const Shape *from : {&a, &b})
    for (int i = 0; i < from->rank(); ++i) {
      int64_t &known = out[out.rank() - from->rank() + i];
      int64_t extent = (*from)[i];
      if (extent == 1 || extent == known || (extent == kDynamic && known != 1)) continue;
      if (known != 1 && known != kDynamic)
        fail_op("matmul",
                "batch extents " + to_string(a) + " and " + to_string(b) + " do not broadcast; make them equal or 1",
                at);
      known = extent;
    }
  return out;
}

Tensor record_matmul(Tensor x, Tensor y, DType dtype, bool transpose_x, bool transpose_y, Location at) {
  x = detail::cast_symbolic(x, dtype, at);
  y = detail::cast_symbolic(y, dtype, at);
  DotAxes axes;
  // Without batches on the right the result's axes come out in order by themselves, and nothing is repeated.
  if (y.rank() > 2 && x.rank() >= 2) {
    Shape batch = batch_shape(x, y, at);
    std::vector<Tensor> like{x, y};
    x = broadcast_batch(x, batch, like, at);
    y = broadcast_batch(y, batch, like, at);
    for (int64_t axis = 0; axis < batch.rank(); ++axis) {
      axes.lhs_batch.push_back(axis);
      axes.rhs_batch.push_back(axis);
    }
  }
  axes.lhs_contract = {x.rank() == 1 ? 0 : x.rank() - (transpose_x ? 2 : 1)};
  axes.rhs_contract = {y.rank() == 1 ? 0 : y.rank() - (transpose_y ? 1 : 2)};
  return emit(OpCode::dot_general, {x, y}, attributes_of(axes), at);
}

/// Both operands in the dtype they meet in; numbers are not accepted, as in NumPy.
DType contraction_dtype(const char *op, const Operand &x, const Operand &y) {
  if (x.is_literal() || y.is_literal()) fail_op(op, "needs two tensors; use * to multiply by a number", x.at);
  const Operand *both[] = {&x, &y};
  return detail::promote_operands(both).dtype;
}

}  // namespace

Tensor dot_general(Operand x, Operand y, DotAxes axes) {
  DType dtype = contraction_dtype("dot_general", x, y);
  const Tensor operands[] = {detail::as_tensor(std::move(x)), detail::as_tensor(std::move(y))};
  const auto &[lhs, rhs] = operands;
  for (auto *list : {&axes.lhs_batch, &axes.lhs_contract})
    for (int64_t &axis : *list) axis = detail::normal_axis("dot_general", axis, lhs.rank(), x.at);
  for (auto *list : {&axes.rhs_batch, &axes.rhs_contract})
    for (int64_t &axis : *list) axis = detail::normal_axis("dot_general", axis, rhs.rank(), x.at);
  auto check = [&](const std::vector<int64_t> &a, const std::vector<int64_t> &b, const char *what) {
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
      int64_t left = lhs.shape()[static_cast<int>(a[i])], right = rhs.shape()[static_cast<int>(b[i])];
      if (left != right && left != kDynamic && right != kDynamic)
        fail_op("dot_general",
                std::string(what) + " extents differ: axis " + std::to_string(a[i]) + " of " + to_string(lhs.type()) +
                    " and axis " + std::to_string(b[i]) + " of " + to_string(rhs.type()),
                x.at);
    }
  };
  check(axes.lhs_batch, axes.rhs_batch, "batch");
  check(axes.lhs_contract, axes.rhs_contract, "contracted");
  detail::OpKey key(OpCode::dot_general);
  key.add(axes.lhs_batch)
      .add(axes.rhs_batch)
      .add(axes.lhs_contract)
      .add(axes.rhs_contract)
      .add(static_cast<uint64_t>(dtype));
  return detail::run_op(key, operands, x.at, [&](Values t) {
    return emit(OpCode::dot_general,
                {detail::cast_symbolic(t[0], dtype, x.at), detail::cast_symbolic(t[1], dtype, x.at)},
                attributes_of(axes), x.at);
  });
}

Tensor matmul(Operand x, Operand y, bool transpose_x, bool transpose_y) {
  DType dtype = contraction_dtype("matmul", x, y);
  const Tensor operands[] = {detail::as_tensor(std::move(x)), detail::as_tensor(std::move(y))};
  const auto &[lhs, rhs] = operands;
  if (lhs.rank() == 0 || rhs.rank() == 0)
    fail_op("matmul",
            "needs vectors or matrices; got " + to_string(lhs.type()) + " and " + to_string(rhs.type()) +
                "; use * to multiply by a scalar",
            x.at);
  int64_t left = lhs.shape()[lhs.rank() == 1 ? 0 : lhs.rank() - (transpose_x ? 2 : 1)];
  int64_t right = rhs.shape()[rhs.rank() == 1 ? 0 : rhs.rank() - (transpose_y ? 1 : 2)];
  if (left != right && left != kDynamic && right != kDynamic)
    fail_op("matmul",
            "inner extents " + std::to_string(left) + " of " + to_string(lhs.type()) + " and " + std::to_string(right) +
                " of " + to_string(rhs.type()) + " differ; transpose an operand or check the order of the two",
            x.at);
  if (dtype == boolean)
    fail_op("matmul",
            "needs numbers; got " + to_string(lhs.type()) +
                detail::remedy_for_dtypes(OpCode::dot_general, std::vector<TensorType>{lhs.type()}),
            x.at);
  if (lhs.rank() >= 2 && rhs.rank() >= 2) batch_shape(lhs, rhs, x.at);
  detail::OpKey key("matmul");
  key.add(transpose_x).add(transpose_y).add(static_cast<uint64_t>(dtype));
  return detail::run_op(key, operands, x.at,
                        [&](Values t) { return record_matmul(t[0], t[1], dtype, transpose_x, transpose_y, x.at); });
}

Tensor where(Operand pred, Operand on_true, Operand on_false) {
  detail::CallerScope caller(pred.at, "where");
  return select(pred, on_true, on_false);
}

Tensor one_hot(Operand indices, int64_t depth, DType dtype) {
  Tensor tensor = detail::indices_of("one_hot", indices, indices.at);
  if (depth < 0) fail_op("one_hot", "depth is " + std::to_string(depth) + "; expected 0 or more", indices.at);
  detail::require_rank("one_hot", tensor.rank() + 1, indices.at);
  detail::OpKey key("one_hot");
  key.add(static_cast<uint64_t>(depth)).add(static_cast<uint64_t>(dtype));
  return detail::run_op(key, tensor, indices.at, [&](Values t) {
    Tensor classes =
        emit(OpCode::iota, {}, {{"shape", std::vector<int64_t>{depth}}, {"axis", int64_t{0}}, {"dtype", t[0].dtype()}},
             indices.at);
    Operand column(detail::insert_axes_symbolic(t[0], {t[0].rank()}, indices.at));
    column.at = indices.at;
    return detail::cast_symbolic(equal(column, classes), dtype, indices.at);
  });
}

}  // namespace etch

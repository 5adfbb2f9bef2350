#include "etch/attention.h"

#include <bit>
#include <cmath>

#include "frontend/tensor/composition.h"
#include "ir/infer/infer.h"

namespace etch {
namespace {

using detail::emit;
using detail::fail_op;
using ir::OpCode;
using Values = std::span<const Tensor>;

constexpr const char *kName = "dot_product_attention";

/// Heads of query for each head of key and value.
int64_t group_of(const Tensor &query, const Tensor &key, Location at) {
  if (query.rank() < 3 || key.rank() != query.rank()) return 1;
  int64_t heads = query.shape()[query.rank() - 3], fewer = key.shape()[query.rank() - 3];
  if (heads == fewer || heads == kDynamic || fewer == kDynamic) return 1;
  if (fewer > 0 && heads % fewer == 0) return heads / fewer;
  fail_op(kName,
          "the " + std::to_string(heads) + " heads of query " + to_string(query.type()) + " are no multiple of the " +
              std::to_string(fewer) + " of key " + to_string(key.type()),
          at);
}

/// The type of a key or value whose heads are repeated.
TensorType repeated_type(TensorType type, int64_t group) {
  int axis = type.shape.rank() - 3;
  if (group > 1 && axis >= 0 && type.shape[axis] != kDynamic) type.shape[axis] *= group;
  return type;
}

/// [.., heads, n, d] with each head `group` times in turn; `query` has the extent that this gives.
Tensor repeat_heads(const Tensor &x, int64_t group, const Tensor &query, Location at) {
  if (group == 1) return x;
  const int axis = x.rank() - 3;
  Tensor column = detail::insert_axes_symbolic(x, {axis + 1}, at);
  Shape spread = column.shape(), shape = x.shape();
  spread[axis + 1] = group;
  shape[axis] = query.shape()[axis];
  std::vector<Tensor> like{column}, sizes;
  Tensor repeated = detail::broadcast_symbolic(column, spread, like, at);
  for (int i = 0; i < x.rank(); ++i)
    sizes.push_back(shape[i] == kDynamic ? detail::emit_extent(i == axis ? query : x, i, at) : Tensor());
  return detail::reshape_symbolic(repeated, shape, sizes, at);
}

/// query / sqrt(depth), with the same roundings whether the depth is known or not.
Tensor scaled(const Tensor &query, std::optional<double> scale, Location at) {
  if (scale) return *scale == 1 ? query : query * *scale;
  const int axis = query.rank() - 1;
  const int64_t depth = query.shape()[axis];
  if (depth == kDynamic) {
    Tensor extent = detail::cast_symbolic(detail::emit_extent(query, axis, at), query.dtype(), at);
    return query * (1.0 / sqrt(extent));
  }
  const auto exact = static_cast<double>(depth);
  return query * (query.dtype() == f64 ? 1 / std::sqrt(exact) : 1 / std::sqrt(static_cast<float>(exact)));
}

/// The mask with the axes of the scores, of which the last is not 1 unless there is one key.
Tensor fitting_mask(const Tensor &mask, const Tensor &key, Location at) {
  const int rank = key.rank();
  std::vector<int64_t> added;
  for (int axis = 0; axis < rank - mask.rank(); ++axis) added.push_back(axis);
  Tensor x = added.empty() ? mask : detail::insert_axes_symbolic(mask, added, at);
  const int64_t keys = key.shape()[rank - 2];
  if (x.shape()[rank - 1] != 1 || keys == 1) return x;
  Shape shape = x.shape();
  shape[rank - 1] = keys;
  std::vector<Tensor> sizes;
  for (int axis = 0; axis < rank; ++axis)
    if (shape[axis] == kDynamic)
      sizes.push_back(detail::emit_extent(axis + 1 == rank ? key : x, axis + 1 == rank ? rank - 2 : axis, at));
  std::vector<Tensor> operands{x};
  operands.insert(operands.end(), sizes.begin(), sizes.end());
  std::vector<int64_t> dims;
  for (int axis = 0; axis < rank; ++axis) dims.push_back(axis);
  return emit(OpCode::broadcast_in_dim, operands, {{"shape", shape.to_vector()}, {"dims", dims}}, at);
}

/// The type fitting_mask gives.
TensorType fitting_type(const TensorType &mask, const TensorType &key, DType dtype) {
  TensorType type = mask;
  if (type.dtype != boolean) type.dtype = dtype;
  std::vector<int64_t> shape = mask.shape.to_vector();
  while (shape.size() < static_cast<size_t>(key.shape.rank())) shape.insert(shape.begin(), 1);
  if (!shape.empty() && shape.back() == 1) shape.back() = key.shape[key.shape.rank() - 2];
  type.shape = Shape(shape);
  return type;
}

ir::Inferred infer(std::span<const TensorType> types, bool causal) {
  const ir::Attribute attributes[] = {{"causal", int64_t{causal}}};
  return ir::infer(OpCode::dot_product_attention, types, ir::AttributeView(attributes));
}

Tensor record(std::vector<Tensor> operands, bool causal, Location at) {
  std::vector<TensorType> types;
  for (const Tensor &operand : operands) types.push_back(operand.type());
  ir::Inferred inferred = infer(types, causal);
  if (!inferred.error.empty()) fail_op(kName, inferred.error, at);
  ir::Node node;
  node.op = OpCode::dot_product_attention;
  node.attributes = {{"causal", int64_t{causal}}};
  return detail::emit_node(std::move(node), operands, inferred.types, at)[0];
}

}  // namespace

Tensor dot_product_attention(Operand query, Operand key, Operand value, const AttentionOptions &options) {
  const Location at = query.at;
  detail::CallerScope caller(at);
  const Operand *all[] = {&query, &key, &value};
  std::vector<Tensor> operands;
  for (const Operand *operand : all) operands.push_back(detail::floating_operand(kName, *operand));
  const DType dtype = detail::promote_operands(all).dtype, wide = dtype == f64 ? f64 : f32;
  const int64_t group = group_of(operands[0], operands[1], at);
  if (options.mask) {
    const Tensor &mask = *options.mask;
    if (mask.dtype() != boolean && !is_floating(mask.dtype()))
      fail_op(kName,
              "a mask is of bool or floating-point; got " + to_string(mask.type()) + "; compare first, as in mask != 0",
              at);
    operands.push_back(mask);
  }
  // What eager calls, whose functions have unknown extents, would not say.
  std::vector<TensorType> types;
  for (size_t i = 0; i < operands.size(); ++i) types.push_back({wide, operands[i].shape()});
  for (size_t i : {1, 2}) types[i] = repeated_type(types[i], group);
  if (options.mask && types[1].shape.rank() >= 2) types[3] = fitting_type(operands[3].type(), types[1], wide);
  if (ir::Inferred inferred = infer(types, options.causal); !inferred.error.empty()) fail_op(kName, inferred.error, at);

  detail::OpKey op(kName);
  op.add(static_cast<uint64_t>(dtype))
      .add(static_cast<uint64_t>(group))
      .add(options.causal)
      .add(options.scale.has_value());
  op.add(std::bit_cast<uint64_t>(options.scale.value_or(0)));
  return detail::run_op(op, operands, at, [&](Values t) {
    std::vector<Tensor> in(t.begin(), t.end());
    for (Tensor &operand : in)
      if (operand.dtype() != boolean) operand = detail::cast_symbolic(operand, wide, at);
    in[0] = scaled(in[0], options.scale, at);
    for (size_t i : {1, 2}) in[i] = repeat_heads(in[i], group, in[0], at);
    if (in.size() > 3) in[3] = fitting_mask(in[3], in[1], at);
    return detail::cast_symbolic(record(std::move(in), options.causal, at), dtype, at);
  });
}

}  // namespace etch

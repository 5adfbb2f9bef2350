#include "frontend/trace/emit.h"

#include "frontend/tensor/storage.h"
#include "ir/infer/infer.h"

namespace etch::detail {

void fail_op(std::string_view op, const std::string &reason, Location at) {
  throw UserError("[" + std::string(op) + "] " + reason, at);
}

std::string remedy_for_dtypes(ir::OpCode op, std::span<const TensorType> types) {
  bool logical = op == ir::OpCode::logical_and || op == ir::OpCode::logical_or || op == ir::OpCode::logical_xor ||
                 op == ir::OpCode::logical_not || op == ir::OpCode::reduce_any || op == ir::OpCode::reduce_all;
  for (const TensorType &type : types) {
    if (logical && type.dtype != DType::boolean) return "; compare first, as in x != 0, or convert with etch::cast(x, etch::boolean)";
    if (!logical && type.dtype == DType::boolean) return "; convert it with etch::cast(x, etch::i32) or etch::cast(x, etch::f32)";
    if (!logical && is_integer(type.dtype)) return "; convert it with etch::cast(x, etch::f32)";
  }
  return "";
}

Tensor emit(ir::OpCode op, std::span<const Tensor> operands, std::vector<ir::Attribute> attributes, Location at) {
  Trace *trace = Trace::current();
  ir::Node node;
  node.op = op;
  std::vector<TensorType> types;
  for (const Tensor &operand : operands) {
    node.operands.push_back(trace->use(operand, at));
    types.push_back(operand.type());
  }
  node.attributes = std::move(attributes);
  ir::Inferred inferred = ir::infer(op, types, ir::AttributeView(node.attributes));
  if (!inferred.error.empty()) {
    std::string reason = inferred.error;
    // The rule says which dtypes it wants in these words.
    if (reason.find("needs") != std::string::npos) reason += remedy_for_dtypes(op, types);
    fail_op(ir::mnemonic_of(op), reason, at);
  }
  return trace->add(std::move(node), inferred.types, at)[0];
}

std::vector<Tensor> emit_node(ir::Node node, std::span<const Tensor> operands, const std::vector<TensorType> &types,
                              Location at) {
  Trace *trace = Trace::current();
  for (const Tensor &operand : operands) node.operands.push_back(trace->use(operand, at));
  return trace->add(std::move(node), types, at);
}

namespace {

Tensor constant_node(ir::Literal literal, Location at) {
  ir::Node node;
  node.op = ir::OpCode::constant;
  TensorType type = literal.type;
  node.attributes.push_back({"value", std::move(literal)});
  return Trace::current()->add(std::move(node), {type}, at)[0];
}

}  // namespace

Tensor emit_splat(const TensorType &type, double floating, int64_t integer, bool from_floating, Location at) {
  auto bytes = std::make_shared<std::vector<std::byte>>(size_of(type.dtype));
  store_number(type.dtype, bytes->data(), floating, integer, from_floating);
  return constant_node({type, std::move(bytes), true}, at);
}

Tensor emit_constant(const TensorType &type, const void *elements, Location at) {
  size_t size = static_cast<size_t>(type.shape.num_elements()) * size_of(type.dtype);
  auto *begin = static_cast<const std::byte *>(elements);
  // A rank-0 constant is its own splat; writing it so makes equal programs equal tapes.
  return constant_node({type, std::make_shared<std::vector<std::byte>>(begin, begin + size), type.shape.rank() == 0}, at);
}

Tensor emit_extent(const Tensor &tensor, int axis, Location at) {
  int64_t extent = tensor.shape()[axis];
  if (extent != kDynamic) return emit_splat({i64, {}}, 0, extent, false, at);
  return emit(ir::OpCode::dim, {tensor}, {{"axis", int64_t{axis}}}, at);
}

Tensor emit_splat_like(const Tensor &like, double value, Location at) {
  const TensorType &type = like.type();
  if (type.shape.is_static()) return emit_splat(type, value, 0, true, at);
  std::vector<Tensor> operands{emit_splat({type.dtype, {}}, value, 0, true, at)};
  for (int axis = 0; axis < type.shape.rank(); ++axis)
    if (type.shape[axis] == kDynamic) operands.push_back(emit_extent(like, axis, at));
  return emit(ir::OpCode::broadcast_in_dim, operands,
              {{"shape", type.shape.to_vector()}, {"dims", std::vector<int64_t>{}}}, at);
}

}  // namespace etch::detail

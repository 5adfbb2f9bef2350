#include "frontend/trace/emit.h"

#include <algorithm>

#include "frontend/tensor/storage.h"
#include "ir/infer/infer.h"

namespace etch::detail {

static thread_local Location current_caller;
static thread_local std::string_view current_name;

CallerScope::CallerScope(Location caller, std::string_view name)
    : previous_(current_caller), previous_name_(current_name) {
  if (!previous_.known()) current_caller = caller;
  if (previous_name_.empty()) current_name = name;
}
CallerScope::~CallerScope() {
  current_caller = previous_;
  current_name = previous_name_;
}

Location place_of(Location at) { return current_caller.known() ? current_caller : at; }

std::string_view called_name(std::string_view op) { return current_name.empty() ? op : current_name; }

void fail_op(std::string_view op, const std::string &reason, Location at) {
  throw UserError("[" + std::string(called_name(op)) + "] " + reason, place_of(at));
}

static bool is_bitwise(ir::OpCode op) {
  switch (op) {
    case ir::OpCode::bitwise_and:
    case ir::OpCode::bitwise_or:
    case ir::OpCode::bitwise_xor:
    case ir::OpCode::bitwise_not:
    case ir::OpCode::popcnt:
    case ir::OpCode::shift_left:
    case ir::OpCode::shift_right_arithmetic:
    case ir::OpCode::shift_right_logical: return true;
    default: return false;
  }
}

std::string remedy_for_dtypes(ir::OpCode op, std::span<const TensorType> types) {
  bool logical = op == ir::OpCode::logical_and || op == ir::OpCode::logical_or || op == ir::OpCode::logical_xor ||
                 op == ir::OpCode::logical_not || op == ir::OpCode::reduce_any || op == ir::OpCode::reduce_all;
  for (const TensorType &type : types) {
    if (logical && type.dtype != DType::boolean)
      return "; compare first, as in x != 0, or convert with etch::cast(x, etch::boolean)";
    if (!logical && type.dtype == DType::boolean)
      return "; convert it with etch::cast(x, etch::i32) or etch::cast(x, etch::f32)";
    if (is_bitwise(op) && is_floating(type.dtype)) return "; convert it with etch::cast(x, etch::i32)";
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
  return constant_node({type, std::make_shared<std::vector<std::byte>>(begin, begin + size), type.shape.rank() == 0},
                       at);
}

namespace {

const ir::Node *producer_of(const ir::Tape &tape, ir::ValueId id) {
  auto after = std::upper_bound(tape.nodes.begin(), tape.nodes.end(), id,
                                [](ir::ValueId value, const ir::Node &node) { return value < node.first_result; });
  if (after == tape.nodes.begin()) return nullptr;
  const ir::Node &node = *std::prev(after);
  return id < node.first_result + node.num_results ? &node : nullptr;
}

const std::vector<int64_t> &list(const ir::Node &node, std::string_view name) {
  return ir::AttributeView(node.attributes).integers(name);
}

bool contains(const std::vector<int64_t> &values, int64_t value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

/// The axis of a value among those that are not in `removed`: the inverse of a reduction's renumbering.
int64_t kept_axis(int64_t axis, const std::vector<int64_t> &removed) {
  for (int64_t own = 0;; ++own)
    if (!contains(removed, own) && axis-- == 0) return own;
}

/// Returns true when `id` is then the size itself.
bool trace_extent(const ir::Tape &tape, ir::ValueId &id, int64_t &axis) {
  while (const ir::Node *node = producer_of(tape, id)) {
    switch (node->op) {
      case ir::OpCode::broadcast_in_dim:
      case ir::OpCode::reshape: {
        size_t size = 1;
        const auto &shape = list(*node, "shape");
        for (int64_t i = 0; i < axis; ++i) size += shape[static_cast<size_t>(i)] == kDynamic;
        id = node->operands[size];
        return true;
      }
      case ir::OpCode::transpose: axis = list(*node, "permutation")[static_cast<size_t>(axis)]; break;
      case ir::OpCode::reverse: break;
      case ir::OpCode::dot_general: {
        const auto &batch = list(*node, "lhs_batch");
        std::vector<int64_t> lhs = batch, rhs = list(*node, "rhs_batch");
        for (int64_t each : list(*node, "lhs_contract")) lhs.push_back(each);
        for (int64_t each : list(*node, "rhs_contract")) rhs.push_back(each);
        const int64_t lhs_free = tape.types[node->operands[0]].shape.rank() - static_cast<int64_t>(lhs.size());
        const int64_t num_batch = static_cast<int64_t>(batch.size());
        if (axis < num_batch) {
          axis = batch[static_cast<size_t>(axis)];
        } else if (axis < num_batch + lhs_free) {
          axis = kept_axis(axis - num_batch, lhs);
        } else {
          axis = kept_axis(axis - num_batch - lhs_free, rhs);
          id = node->operands[1];
          continue;
        }
        break;
      }
      case ir::OpCode::convolution: {
        // Only the batch of lhs goes through as it is.
        const int64_t batch = list(*node, "result_axes")[0];
        if (axis != batch || ir::AttributeView(node->attributes).integer("batch_groups") != 1) return false;
        axis = list(*node, "lhs_axes")[0];
        break;
      }
      case ir::OpCode::select_and_scatter_add: break;
      case ir::OpCode::reduce_window_sum:
      case ir::OpCode::reduce_window_max: {
        const auto i = static_cast<size_t>(axis);
        if (list(*node, "window")[i] != 1 || list(*node, "strides")[i] != 1 || list(*node, "low")[i] != 0 ||
            list(*node, "high")[i] != 0)
          return false;
        break;
      }
      case ir::OpCode::argmax:
      case ir::OpCode::argmin: axis = kept_axis(axis, {ir::AttributeView(node->attributes).integer("axis")}); break;
      default:
        if (ir::family_of(node->op) == ir::Family::Reduction)
          axis = kept_axis(axis, list(*node, "axes"));
        else if (ir::family_of(node->op) != ir::Family::Elementwise)
          return false;
    }
    id = node->operands[0];
    // An operand may know the extent where the result did not.
    if (tape.types[id].shape[static_cast<int>(axis)] != kDynamic) return false;
  }
  return false;
}

}  // namespace

ExtentOrigin origin_of_extent(const ir::Tape &tape, ir::ValueId value, int64_t axis) {
  const bool is_size = trace_extent(tape, value, axis);
  return {value, axis, is_size};
}

Tensor emit_extent(const Tensor &tensor, int axis, Location at) {
  Trace *trace = Trace::current();
  int64_t extent = tensor.shape()[axis];
  if (extent == kDynamic) {
    const auto [id, own, is_size] = origin_of_extent(trace->tape(), trace->use(tensor, at), axis);
    if (is_size) return trace->symbolic(id, at);
    extent = trace->tape().types[id].shape[static_cast<int>(own)];
    if (extent == kDynamic) {
      ir::ValueId &known = trace->extent_cache()[uint64_t{id} << 8 | static_cast<uint64_t>(own)];
      if (known == 0) known = emit(ir::OpCode::dim, {trace->symbolic(id, at)}, {{"axis", own}}, at).body()->value;
      return trace->symbolic(known, at);
    }
  }
  return emit_splat({i64, {}}, 0, extent, false, at);
}

Tensor emit_as(const Tensor &value, const TensorType &type, Location at) {
  if (value.type() == type) return value;
  std::vector<Tensor> operands{value};
  for (int axis = 0; axis < value.rank(); ++axis)
    if (type.shape[axis] == kDynamic) operands.push_back(emit_extent(value, axis, at));
  return emit(ir::OpCode::reshape, operands, {{"shape", type.shape.to_vector()}}, at);
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

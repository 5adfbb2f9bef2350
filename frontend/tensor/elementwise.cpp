#include "frontend/tensor/elementwise.h"

#include <array>
#include <utility>

#include "etch/ops.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/storage.h"

namespace etch {
namespace detail {

//===-- Dtypes -----------------------------------------------------------------------------------------------===//

namespace {

// bool < integer < floating.
int level_of(DType dtype) { return dtype == DType::boolean ? 0 : is_floating(dtype) ? 2 : 1; }

int level_of(const Operand &operand) {
  switch (operand.kind) {
    case Operand::Kind::boolean: return 0;
    case Operand::Kind::integer: return 1;
    case Operand::Kind::floating: return 2;
    case Operand::Kind::tensor: return level_of(operand.tensor.dtype());
  }
  return 2;
}

bool is_weak(const Operand &operand) { return operand.is_literal() || operand.tensor.body()->weak; }

void require_defined(const Operand &operand) {
  if (!operand.is_literal() && !operand.tensor.defined()) fail_empty_tensor(operand.at);
}

}  // namespace

void fail_beyond_i64(uint64_t value, Location at) {
  throw UserError("the number " + std::to_string(value) +
                      " does not fit i64, the widest integer dtype; write it as a floating-point number",
                  at);
}

Promotion promote_operands(std::span<const Operand *const> operands) {
  bool has_strong = false, has_weak_tensor = false;
  DType strong = DType::boolean, literals = DType::boolean;
  int weak_level = 0;
  for (const Operand *each : operands) {
    const Operand &operand = *each;
    require_defined(operand);
    if (!is_weak(operand)) {
      strong = has_strong ? promote(strong, operand.tensor.dtype()) : operand.tensor.dtype();
      has_strong = true;
      continue;
    }
    weak_level = std::max(weak_level, level_of(operand));
    has_weak_tensor |= !operand.is_literal();
    literals = promote(literals, operand.is_literal() ? operand.literal_dtype : operand.tensor.dtype());
  }
  if (!has_strong) return {has_weak_tensor && literals == f32 ? f64 : literals, has_weak_tensor};
  if (weak_level > level_of(strong)) return {weak_level == 2 ? f32 : i32, false};
  return {strong, false};
}

Tensor cast_symbolic(const Tensor &tensor, DType dtype, Location at) {
  if (tensor.dtype() == dtype) return tensor;
  return emit(ir::OpCode::cast, {tensor}, {{"dtype", dtype}}, at);
}

void require_fits(std::string_view op, int64_t number, DType dtype, Location at, bool is_bits) {
  if (dtype != DType::u8 && dtype != DType::i32) return;
  const int64_t least = dtype == DType::u8 ? 0 : std::numeric_limits<int32_t>::min();
  const int64_t most = dtype == DType::u8 ? 255 : std::numeric_limits<int32_t>::max();
  if (number >= least && number <= most) return;
  if (is_bits && number >= 0 && number <= std::numeric_limits<uint32_t>::max() && dtype == DType::i32) return;
  fail_op(op,
          "the number " + std::to_string(number) + " does not fit " + std::string(name_of(dtype)) + ", which holds " +
              std::to_string(least) + " to " + std::to_string(most) +
              "; a larger dtype holds it, as in etch::cast(x, etch::i64)",
          at);
}

namespace {

bool is_of_bits(ir::OpCode op) {
  switch (op) {
    case ir::OpCode::bitwise_and:
    case ir::OpCode::bitwise_or:
    case ir::OpCode::bitwise_xor: return true;
    default: return false;
  }
}

/// The operand with a dtype, still in its own shape. In eager mode tensors are cast later, inside the one-op function.
Tensor materialise(const Operand &operand, DType dtype) {
  if (operand.is_literal())
    return literal(dtype, operand.floating, operand.integer, operand.kind == Operand::Kind::floating, operand.at);
  return operand.tensor;
}

}  // namespace

Tensor as_tensor(const Operand &operand) {
  require_defined(operand);
  return materialise(operand, operand.literal_dtype);
}

Tensor as_tensor(Operand &&operand) {
  if (operand.is_literal()) return as_tensor(std::as_const(operand));
  require_defined(operand);
  return std::move(operand.tensor);
}

Tensor as_tensor(const Operand &operand, DType dtype, std::string_view op) {
  require_defined(operand);
  if (operand.kind == Operand::Kind::integer) require_fits(op, operand.integer, dtype, operand.at);
  Tensor tensor = materialise(operand, dtype);
  if (tensor.dtype() == dtype) return tensor;
  if (is_weak(operand)) return cast(Operand(tensor, std::source_location()), dtype);
  fail_op(op,
          "needs " + std::string(name_of(dtype)) + "; got " + to_string(tensor.type()) +
              "; convert it with etch::cast(x, etch::" +
              (dtype == DType::boolean ? "boolean" : std::string(name_of(dtype))) + ")",
          operand.at);
}

Tensor as_tensor_beside(const Operand &operand, DType dtype, std::string_view op) {
  require_defined(operand);
  return is_weak(operand) ? as_tensor(operand, dtype, op) : operand.tensor;
}

Tensor indices_of(std::string_view op, const Operand &indices, Location at) {
  Tensor tensor = as_tensor(indices);
  if (!is_integer(tensor.dtype()))
    fail_op(
        op,
        "indices are integers; got " + to_string(tensor.type()) + "; convert them with etch::cast(indices, etch::i64)",
        at);
  return tensor;
}

//===-- Shapes -----------------------------------------------------------------------------------------------===//

Shape broadcast_shapes(std::string_view op, std::span<const Tensor> tensors, Location at) {
  int rank = 0;
  for (const Tensor &tensor : tensors) rank = std::max(rank, tensor.rank());
  Shape shape;
  for (int i = 0; i < rank; ++i) shape.push_back(1);
  for (const Tensor &tensor : tensors) {
    const Shape &from = tensor.shape();
    for (int i = 0; i < from.rank(); ++i) {
      int64_t &known = shape[rank - from.rank() + i];
      int64_t extent = from[i];
      // An unknown extent is never 1 (docs/decisions/0002), so beside a known one it must equal it.
      if (extent == 1 || extent == known || (extent == kDynamic && known != 1)) continue;
      if (known == 1 || known == kDynamic) {
        known = extent;
        continue;
      }
      std::string shapes;
      for (const Tensor &each : tensors) shapes += (shapes.empty() ? "" : " and ") + to_string(each.shape());
      fail_op(op,
              "shapes " + shapes + " do not broadcast: axis " + std::to_string(i - from.rank()) +
                  " (from the end) has extents " + std::to_string(known) + " and " + std::to_string(extent) +
                  "; make them equal or 1, for instance with etch::reshape or etch::expand_dims",
              at);
    }
  }
  return shape;
}

Tensor broadcast_symbolic(const Tensor &tensor, const Shape &shape, std::span<const Tensor> like, Location at) {
  if (tensor.shape() == shape) return tensor;
  std::vector<Tensor> operands{tensor};
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] != kDynamic) continue;
    for (const Tensor &source : like) {
      int own = axis - (shape.rank() - source.rank());
      if (own < 0 || source.shape()[own] != kDynamic) continue;
      operands.push_back(emit_extent(source, own, at));
      break;
    }
  }
  std::vector<int64_t> dims;
  for (int i = 0; i < tensor.rank(); ++i) dims.push_back(shape.rank() - tensor.rank() + i);
  return emit(ir::OpCode::broadcast_in_dim, operands, {{"shape", shape.to_vector()}, {"dims", dims}}, at);
}

//===-- Elementwise ------------------------------------------------------------------------------------------===//

namespace {

Tensor record_elementwise(ir::OpCode op, std::span<const Tensor> tensors, DType dtype, size_t first_value,
                          Location at) {
  std::vector<Tensor> operands(tensors.begin(), tensors.end());
  for (size_t i = first_value; i < operands.size(); ++i) operands[i] = cast_symbolic(operands[i], dtype, at);
  Shape shape = broadcast_shapes(ir::mnemonic_of(op), operands, at);
  std::vector<Tensor> like = operands;
  for (Tensor &operand : operands) operand = broadcast_symbolic(operand, shape, like, at);
  return emit(op, operands, {}, at);
}

void mark_weak(Tensor &tensor) { tensor.body()->weak = true; }

}  // namespace

Tensor elementwise(ir::OpCode op, std::span<Operand *const> operands) {
  const Location at = operands[0]->at;
  // select's first operand is a condition and takes no part in promotion.
  const size_t first_value = op == ir::OpCode::select ? 1 : 0;
  const Promotion promotion = promote_operands(operands.subspan(first_value));
  const DType dtype = promotion.dtype;
  std::array<Tensor, 3> storage;
  for (size_t i = 0; i < operands.size(); ++i) {
    require_defined(*operands[i]);
    if (operands[i]->kind == Operand::Kind::integer) [[unlikely]]
      require_fits(ir::mnemonic_of(op), operands[i]->integer, dtype, at, is_of_bits(op));
    storage[i] = operands[i]->is_literal() ? materialise(*operands[i], i < first_value ? DType::boolean : dtype)
                                           : std::move(operands[i]->tensor);
  }
  const std::span<const Tensor> tensors(storage.data(), operands.size());
  if (!Trace::current()) {
    bool differ = false;
    for (const Tensor &tensor : tensors) {
      require_concrete(tensor, at);
      differ = differ || tensor.shape() != tensors[0].shape();
    }
    if (differ) broadcast_shapes(ir::mnemonic_of(op), tensors, at);  // what unknown extents could not say
  }
  OpKey key(op);
  key.add(static_cast<uint64_t>(dtype));
  Tensor result = run_op(key, tensors, at, [&](std::span<const Tensor> values) {
    return record_elementwise(op, values, dtype, first_value, at);
  });
  if (promotion.weak && op != ir::OpCode::select) mark_weak(result);
  return result;
}

}  // namespace detail

//===-- Public functions that are not derived ----------------------------------------------------------------===//

using detail::elementwise;
using ir::OpCode;

Tensor cast(Operand x, DType dtype) {
  if (x.is_literal()) return detail::literal(dtype, x.floating, x.integer, x.kind == Operand::Kind::floating, x.at);
  Tensor tensor = detail::as_tensor(x);
  // A weak tensor gets the dtype for good.
  if (tensor.dtype() == dtype && !tensor.body()->weak) return tensor;
  detail::OpKey key(OpCode::cast);
  key.add(static_cast<uint64_t>(dtype));

  return detail::run_op(key, tensor, x.at, [&](std::span<const Tensor> t) {
    return detail::emit(OpCode::cast, {t[0]}, {{"dtype", dtype}}, x.at);
  });
}

Tensor select(Operand pred, Operand on_true, Operand on_false) {
  return elementwise(OpCode::select, pred, on_true, on_false);
}

Tensor clamp(Operand x, Operand min, Operand max) {
  Location at = x.at;
  Operand low = min;
  low.at = at;
  return elementwise(OpCode::clamp, low, x, max);
}

Tensor operator+(Operand x, Operand y) { return elementwise(OpCode::add, x, y); }
Tensor operator-(Operand x, Operand y) { return elementwise(OpCode::sub, x, y); }
Tensor operator*(Operand x, Operand y) { return elementwise(OpCode::mul, x, y); }
Tensor operator/(Operand x, Operand y) { return elementwise(OpCode::div, x, y); }
Tensor operator%(Operand x, Operand y) { return elementwise(OpCode::rem, x, y); }
Tensor operator-(Operand x) { return elementwise(OpCode::neg, x); }
Tensor operator==(Operand x, Operand y) { return elementwise(OpCode::equal, x, y); }
Tensor operator!=(Operand x, Operand y) { return elementwise(OpCode::not_equal, x, y); }
Tensor operator<(Operand x, Operand y) { return elementwise(OpCode::less, x, y); }
Tensor operator<=(Operand x, Operand y) { return elementwise(OpCode::less_equal, x, y); }
Tensor operator>(Operand x, Operand y) { return elementwise(OpCode::greater, x, y); }
Tensor operator>=(Operand x, Operand y) { return elementwise(OpCode::greater_equal, x, y); }
Tensor operator&(Operand x, Operand y) { return elementwise(OpCode::logical_and, x, y); }
Tensor operator|(Operand x, Operand y) { return elementwise(OpCode::logical_or, x, y); }
Tensor operator^(Operand x, Operand y) { return elementwise(OpCode::logical_xor, x, y); }
Tensor operator!(Operand x) { return elementwise(OpCode::logical_not, x); }
Tensor operator!(const Tensor &x) {
  // An operator has no room for the line; that of x is the nearest one known.
  Operand operand(x);
  operand.at = x.defined() ? x.body()->created : Location();
  return elementwise(OpCode::logical_not, operand);
}

}  // namespace etch

// Operands have one shape and, but for select's pred, one dtype. An extent unknown in one operand is that of another.
#include "ir/infer/infer.h"

namespace etch::ir {
namespace {

/// What the ODS type constraint of an operand admits.
enum class Needs : uint8_t { any, number, integer, floating, boolean };

bool admits(Needs needs, DType dtype) {
  switch (needs) {
    case Needs::any: return true;
    case Needs::number: return dtype != boolean;
    case Needs::integer: return is_integer(dtype);
    case Needs::floating: return is_floating(dtype);
    case Needs::boolean: return dtype == boolean;
  }
  return false;
}

const char *name_of(Needs needs) {
  switch (needs) {
    case Needs::any: return "a tensor";
    case Needs::number: return "a tensor of numbers";
    case Needs::integer: return "an integer tensor";
    case Needs::floating: return "a floating-point tensor";
    case Needs::boolean: return "a boolean tensor";
  }
  return "";
}

struct Rule {
  size_t num_operands;
  Needs needs;
};

Rule rule_of(OpCode op) {
  switch (op) {
    case OpCode::abs:
    case OpCode::neg:
    case OpCode::sign:
    case OpCode::square:
    case OpCode::relu: return {1, Needs::number};
    case OpCode::exp:
    case OpCode::exp2:
    case OpCode::expm1:
    case OpCode::log:
    case OpCode::log2:
    case OpCode::log10:
    case OpCode::log1p:
    case OpCode::sqrt:
    case OpCode::rsqrt:
    case OpCode::cbrt:
    case OpCode::sin:
    case OpCode::cos:
    case OpCode::tan:
    case OpCode::asin:
    case OpCode::acos:
    case OpCode::atan:
    case OpCode::sinh:
    case OpCode::cosh:
    case OpCode::tanh:
    case OpCode::asinh:
    case OpCode::acosh:
    case OpCode::atanh:
    case OpCode::sigmoid:
    case OpCode::erf:
    case OpCode::erfc:
    case OpCode::erf_inv:
    case OpCode::lgamma:
    case OpCode::digamma:
    case OpCode::trigamma:
    case OpCode::floor:
    case OpCode::ceil:
    case OpCode::round:
    case OpCode::trunc:
    case OpCode::is_nan:
    case OpCode::is_inf:
    case OpCode::is_finite: return {1, Needs::floating};
    case OpCode::bitwise_not:
    case OpCode::popcnt: return {1, Needs::integer};
    case OpCode::logical_not: return {1, Needs::boolean};
    case OpCode::stop_gradient:
    case OpCode::cast: return {1, Needs::any};
    case OpCode::add:
    case OpCode::sub:
    case OpCode::mul:
    case OpCode::div:
    case OpCode::rem:
    case OpCode::pow:
    case OpCode::maximum:
    case OpCode::minimum: return {2, Needs::number};
    case OpCode::atan2: return {2, Needs::floating};
    case OpCode::bitwise_and:
    case OpCode::bitwise_or:
    case OpCode::bitwise_xor:
    case OpCode::shift_left:
    case OpCode::shift_right_arithmetic:
    case OpCode::shift_right_logical: return {2, Needs::integer};
    case OpCode::logical_and:
    case OpCode::logical_or:
    case OpCode::logical_xor: return {2, Needs::boolean};
    case OpCode::equal:
    case OpCode::not_equal:
    case OpCode::less:
    case OpCode::less_equal:
    case OpCode::greater:
    case OpCode::greater_equal: return {2, Needs::any};
    case OpCode::select: return {3, Needs::any};
    case OpCode::clamp: return {3, Needs::number};
    default: throw InternalError(std::string(mnemonic_of(op)) + " has no elementwise rule");
  }
}

DType result_dtype(OpCode op, std::span<const TensorType> operands, AttributeView attributes) {
  switch (op) {
    case OpCode::is_finite:
    case OpCode::is_nan:
    case OpCode::is_inf:
    case OpCode::equal:
    case OpCode::not_equal:
    case OpCode::less:
    case OpCode::less_equal:
    case OpCode::greater:
    case OpCode::greater_equal: return boolean;
    case OpCode::cast: return attributes.dtype("dtype");
    default: return operands.back().dtype;
  }
}

/// Whether no axis has two different known extents.
bool agree(const Shape &a, const Shape &b) {
  if (a.rank() != b.rank()) return false;
  for (int axis = 0; axis < a.rank(); ++axis)
    if (a[axis] != b[axis] && a[axis] != kDynamic && b[axis] != kDynamic) return false;
  return true;
}

Inferred differ(const char *what, const char *plural, const TensorType &a, const TensorType &b) {
  return Inferred::failure(std::string(what) + " have different " + plural + ": " + to_string(a) + " and " +
                           to_string(b));
}

}  // namespace

Inferred infer_elementwise(OpCode op, std::span<const TensorType> operands, AttributeView attributes) {
  const Rule rule = rule_of(op);
  if (operands.size() != rule.num_operands)
    return Inferred::failure("takes " + std::to_string(rule.num_operands) +
                             (rule.num_operands == 1 ? " operand" : " operands") + "; got " +
                             std::to_string(operands.size()));
  // elementwise_c1: element types are those of the op's constraint.
  for (const TensorType &operand : operands)
    if (!admits(rule.needs, operand.dtype))
      return Inferred::failure(std::string("needs ") + name_of(rule.needs) + "; got " + to_string(operand));
  // select_c1: pred is boolean.
  const bool is_select = op == OpCode::select;
  if (is_select && operands[0].dtype != boolean)
    return Inferred::failure("needs a boolean tensor for pred; got " + to_string(operands[0]));
  // elementwise_c2: element types are equal.
  const size_t first = is_select ? 1 : 0;
  for (size_t i = first + 1; i < operands.size(); ++i)
    if (operands[i].dtype != operands[first].dtype)
      return differ(is_select ? "on_true and on_false" : "operands", "dtypes", operands[first], operands[i]);
  // elementwise_c3: ranks and known extents are equal. Every pair, so that the message shows two that clash.
  for (size_t i = 1; i < operands.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (!agree(operands[j].shape, operands[i].shape)) return differ("operands", "shapes", operands[j], operands[i]);

  Shape shape = operands[0].shape;
  for (const TensorType &operand : operands.subspan(1))
    for (int axis = 0; axis < shape.rank(); ++axis)
      if (shape[axis] == kDynamic) shape[axis] = operand.shape[axis];
  return {{TensorType{result_dtype(op, operands, attributes), shape}}, {}};
}

}  // namespace etch::ir

// The reduced axes disappear from the result. Axes count from 0: the public functions normalise negative ones.
#include <bitset>

#include "ir/infer/infer.h"

namespace etch::ir {
namespace {

Inferred reduce(const TensorType &operand, std::span<const int64_t> axes, DType dtype) {
  std::bitset<kMaxRank> reduced;
  for (int64_t axis : axes) {
    // reduction_c2: axes are in range.
    if (axis < 0 || axis >= operand.shape.rank())
      return Inferred::failure("axis " + std::to_string(axis) + " is out of range for " + to_string(operand));
    // reduction_c3: axes are unique.
    if (reduced[static_cast<size_t>(axis)])
      return Inferred::failure("axis " + std::to_string(axis) + " is listed twice");
    reduced.set(static_cast<size_t>(axis));
  }
  Shape shape;
  for (int axis = 0; axis < operand.shape.rank(); ++axis)
    if (!reduced[static_cast<size_t>(axis)]) shape.push_back(operand.shape[axis]);
  return {{TensorType{dtype, shape}}, {}};
}

}  // namespace

Inferred infer_reduction(OpCode op, std::span<const TensorType> operands, AttributeView attributes) {
  if (operands.size() != 1) return Inferred::failure("takes 1 operand; got " + std::to_string(operands.size()));
  const TensorType &operand = operands[0];
  const bool is_logical = op == OpCode::reduce_any || op == OpCode::reduce_all;
  // reduction_c1: element types are those of the op's constraint.
  if (is_logical != (operand.dtype == boolean))
    return Inferred::failure(std::string("needs a ") + (is_logical ? "boolean tensor" : "tensor of numbers") +
                             "; got " + to_string(operand));
  if (op != OpCode::argmax && op != OpCode::argmin) return reduce(operand, attributes.integers("axes"), operand.dtype);

  const int64_t axis = attributes.integer("axis");
  Inferred result = reduce(operand, {&axis, 1}, i64);
  // argmax_c1, argmin_c1: the axis is not empty.
  if (result.error.empty() && operand.shape[static_cast<int>(axis)] == 0)
    return Inferred::failure("axis " + std::to_string(axis) + " of " + to_string(operand) + " is empty: it has no " +
                             (op == OpCode::argmax ? "largest" : "smallest") + " element");
  return result;
}

}  // namespace etch::ir

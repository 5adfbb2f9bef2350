// Running results along an axis.
#include "ir/infer/infer.h"

namespace etch::ir {

Inferred infer_scan(OpCode op, std::span<const TensorType> operands, AttributeView attributes) {
  const size_t count = op == OpCode::linear_scan ? 2 : 1;
  if (operands.size() != count)
    return Inferred::failure("takes " + std::to_string(count) + " operand" + (count > 1 ? "s" : "") + "; got " +
                             std::to_string(operands.size()));
  TensorType result = operands[0];
  for (const TensorType &operand : operands) {
    // scan_c1: element types are those of the op's constraint.
    if (op == OpCode::linear_scan ? !is_floating(operand.dtype) : operand.dtype == boolean)
      return Inferred::failure(std::string("needs ") +
                               (op == OpCode::linear_scan ? "floating-point tensors" : "a tensor of numbers") +
                               "; got " + to_string(operand));
    // linear_scan_c1: operands have one type.
    bool fits = operand.dtype == result.dtype && operand.shape.rank() == result.shape.rank();
    for (int axis = 0; fits && axis < operand.shape.rank(); ++axis) {
      if (result.shape[axis] == kDynamic) result.shape[axis] = operand.shape[axis];
      fits = operand.shape[axis] == kDynamic || operand.shape[axis] == result.shape[axis];
    }
    if (!fits)
      return Inferred::failure("factors and terms differ: " + to_string(operands[0]) + " and " + to_string(operand));
  }
  // scan_c2: the axis is in range.
  const int64_t axis = attributes.integer("axis");
  if (axis < 0 || axis >= result.shape.rank())
    return Inferred::failure("axis " + std::to_string(axis) + " is out of range for " + to_string(operands[0]));
  // scan_c3: flags are 0 or 1.
  for (const char *flag : {"exclusive", "reverse"}) {
    if (std::string_view(flag) == "exclusive" && op != OpCode::cumsum && op != OpCode::cumprod) continue;
    if (const int64_t value = attributes.integer(flag); value != 0 && value != 1)
      return Inferred::failure(std::string(flag) + " is 0 or 1; got " + std::to_string(value));
  }
  return {{result}, {}};
}

}  // namespace etch::ir

// Ops that make tensors from nothing: the type is written in the attributes.
#include "ir/infer/infer.h"

namespace etch::ir {
namespace {

Inferred iota(std::span<const TensorType> sizes, AttributeView attributes) {
  const DType dtype = attributes.dtype("dtype");
  // iota_c1: elements are numbers.
  if (dtype == boolean) return Inferred::failure("needs a dtype of numbers; got bool");
  // iota_c2: the shape is one that a scalar broadcasts to, with sizes for its unknown extents.
  std::vector<TensorType> operands{TensorType{dtype, {}}};
  operands.insert(operands.end(), sizes.begin(), sizes.end());
  const Attribute broadcast[] = {{"shape", attributes.integers("shape")}, {"dims", std::vector<int64_t>{}}};
  Inferred result = infer_shape(OpCode::broadcast_in_dim, operands, AttributeView(broadcast));
  if (!result.error.empty()) return result;
  // iota_c3: the axis is in range.
  const int64_t axis = attributes.integer("axis");
  if (axis < 0 || axis >= result.types[0].shape.rank())
    return Inferred::failure("axis " + std::to_string(axis) + " is out of range for " + to_string(result.types[0]));
  return result;
}

}  // namespace

Inferred infer_create(OpCode op, std::span<const TensorType> operands, AttributeView attributes) {
  switch (op) {
    case OpCode::constant: return {{attributes.literal("value").type}, {}};
    case OpCode::iota: return iota(operands, attributes);
    default: throw InternalError(std::string(mnemonic_of(op)) + " has no create rule");
  }
}

}  // namespace etch::ir

// Random numbers: a state (key and counter), and the type to fill.
#include "ir/infer/infer.h"

namespace etch::ir {

Inferred infer_random(OpCode op, std::span<const TensorType> operands, AttributeView attributes) {
  if (operands.empty()) return Inferred::failure("takes a state and sizes; got 0 operands");
  // random_c1: the state is i64[2].
  const TensorType &state = operands[0];
  if (state.dtype != i64 || state.shape.rank() != 1 || (state.shape[0] != 2 && state.shape[0] != kDynamic))
    return Inferred::failure("needs a state i64[2]; got " + to_string(state));
  // random_bits_c1, random_uniform_c1: the element type is one that has a rule for its bits.
  const DType dtype = attributes.dtype("dtype");
  const bool is_bits = op == OpCode::random_bits;
  if (is_bits ? dtype != i32 && dtype != i64 : dtype != f32 && dtype != f64)
    return Inferred::failure(std::string("draws ") + (is_bits ? "i32 or i64" : "f32 or f64") + "; got " +
                             std::string(name_of(dtype)));
  // random_c2: the shape is one that a scalar broadcasts to, with sizes for its unknown extents.
  std::vector<TensorType> scalar_and_sizes(operands.begin(), operands.end());
  scalar_and_sizes[0] = TensorType{dtype, {}};
  const Attribute broadcast[] = {{"shape", attributes.integers("shape")}, {"dims", std::vector<int64_t>{}}};
  return infer_shape(OpCode::broadcast_in_dim, scalar_and_sizes, AttributeView(broadcast));
}

}  // namespace etch::ir

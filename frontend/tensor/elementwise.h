#pragma once
// Elementwise ops on operands of any dtype and shape: promotion and broadcasting made explicit.

#include <concepts>
#include <span>

#include "etch/operand.h"
#include "frontend/trace/emit.h"

namespace etch::detail {

/// Applies an elementwise op after bringing operands to one dtype and one shape; takes their tensors.
/// Throws UserError naming both shapes or dtypes when that cannot be.
Tensor elementwise(ir::OpCode op, std::span<Operand *const> operands);
template <std::same_as<Operand>... O> Tensor elementwise(ir::OpCode op, O &...operands) {
  Operand *list[] = {&operands...};
  return elementwise(op, std::span<Operand *const>(list));
}

/// Throws UserError naming `op` unless an integer dtype holds the number; for ops on bits, as a pattern of its bits.
void require_fits(std::string_view op, int64_t number, DType dtype, Location at, bool is_bits = false);

/// The operand as a tensor: a C++ number alone takes its own C++ type.
Tensor as_tensor(const Operand &operand);
Tensor as_tensor(Operand &&operand);
/// The operand as a tensor of `dtype`: numbers and weak tensors take it, tensors must have it.
Tensor as_tensor(const Operand &operand, DType dtype, std::string_view op);
/// The operand beside one of `dtype`: numbers and weak tensors take it, other tensors stay as they are.
Tensor as_tensor_beside(const Operand &operand, DType dtype, std::string_view op);
/// The operand as a tensor of integers. Throws UserError naming `op` and the cast.
Tensor indices_of(std::string_view op, const Operand &indices, Location at);
/// Throws UserError naming `op` for an i32 or i64 index outside an axis of x; in a trace a check of Options::checked.
void require_indices(std::string_view op, const Tensor &indices, const Tensor &x, int64_t axis, Location at);
/// In a trace: repeats a tensor into a shape; unknown extents take their size from `like`, which has them.
Tensor broadcast_symbolic(const Tensor &tensor, const Shape &shape, std::span<const Tensor> like, Location at);
/// The dtype that sums and quotients of a mean are computed in: no f16 counts beyond 65504, no bf16 beyond 256.
inline DType wide_dtype(DType dtype) { return is_floating(dtype) && size_of(dtype) >= 4 ? dtype : f32; }
Tensor cast_symbolic(const Tensor &tensor, DType dtype, Location at);
/// NumPy's rule; throws UserError naming the shapes.
Shape broadcast_shapes(std::string_view op, std::span<const Tensor> tensors, Location at);
/// The dtype a set of operands meets in; `weak` when none of them has one of its own.
struct Promotion {
  DType dtype;
  bool weak;
};
Promotion promote_operands(std::span<const Operand *const> operands);

}  // namespace etch::detail

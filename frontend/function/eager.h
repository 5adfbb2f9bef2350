#pragma once
// Eager ops: each runs as a function of one op, compiled once for all extents and cached.

#include <initializer_list>
#include <span>

#include "etch/detail/function_ref.h"
#include "etch/tensor.h"
#include "frontend/function/op_key.h"
#include "frontend/trace/emit.h"

namespace etch::detail {

using OpBody = FunctionRef<Tensor(std::span<const Tensor>)>;

/// The one way a public function does its work. In a trace: `body` on the operands. Otherwise the compiled one-op
/// function of this key, made by tracing `body` if it is new, on concrete operands; gradient tapes are told.
Tensor run_op(const OpKey &key, std::span<const Tensor> operands, Location at, OpBody body);
inline Tensor run_op(const OpKey &key, const Tensor &operand, Location at, OpBody body) {
  return run_op(key, std::span(&operand, 1), at, body);
}
inline Tensor run_op(const OpKey &key, std::initializer_list<Tensor> operands, Location at, OpBody body) {
  return run_op(key, std::span<const Tensor>(operands.begin(), operands.size()), at, body);
}

[[noreturn]] void fail_not_concrete(const Tensor &tensor, Location at);
/// Makes sure that a tensor used eagerly has a value; throws the error for leaked tensors otherwise.
inline void require_concrete(const Tensor &tensor, Location at) {
  if (!tensor.body() || tensor.body()->token || tensor.body()->deleted) [[unlikely]]
    fail_not_concrete(tensor, at);
}

/// The concrete 0-d tensor or splat constant of a number: what a C++ literal becomes.
Tensor literal(DType dtype, double floating, int64_t integer, bool from_floating, Location at);

}  // namespace etch::detail

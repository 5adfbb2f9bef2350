// Reductions: axes, keepdims, and mean.

#include "etch/compositions.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/axes.h"
#include "frontend/tensor/elementwise.h"
#include "frontend/trace/emit.h"

namespace etch {
namespace {

using detail::emit;
using detail::OpKey;
using ir::OpCode;
using Values = std::span<const Tensor>;

Tensor record_reduction(OpCode op, const Tensor &x, const std::vector<int64_t> &axes, bool keepdims, Location at) {
  Tensor reduced = emit(op, {x}, {{"axes", axes}}, at);
  return keepdims ? detail::insert_axes_symbolic(reduced, axes, at) : reduced;
}

Tensor reduction(OpCode op, const Operand &x, const Axes &axes, bool keepdims) {
  Tensor tensor = detail::as_tensor(x);
  std::vector<int64_t> list = detail::normal_axes(ir::mnemonic_of(op), axes, tensor.rank(), x.at);
  OpKey key(op);
  key.add(list).add(keepdims);
  return detail::run_op(key, tensor, x.at, [&](Values t) { return record_reduction(op, t[0], list, keepdims, x.at); });
}

Tensor arg_reduction(OpCode op, const Operand &x, int64_t axis, bool keepdims) {
  Tensor tensor = detail::as_tensor(x);
  int64_t own = detail::normal_axis(ir::mnemonic_of(op), axis, tensor.rank(), x.at);
  if (tensor.shape()[static_cast<int>(own)] == 0)
    detail::fail_op(ir::mnemonic_of(op),
                    "axis " + std::to_string(own) + " of " + to_string(tensor.type()) +
                        " is empty, so it has no largest or smallest element",
                    x.at);
  OpKey key(op);
  key.add(static_cast<uint64_t>(own)).add(keepdims);
  return detail::run_op(key, tensor, x.at, [&](Values t) {
    Tensor reduced = emit(op, {t[0]}, {{"axis", own}}, x.at);
    return keepdims ? detail::insert_axes_symbolic(reduced, {own}, x.at) : reduced;
  });
}

}  // namespace

#define ETCH_REDUCTION(name, alias)                                                                       \
  Tensor name(Operand x, Axes axes, bool keepdims) { return reduction(OpCode::name, x, axes, keepdims); } \
  Tensor alias(Operand x, Axes axes, bool keepdims) {                                                     \
    detail::CallerScope caller(x.at, #alias);                                                             \
    return reduction(OpCode::name, x, axes, keepdims);                                                    \
  }
ETCH_REDUCTION(reduce_sum, sum)
ETCH_REDUCTION(reduce_prod, prod)
ETCH_REDUCTION(reduce_max, max)
ETCH_REDUCTION(reduce_min, min)
ETCH_REDUCTION(reduce_any, any)
ETCH_REDUCTION(reduce_all, all)
#undef ETCH_REDUCTION

Tensor argmax(Operand x, int64_t axis, bool keepdims) { return arg_reduction(OpCode::argmax, x, axis, keepdims); }
Tensor argmin(Operand x, int64_t axis, bool keepdims) { return arg_reduction(OpCode::argmin, x, axis, keepdims); }

Tensor mean(Operand x, Axes axes, bool keepdims) {
  detail::CallerScope caller(x.at, "mean");
  Tensor tensor = detail::as_tensor(x);
  std::vector<int64_t> list = detail::normal_axes("mean", axes, tensor.rank(), x.at);
  OpKey key("mean");
  key.add(list).add(keepdims);
  return detail::run_op(key, tensor, x.at, [&](Values t) {
    const DType dtype = detail::wide_dtype(t[0].dtype());
    Tensor total = record_reduction(OpCode::reduce_sum, detail::cast_symbolic(t[0], dtype, x.at), list, keepdims, x.at);
    int64_t known = 1;
    Tensor count;
    for (int64_t axis : list) {
      if (t[0].shape()[static_cast<int>(axis)] != kDynamic) {
        known *= t[0].shape()[static_cast<int>(axis)];
        continue;
      }
      Tensor extent = detail::emit_extent(t[0], static_cast<int>(axis), x.at);
      count = count.defined() ? emit(OpCode::mul, {count, extent}, {}, x.at) : extent;
    }
    const DType result = is_floating(t[0].dtype()) ? t[0].dtype() : f32;
    Operand dividend(total, std::source_location());
    if (!count.defined()) return detail::cast_symbolic(div(dividend, static_cast<double>(known)), result, x.at);
    count = detail::cast_symbolic(count, dtype, x.at);
    if (known != 1) count = mul(Operand(count, std::source_location()), static_cast<double>(known));
    dividend.at = x.at;
    return detail::cast_symbolic(div(dividend, count), result, x.at);
  });
}

}  // namespace etch

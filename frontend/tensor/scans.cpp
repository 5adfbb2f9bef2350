// Running results along an axis.

#include "frontend/function/eager.h"
#include "frontend/tensor/axes.h"
#include "frontend/tensor/elementwise.h"
#include "frontend/trace/emit.h"

namespace etch {
namespace {

using ir::OpCode;

Tensor running(OpCode op, std::vector<Tensor> operands, std::vector<ir::Attribute> flags, int64_t axis, Location at) {
  int64_t own = detail::normal_axis(ir::mnemonic_of(op), axis, operands[0].rank(), at);
  detail::OpKey key(op);
  key.add(static_cast<uint64_t>(own));
  for (const ir::Attribute &flag : flags) key.add(static_cast<uint64_t>(std::get<int64_t>(flag.value)));
  flags.insert(flags.begin(), {"axis", own});
  return detail::run_op(std::move(key), operands, at,
                        [&](std::span<const Tensor> t) { return detail::emit(op, t, flags, at); });
}

}  // namespace

Tensor cumsum(Operand x, int64_t axis, bool exclusive, bool reverse) {
  return running(OpCode::cumsum, {detail::as_tensor(x)},
                 {{"exclusive", int64_t{exclusive}}, {"reverse", int64_t{reverse}}}, axis, x.at);
}
Tensor cumprod(Operand x, int64_t axis, bool exclusive, bool reverse) {
  return running(OpCode::cumprod, {detail::as_tensor(x)},
                 {{"exclusive", int64_t{exclusive}}, {"reverse", int64_t{reverse}}}, axis, x.at);
}
Tensor cummax(Operand x, int64_t axis, bool reverse) {
  return running(OpCode::cummax, {detail::as_tensor(x)}, {{"reverse", int64_t{reverse}}}, axis, x.at);
}
Tensor cummin(Operand x, int64_t axis, bool reverse) {
  return running(OpCode::cummin, {detail::as_tensor(x)}, {{"reverse", int64_t{reverse}}}, axis, x.at);
}
Tensor linear_scan(Operand factors, Operand terms, int64_t axis, bool reverse) {
  Tensor a = detail::as_tensor(factors), b = detail::as_tensor(terms);
  // Eager calls share a function of unknown extents, which would say less about this.
  bool fits = a.dtype() == b.dtype() && a.rank() == b.rank();
  for (int i = 0; fits && i < a.rank(); ++i)
    fits = a.shape()[i] == b.shape()[i] || a.shape()[i] == kDynamic || b.shape()[i] == kDynamic;
  if (!fits)
    detail::fail_op("linear_scan", "factors and terms differ: " + to_string(a.type()) + " and " + to_string(b.type()),
                    factors.at);
  return running(OpCode::linear_scan, {a, b}, {{"reverse", int64_t{reverse}}}, axis, factors.at);
}

}  // namespace etch

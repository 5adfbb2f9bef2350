#include "etch/random.h"

#include <numbers>

#include "etch/compositions.h"
#include "etch/creation.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/elementwise.h"

namespace etch {
namespace {

Tensor random_op(ir::OpCode op, const Operand &state, const Shape &shape, DType dtype) {
  Tensor tensor = detail::as_tensor(state, i64, ir::mnemonic_of(op));
  if (!shape.is_static())
    detail::fail_op(ir::mnemonic_of(op), "shape " + to_string(shape) + " has an unknown extent; draw a known number",
                    state.at);
  detail::OpKey key(op);
  key.static_shapes().add(shape.dims()).add(static_cast<uint64_t>(dtype));
  return detail::run_op(std::move(key), {tensor}, state.at, [&](std::span<const Tensor> t) {
    return detail::emit(op, t, {{"shape", shape.to_vector()}, {"dtype", dtype}}, state.at);
  });
}

Operand at_line(Tensor tensor, Location at) {
  Operand operand(std::move(tensor));
  operand.at = at;
  return operand;
}

}  // namespace

Tensor random_bits(Operand state, Shape shape, DType dtype) {
  return random_op(ir::OpCode::random_bits, state, shape, dtype);
}
Tensor random_uniform(Operand state, Shape shape, DType dtype) {
  return random_op(ir::OpCode::random_uniform, state, shape, dtype);
}

Generator::Generator(int64_t seed, std::source_location at)
    : state_(constant({seed, int64_t{0}}, {}, at), "generator", at) {}

Tensor Generator::take_state(int64_t blocks, std::source_location at) const {
  Tensor state = state_.read(at);
  state_.assign(at_line(add(at_line(state, at), at_line(constant({int64_t{0}, blocks}, {}, at), at)), at));
  return state;
}

Tensor Generator::uniform(Shape shape, double low, double high, DType dtype, std::source_location at) const {
  Tensor state = take_state(shape.num_elements(), at);
  Tensor unit = random_uniform(at_line(state, at), shape, dtype);
  if (low == 0 && high == 1) return unit;
  return add(at_line(mul(at_line(unit, at), high - low), at), low);
}

Tensor Generator::normal(Shape shape, double mean, double stddev, DType dtype, std::source_location at) const {
  // Two streams, one after the other, so that every element has its own pair of blocks.
  int64_t count = shape.num_elements();
  Tensor state = take_state(2 * count, at);
  Tensor second = add(at_line(state, at), at_line(constant({int64_t{0}, count}, {}, at), at));
  Tensor u = random_uniform(at_line(state, at), shape, dtype), v = random_uniform(at_line(second, at), shape, dtype);
  // log1p(-u) is finite because u < 1.
  Tensor radius = sqrt(at_line(mul(at_line(log1p(at_line(neg(at_line(u, at)), at)), at), -2.0), at));
  Tensor angle = cos(at_line(mul(at_line(v, at), 2 * std::numbers::pi), at));
  Tensor z = mul(at_line(radius, at), at_line(angle, at));
  if (stddev != 1) z = mul(at_line(z, at), stddev);
  return mean == 0 ? z : add(at_line(z, at), mean);
}

Tensor Generator::integers(Shape shape, int64_t low, int64_t high, std::source_location at) const {
  if (low >= high)
    detail::fail_op("integers", "the range [" + std::to_string(low) + ", " + std::to_string(high) + ") is empty", at);
  Tensor state = take_state(shape.num_elements(), at);
  Tensor unit = random_uniform(at_line(state, at), shape, f64);
  Tensor scaled = floor(at_line(mul(at_line(unit, at), static_cast<double>(high - low)), at));
  return add(at_line(cast(at_line(scaled, at), i64), at), low);
}

}  // namespace etch

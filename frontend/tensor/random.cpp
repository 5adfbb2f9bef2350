#include "etch/random.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "etch/compositions.h"
#include "etch/creation.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/axes.h"
#include "frontend/tensor/elementwise.h"
#include "frontend/trace/emit.h"

namespace etch {
namespace {

Tensor random_op(ir::OpCode op, const Operand &state, const Shape &shape, DType dtype) {
  Tensor tensor = detail::as_tensor(state, i64, ir::mnemonic_of(op));
  detail::require_extents(ir::mnemonic_of(op), shape, state.at);
  if (!shape.is_static())
    detail::fail_op(ir::mnemonic_of(op), "shape " + to_string(shape) + " has an unknown extent; draw a known number",
                    state.at);
  detail::OpKey key(op);
  key.static_shapes().add(shape.dims()).add(static_cast<uint64_t>(dtype));
  return detail::run_op(key, tensor, state.at, [&](std::span<const Tensor> t) {
    return detail::emit(op, t, {{"shape", shape.to_vector()}, {"dtype", dtype}}, state.at);
  });
}

/// The greatest number of a dtype that is less than `bound`.
double greatest_below(double bound, DType dtype) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (dtype == f64) return std::nextafter(bound, -kInfinity);
  const auto nearest = static_cast<float>(bound);
  return static_cast<double>(nearest) < bound ? nearest : std::nextafter(nearest, -static_cast<float>(kInfinity));
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
  state_.assign(add(state, constant({int64_t{0}, blocks}, {}, at)));
  return state;
}

Tensor Generator::uniform(Shape shape, double low, double high, DType dtype, std::source_location at) const {
  detail::CallerScope caller(at, "uniform");
  Tensor state = take_state(detail::num_elements_of("uniform", shape, at), at);
  Tensor unit = random_uniform(state, shape, dtype);
  if (low == 0 && high == 1) return unit;
  Tensor scaled = add(mul(unit, high - low), low);
  // The sum may round up to `high`; a product alone stays below.
  return low == 0 || low >= high ? scaled : minimum(scaled, greatest_below(high, dtype));
}

Tensor Generator::normal(Shape shape, double mean, double stddev, DType dtype, std::source_location at) const {
  detail::CallerScope caller(at, "normal");
  // Two streams, one after the other, so that every element has its own pair of blocks.
  int64_t count = detail::num_elements_of("normal", shape, at);
  Tensor state = take_state(2 * count, at);
  Tensor second = add(state, constant({int64_t{0}, count}, {}, at));
  Tensor u = random_uniform(state, shape, dtype), v = random_uniform(second, shape, dtype);
  // log1p(-u) is finite because u < 1.
  Tensor radius = sqrt(mul(log1p(neg(u)), -2.0));
  Tensor angle = cos(mul(v, 2 * std::numbers::pi));
  Tensor z = mul(radius, angle);
  if (stddev != 1) z = mul(z, stddev);
  return mean == 0 ? z : add(z, mean);
}

Tensor Generator::integers(Shape shape, int64_t low, int64_t high, std::source_location at) const {
  detail::CallerScope caller(at, "integers");
  if (low >= high)
    detail::fail_op("integers", "the range [" + std::to_string(low) + ", " + std::to_string(high) + ") is empty", at);
  int64_t range;
  if (__builtin_sub_overflow(high, low, &range))
    detail::fail_op("integers",
                    "the range [" + std::to_string(low) + ", " + std::to_string(high) + ") has more than 2^63 numbers",
                    at);
  Tensor state = take_state(detail::num_elements_of("integers", shape, at), at);
  Tensor unit = random_uniform(state, shape, f64);
  Tensor scaled = floor(mul(unit, static_cast<double>(range)));
  return add(cast(scaled, i64), low);
}

}  // namespace etch

#include "tests/numeric/reference.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <sstream>

#include "etch/creation.h"

namespace numeric {
using namespace etch;

size_t Array::offset(const Position &position) const {
  size_t result = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (position[axis] < 0 || position[axis] >= shape[axis]) throw std::out_of_range("reference array");
    result = result * static_cast<size_t>(shape[axis]) + static_cast<size_t>(position[axis]);
  }
  return result;
}

void for_each_position(const Shape &shape, const std::function<void(const Position &)> &visit) {
  if (shape.num_elements() == 0) return;
  Position position(static_cast<size_t>(shape.rank()), 0);
  while (true) {
    visit(position);
    int axis = shape.rank() - 1;
    while (axis >= 0 && ++position[axis] == shape[axis]) position[axis--] = 0;
    if (axis < 0) return;
  }
}

Array generate(const Shape &shape, const std::function<long double(const Position &)> &element) {
  Array array{shape, {}};
  for_each_position(shape, [&](const Position &position) { array.values.push_back(element(position)); });
  return array;
}

long double broadcast_read(const Array &array, const Position &position) {
  Position own(position.end() - array.rank(), position.end());
  for (int axis = 0; axis < array.rank(); ++axis)
    if (array.shape[axis] == 1) own[axis] = 0;
  return array[own];
}

Shape broadcast_shape(const Shape &a, const Shape &b) {
  Shape wide = a.rank() >= b.rank() ? a : b, narrow = a.rank() >= b.rank() ? b : a;
  int shift = wide.rank() - narrow.rank();
  for (int axis = 0; axis < narrow.rank(); ++axis)
    if (wide[axis + shift] == 1) wide[axis + shift] = narrow[axis];
  return wide;
}

template <class T> static std::vector<long double> read(const Tensor &tensor) {
  std::vector<long double> values;
  for (const T &value : tensor.to_vector<T>()) {
    if constexpr (std::same_as<T, half> || std::same_as<T, bfloat16>)
      values.push_back(static_cast<float>(value));
    else
      values.push_back(value);
  }
  return values;
}

Array array_of(const Tensor &tensor) {
  switch (tensor.dtype()) {
    case DType::boolean: return {tensor.shape(), read<bool>(tensor)};
    case DType::u8: return {tensor.shape(), read<uint8_t>(tensor)};
    case DType::i32: return {tensor.shape(), read<int32_t>(tensor)};
    case DType::i64: return {tensor.shape(), read<int64_t>(tensor)};
    case DType::f16: return {tensor.shape(), read<half>(tensor)};
    case DType::bf16: return {tensor.shape(), read<bfloat16>(tensor)};
    case DType::f32: return {tensor.shape(), read<float>(tensor)};
    case DType::f64: return {tensor.shape(), read<double>(tensor)};
  }
  return {};
}

template <class T> static T integer(long double value) {
  // Exact below 2^64, which is all that tests ask for.
  return static_cast<T>(static_cast<__int128>(value));
}

Tensor tensor_of(const Array &array, DType dtype) {
  auto build = [&]<class T>(T (*convert)(long double)) {
    std::vector<T> elements;
    for (long double value : array.values) elements.push_back(convert(value));
    return from_vector(elements, array.shape);
  };
  switch (dtype) {
    case DType::boolean: return build(+[](long double value) -> bool { return value != 0; });
    case DType::u8: return build(integer<uint8_t>);
    case DType::i32: return build(integer<int32_t>);
    case DType::i64: return build(integer<int64_t>);
    case DType::f16: return build(+[](long double value) { return half(static_cast<float>(stored(value, f16))); });
    case DType::bf16:
      return build(+[](long double value) { return bfloat16(static_cast<float>(stored(value, bf16))); });
    case DType::f32: return build(+[](long double value) { return static_cast<float>(value); });
    case DType::f64: return build(+[](long double value) { return static_cast<double>(value); });
  }
  return {};
}

struct Format {
  int precision, min_exponent, max_exponent;  // bits of the significand; exponents of normal numbers
};
static Format format(DType dtype) {
  if (dtype == f16) return {11, -14, 15};
  if (dtype == bf16) return {8, -126, 127};
  if (dtype == f32) return {24, -126, 127};
  return {53, -1022, 1023};
}

static long double unit(long double value, const Format &format) {
  int exponent = value == 0 ? format.min_exponent : std::max(std::ilogb(value), format.min_exponent);
  return std::ldexp(1.0L, exponent - (format.precision - 1));
}

long double unit_in_last_place(long double value, DType dtype) { return unit(value, format(dtype)); }

long double stored(long double value, DType dtype) {
  switch (dtype) {
    case DType::boolean: return value != 0;
    case DType::u8: return integer<uint8_t>(value);
    case DType::i32: return integer<int32_t>(value);
    case DType::i64: return integer<int64_t>(value);
    default: break;
  }
  if (!std::isfinite(value) || value == 0) return value;
  Format f = format(dtype);
  long double step = unit(value, f);
  long double rounded = std::nearbyint(value / step) * step;
  if (std::fabs(rounded) >= std::ldexp(1.0L, f.max_exponent + 1)) return std::copysign(HUGE_VALL, value);
  return std::copysign(rounded, value);
}

Array sample(const Shape &shape, DType dtype, double low, double high, uint64_t seed) {
  uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
  return generate(shape, [&](const Position &) -> long double {
    state = state * 6364136223846793005u + 1442695040888963407u;
    double fraction = static_cast<double>(state >> 11) * 0x1p-53;
    if (dtype == boolean) return fraction < 0.5;
    if (!is_floating(dtype)) {
      double first = dtype == u8 ? std::max(0.0, std::ceil(low)) : std::ceil(low);
      return first + std::floor(fraction * (std::max(first, std::floor(high)) - first + 1));
    }
    return stored(low + fraction * (high - low), dtype);
  });
}

long double epsilon(DType dtype) { return std::ldexp(1.0L, 1 - format(dtype).precision); }

long double subnormal_rounding(DType dtype) {
  return accumulator_of(dtype) == dtype ? 0 : unit_in_last_place(0, dtype) / 2;
}

long double ulp_distance(long double actual, long double expected, DType dtype) {
  if (std::isnan(actual) || std::isnan(expected)) return std::isnan(actual) && std::isnan(expected) ? 0 : HUGE_VALL;
  if (!is_floating(dtype)) return std::fabs(actual - expected);
  Format f = format(dtype);
  long double limit = std::ldexp(1.0L, f.max_exponent + 1);
  if (std::isinf(expected) && std::isinf(actual)) return std::signbit(expected) == std::signbit(actual) ? 0 : HUGE_VALL;
  auto bounded = [&](long double x) { return std::clamp(x, -limit, limit); };
  long double step = unit(std::min(std::fabs(bounded(expected)), std::nextafter(limit, 0.0L)), f);
  return std::fabs(bounded(actual) - bounded(expected)) / step;
}

std::string bit_difference(const Tensor &a, const Tensor &b) {
  std::ostringstream text;
  if (!(a.type() == b.type())) {
    text << "types differ: " << to_string(a.type()) << " and " << to_string(b.type());
    return text.str();
  }
  size_t size = size_of(a.dtype());
  auto *left = static_cast<const char *>(a.data()), *right = static_cast<const char *>(b.data());
  if (std::memcmp(left, right, size * static_cast<size_t>(a.size())) == 0) return "";
  Array x = array_of(a), y = array_of(b);
  for (size_t i = 0; i < x.values.size(); ++i) {
    if (std::memcmp(left + i * size, right + i * size, size) == 0) continue;
    if (std::isnan(x.values[i]) && std::isnan(y.values[i])) continue;
    text.precision(18);
    text << "element " << i << " of " << to_string(a.type()) << ": " << x.values[i] << " and " << y.values[i];
    return text.str();
  }
  return "";
}

bool same_bits(const Tensor &a, const Tensor &b) { return bit_difference(a, b).empty(); }

}  // namespace numeric

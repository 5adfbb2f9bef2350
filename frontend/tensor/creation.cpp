#include "etch/creation.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "etch/ops.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/axes.h"
#include "frontend/tensor/elementwise.h"
#include "frontend/tensor/storage.h"

namespace etch {
namespace detail {
namespace {

struct Number {
  double floating = 0;
  int64_t integer = 0;
  bool from_floating = false;
};

template <class T> T load(const void *where) {
  T value;
  std::memcpy(&value, where, sizeof value);
  return value;
}

Number load_number(DType dtype, const void *where) {
  switch (dtype) {
    case DType::boolean:
    case DType::u8: return {0, load<uint8_t>(where), false};
    case DType::i32: return {0, load<int32_t>(where), false};
    case DType::i64: return {0, load<int64_t>(where), false};
    case DType::f16: return {static_cast<float>(load<half>(where)), 0, true};
    case DType::bf16: return {static_cast<float>(load<bfloat16>(where)), 0, true};
    case DType::f32: return {load<float>(where), 0, true};
    case DType::f64: return {load<double>(where), 0, true};
  }
  return {};
}

}  // namespace

void require_same_length(size_t length, size_t expected, int depth, std::source_location at) {
  if (length == expected) return;
  throw UserError("[constant] lists of different lengths at depth " + std::to_string(depth) + ": " +
                      std::to_string(expected) + " and " + std::to_string(length) +
                      "; all rows of a tensor have one length",
                  at);
}

void require_filled(size_t length, const Shape &shape, std::source_location at) {
  const bool is_shape = std::all_of(shape.begin(), shape.end(), [](int64_t extent) { return extent >= 0; });
  if (!is_shape || length != static_cast<size_t>(shape.num_elements()))
    throw UserError("[constant] " + std::to_string(length) + " elements do not fill shape " + to_string(shape) +
                        "; pass a shape with the same number of elements",
                    at);
}

Tensor make_constant(const TensorType &type, const void *elements, std::optional<DType> dtype,
                     std::source_location at) {
  TensorType wanted{dtype.value_or(type.dtype), type.shape};
  std::vector<std::byte> converted;
  if (wanted.dtype != type.dtype) {
    size_t count = static_cast<size_t>(type.shape.num_elements());
    converted.resize(count * size_of(wanted.dtype));
    for (size_t i = 0; i < count; ++i) {
      Number value = load_number(type.dtype, static_cast<const std::byte *>(elements) + i * size_of(type.dtype));
      if (!value.from_floating) require_fits("constant", value.integer, wanted.dtype, at);
      store_number(wanted.dtype, converted.data() + i * size_of(wanted.dtype), value.floating, value.integer,
                   value.from_floating);
    }
    elements = converted.data();
  }
  return Trace::current() ? emit_constant(wanted, elements, at) : copy_of(wanted, elements);
}

namespace {

void require_possible(std::string_view op, const TensorType &type, Location at) {
  require_extents(op, type.shape, at);
  for (int64_t extent : type.shape)
    if (extent < 0)
      fail_op(op,
              "shape " + to_string(type.shape) +
                  " has an unknown extent; take extents of a tensor with etch::zeros_like or "
                  "etch::broadcast_to instead",
              at);
  try {
    bytes_of(type);
  } catch (const UserError &error) {
    fail_op(op, error.message(), at);
  }
}

Tensor filled(std::string_view op, const TensorType &type, double floating, int64_t integer, bool from_floating,
              Location at) {
  require_possible(op, type, at);
  if (Trace::current()) return emit_splat(type, floating, integer, from_floating, at);
  Tensor tensor = allocate_for(op, type, at);
  std::byte one[8];
  store_number(type.dtype, one, floating, integer, from_floating);
  size_t size = size_of(type.dtype), count = static_cast<size_t>(type.shape.num_elements());
  auto *data = static_cast<std::byte *>(tensor.body()->data);
  bool zero = std::all_of(one, one + size, [](std::byte b) { return b == std::byte{0}; });
  if (zero)
    std::memset(data, 0, size * count);
  else
    for (size_t i = 0; i < count; ++i) std::memcpy(data + i * size, one, size);
  return tensor;
}

}  // namespace
}  // namespace detail

Tensor zeros(Shape shape, DType dtype, std::source_location at) {
  return detail::filled("zeros", {dtype, shape}, 0, 0, false, at);
}
Tensor ones(Shape shape, DType dtype, std::source_location at) {
  return detail::filled("ones", {dtype, shape}, 0, 1, false, at);
}

Tensor full(Shape shape, Operand value, DType dtype) {
  if (value.kind == Operand::Kind::integer) detail::require_fits("full", value.integer, dtype, value.at);
  if (value.is_literal())
    return detail::filled("full", {dtype, shape}, value.floating, value.integer, value.kind == Operand::Kind::floating,
                          value.at);
  detail::CallerScope caller(value.at, "full");
  return broadcast_to(value, shape);
}

Tensor zeros_like(Operand x) {
  Tensor tensor = detail::as_tensor(x);
  return detail::Trace::current() ? detail::emit_splat_like(tensor, 0, x.at)
                                  : detail::filled("zeros_like", tensor.type(), 0, 0, false, x.at);
}
Tensor ones_like(Operand x) {
  Tensor tensor = detail::as_tensor(x);
  return detail::Trace::current() ? detail::emit_splat_like(tensor, 1, x.at)
                                  : detail::filled("ones_like", tensor.type(), 0, 1, false, x.at);
}

Tensor arange(int64_t n, DType dtype, std::source_location at) {
  if (n < 0)
    detail::fail_op("arange", "cannot count to " + std::to_string(n) + "; the number of elements is 0 or more", at);
  if (detail::Trace::current())
    return detail::emit(ir::OpCode::iota, {},
                        {{"shape", std::vector<int64_t>{n}}, {"axis", int64_t{0}}, {"dtype", dtype}}, at);
  Tensor tensor = detail::allocate_for("arange", {dtype, {n}}, at);
  auto *data = static_cast<std::byte *>(tensor.body()->data);
  for (int64_t i = 0; i < n; ++i)
    detail::store_number(dtype, data + static_cast<size_t>(i) * size_of(dtype), 0, i, false);
  return tensor;
}

Tensor arange(double start, double stop, double step, DType dtype, std::source_location at) {
  if (step == 0 || !std::isfinite(start) || !std::isfinite(stop) || !std::isfinite(step))
    detail::fail_op("arange", "needs finite bounds and a step other than 0", at);
  const double count = std::ceil((stop - start) / step);
  if (count > 0x1p62)
    detail::fail_op("arange", "would have more than 2^62 elements; a larger step makes them fewer", at);
  const TensorType type{f64, {std::max<int64_t>(0, static_cast<int64_t>(count))}};
  Tensor tensor = detail::allocate_for("arange", type, at);
  auto *values = static_cast<double *>(tensor.body()->data);
  for (int64_t i = 0; i < type.shape[0]; ++i) values[i] = start + static_cast<double>(i) * step;
  return detail::make_constant(type, values, dtype, at);
}

Tensor eye(int64_t n, DType dtype, std::source_location at) {
  if (n < 0) detail::fail_op("eye", "cannot make a matrix of " + std::to_string(n) + " rows", at);
  if (detail::Trace::current()) {
    auto index = [&](int64_t axis) {
      return detail::emit(ir::OpCode::iota, {}, {{"shape", std::vector<int64_t>{n, n}}, {"axis", axis}, {"dtype", i64}},
                          at);
    };
    return detail::cast_symbolic(detail::emit(ir::OpCode::equal, {index(0), index(1)}, {}, at), dtype, at);
  }
  Tensor tensor = detail::filled("eye", {dtype, {n, n}}, 0, 0, false, at);
  auto *data = static_cast<std::byte *>(tensor.body()->data);
  for (int64_t i = 0; i < n; ++i)
    detail::store_number(dtype, data + static_cast<size_t>(i * (n + 1)) * size_of(dtype), 1, 1, false);
  return tensor;
}

Tensor iota(Shape shape, int64_t axis, DType dtype, std::source_location at) {
  detail::OpKey key(ir::OpCode::iota);
  key.add(shape.dims()).add(static_cast<uint64_t>(axis)).add(static_cast<uint64_t>(dtype));
  int64_t own = axis < 0 ? axis + shape.rank() : axis;
  return detail::run_op(key, {}, at, [&](std::span<const Tensor>) {
    return detail::emit(ir::OpCode::iota, {}, {{"shape", shape.to_vector()}, {"axis", own}, {"dtype", dtype}}, at);
  });
}

}  // namespace etch

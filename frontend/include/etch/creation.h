#pragma once
// Tensors from values and from nothing.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <source_location>
#include <vector>

#include "etch/operand.h"

namespace etch {

namespace detail {
/// A tensor of `type` from dense elements of another (or the same) dtype; a recorded constant inside a trace.
Tensor make_constant(const TensorType &elements_type, const void *elements, std::optional<DType> dtype,
                     std::source_location at);
void require_same_length(size_t length, size_t expected, int depth, std::source_location at);
void require_filled(size_t length, const Shape &shape, std::source_location at);

template <class T> using List = std::initializer_list<T>;
using Here = std::source_location;

template <Element T> void append(std::vector<char> &bytes, const T *elements, size_t count) {
  const char *begin = reinterpret_cast<const char *>(elements);
  bytes.insert(bytes.end(), begin, begin + count * sizeof(T));
}
}  // namespace detail

/// A 0-d tensor.
///
///     etch::constant(2.5f)                       // 2.5 shape=[] dtype=f32
///     etch::constant(2.5, etch::f16)             // with a dtype
template <Element T>
Tensor constant(T value, std::optional<DType> dtype = {}, detail::Here at = detail::Here::current()) {
  return detail::make_constant({dtype_of<T>, {}}, &value, dtype, at);
}
/// Tensors from nested lists, up to rank 4. The C++ type of the numbers decides the dtype (1 is i32, 1.f is f32, 1.0 is
/// f64) unless one is given. Throws UserError when rows have different lengths.
///
///     etch::constant({{1.f, 2.f}, {3.f, 4.f}})   // shape=[2,2] dtype=f32
template <Element T>
Tensor constant(detail::List<T> values, std::optional<DType> dtype = {}, detail::Here at = detail::Here::current()) {
  return detail::make_constant({dtype_of<T>, {static_cast<int64_t>(values.size())}}, values.begin(), dtype, at);
}
template <Element T>
Tensor constant(detail::List<detail::List<T>> rows, std::optional<DType> dtype = {},
                detail::Here at = detail::Here::current()) {
  std::vector<char> bytes;
  size_t columns = rows.size() ? rows.begin()->size() : 0;
  for (const auto &row : rows) {
    detail::require_same_length(row.size(), columns, 1, at);
    detail::append(bytes, row.begin(), row.size());
  }
  return detail::make_constant({dtype_of<T>, {static_cast<int64_t>(rows.size()), static_cast<int64_t>(columns)}},
                               bytes.data(), dtype, at);
}
template <Element T>
Tensor constant(detail::List<detail::List<detail::List<T>>> planes, std::optional<DType> dtype = {},
                detail::Here at = detail::Here::current()) {
  std::vector<char> bytes;
  size_t rows = planes.size() ? planes.begin()->size() : 0;
  size_t columns = rows ? planes.begin()->begin()->size() : 0;
  for (const auto &plane : planes) {
    detail::require_same_length(plane.size(), rows, 1, at);
    for (const auto &row : plane) {
      detail::require_same_length(row.size(), columns, 2, at);
      detail::append(bytes, row.begin(), row.size());
    }
  }
  return detail::make_constant(
      {dtype_of<T>, {static_cast<int64_t>(planes.size()), static_cast<int64_t>(rows), static_cast<int64_t>(columns)}},
      bytes.data(), dtype, at);
}
template <Element T>
Tensor constant(detail::List<detail::List<detail::List<detail::List<T>>>> blocks, std::optional<DType> dtype = {},
                detail::Here at = detail::Here::current()) {
  std::vector<char> bytes;
  size_t planes = blocks.size() ? blocks.begin()->size() : 0;
  size_t rows = planes ? blocks.begin()->begin()->size() : 0;
  size_t columns = rows ? blocks.begin()->begin()->begin()->size() : 0;
  for (const auto &block : blocks) {
    detail::require_same_length(block.size(), planes, 1, at);
    for (const auto &plane : block) {
      detail::require_same_length(plane.size(), rows, 2, at);
      for (const auto &row : plane) {
        detail::require_same_length(row.size(), columns, 3, at);
        detail::append(bytes, row.begin(), row.size());
      }
    }
  }
  return detail::make_constant({dtype_of<T>,
                                {static_cast<int64_t>(blocks.size()), static_cast<int64_t>(planes),
                                 static_cast<int64_t>(rows), static_cast<int64_t>(columns)}},
                               bytes.data(), dtype, at);
}
/// Elements in row-major order with a shape. Throws UserError when their number differs from the shape's.
///
///     etch::from_vector(std::vector<float>{1, 2, 3, 4}, {2, 2})
template <Element T>
Tensor from_vector(const std::vector<T> &values, Shape shape, detail::Here at = detail::Here::current()) {
  detail::require_filled(values.size(), shape, at);
  if constexpr (std::same_as<T, bool>) {
    std::vector<uint8_t> bytes(values.begin(), values.end());
    return detail::make_constant({boolean, shape}, bytes.data(), {}, at);
  } else {
    return detail::make_constant({dtype_of<T>, shape}, values.data(), {}, at);
  }
}
template <Element T>
Tensor constant(const std::vector<T> &values, Shape shape, detail::Here at = detail::Here::current()) {
  return from_vector(values, shape, at);
}
template <Element T>
Tensor constant(const std::vector<T> &values, detail::Here at = detail::Here::current()) {
  return from_vector(values, {static_cast<int64_t>(values.size())}, at);
}

/// All zeros; all ones; all `value` (a C++ number takes `dtype`, f32 by default).
Tensor zeros(Shape shape, DType dtype = f32, detail::Here at = detail::Here::current());
Tensor ones(Shape shape, DType dtype = f32, detail::Here at = detail::Here::current());
Tensor full(Shape shape, Operand value, DType dtype = f32);
/// Of the dtype and shape of another tensor.
Tensor zeros_like(Operand x);
Tensor ones_like(Operand x);
/// 0, 1, ..., n - 1.
Tensor arange(int64_t n, DType dtype = i64, detail::Here at = detail::Here::current());
/// start, start + step, ... below stop (above it for a negative step). Throws UserError for step 0.
Tensor arange(double start, double stop, double step = 1, DType dtype = f32, detail::Here at = detail::Here::current());
/// Ones on the diagonal of an n x n matrix.
///
///     etch::eye(2)  // [[1. 0.]
///                   //  [0. 1.]]
Tensor eye(int64_t n, DType dtype = f32, detail::Here at = detail::Here::current());

}  // namespace etch

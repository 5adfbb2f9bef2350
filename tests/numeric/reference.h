#pragma once
// What Etch's numbers are judged by: arrays of long double, plain loops, distances in units in the last place. Nothing
// here calls Etch to compute.

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "etch/tensor.h"

namespace numeric {

using etch::DType;
using etch::Shape;
using etch::Tensor;
using Position = std::vector<int64_t>;

/// A row-major array in a precision that holds every element type exactly (i64 included).
struct Array {
  Shape shape;
  std::vector<long double> values;

  long double &operator[](const Position &position) { return values[offset(position)]; }
  long double operator[](const Position &position) const { return values[offset(position)]; }
  size_t offset(const Position &position) const;
  int64_t extent(int axis) const { return shape[axis]; }
  int rank() const { return shape.rank(); }
};
using Arrays = std::vector<Array>;

/// The array whose element at `position` is element(position).
Array generate(const Shape &shape, const std::function<long double(const Position &)> &element);
void for_each_position(const Shape &shape, const std::function<void(const Position &)> &visit);
/// Reads with NumPy's broadcasting: the element that meets `position` of a larger shape.
long double broadcast_read(const Array &array, const Position &position);
Shape broadcast_shape(const Shape &a, const Shape &b);

Array array_of(const Tensor &tensor);
/// Rounded to the dtype (integers wrap).
Tensor tensor_of(const Array &array, DType dtype);
/// What an element becomes when it is stored: integers wrap, floats round to nearest even.
long double stored(long double value, DType dtype);
/// Deterministic numbers in [low, high], stored as dtype; integers for integer dtypes.
Array sample(const Shape &shape, DType dtype, double low, double high, uint64_t seed);

/// |actual - expected| in units in the last place of the dtype at `expected`. 0 for two NaN or the same infinity;
/// beyond the largest number, infinity counts as the next one.
long double ulp_distance(long double actual, long double expected, DType dtype);
/// The distance from 1 to the next number: 2^-7, 2^-10, 2^-23, 2^-52.
long double epsilon(DType dtype);

/// The distance between neighbours of the dtype at a number.
long double unit_in_last_place(long double value, DType dtype);
/// How far the rounding of a wider sum to this dtype may move it below the normal numbers; 0 where sums are not wider.
long double subnormal_rounding(DType dtype);

/// Bit for bit the same dtype, shape and elements (any NaN equals any NaN).
bool same_bits(const Tensor &a, const Tensor &b);
/// "" if they are, else where they differ first.
std::string bit_difference(const Tensor &a, const Tensor &b);

inline const std::vector<DType> kFloats = {etch::f64, etch::f32, etch::f16, etch::bf16};
inline const std::vector<DType> kIntegers = {etch::i64, etch::i32, etch::u8};
inline const std::vector<DType> kNumbers = {etch::f64, etch::f32, etch::f16, etch::bf16,
                                            etch::i64, etch::i32, etch::u8};
inline const std::vector<DType> kAll = {etch::f64, etch::f32, etch::f16, etch::bf16,
                                        etch::i64, etch::i32, etch::u8,  etch::boolean};

}  // namespace numeric

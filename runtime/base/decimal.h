#pragma once
// Decimal spellings of single floats of any width, as NumPy spells them. format.h arranges them into arrays.

#include <string>

#include "runtime/base/dtype.h"

namespace etch {

/// The fewest digits that name `value` among all values of `dtype`: d[0].d[1]d[2]... x 10^exponent, no sign.
struct ShortestDigits {
  std::string digits;
  int exponent = 0;
};
/// `value` is finite and exactly representable in `dtype`, a floating dtype.
ShortestDigits shortest_digits(double value, DType dtype);

/// "-12.5", "3.": shortest, at most `max_fraction` digits after the point, trailing zeros dropped, the point kept.
/// Digits before the point are always exact.
std::string positional_text(double value, DType dtype, int max_fraction);

/// Shortest mantissa with at most `max_fraction` digits after the point, e.g. "-1.25" of -1.25e-07, and the exponent.
struct ScientificText {
  std::string mantissa;
  int exponent = 0;
};
ScientificText scientific_text(double value, DType dtype, int max_fraction);
/// The same with exactly `fraction` digits after the point: the shortest ones where there are as many of them, else
/// those of the exact value.
ScientificText fixed_scientific_text(double value, DType dtype, int fraction);

/// The value alone, as NumPy prints a scalar: all shortest digits; "2.0", "0.0001", "1e-05", "1e+16", "nan", "-inf".
std::string scalar_text(double value, DType dtype);

}  // namespace etch

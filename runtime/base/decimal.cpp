#include "runtime/base/decimal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace etch {
namespace {

// to_chars of a double in a given form. 400 characters hold any double with up to 60 digits after the point.
std::string exact_text(double value, std::chars_format form, int precision) {
  char text[400];
  return {text, std::to_chars(text, text + sizeof text, value, form, precision).ptr};
}

// Splits "1.25e-07" into digits "125" and exponent -7.
ShortestDigits split_scientific(std::string_view text) {
  const size_t e = text.find('e');
  ShortestDigits result;
  for (char c : text.substr(0, e))
    if (c != '.' && c != '-') result.digits += c;
  result.exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  return result;
}

// The standard library has no floats of 16 bits: the first precision with a decimal that rounds back to the number.
// Below a power of two they lie closer than above, so that the nearest decimal may miss where the next one up still
// hits.
ShortestDigits shortest_narrow_digits(double value, DType dtype) {
  for (int precision = 0;; ++precision) {
    const std::string nearest = exact_text(value, std::chars_format::scientific, precision);
    const double nearest_value = std::strtod(nearest.c_str(), nullptr);
    const double step = std::pow(10.0, split_scientific(nearest).exponent - precision);
    const std::string above = exact_text(nearest_value + step, std::chars_format::scientific, precision);
    for (const std::string &text : {nearest, above})
      if (round_to(dtype, std::strtod(text.c_str(), nullptr)) == value) return split_scientific(text);
  }
}

void drop_trailing_zeros(std::string &text) {
  while (text.back() == '0') text.pop_back();
}

// "125", -2 -> "0.0125"; "125", 1 -> "12.5"; "2", 1 -> "20."
std::string place_point(const ShortestDigits &shortest) {
  const auto &[digits, exponent] = shortest;
  if (exponent < 0) return "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  const size_t integer_digits = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= integer_digits) return digits + std::string(integer_digits - digits.size(), '0') + '.';
  return digits.substr(0, integer_digits) + '.' + digits.substr(integer_digits);
}

std::string non_finite_text(double value) { return std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf"; }

}  // namespace

ShortestDigits shortest_digits(double value, DType dtype) {
  value = std::abs(value);
  if (value == 0) return {"0", 0};
  if (dtype == DType::f16 || dtype == DType::bf16) return shortest_narrow_digits(value, dtype);
  char text[32];
  constexpr auto form = std::chars_format::scientific;
  const auto end = dtype == DType::f32 ? std::to_chars(text, text + sizeof text, static_cast<float>(value), form)
                                       : std::to_chars(text, text + sizeof text, value, form);
  return split_scientific({text, end.ptr});
}

std::string positional_text(double value, DType dtype, int max_fraction) {
  const ShortestDigits shortest = shortest_digits(value, dtype);
  const int last_digit = shortest.exponent - static_cast<int>(shortest.digits.size()) + 1;
  const std::string sign = std::signbit(value) ? "-" : "";
  if (last_digit < -max_fraction) {
    // Cut: rounded from the exact value, not from its shortest digits, which would round twice.
    std::string text = exact_text(std::abs(value), std::chars_format::fixed, max_fraction);
    drop_trailing_zeros(text);
    return sign + text;
  }
  // The shortest digits of a large integer stop early (65500 for the half 65504): show it exactly.
  if (last_digit > 0) return sign + exact_text(std::abs(value), std::chars_format::fixed, 0) + '.';
  std::string text = place_point(shortest);
  drop_trailing_zeros(text);
  return sign + text;
}

ScientificText fixed_scientific_text(double value, DType dtype, int fraction) {
  ShortestDigits digits = shortest_digits(value, dtype);
  if (static_cast<int>(digits.digits.size()) != fraction + 1)
    digits = split_scientific(exact_text(std::abs(value), std::chars_format::scientific, fraction));
  return {(std::signbit(value) ? "-" : "") + digits.digits.substr(0, 1) + '.' + digits.digits.substr(1),
          digits.exponent};
}

ScientificText scientific_text(double value, DType dtype, int max_fraction) {
  const int shortest = static_cast<int>(shortest_digits(value, dtype).digits.size()) - 1;
  ScientificText text = fixed_scientific_text(value, dtype, std::min(shortest, max_fraction));
  drop_trailing_zeros(text.mantissa);
  return text;
}

std::string scalar_text(double value, DType dtype) {
  if (!std::isfinite(value)) return non_finite_text(value);
  const ShortestDigits shortest = shortest_digits(value, dtype);
  const std::string sign = std::signbit(value) ? "-" : "";
  const double magnitude = std::abs(value);
  if (magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16)) {
    std::string text = place_point(shortest);
    return sign + (text.back() == '.' ? text + '0' : text);
  }
  std::string text = sign + shortest.digits.substr(0, 1);
  if (shortest.digits.size() > 1) text += '.' + shortest.digits.substr(1);
  const std::string exponent = std::to_string(std::abs(shortest.exponent));
  return text + (shortest.exponent < 0 ? "e-" : "e+") + (exponent.size() < 2 ? "0" : "") + exponent;
}

}  // namespace etch

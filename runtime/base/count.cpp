#include "runtime/base/count.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace etch {

namespace {

/// Not in the notation with an exponent, which %g takes for four digits before the point.
std::string three_digits(double value) {
  const int before_point = value < 1 ? 1 : static_cast<int>(std::log10(value)) + 1;
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.*f", before_point < 3 ? 3 - before_point : 0, value);
  return text.data();
}

}  // namespace

std::string count_text(int64_t count, std::string_view noun) {
  return std::to_string(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

std::string quantity_text(int64_t quantity, std::string_view unit) {
  if (quantity < 0) return "unknown " + std::string(unit);
  if (quantity < 1000) return std::to_string(quantity) + ' ' + std::string(unit);
  constexpr std::array<char, 5> kPrefixes = {'k', 'M', 'G', 'T', 'P'};
  double value = static_cast<double>(quantity) / 1000;
  size_t prefix = 0;
  // 999.5 and more would be written with four digits.
  for (; value >= 999.5 && prefix + 1 < kPrefixes.size(); ++prefix) value /= 1000;
  return three_digits(value) + ' ' + kPrefixes[prefix] + std::string(unit);
}

std::string milliseconds_text(double milliseconds) { return three_digits(milliseconds) + " ms"; }

}  // namespace etch

#include "runtime/base/dtype.h"

#include <bit>
#include <cmath>
#include <iterator>

namespace etch {
namespace {

struct Row {
  std::string_view name, mlir_name, numpy_name;
  size_t size;
  DTypeKind kind;
};

constexpr Row kRows[] = {
#define ETCH_DTYPE_ROW(name, mlir, bytes, kind, numpy) {#name, mlir, numpy, bytes, DTypeKind::kind},
    ETCH_DTYPES(ETCH_DTYPE_ROW)
#undef ETCH_DTYPE_ROW
};
constexpr size_t kNumDTypes = std::size(kRows);

const Row &row_of(DType dtype) { return kRows[static_cast<size_t>(dtype)]; }

constexpr uint32_t kFloatSign = 0x80000000u;

// One of the two floats beside `value`, the one with an odd last bit; `value` itself where it is a float. Rounding that
// to sixteen bits gives what rounding `value` at once would: it is on no tie that `value` is not on.
float odd_neighbour(double value) {
  float nearest = static_cast<float>(value);
  const uint32_t bits = std::bit_cast<uint32_t>(nearest);
  if (std::isnan(value) || static_cast<double>(nearest) == value || (bits & 1u)) return nearest;
  // Infinity is even and the largest float odd.
  return std::nextafter(nearest, value < static_cast<double>(nearest) ? -INFINITY : INFINITY);
}

// Nearest half, ties to even; overflow goes to infinity, NaN stays NaN (quiet, upper payload bits kept).
uint16_t half_bits_of(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint16_t sign = static_cast<uint16_t>((bits & kFloatSign) >> 16);
  const uint32_t magnitude = bits & ~kFloatSign;
  if (magnitude > 0x7f800000u) return sign | 0x7e00u | static_cast<uint16_t>((magnitude >> 13) & 0x1ffu);
  if (magnitude >= 0x477ff000u) return sign | 0x7c00u;  // 65520 and above round to infinity
  if (magnitude >= 0x38800000u) {                       // 2^-14: a normal half
    const uint32_t rebiased = magnitude - (112u << 23);
    return sign | static_cast<uint16_t>((rebiased + 0xfffu + ((rebiased >> 13) & 1u)) >> 13);
  }
  if (magnitude <= 0x33000000u) return sign;  // 2^-25 and below: the tie goes to the even zero
  // Subnormal: the result counts steps of 2^-24. A carry out of the last one makes the smallest normal by itself.
  const uint32_t significand = (magnitude & 0x7fffffu) | 0x800000u;
  const uint32_t shift = 126u - (magnitude >> 23);
  const uint32_t quotient = significand >> shift;
  const uint32_t remainder = significand & ((1u << shift) - 1u);
  const uint32_t halfway = 1u << (shift - 1u);
  const bool round_up = remainder > halfway || (remainder == halfway && (quotient & 1u));
  return sign | static_cast<uint16_t>(quotient + round_up);
}

float float_of_half(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1fu;
  const uint32_t fraction = bits & 0x3ffu;
  if (exponent == 0x1fu) return std::bit_cast<float>(sign | 0x7f800000u | (fraction << 13));
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112u) << 23) | (fraction << 13));
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;  // exact
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
}

// As half_bits_of.
uint16_t bfloat_bits_of(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & ~kFloatSign) > 0x7f800000u) return static_cast<uint16_t>((bits >> 16) | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

// Inside a kind the wider type is higher. f16 and bf16 share a level.
int promotion_level(DType dtype) { return static_cast<int>(kind_of(dtype)) * 16 + static_cast<int>(size_of(dtype)); }

}  // namespace

size_t size_of(DType dtype) { return row_of(dtype).size; }
DTypeKind kind_of(DType dtype) { return row_of(dtype).kind; }
std::string_view name_of(DType dtype) { return dtype == DType::boolean ? "bool" : row_of(dtype).name; }
std::string_view mlir_name_of(DType dtype) { return row_of(dtype).mlir_name; }
std::string_view numpy_name_of(DType dtype) { return row_of(dtype).numpy_name; }

std::optional<DType> dtype_from_name(std::string_view name) {
  for (size_t i = 0; i < kNumDTypes; ++i)
    if (name_of(static_cast<DType>(i)) == name) return static_cast<DType>(i);
  if (name == "i1") return DType::boolean;
  return std::nullopt;
}

std::optional<DType> dtype_from_numpy(std::string_view descr) {
  for (size_t i = 0; i < kNumDTypes; ++i)
    if (kRows[i].numpy_name == descr) return static_cast<DType>(i);
  return std::nullopt;
}

DType promote(DType a, DType b) {
  if (a == b) return a;
  const int level_a = promotion_level(a), level_b = promotion_level(b);
  if (level_a == level_b) return DType::f32;
  return level_a < level_b ? b : a;
}

DType accumulator_of(DType dtype) { return dtype == DType::f16 || dtype == DType::bf16 ? DType::f32 : dtype; }

half::half(double value) : bits(half_bits_of(odd_neighbour(value))) {}
half::operator float() const { return float_of_half(bits); }

bfloat16::bfloat16(double value) : bits(bfloat_bits_of(odd_neighbour(value))) {}
bfloat16::operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

double round_to(DType dtype, double value) {
  switch (dtype) {
    case DType::f16: return static_cast<float>(half(value));
    case DType::bf16: return static_cast<float>(bfloat16(value));
    case DType::f32: return static_cast<float>(value);
    default: return value;
  }
}

}  // namespace etch

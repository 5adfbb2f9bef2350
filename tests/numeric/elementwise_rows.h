#pragma once
// The rows of elementwise.def as tables, with their oracles.

#include <limits>

#include "tests/numeric/checks.h"
#include "tests/numeric/special_functions.h"

namespace numeric {

using namespace etch;

// -- Oracles

inline long double larger(long double x, long double y) {
  if (std::isnan(x) || std::isnan(y)) return NAN;
  if (x == 0 && y == 0) return std::signbit(x) ? y : x;
  return x > y ? x : y;
}

template <class T> T integer_power(T base, T exponent) {
  using U = std::make_unsigned_t<T>;
  if (std::is_signed_v<T> && exponent < 0)
    return base == 1 ? 1 : base == static_cast<T>(-1) ? (exponent % 2 ? -1 : 1) : 0;
  U result = 1, factor = static_cast<U>(base);
  for (U n = static_cast<U>(exponent); n; n >>= 1) {
    if (n & 1) result = static_cast<U>(result * factor);
    factor = static_cast<U>(factor * factor);
  }
  return static_cast<T>(result);
}

/// Whether a shift by y leaves bits; y counts as unsigned.
template <class T> bool fits_shift(T y) { return static_cast<std::make_unsigned_t<T>>(y) < 8 * sizeof(T); }

// -- The table

enum Derivative { smooth, once, zero, none };
struct Domain {
  double low, high;
};
using Real = long double;

struct UnaryRow {
  const char *op;
  Tensor (*apply)(Operand);
  Domain x;
  double ulp32, ulp64;
  Derivative derivative;
  Real (*oracle)(Real);
};
inline const std::vector<UnaryRow> kUnary = {
#define UNARY(op, domain, ulp32, ulp64, derivative, oracle) \
  {#op, etch::op, Domain domain, ulp32, ulp64, derivative, [](Real x) -> Real { return oracle; }},
#include "tests/numeric/elementwise.def"
};

struct BinaryRow {
  const char *op;
  Tensor (*apply)(Operand, Operand);
  Domain x, y;
  double ulp32, ulp64;
  Derivative derivative;
  Real (*oracle)(Real, Real);
};
inline const std::vector<BinaryRow> kBinary = {
#define BINARY(op, domain_x, domain_y, ulp32, ulp64, derivative, oracle) \
  {#op,   etch::op, Domain domain_x, Domain domain_y,                    \
   ulp32, ulp64,    derivative,      [](Real x, Real y) -> Real { return oracle; }},
#include "tests/numeric/elementwise.def"
};

struct ClassifyRow {
  const char *op;
  Tensor (*apply)(Operand);
  bool (*oracle)(Real);
};
inline const std::vector<ClassifyRow> kClassify = {
#define CLASSIFY(op, oracle) {#op, etch::op, [](Real x) -> bool { return oracle; }},
#include "tests/numeric/elementwise.def"
};

// Integer rows compute in T itself; a function for each dtype.
template <class T> Real unary_integer(const std::string &op, T x) {
  using U = std::make_unsigned_t<T>;
  static_cast<void>(static_cast<U>(0));
#define UNARY_INTEGER(name, oracle) \
  if (op == #name) return static_cast<T>(oracle);
#include "tests/numeric/elementwise.def"
  return 0;
}
template <class T> Real binary_integer(const std::string &op, T x, T y) {
  using U = std::make_unsigned_t<T>;
#define BINARY_INTEGER(name, oracle) \
  if (op == #name) return static_cast<T>(oracle);
#include "tests/numeric/elementwise.def"
  return 0;
}
inline Real unary_integer(DType dtype, const std::string &op, Real x) {
  if (dtype == u8) return unary_integer(op, static_cast<uint8_t>(x));
  if (dtype == i32) return unary_integer(op, static_cast<int32_t>(x));
  return unary_integer(op, static_cast<int64_t>(x));
}
inline Real binary_integer(DType dtype, const std::string &op, Real x, Real y) {
  if (dtype == u8) return binary_integer(op, static_cast<uint8_t>(x), static_cast<uint8_t>(y));
  if (dtype == i32) return binary_integer(op, static_cast<int32_t>(x), static_cast<int32_t>(y));
  return binary_integer(op, static_cast<int64_t>(x), static_cast<int64_t>(y));
}
struct NamedUnary {
  const char *op;
  Tensor (*apply)(Operand);
};
struct NamedBinary {
  const char *op;
  Tensor (*apply)(Operand, Operand);
};
inline const std::vector<NamedUnary> kUnaryInteger = {
#define UNARY_INTEGER(op, oracle) {#op, etch::op},
#include "tests/numeric/elementwise.def"
};
inline const std::vector<NamedBinary> kBinaryInteger = {
#define BINARY_INTEGER(op, oracle) {#op, etch::op},
#include "tests/numeric/elementwise.def"
};

/// Comparisons and logical ops: long double orders every element as its own type does.
struct TestRow {
  const char *op;
  Tensor (*apply)(Operand, Operand);
  bool (*oracle)(Real, Real);
};
inline const std::vector<TestRow> kComparisons = {
#define COMPARISON(op, oracle) {#op, etch::op, [](Real x, Real y) -> bool { return oracle; }},
#include "tests/numeric/elementwise.def"
};
inline const std::vector<TestRow> kLogical = {
#define LOGICAL_BINARY(op, oracle) {#op, etch::op, [](Real x, Real y) -> bool { return oracle; }},
#include "tests/numeric/elementwise.def"
};

// -- Expected values

inline Array map(const Array &x, const std::function<Real(Real)> &f) {
  Array result = x;
  for (Real &value : result.values) value = f(value);
  return result;
}
inline Array map(const Array &x, const Array &y, const std::function<Real(Real, Real)> &f) {
  return generate(broadcast_shape(x.shape, y.shape),
                  [&](const Position &p) { return f(broadcast_read(x, p), broadcast_read(y, p)); });
}
inline std::string label(const char *op, DType dtype, const Shape &shape) {
  return std::string(op) + " " + std::string(name_of(dtype)) + to_string(shape);
}

}  // namespace numeric

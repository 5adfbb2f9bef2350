#pragma once
// Operand: what every op takes, so that tensors, variables and C++ numbers mix and the user's line is known.

#include <concepts>
#include <cstdint>
#include <limits>
#include <source_location>
#include <type_traits>
#include <vector>

#include "etch/shaping.h"
#include "etch/tensor.h"
#include "etch/variable.h"
#include "etch/windows.h"

namespace etch {
namespace detail {

[[noreturn]] void fail_beyond_i64(uint64_t value, Location at);
/// A whole number as an i64. Throws UserError for one that i64 does not hold.
template <std::integral T> int64_t to_i64(T value, Location at) {
  if constexpr (std::unsigned_integral<T> && sizeof(T) == sizeof(int64_t))
    if (value > static_cast<T>(INT64_MAX)) [[unlikely]]
      fail_beyond_i64(value, at);
  return static_cast<int64_t>(value);
}

}  // namespace detail

/// A number that may change from call to call without a new trace, unlike a plain C++ number, which is compiled in.
/// It has no dtype of its own: it takes that of the tensor it meets (an integer tensor with a floating Scalar gives
/// f32).
///
///     auto step = etch::function([&](Tensor x, Scalar rate) { return x * rate; });
///     step(x, 0.1f);  step(x, 0.2f);   // one trace
class Scalar {
 public:
  Scalar() : Scalar(0.0) {}
  Scalar(std::floating_point auto value) : kind_(DType::f64) { storage_.floating = static_cast<double>(value); }
  Scalar(bool value) : kind_(DType::boolean) { storage_.integer = value; }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Scalar(T value, std::source_location at = std::source_location::current()) : kind_(DType::i64) {
    storage_.integer = detail::to_i64(value, at);
  }
  /// The number in a 0-d tensor, which may be one that is being traced. Throws UserError for another shape.
  explicit Scalar(const Tensor &tensor, std::source_location at = std::source_location::current());

  /// f64, i64 or bool: what it is stored as.
  DType kind() const { return kind_; }
  bool is_symbolic() const { return tensor_.is_symbolic(); }
  /// The number. Throws UserError while tracing, naming the remedies.
  double value(std::source_location at = std::source_location::current()) const;
  /// As a 0-d tensor of its kind.
  Tensor tensor() const;
  /// Null while tracing, and when the tensor has been donated.
  const void *data() const { return tensor_.defined() ? tensor_.body()->data : &storage_; }

 private:
  DType kind_;
  union {
    double floating;
    int64_t integer;
  } storage_{};
  Tensor tensor_;
};

/// An argument of an op: a Tensor, a Variable (read here), a Scalar or a C++ number, and the line it was written at.
/// C++ numbers are weakly typed: they take the dtype of the tensor they meet if it is of the same or a higher kind.
/// Throws UserError for an unsigned number above the greatest i64.
struct Operand {
  enum class Kind : uint8_t { tensor, floating, integer, boolean };

  Tensor tensor;
  Kind kind = Kind::tensor;
  DType literal_dtype = DType::f32;  ///< dtype of a C++ number among C++ numbers only
  double floating = 0;
  int64_t integer = 0;
  Location at;

  Operand(const Tensor &tensor, std::source_location at = std::source_location::current()) : tensor(tensor), at(at) {}
  Operand(Tensor &&tensor, std::source_location at = std::source_location::current())
      : tensor(std::move(tensor)), at(at) {}
  Operand(const Variable &variable, std::source_location at = std::source_location::current())
      : tensor(variable.read(at)), at(at) {}
  Operand(const Scalar &scalar, std::source_location at = std::source_location::current())
      : tensor(scalar.tensor()), at(at) {}
  template <class T>
    requires std::is_arithmetic_v<T>
  Operand(T value, std::source_location at = std::source_location::current()) : at(at) {
    if constexpr (std::same_as<T, bool>) {
      kind = Kind::boolean;
      literal_dtype = DType::boolean;
      integer = value;
    } else if constexpr (std::integral<T>) {
      kind = Kind::integer;
      literal_dtype = std::numeric_limits<T>::digits > 31 ? DType::i64 : DType::i32;
      integer = detail::to_i64(value, at);
    } else {
      kind = Kind::floating;
      literal_dtype = sizeof(T) > 4 ? DType::f64 : DType::f32;
      floating = static_cast<double>(value);
    }
  }
  bool is_literal() const { return kind != Kind::tensor; }
};

/// Any number of tensors, for print and friends.
using Operands = std::vector<Operand>;

Tensor operator+(Operand x, Operand y);
Tensor operator-(Operand x, Operand y);
Tensor operator*(Operand x, Operand y);
Tensor operator/(Operand x, Operand y);
Tensor operator%(Operand x, Operand y);
Tensor operator-(Operand x);
Tensor operator==(Operand x, Operand y);
Tensor operator!=(Operand x, Operand y);
Tensor operator<(Operand x, Operand y);
Tensor operator<=(Operand x, Operand y);
Tensor operator>(Operand x, Operand y);
Tensor operator>=(Operand x, Operand y);
/// Logical, on bool tensors. (There is no short circuit, so && and || are not overloaded.)
Tensor operator&(Operand x, Operand y);
Tensor operator|(Operand x, Operand y);
Tensor operator^(Operand x, Operand y);
Tensor operator!(Operand x);
/// (Spelled out, because a Tensor is also a condition: see Tensor::operator bool.)
Tensor operator!(const Tensor &x);

}  // namespace etch

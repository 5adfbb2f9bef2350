#pragma once
// Element types. One table; everything that depends on a dtype is derived from it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace etch {

/// What arithmetic an element type follows.
enum class DTypeKind : uint8_t { boolean, unsigned_integer, signed_integer, floating };

// X(name, spelling in MLIR, bytes, kind, NumPy type string)
// Numbers of dtypes are in compiled code and files: new ones go to the end. NumPy has no bfloat16: ml_dtypes, which
// adds it, saves it as two bytes without a meaning.
#define ETCH_DTYPES(X)                     \
  X(boolean, "i1", 1, boolean, "|b1")      \
  X(u8, "ui8", 1, unsigned_integer, "|u1") \
  X(i32, "i32", 4, signed_integer, "<i4")  \
  X(i64, "i64", 8, signed_integer, "<i8")  \
  X(f16, "f16", 2, floating, "<f2")        \
  X(f32, "f32", 4, floating, "<f4")        \
  X(f64, "f64", 8, floating, "<f8")        \
  X(bf16, "bf16", 2, floating, "<V2")

/// Element type of a tensor. `boolean` is stored as one byte holding 0 or 1.
enum class DType : uint8_t {
#define ETCH_DTYPE_ENUM(name, ...) name,
  ETCH_DTYPES(ETCH_DTYPE_ENUM)
#undef ETCH_DTYPE_ENUM
};

// Short names for user code: etch::f32, etch::i64, ...
inline constexpr DType boolean = DType::boolean;
inline constexpr DType u8 = DType::u8;
inline constexpr DType i32 = DType::i32;
inline constexpr DType i64 = DType::i64;
inline constexpr DType f16 = DType::f16;
inline constexpr DType f32 = DType::f32;
inline constexpr DType f64 = DType::f64;
inline constexpr DType bf16 = DType::bf16;

/// Bytes of one element in memory.
size_t size_of(DType dtype);
DTypeKind kind_of(DType dtype);
/// The name a user writes and reads: "bool", "u8", "i32", "i64", "f16", "bf16", "f32", "f64".
std::string_view name_of(DType dtype);
/// The MLIR spelling: "i1", "ui8", "i32", ...
std::string_view mlir_name_of(DType dtype);
/// NumPy's type string, as in a .npy header: "<f4", "|b1", ...
std::string_view numpy_name_of(DType dtype);
/// Inverse of name_of (also accepts "i1"); nullopt for an unknown name.
std::optional<DType> dtype_from_name(std::string_view name);
std::optional<DType> dtype_from_numpy(std::string_view descr);

inline bool is_floating(DType dtype) { return kind_of(dtype) == DTypeKind::floating; }
inline bool is_integer(DType dtype) {
  return kind_of(dtype) == DTypeKind::signed_integer || kind_of(dtype) == DTypeKind::unsigned_integer;
}

/// The dtype two operands meet in: the wider kind wins (bool < integers < floats), inside a kind the wider type.
/// An integer never widens a float: i64 with f16 gives f16. Neither of f16 and bf16 holds the other: they give f32.
/// (The rules are JAX's; docs/semantics.md has the table.)
DType promote(DType a, DType b);

/// The dtype that sums and products of many elements are kept in: f32 for f16 and bf16, else the dtype itself.
DType accumulator_of(DType dtype);

/// IEEE binary16 as stored; arithmetic is the compiler's business. From a number: the nearest, ties to even.
struct half {
  uint16_t bits = 0;
  half() = default;
  explicit half(double value);
  explicit operator float() const;
  friend bool operator==(half, half) = default;
};

/// bfloat16 as stored: the upper half of a float, so its range with eight bits of precision. From a number: the
/// nearest, ties to even.
///
///     etch::constant(std::vector{etch::bfloat16(1.5)}, {1})   // [1.5] shape=[1] dtype=bf16
struct bfloat16 {
  uint16_t bits = 0;
  bfloat16() = default;
  explicit bfloat16(double value);
  explicit operator float() const;
  friend bool operator==(bfloat16, bfloat16) = default;
};

/// The number of a floating dtype that is nearest to `value`, ties to even.
double round_to(DType dtype, double value);

/// Maps a C++ element type to its DType; undefined for types that are no element type.
template <class T> struct dtype_of_t;
template <> struct dtype_of_t<bool> {
  static constexpr DType value = DType::boolean;
};
template <> struct dtype_of_t<uint8_t> {
  static constexpr DType value = DType::u8;
};
template <> struct dtype_of_t<int32_t> {
  static constexpr DType value = DType::i32;
};
template <> struct dtype_of_t<int64_t> {
  static constexpr DType value = DType::i64;
};
template <> struct dtype_of_t<long long> {
  static constexpr DType value = DType::i64;
};
template <> struct dtype_of_t<half> {
  static constexpr DType value = DType::f16;
};
template <> struct dtype_of_t<bfloat16> {
  static constexpr DType value = DType::bf16;
};
template <> struct dtype_of_t<float> {
  static constexpr DType value = DType::f32;
};
template <> struct dtype_of_t<double> {
  static constexpr DType value = DType::f64;
};
template <class T> inline constexpr DType dtype_of = dtype_of_t<T>::value;
template <class T>
concept Element = requires { dtype_of_t<T>::value; };

}  // namespace etch

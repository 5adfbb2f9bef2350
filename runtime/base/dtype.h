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
// The order is the order of promotion inside a kind.
#define ETCH_DTYPES(X)                     \
  X(boolean, "i1", 1, boolean, "|b1")      \
  X(u8, "ui8", 1, unsigned_integer, "|u1") \
  X(i32, "i32", 4, signed_integer, "<i4")  \
  X(i64, "i64", 8, signed_integer, "<i8")  \
  X(f16, "f16", 2, floating, "<f2")        \
  X(f32, "f32", 4, floating, "<f4")        \
  X(f64, "f64", 8, floating, "<f8")

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

/// Bytes of one element in memory.
size_t size_of(DType dtype);
DTypeKind kind_of(DType dtype);
/// The name a user writes and reads: "bool", "u8", "i32", "i64", "f16", "f32", "f64".
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
/// An integer never widens a float: i64 with f16 gives f16. (The rules are JAX's; docs/semantics.md has the table.)
DType promote(DType a, DType b);

/// IEEE binary16 as stored; arithmetic is the compiler's business.
struct half {
  uint16_t bits = 0;
  half() = default;
  explicit half(float value);
  explicit operator float() const;
  friend bool operator==(half, half) = default;
};

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

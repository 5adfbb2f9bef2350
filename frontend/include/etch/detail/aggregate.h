#pragma once
// The fields of an aggregate, by structured bindings: enough reflection for argument structures, without a library.

#include <cstddef>
#include <type_traits>
#include <utility>

namespace etch::detail {

inline constexpr size_t kMaxFields = 16;

struct AnyField {
  template <class T> operator T() const;
};

template <class T, size_t... I> constexpr bool has_fields(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), AnyField{})...}; };
}

template <class T, size_t N = kMaxFields> constexpr size_t count_fields() {
  if constexpr (N == 0)
    return 0;
  else if constexpr (has_fields<T>(std::make_index_sequence<N>{}))
    return N;
  else
    return count_fields<T, N - 1>();
}

/// Calls f with each field of an aggregate in order. More than kMaxFields fields need ETCH_FIELDS.
template <class T, class F> constexpr void for_each_field(T &x, F &&f) {
  constexpr size_t count = count_fields<std::remove_const_t<T>>();
  static_assert(!has_fields<std::remove_const_t<T>>(std::make_index_sequence<kMaxFields + 1>{}),
                "etch: a struct with more than 16 fields; list those that matter with ETCH_FIELDS(...)");
  auto each = [&](auto &...fields) { (f(fields), ...); };
  if constexpr (count == 1) {
    auto &[a] = x;
    each(a);
  } else if constexpr (count == 2) {
    auto &[a, b] = x;
    each(a, b);
  } else if constexpr (count == 3) {
    auto &[a, b, c] = x;
    each(a, b, c);
  } else if constexpr (count == 4) {
    auto &[a, b, c, d] = x;
    each(a, b, c, d);
  } else if constexpr (count == 5) {
    auto &[a, b, c, d, e] = x;
    each(a, b, c, d, e);
  } else if constexpr (count == 6) {
    auto &[a, b, c, d, e, g] = x;
    each(a, b, c, d, e, g);
  } else if constexpr (count == 7) {
    auto &[a, b, c, d, e, g, h] = x;
    each(a, b, c, d, e, g, h);
  } else if constexpr (count == 8) {
    auto &[a, b, c, d, e, g, h, i] = x;
    each(a, b, c, d, e, g, h, i);
  } else if constexpr (count == 9) {
    auto &[a, b, c, d, e, g, h, i, j] = x;
    each(a, b, c, d, e, g, h, i, j);
  } else if constexpr (count == 10) {
    auto &[a, b, c, d, e, g, h, i, j, k] = x;
    each(a, b, c, d, e, g, h, i, j, k);
  } else if constexpr (count == 11) {
    auto &[a, b, c, d, e, g, h, i, j, k, l] = x;
    each(a, b, c, d, e, g, h, i, j, k, l);
  } else if constexpr (count == 12) {
    auto &[a, b, c, d, e, g, h, i, j, k, l, m] = x;
    each(a, b, c, d, e, g, h, i, j, k, l, m);
  } else if constexpr (count == 13) {
    auto &[a, b, c, d, e, g, h, i, j, k, l, m, n] = x;
    each(a, b, c, d, e, g, h, i, j, k, l, m, n);
  } else if constexpr (count == 14) {
    auto &[a, b, c, d, e, g, h, i, j, k, l, m, n, o] = x;
    each(a, b, c, d, e, g, h, i, j, k, l, m, n, o);
  } else if constexpr (count == 15) {
    auto &[a, b, c, d, e, g, h, i, j, k, l, m, n, o, p] = x;
    each(a, b, c, d, e, g, h, i, j, k, l, m, n, o, p);
  } else if constexpr (count == 16) {
    auto &[a, b, c, d, e, g, h, i, j, k, l, m, n, o, p, q] = x;
    each(a, b, c, d, e, g, h, i, j, k, l, m, n, o, p, q);
  }
}

}  // namespace etch::detail

#pragma once
// Parameter and result types of callables.

#include <type_traits>

namespace etch::detail {

template <class M> struct member_signature;
#define ETCH_MEMBER_SIGNATURE(qualifiers)                                                      \
  template <class C, class R, class... A> struct member_signature<R (C::*)(A...) qualifiers> { \
    using type = R(A...);                                                                      \
  };
ETCH_MEMBER_SIGNATURE()
ETCH_MEMBER_SIGNATURE(const)
ETCH_MEMBER_SIGNATURE(noexcept)
ETCH_MEMBER_SIGNATURE(const noexcept)
#undef ETCH_MEMBER_SIGNATURE

template <class F> struct signature_of_t {
  static_assert(
      requires { &F::operator(); },
      "etch: the callable needs parameters of definite types (no `auto`), because arguments are matched before it is "
      "called");
  using type = typename member_signature<decltype(&F::operator())>::type;
};
template <class R, class... A> struct signature_of_t<R (*)(A...)> {
  using type = R(A...);
};
template <class F>
  requires requires { typename F::signature; }
struct signature_of_t<F> {
  using type = typename F::signature;
};
/// Results are values: a reference would be to what a call leaves behind.
template <class S> struct with_result_value;
template <class R, class... A> struct with_result_value<R(A...)> {
  using type = std::remove_cvref_t<R>(A...);
};
template <class F> using signature_of =
    typename with_result_value<typename signature_of_t<std::decay_t<F>>::type>::type;

template <class S> struct result_of_signature;
template <class R, class... A> struct result_of_signature<R(A...)> {
  using type = R;
};

}  // namespace etch::detail

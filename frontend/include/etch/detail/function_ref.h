#pragma once
// A callable seen through two words; does not own it.

#include <memory>
#include <type_traits>
#include <utility>

namespace etch::detail {

template <class Signature> class FunctionRef;

template <class R, class... A> class FunctionRef<R(A...)> {
 public:
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>)
  FunctionRef(F &&callable)
      : object_(const_cast<void *>(static_cast<const void *>(std::addressof(callable)))),
        call_([](void *object, A... args) -> R {
          return (*static_cast<std::remove_reference_t<F> *>(object))(std::forward<A>(args)...);
        }) {}
  R operator()(A... args) const { return call_(object_, std::forward<A>(args)...); }

 private:
  void *object_;
  R (*call_)(void *, A...);
};

}  // namespace etch::detail

#pragma once
// Derivatives: an IR transform of what a callable records, so they nest, and compile like everything else.

#include <functional>
#include <memory>
#include <source_location>
#include <tuple>
#include <utility>
#include <vector>

#include "etch/control_flow.h"
#include "etch/detail/signature.h"
#include "etch/structure.h"

namespace etch {
namespace detail {

using TensorBodyFn = FunctionRef<Values(const Values &)>;

struct Derivative {
  Values outputs;
  Values gradients;
};
/// outputs = body(inputs), and the gradients of the first output (summed, if it is not a scalar; weighted, if
/// `cotangents` has one tensor for each floating output) with respect to `inputs` and then `variables`. Works in a
/// trace and outside.
Derivative differentiate(const char *op, TensorBodyFn body, const Values &inputs,
                         const std::vector<Variable> &variables, const Values *cotangents, Location at);
/// outputs = body(inputs) and, as gradients, the tangents of the floating outputs.
Derivative differentiate_forward(TensorBodyFn body, const Values &inputs, const Values &tangents, Location at);
Values call_custom_gradient(TensorBodyFn forward, TensorBodyFn backward, const Values &inputs, Location at);

/// Runs a callable of structures as a callable of tensor lists, keeping the structure of its result.
template <class R> struct ResultKeeper {
  std::optional<R> structure;
  Values keep(R result) {
    Values values = tensors_of(result);
    structure.emplace(std::move(result));
    return values;
  }
  R with(const Values &values) { return with_tensors(std::move(*structure), values); }
};

/// Spelled out, because the gradient of a gradient may have the type of its argument and would only be copied.
template <class F> std::function<signature_of<F>> as_function(F f) {
  return std::function<signature_of<F>>(std::move(f));
}

template <class S, size_t... I> class GradientFunction;

template <class R, class... A, size_t... I> class GradientFunction<R(A...), I...> {
 public:
  using Arguments = std::tuple<std::remove_cvref_t<A>...>;
  using Gradients =
      std::conditional_t<sizeof...(I) == 1, std::tuple_element_t<0, std::tuple<std::tuple_element_t<I, Arguments>...>>,
                         std::tuple<std::tuple_element_t<I, Arguments>...>>;
  using Value = std::remove_cvref_t<R>;

  explicit GradientFunction(std::function<R(A...)> f) : f_(std::make_shared<std::function<R(A...)>>(std::move(f))) {}

  std::pair<Value, Gradients> value_and_gradients(const Arguments &given, const char *op, Location at) const {
    std::tuple<std::tuple_element_t<I, Arguments>...> wrt(std::get<I>(given)...);
    ResultKeeper<Value> keeper;
    Derivative derivative = differentiate(
        op,
        [&](const Values &values) {
          Arguments args = given;
          std::tie(std::get<I>(args)...) = with_tensors(wrt, values);
          return keeper.keep(std::apply(*f_, args));
        },
        tensors_of(wrt), {}, nullptr, at);
    auto gradients = with_tensors(wrt, derivative.gradients);
    if constexpr (sizeof...(I) == 1)
      return {keeper.with(derivative.outputs), std::get<0>(std::move(gradients))};
    else
      return {keeper.with(derivative.outputs), std::move(gradients)};
  }

 protected:
  std::shared_ptr<std::function<R(A...)>> f_;
};

template <class S, size_t... I> class Grad;
template <class R, class... A, size_t... I> class Grad<R(A...), I...> : GradientFunction<R(A...), I...> {
  using Base = GradientFunction<R(A...), I...>;

 public:
  using signature = typename Base::Gradients(A...);
  using Base::Base;
  typename Base::Gradients operator()(const std::remove_cvref_t<A> &...args,
                                      std::source_location at = std::source_location::current()) const {
    return this->value_and_gradients({args...}, "grad", at).second;
  }
};
template <class S, size_t... I> class ValueAndGrad;
template <class R, class... A, size_t... I> class ValueAndGrad<R(A...), I...> : GradientFunction<R(A...), I...> {
  using Base = GradientFunction<R(A...), I...>;

 public:
  using signature = std::pair<typename Base::Value, typename Base::Gradients>(A...);
  using Base::Base;
  std::pair<typename Base::Value, typename Base::Gradients> operator()(
      const std::remove_cvref_t<A> &...args, std::source_location at = std::source_location::current()) const {
    return this->value_and_gradients({args...}, "value_and_grad", at);
  }
};

}  // namespace detail

/// The function that computes the gradient of `f` with respect to argument I (or arguments I...; the first by default).
/// The result has the structure of that argument. `f` returns a scalar; of another tensor the gradient of its sum is
/// taken. Throws UserError for an argument that is not floating point, and for an op that has no derivative, naming its
/// line.
///
///     auto f = [](Tensor x) { return x * x * x; };
///     etch::grad(f)(etch::constant(1.f));               // 3
///     etch::grad(etch::grad(f))(etch::constant(1.f));   // 6
///     auto [dx, dy] = etch::grad<0, 1>(g)(x, y);
template <size_t... I, class F> auto grad(F f) {
  if constexpr (sizeof...(I) == 0)
    return detail::Grad<detail::signature_of<F>, 0>(detail::as_function(std::move(f)));
  else
    return detail::Grad<detail::signature_of<F>, I...>(detail::as_function(std::move(f)));
}

/// The same, with the value of `f`: a pair. When `f` returns a structure, its first tensor is differentiated.
template <size_t... I, class F>
  requires(!std::same_as<std::remove_cvref_t<F>, std::vector<Variable>>)
auto value_and_grad(F f) {
  if constexpr (sizeof...(I) == 0)
    return detail::ValueAndGrad<detail::signature_of<F>, 0>(detail::as_function(std::move(f)));
  else
    return detail::ValueAndGrad<detail::signature_of<F>, I...>(detail::as_function(std::move(f)));
}

/// The value of `loss()` and its gradients with respect to variables. Zeros for a variable that it does not depend on.
///
///     auto [loss, gradients] = etch::value_and_grad(model.parameters(), [&] { return mse(model(x), y); });
template <class F>
auto value_and_grad(const std::vector<Variable> &parameters, F loss,
                    std::source_location at = std::source_location::current()) {
  using R = std::remove_cvref_t<decltype(loss())>;
  detail::ResultKeeper<R> keeper;
  detail::Derivative derivative = detail::differentiate(
      "value_and_grad", [&](const detail::Values &) { return keeper.keep(loss()); }, {}, parameters, nullptr, at);
  return std::pair<R, std::vector<Tensor>>(keeper.with(derivative.outputs), std::move(derivative.gradients));
}

namespace detail {
template <class F, class... A> auto vjp_at(std::source_location at, F f, const A &...args) {
  std::tuple<A...> given(args...);
  Values inputs = tensors_of(given);
  using R = std::remove_cvref_t<std::invoke_result_t<F, const A &...>>;
  R value = f(args...);
  std::function<std::vector<Tensor>(const R &)> pullback = [f, given, inputs, at](const R &cotangent) mutable {
    Values cotangents = tensors_of(cotangent);
    return differentiate(
               "vjp", [&](const Values &values) { return tensors_of(std::apply(f, with_tensors(given, values))); },
               inputs, {}, &cotangents, at)
        .gradients;
  };
  return std::pair(std::move(value), std::move(pullback));
}
}  // namespace detail

/// f(args...) and a function from the cotangent of the result to the gradients of the arguments (all of them, in
/// order). The pullback runs f again, so f should have no effects.
///
///     auto [y, pullback] = etch::vjp(f, x);
///     Tensor dx = pullback(etch::ones_like(y))[0];
template <class F, class A>
auto vjp(F f, const A &arg, std::source_location at = std::source_location::current()) {
  return detail::vjp_at(at, std::move(f), arg);
}
template <class F, class A, class B>
auto vjp(F f, const A &first, const B &second, std::source_location at = std::source_location::current()) {
  return detail::vjp_at(at, std::move(f), first, second);
}
template <class F, class A, class B, class C>
auto vjp(F f, const A &first, const B &second, const C &third,
         std::source_location at = std::source_location::current()) {
  return detail::vjp_at(at, std::move(f), first, second, third);
}
template <class F, class A, class B, class C, class D>
auto vjp(F f, const A &first, const B &second, const C &third, const D &fourth,
         std::source_location at = std::source_location::current()) {
  return detail::vjp_at(at, std::move(f), first, second, third, fourth);
}
/// More arguments: put them into a struct, a tuple or a vector.
template <class F, class... A>
  requires(sizeof...(A) > 5)
auto vjp(F f, const A &...args) = delete;

/// f(x) and its derivative in the direction dx: forward mode. Several arguments go into tuples.
///
///     auto [y, dy] = etch::jvp(f, x, dx);
template <class F, class T> auto jvp(F f, const T &primals, const T &tangents,
                                     std::source_location at = std::source_location::current()) {
  using R = std::remove_cvref_t<decltype(detail::call_with(f, primals))>;
  detail::ResultKeeper<R> keeper;
  detail::Derivative derivative = detail::differentiate_forward(
      [&](const detail::Values &values) {
        return keeper.keep(detail::call_with(f, detail::with_tensors(primals, values)));
      },
      detail::tensors_of(primals), detail::tensors_of(tangents), at);
  R shape = *keeper.structure;
  return std::pair<R, R>(keeper.with(derivative.outputs), detail::with_tensors(std::move(shape), derivative.gradients));
}

/// A function with a derivative of its own. `backward(inputs..., cotangent)` returns the gradient of the one input, or
/// a tuple or vector with one for each. Neither may assign variables (UserError).
///
///     auto clipped = etch::custom_gradient([](Tensor x) { return x; },
///                                          [](Tensor x, Tensor dy) { return etch::clamp(dy, -1.f, 1.f); });
template <class F, class B> auto custom_gradient(F forward, B backward,
                                                 std::source_location at = std::source_location::current()) {
  return [forward, backward, at]<class... T>(const T &...inputs) -> Tensor {
    detail::Values values{Tensor(inputs)...};
    constexpr size_t count = sizeof...(T);
    auto apply = [](auto &f, const detail::Values &list, auto sequence) {
      return [&]<size_t... I>(std::index_sequence<I...>) { return f(list[I]...); }(sequence);
    };
    return detail::call_custom_gradient(
        [&](const detail::Values &list) {
          return detail::Values{apply(forward, list, std::make_index_sequence<count>{})};
        },
        [&](const detail::Values &list) {
          return detail::tensors_of(apply(backward, list, std::make_index_sequence<count + 1>{}));
        },
        values, at)[0];
  };
}

/// Records what runs while it lives, eagerly or in a trace, and differentiates it afterwards.
///
///     etch::GradientTape tape;
///     tape.watch(x);
///     Tensor y = x * x;
///     Tensor dx = tape.gradient(y, x);
///
/// Variables that are read are watched without asking. Tapes nest: gradients computed while an outer tape records can
/// be differentiated again. A tape answers once unless it is persistent. It belongs to the thread that made it, and in
/// a trace to the body (of the function, branch or loop) that made it, which also asks it: elsewhere gradient() throws
/// UserError. What host_call gave counts as a constant; a gradient calls no host function at the top of a function
/// again.
class GradientTape {
 public:
  struct Options {
    bool persistent = false;
  };
  GradientTape() : GradientTape(Options{}) {}
  explicit GradientTape(Options options);
  ~GradientTape();
  GradientTape(const GradientTape &) = delete;
  GradientTape &operator=(const GradientTape &) = delete;

  /// Makes a tensor a source. (Variables are sources by themselves.)
  void watch(const Tensor &tensor, std::source_location at = std::source_location::current());
  void watch(const Variable &variable, std::source_location at = std::source_location::current());
  /// Stops recording before the tape is destroyed.
  void stop();

  /// A tensor or a variable to differentiate with respect to.
  struct Source {
    Tensor tensor;
    Variable variable;
    Source(const Tensor &tensor) : tensor(tensor) {}
    Source(const Variable &variable) : variable(variable) {}
  };
  struct Sources {
    std::vector<Source> list;
    Sources(std::initializer_list<Source> sources) : list(sources) {}
    Sources(const std::vector<Tensor> &tensors) : list(tensors.begin(), tensors.end()) {}
    Sources(const std::vector<Variable> &variables) : list(variables.begin(), variables.end()) {}
  };

  /// What to return for a source that the target does not depend on.
  enum class Unconnected { none, zero };
  /// The gradient of the sum of `target` with respect to a source: an empty Tensor (`!g.defined()`) if it does not
  /// depend on it by floating-point operations that were recorded. For a variable, of all values that it was read as.
  /// Throws UserError at the second question to a tape that is not persistent.
  Tensor gradient(const Tensor &target, const Tensor &source, Unconnected unconnected = Unconnected::none,
                  std::source_location at = std::source_location::current());
  Tensor gradient(const Tensor &target, const Variable &source, Unconnected unconnected = Unconnected::none,
                  std::source_location at = std::source_location::current());
  /// The same for several sources in one answer: tape.gradient(loss, {w, b}), or a vector of tensors or variables. Each
  /// gets the whole derivative, also where one is computed from another.
  std::vector<Tensor> gradient(const Tensor &target, const Sources &sources,
                               Unconnected unconnected = Unconnected::none,
                               std::source_location at = std::source_location::current());

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace etch

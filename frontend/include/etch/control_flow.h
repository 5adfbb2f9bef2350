#pragma once
// Control flow on tensors: recorded as native branches and loops in a trace, run by the host otherwise.

#include <charconv>
#include <iterator>
#include <source_location>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "etch/compositions.h"
#include "etch/creation.h"
#include "etch/detail/function_ref.h"
#include "etch/structure.h"

namespace etch {
namespace detail {

bool is_tracing();
using Values = std::vector<Tensor>;
/// Records etch.if; both bodies run once.
Values record_cond(const Operand &pred, FunctionRef<Values()> then_body, FunctionRef<Values()> else_body);
/// Types under which a loop carries `inits`: their own, or with the shapes of `invariants`. Throws UserError where
/// these do not fit.
std::vector<TensorType> carried_types(const char *op, const Values &inits, const std::vector<Shape> &invariants,
                                      Location at);
/// Throws UserError unless `values` may be carried under `types`.
void require_carried(const char *op, const std::vector<TensorType> &types, const Values &values,
                     const std::string &what, Location at);
/// Records etch.while; condition and body run once.
Values record_while(const Values &inits, const std::vector<TensorType> &types,
                    FunctionRef<Tensor(const Values &)> condition, FunctionRef<Values(const Values &)> body,
                    Location at);
/// Records etch.for.
Values record_for(const Operand &lower, const Operand &upper, const Values &inits, const std::vector<TensorType> &types,
                  FunctionRef<Values(const Tensor &, const Values &)> body, Location at);
struct ScanStep {
  Values carried, outputs;
};
/// Records etch.for over the first axis of `xs`; the outputs of all steps are stacked. Returns carried, then stacked.
Values record_scan(const Values &inits, const std::vector<TensorType> &types, const Values &xs,
                   FunctionRef<ScanStep(const Values &, const Values &)> body, Location at);

/// The truth of a condition of `op` outside of a trace (or of a C++ bool).
bool decide(const Operand &pred, const char *op = "cond");
/// Throws UserError unless a bound of for_range is an integer scalar.
void require_bound(const Operand &bound);
/// The number that a bound is outside of a trace.
int64_t bound(const Operand &bound);
/// Throws UserError unless two lists of values have the same dtypes and shapes; `before` and `after` say what they are.
void require_same_types(const char *op, const Values &a, const Values &b, const std::string &before,
                        const std::string &after, Location at);
void require_same_fixed(const char *op, const std::string &a, const std::string &b, Location at);
int64_t leading_extent(const Values &xs, Location at);
Tensor nth(const Tensor &x, int64_t i);

/// Static values of a structure as text, to notice when they differ.
struct FixedText : QuietVisitor {
  using QuietVisitor::leaf;
  std::string text;
  void leaf(const Tensor &) {}
  template <class T> void structure(const T &value) { fixed(value); }
  template <class T> void fixed(const T &value) {
    if constexpr (std::same_as<T, std::string>)
      text += value + ';';
    else if constexpr (std::is_enum_v<T>)
      fixed(static_cast<long long>(value));
    else if constexpr (std::is_floating_point_v<T>) {
      char digits[64];  // all that tell it from its neighbours
      text.append(digits, std::to_chars(digits, std::end(digits), value).ptr) += ';';
    } else
      text += std::to_string(value) + ';';
  }
};
template <class T> std::string fixed_text(const T &structure) {
  FixedText visitor;
  visit_structure(structure, visitor);
  return visitor.text;
}

/// What a loop carries for an initial value: numbers and variables become tensors.
template <class T> auto carried(const T &init) {
  if constexpr (std::is_arithmetic_v<T>)
    return constant(init);
  else if constexpr (std::same_as<T, Variable>)
    return init.read();
  else
    return init;
}
/// Calls with the structure, or with the parts of a tuple.
template <class F, class T, class... Before> decltype(auto) call_with(F &f, const T &state, const Before &...before) {
  if constexpr (std::is_invocable_v<F &, const Before &..., const T &>)
    return f(before..., state);
  else
    return std::apply([&](const auto &...parts) -> decltype(auto) { return f(before..., parts...); }, state);
}

}  // namespace detail

/// The result of `on_true` if pred is true, else that of `on_false`. Both are called once while tracing and only one
/// runs; both must return the same structure, dtypes and shapes, else a UserError names the two. They may assign
/// variables.
///
///     auto y = etch::cond(x > 0.f, [&] { return x * 2.f; }, [&] { return -x; });
template <class F, class G> auto cond(Operand pred, F on_true, G on_false) {
  using R = decltype(on_true());
  if constexpr (std::is_void_v<R>) {
    if (!detail::is_tracing() || pred.is_literal()) return detail::decide(pred) ? on_true() : on_false();
    detail::record_cond(
        pred, [&] { return on_true(), detail::Values(); }, [&] { return on_false(), detail::Values(); });
  } else {
    static_assert(std::is_same_v<R, decltype(on_false())>, "etch::cond: both branches must return the same C++ type");
    if (!detail::is_tracing() || pred.is_literal()) return detail::decide(pred) ? on_true() : on_false();
    std::optional<R> result;
    std::string fixed;
    detail::Values values = detail::record_cond(
        pred,
        [&] {
          result.emplace(on_true());
          fixed = detail::fixed_text(*result);
          return detail::tensors_of(*result);
        },
        [&] {
          R other = on_false();
          detail::require_same_fixed("cond", fixed, detail::fixed_text(other), pred.at);
          return detail::tensors_of(other);
        });
    return detail::with_tensors(std::move(*result), values);
  }
}

/// How a loop carries its state. C++ values in it (and sizes of its containers) stay as they are: a body that returns
/// others throws UserError.
struct LoopOptions {
  /// A shape for each tensor of the state, in order; kDynamic where the extent may change from one iteration to the
  /// next. Empty: no shape changes. (tf.while_loop's shape_invariants.)
  std::vector<Shape> shape_invariants = {};
};

/// Repeats `state = body(state)` while `condition(state)`, starting from `init`. The body is called once while tracing,
/// also if the loop runs no iterations. Dtypes of the state must stay, and shapes, except where
/// `options.shape_invariants` has an unknown extent. A tuple state is passed as separate arguments.
///
///     auto [i, s] = etch::while_loop([](Tensor i, Tensor s) { return i < 10; },
///                                    [](Tensor i, Tensor s) { return std::tuple{i + 1, s * 2.f}; },
///                                    std::tuple{etch::constant(0), x});
///
///     // A list that grows: shape [4] at the end.
///     auto list = etch::while_loop([](Tensor l) { return etch::sum(l) < 3.5f; },
///                                  [](Tensor l) { return etch::concatenate({l, etch::ones({1})}); },
///                                  etch::zeros({0}), {.shape_invariants = {{etch::kDynamic}}});
template <class C, class B, class T>
auto while_loop(C condition, B body, const T &init, LoopOptions options = {},
                std::source_location at = std::source_location::current()) {
  auto state = detail::carried(init);
  using S = decltype(state);
  std::vector<TensorType> types =
      detail::carried_types("while_loop", detail::tensors_of(state), options.shape_invariants, at);
  const std::string fixed = detail::fixed_text(state);
  if (!detail::is_tracing()) {
    while (detail::decide(Operand(detail::call_with(condition, state), at), "while_loop")) {
      S next = detail::call_with(body, state);
      detail::require_same_fixed("while_loop", fixed, detail::fixed_text(next), at);
      detail::require_carried("while_loop", types, detail::tensors_of(next), "returned by the body", at);
      state = std::move(next);
    }
    return state;
  }
  detail::Values values = detail::record_while(
      detail::tensors_of(state), types,
      [&](const detail::Values &carried) -> Tensor {
        return detail::call_with(condition, detail::with_tensors(state, carried));
      },
      [&](const detail::Values &carried) {
        S next = detail::call_with(body, detail::with_tensors(state, carried));
        detail::require_same_fixed("while_loop", fixed, detail::fixed_text(next), at);
        return detail::tensors_of(next);
      },
      at);
  return detail::with_tensors(state, values);
}

/// state = body(i, state) for i = lower, ..., upper - 1 (an i64 scalar). The recorded size does not depend on the
/// number of iterations. Options as for while_loop.
///
///     auto y = etch::for_range(0, 10, x, [](Tensor i, Tensor y) { return y + x; });
template <class T, class B>
auto for_range(Operand lower, Operand upper, const T &init, B body, LoopOptions options = {}) {
  auto state = detail::carried(init);
  using S = decltype(state);
  Location at = lower.at;
  std::vector<TensorType> types =
      detail::carried_types("for_range", detail::tensors_of(state), options.shape_invariants, at);
  const std::string fixed = detail::fixed_text(state);
  if (!detail::is_tracing()) {
    int64_t end = detail::bound(upper);
    for (int64_t i = detail::bound(lower); i < end; ++i) {
      S next = detail::call_with(body, state, constant(i));
      detail::require_same_fixed("for_range", fixed, detail::fixed_text(next), at);
      detail::require_carried("for_range", types, detail::tensors_of(next), "returned by the body", at);
      state = std::move(next);
    }
    return state;
  }
  detail::Values values = detail::record_for(
      lower, upper, detail::tensors_of(state), types,
      [&](const Tensor &i, const detail::Values &carried) {
        S next = detail::call_with(body, detail::with_tensors(state, carried), i);
        detail::require_same_fixed("for_range", fixed, detail::fixed_text(next), at);
        return detail::tensors_of(next);
      },
      at);
  return detail::with_tensors(state, values);
}

/// (carry, y) = step(carry, x) for each x along the first axis of `xs`; returns the last carry and the stacked ys.
/// Options as for while_loop.
///
///     auto [last, all] = etch::scan([](Tensor c, Tensor x) { return std::pair{c + x, c * x}; }, etch::constant(0.f),
///     xs);
template <class F, class C, class X>
auto scan(F step, const C &init, const X &xs, LoopOptions options = {},
          std::source_location at = std::source_location::current()) {
  auto state = detail::carried(init);
  using S = decltype(state);
  std::vector<TensorType> types =
      detail::carried_types("scan", detail::tensors_of(state), options.shape_invariants, at);
  const std::string fixed = detail::fixed_text(state);
  using Y = std::tuple_element_t<1, decltype(step(state, xs))>;
  detail::Values sequences = detail::tensors_of(xs);
  if (!detail::is_tracing()) {
    std::optional<Y> structure;
    std::vector<detail::Values> columns;
    int64_t n = detail::leading_extent(sequences, at);
    if (n == 0)
      throw UserError("[scan] the sequence is empty, so the shape of the outputs is not known; check for that before",
                      at);
    for (int64_t i = 0; i < n; ++i) {
      detail::Values parts;
      for (const Tensor &sequence : sequences) parts.push_back(detail::nth(sequence, i));
      auto [next, y] = step(state, detail::with_tensors(xs, parts));
      detail::require_same_fixed("scan", fixed, detail::fixed_text(next), at);
      if (structure) detail::require_same_fixed("scan", detail::fixed_text(*structure), detail::fixed_text(y), at);
      detail::require_carried("scan", types, detail::tensors_of(next), "returned by the step", at);
      state = std::move(next);
      detail::Values outputs = detail::tensors_of(y);
      columns.resize(outputs.size());
      for (size_t k = 0; k < outputs.size(); ++k) columns[k].push_back(outputs[k]);
      if (!structure) structure.emplace(y);
    }
    detail::Values stacked;
    for (const detail::Values &column : columns) stacked.push_back(stack(column, 0, at));
    return std::pair<S, Y>(std::move(state), detail::with_tensors(std::move(*structure), stacked));
  }
  std::optional<Y> structure;
  size_t num_carried = detail::tensors_of(state).size();
  detail::Values values = detail::record_scan(
      detail::tensors_of(state), types, sequences,
      [&](const detail::Values &carried, const detail::Values &parts) {
        auto [next, y] = step(detail::with_tensors(state, carried), detail::with_tensors(xs, parts));
        detail::require_same_fixed("scan", fixed, detail::fixed_text(next), at);
        structure.emplace(y);
        return detail::ScanStep{detail::tensors_of(next), detail::tensors_of(y)};
      },
      at);
  detail::Values last(values.begin(), values.begin() + static_cast<long>(num_carried));
  detail::Values stacked(values.begin() + static_cast<long>(num_carried), values.end());
  return std::pair<S, Y>(detail::with_tensors(state, last), detail::with_tensors(std::move(*structure), stacked));
}

/// A growable-looking list of equal tensors for loops: fixed length, written by position. A structure: loops carry it.
///
///     auto ys = etch::TensorArray::of(10, {3});
///     ys = etch::for_range(0, 10, ys, [&](Tensor i, TensorArray ys) { return ys.write(i, x); });
///     ys.stack();   // shape=[10,3]
struct TensorArray {
  Tensor elements;

  static TensorArray of(int64_t length, Shape shape, DType dtype = f32,
                        std::source_location at = std::source_location::current());
  /// The array with element i replaced. Eagerly, and under Options::checked, an index outside throws UserError.
  TensorArray write(Operand i, Operand value) const;
  Tensor read(Operand i) const;
  Tensor stack() const { return elements; }
};

}  // namespace etch

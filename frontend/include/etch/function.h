#pragma once
// etch::function: a C++ callable that is traced once for each signature and then runs compiled.

#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "etch/detail/function_core.h"
#include "etch/detail/signature.h"
#include "etch/structure.h"

namespace etch {

/// While true, functions of this thread run their bodies directly, op by op, so that debuggers and std::cout see
/// values. Returns the previous setting.
bool run_functions_eagerly(bool eagerly);
/// The same for a block.
class RunFunctionsEagerly {
 public:
  explicit RunFunctionsEagerly(bool eagerly = true) : previous_(run_functions_eagerly(eagerly)) {}
  ~RunFunctionsEagerly() { run_functions_eagerly(previous_); }
  RunFunctionsEagerly(const RunFunctionsEagerly &) = delete;
  RunFunctionsEagerly &operator=(const RunFunctionsEagerly &) = delete;

 private:
  bool previous_;
};

template <class Signature> class ConcreteFunction;
template <class Signature> class Function;

namespace detail {

/// The parameters that are not static, as a tuple.
template <class... A>
using DynamicParameters =
    decltype(std::tuple_cat(std::declval<std::conditional_t<StaticValue<A>, std::tuple<>, std::tuple<A>>>()...));

/// The call operator that leaves static parameters out.
template <class Self, class R, class Parameters> class DynamicCall;
template <class Self, class R, class... D> class DynamicCall<Self, R, std::tuple<D...>> {
 public:
  R operator()(const D &...given, std::source_location at = std::source_location::current()) const {
    return static_cast<const Self *>(this)->call_without_static(at, given...);
  }
};

}  // namespace detail

/// One trace of a function: fixed dtypes, shapes (up to unknown extents) and static arguments. Keeps its code alive.
template <class R, class... A>
class ConcreteFunction<R(A...)>
    : public detail::DynamicCall<ConcreteFunction<R(A...)>, R, detail::DynamicParameters<std::remove_cvref_t<A>...>> {
  using Dynamic =
      detail::DynamicCall<ConcreteFunction<R(A...)>, R, detail::DynamicParameters<std::remove_cvref_t<A>...>>;

 public:
  ConcreteFunction(std::shared_ptr<detail::FunctionCore> core, std::shared_ptr<detail::ConcreteState> state)
      : core_(std::move(core)), state_(std::move(state)), target_(&detail::target_of(*state_)) {}

  /// Runs on all parameters, or on those that are not static. Throws TypeError when a tensor or a variable does not fit
  /// the signature, or a static value differs from the one that is compiled in. Inside another trace what was recorded
  /// becomes part of that trace.
  ///
  ///     auto square = power.get_concrete_function(Spec{f32, {}}, 2);
  ///     square(etch::constant(10.f));      // 100
  R operator()(const std::remove_cvref_t<A> &...args, std::source_location at = std::source_location::current()) const {
    detail::CallScope scope;
    if (core_->matches(*target_, detail::ThreadState::kModes, *scope, args...)) [[likely]] {
      core_->run(*target_, *scope, at);
      return detail::rebuild<R>(*state_, *scope);
    }
    detail::KeyWriter writer(scope->scratch, at, detail::KeyWriter::Accepts::symbolic);
    (detail::visit_structure(args, writer), ...);
    return call_written(scope, at);
  }
  using Dynamic::operator();

  /// "train_step(x: f32[64,784], rate: Scalar) -> (f32[])".
  std::string pretty_printed_signature() const { return core_->signature_text(*state_); }
  /// The module at a stage: trace, grad, tensor, fused, buffers, kernels, target, llvm, asm; "explain", what runs in
  /// which kernel; or "tape", the recording itself, which needs no compiler. Throws UserError for another stage.
  std::string ir(const std::string &stage, std::source_location at = std::source_location::current()) const {
    return core_->ir(*state_, stage, at);
  }
  /// Writes the IR that etchc and etch-run read: captured tensors as constants, variables with their current values as
  /// initial values. Throws UserError when the file cannot be written, or for a host_call, naming its line.
  void save(const std::string &path, std::source_location at = std::source_location::current()) const {
    core_->save(*state_, path, at);
  }
  /// What a call needs, in bytes. Compiles if that has not happened yet.
  MemoryStats memory_stats() const { return core_->memory_stats(*state_); }
  /// Number of recorded ops.
  size_t op_count() const { return core_->op_count(*state_); }
  friend bool operator==(const ConcreteFunction &a, const ConcreteFunction &b) { return a.state_ == b.state_; }

 private:
  friend Dynamic;
  template <class... D> R call_without_static(std::source_location at, const D &...given) const {
    detail::CallScope scope;
    detail::KeyWriter writer(scope->scratch, at, detail::KeyWriter::Accepts::symbolic);
    detail::write_without_static<0>(writer, detail::key_of(*state_), std::tie(given...),
                                    std::type_identity<std::tuple<std::remove_cvref_t<A>...>>());
    return call_written(scope, at);
  }
  /// A call whose signature is in the scratch.
  R call_written(detail::CallScope &scope, std::source_location at) const {
    core_->call_concrete(*state_, *scope, at);
    return detail::rebuild<R>(*state_, *scope);
  }

  std::shared_ptr<detail::FunctionCore> core_;
  std::shared_ptr<detail::ConcreteState> state_;
  const detail::CallTarget *target_;
};

/// A callable that compiles itself. Made by etch::function. Copies are the same function and share its traces.
template <class R, class... A> class Function<R(A...)> {
  static_assert(((!std::is_lvalue_reference_v<A> || std::is_const_v<std::remove_reference_t<A>>) && ...),
                "etch: a parameter is a non-const reference, but a traced function works on copies of its arguments: "
                "return what changes, or pass an etch::Variable");
  static_assert(!std::is_reference_v<R>, "etch: a function returns values; a reference would outlive the call");

 public:
  using signature = R(A...);
  using Here = std::source_location;

  /// An empty handle; using it is an error.
  Function() = default;
  Function(std::string name, std::function<R(A...)> body, Options options, std::source_location at)
      : core_(std::make_shared<detail::FunctionCore>(std::move(name), std::move(options), at)),
        body_(std::make_shared<std::function<R(A...)>>(std::move(body))) {
    core_->check_options(detail::parameters_of<std::remove_cvref_t<A>...>(), *body_ != nullptr);
  }

  /// Runs the function: the first call with a signature traces and compiles it. Inside another trace the body is
  /// inlined.
  R operator()(const std::remove_cvref_t<A> &...args, std::source_location at = std::source_location::current()) const {
    detail::FunctionCore &core = core_at(at);
    if (detail::calls_run_inline()) [[unlikely]]
      return run_inline(at, args...);
    detail::CallScope scope;
    if (const detail::CallTarget *target = core.match(*scope, args...)) [[likely]] {
      core.run(*target, *scope, at);
      return detail::rebuild<R>(*target->state, *scope);
    }
    return call_unmatched(scope, at, args...);
  }

  /// The trace for these arguments, made if it is new, without running it. A Tensor may be given as a Spec.
  /// The same signature returns the same object.
  ConcreteFunction<R(A...)> get_concrete_function(const detail::ArgumentOrSpec<std::remove_cvref_t<A>> &...given,
                                                  std::source_location at = std::source_location::current()) const {
    detail::FunctionCore &core = core_at(at);
    detail::CallScope scope;
    detail::KeyWriter writer(scope->scratch, at, detail::KeyWriter::Accepts::specs);
    (detail::visit_structure(given.value, writer), ...);
    auto tracer = [&](detail::TraceSession &session) { trace_body(session, given.value...); };
    return {core_, core.find_or_trace(*scope, at, tracer)};
  }

  /// Number of signatures that have been traced.
  int trace_count(Here at = Here::current()) const { return core_at(at).trace_count(); }
  /// Every trace: argument names, dtypes, shapes and results, one a line.
  std::string pretty_printed_concrete_signatures(Here at = Here::current()) const {
    return core_at(at).pretty_printed_signatures();
  }
  /// What was traced and why, kernels, times.
  std::string explain(Here at = Here::current()) const { return core_at(at).explain(); }
  /// The most recently used trace at a stage.
  std::string ir(const std::string &stage, Here at = Here::current()) const {
    return core_at(at).ir_of_latest(stage, at);
  }
  const std::string &name(Here at = Here::current()) const { return core_at(at).name(); }
  bool defined() const { return core_ != nullptr; }

 private:
  detail::FunctionCore &core_at(std::source_location at) const {
    if (!core_) [[unlikely]]
      detail::fail_empty_function(at);
    return *core_;
  }
  R run_inline(std::source_location at, const std::remove_cvref_t<A> &...args) const {
    detail::InlineScope scope(*core_, at);
    std::tuple<std::remove_cvref_t<A>...> copies(args...);
    return std::apply(*body_, copies);
  }
  /// Another signature, the first call, or one of many signatures. Apart, so that the common road is short.
  [[gnu::noinline]] R call_unmatched(detail::CallScope &scope, std::source_location at,
                                     const std::remove_cvref_t<A> &...args) const {
    detail::KeyWriter writer(scope->scratch, at);
    (detail::visit_structure(args, writer), ...);
    auto tracer = [&](detail::TraceSession &session) { trace_body(session, args...); };
    if (const detail::ConcreteState *state = core_->call(*scope, at, tracer)) return detail::rebuild<R>(*state, *scope);
    RunFunctionsEagerly eagerly;
    return run_inline(at, args...);
  }
  template <class... Each> void trace_body(detail::TraceSession &session, const Each &...args) const {
    std::tuple<std::remove_cvref_t<A>...> symbolic(args...);
    size_t position = 0;
    std::apply(
        [&](auto &...each) { ((session.begin_argument(position++), detail::visit_structure(each, session)), ...); },
        symbolic);
    session.start();
    if constexpr (std::is_void_v<R>) {
      std::apply(*body_, symbolic);
      session.finish({});
    } else {
      auto result = std::make_shared<std::remove_cvref_t<R>>(std::apply(*body_, symbolic));
      session.finish(detail::tensors_of(*result));
      // What is kept of the result are its shape and static values, and the variables that the body did not get from
      // the call; symbolic tensors must not outlive their trace.
      detail::ResultRemover remover(session);
      detail::visit_structure(*result, remover);
      session.keep_prototype(std::move(result));
    }
  }

  std::shared_ptr<detail::FunctionCore> core_;
  std::shared_ptr<std::function<R(A...)>> body_;
};

/// Makes a function of a callable, whose parameters and result are structures of tensors (see structure.h).
///
///     auto f = etch::function([](Tensor a, Tensor b) { return a * b + a; });
///     auto g = etch::function("step", body, {.reduce_retracing = true});
template <class F> auto function(std::string name, F body, Options options = {},
                                 std::source_location at = std::source_location::current()) {
  return Function<detail::signature_of<F>>(std::move(name), std::move(body), std::move(options), at);
}
template <class F>
  requires(!std::convertible_to<F, std::string>)
auto function(F body, Options options = {}, std::source_location at = std::source_location::current()) {
  std::string name = options.name;
  return Function<detail::signature_of<F>>(name.empty() ? "function" : name, std::move(body), std::move(options), at);
}

/// Runs a callable outside of the trace that is being made: ops run at once, variables are read and written for real.
///
///     auto f = etch::function([&] { etch::init_scope([&] { counter.assign_add(1); }); ... });
template <class F> auto init_scope(F &&callable) {
  detail::LeaveTrace scope;
  return callable();
}

}  // namespace etch

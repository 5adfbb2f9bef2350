#pragma once
// The part of etch::function that does not depend on the callable's types. Not for user code.

#include <atomic>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "etch/detail/call_table.h"
#include "etch/detail/function_ref.h"
#include "etch/memory.h"
#include "etch/operand.h"
#include "etch/options.h"
#include "etch/structure.h"

namespace etch::detail {

class Trace;
struct VariableState;

/// Writes the signature of arguments, for calls that match none of the cached ones at once.
class KeyWriter {
 public:
  /// Besides tensors with elements.
  enum class Accepts : uint8_t { nothing, specs, symbolic };
  KeyWriter(CallScratch &scratch, std::source_location at, Accepts accepts = Accepts::nothing)
      : scratch_(scratch), at_(at), accepts_(accepts) {
    scratch_.clear();
  }

  void leaf(const Tensor &tensor) {
    const TensorBody *body = tensor.body();
    if (!body || (!body->data && accepts_ != (body->token ? Accepts::symbolic : Accepts::specs))) [[unlikely]]
      fail(tensor);
    scratch_.words.push_back(signature::tensor_word(*body));
    add_leaf({body->data, &body->type, body});
  }
  void leaf(const Scalar &scalar);
  void leaf(const Variable &variable);
  template <class T> void fixed(const T &value) {
    signature::static_words(value, [&](uint64_t word) { scratch_.words.push_back(word); });
  }
  template <class T> void structure(const T &value) { fixed(value); }
  template <class P> void enter(char, const P &) {}
  void leave() {}
  /// A static value of type T that is not given: its words are those that `key` has in this place.
  template <class T> void take_static(std::span<const uint64_t> key) {
    size_t count = sizeof(T) > 8 ? 3 : 2, position = scratch_.words.size();
    if constexpr (std::same_as<T, std::string>)
      count = position < key.size() ? signature::num_string_words(key[position]) : 0;
    for (const size_t end = std::min(position + count, key.size()); position < end; ++position)
      scratch_.words.push_back(key[position]);
  }

 private:
  void add_leaf(CallLeaf leaf) {
    scratch_.extent_words.push_back(static_cast<uint32_t>(scratch_.words.size()));
    scratch_.leaves.push_back(leaf);
    for (int64_t extent : leaf.type->shape) scratch_.words.push_back(static_cast<uint64_t>(extent));
  }
  [[noreturn]] void fail(const Tensor &tensor);
  CallScratch &scratch_;
  std::source_location at_;
  Accepts accepts_;
};

/// Writes the signature of parameters of which only those that are not static are given, from number `Next` on.
template <size_t Next, class Given>
void write_without_static(KeyWriter &, std::span<const uint64_t>, const Given &, std::type_identity<std::tuple<>>) {}
template <size_t Next, class Given, class First, class... Rest>
void write_without_static(KeyWriter &writer, std::span<const uint64_t> key, const Given &given,
                          std::type_identity<std::tuple<First, Rest...>>) {
  if constexpr (StaticValue<First>)
    writer.take_static<First>(key);
  else
    visit_structure(std::get<Next>(given), writer);
  write_without_static<StaticValue<First> ? Next : Next + 1>(writer, key, given,
                                                             std::type_identity<std::tuple<Rest...>>());
}

/// A trace in the making: turns arguments into symbolic ones, takes the results.
class TraceSession {
 public:
  virtual ~TraceSession() = default;
  virtual void begin_argument(size_t position) = 0;
  virtual void leaf(Tensor &tensor) = 0;
  virtual void leaf(Scalar &scalar) = 0;
  virtual void leaf(Variable &variable) = 0;
  template <class T> void fixed(const T &value) {
    if constexpr (std::same_as<T, std::string>)
      fixed_text('"' + value + '"');
    else if constexpr (std::same_as<T, bool>)
      fixed_text(value ? "true" : "false");
    else if constexpr (std::is_enum_v<T>)
      fixed_text("enum " + std::to_string(static_cast<long long>(value)));
    else
      fixed_text(std::to_string(value));
  }
  template <class T> void structure(const T &) {}
  template <class P> void enter(char kind, const P &position) {
    if constexpr (std::convertible_to<P, std::string>)
      enter_text(std::string("[\"") + std::string(position) + "\"]");
    else if constexpr (std::is_enum_v<P>)
      enter_text('[' + std::to_string(static_cast<long long>(position)) + ']');
    else
      enter_text(kind == '[' ? '[' + std::to_string(position) + ']' : '.' + std::to_string(position));
  }
  virtual void leave() = 0;
  virtual void start() = 0;
  virtual void finish(const std::vector<Tensor> &results) = 0;
  /// A variable in the result: one that was an argument is remembered as such and removed.
  virtual void remove_argument(Variable &variable) = 0;
  virtual void keep_prototype(std::shared_ptr<void> prototype) = 0;
  virtual size_t num_outputs() const = 0;

 protected:
  virtual void fixed_text(const std::string &text) = 0;
  virtual void enter_text(const std::string &text) = 0;
};
using Tracer = FunctionRef<void(TraceSession &)>;

/// Removes from a result what belongs to the call: tensors, and variables that were arguments.
class ResultRemover : public TensorRemover {
 public:
  using TensorRemover::leaf;
  explicit ResultRemover(TraceSession &session) : session_(session) {}
  void leaf(Variable &variable) { session_.remove_argument(variable); }

 private:
  TraceSession &session_;
};

/// The result's structure, static values and captured variables, as returned by the body.
const void *prototype_of(const ConcreteState &state);
/// Gives variable number `position` of the result its value if it was an argument of the call.
void return_argument(const ConcreteState &state, const CallFrame &frame, size_t position, Variable &variable);

const CallTarget &target_of(const ConcreteState &state);
/// The words of its signature.
std::span<const uint64_t> key_of(const ConcreteState &state);

/// What a parameter can be checked for before any call.
struct ParameterInfo {
  bool is_tensor = false;
  bool is_fixed = false;  ///< Scalar, Variable or static
};
template <class... A> std::vector<ParameterInfo> parameters_of() {
  return {ParameterInfo{std::same_as<A, Tensor>, Leaf_<A> && !std::same_as<A, Tensor>}...};
}

/// A tensor with a type and no elements, for get_concrete_function.
Tensor abstract_tensor(const Spec &spec, Location at);
/// A parameter of get_concrete_function: a value, or for a Tensor its Spec.
template <class A> struct ArgumentOrSpec {
  A value;
  template <class B>
    requires std::convertible_to<const B &, A>
  ArgumentOrSpec(const B &given) : value(given) {}
  ArgumentOrSpec(const Spec &spec, std::source_location at = std::source_location::current())
    requires std::same_as<A, Tensor>
      : value(abstract_tensor(spec, at)) {}
};

[[noreturn]] void fail_empty_function(std::source_location at);

class FunctionCore {
 public:
  FunctionCore(std::string name, Options options, std::source_location at);
  ~FunctionCore();

  /// Throws UserError for options that do not fit the parameters, or no body.
  void check_options(const std::vector<ParameterInfo> &parameters, bool has_body) const;

  /// The trace that serves these arguments, if a comparison with the first few signatures finds it: no lock, no
  /// allocation. The frame then holds what run() needs, and the trace lives until the frame is left.
  template <class... A> const CallTarget *match(CallFrame &frame, const A &...args) const {
    const CallTable *table = frame.protect(table_);
    if (!table) return nullptr;
    auto [target, end] = table->candidates();
    for (; target != end; ++target)
      if (matches(*target, ~uint64_t{0}, frame, args...)) return target;
    return nullptr;
  }
  /// Whether the arguments fit one trace. `mask`: what of the thread's context matters.
  template <class... A>
  static bool matches(const CallTarget &target, uint64_t mask, CallFrame &frame, const A &...args) {
    if (!target.serves_context(mask) || target.frame_size > frame.capacity) return false;
    if (!target.code->load(std::memory_order_relaxed)) [[unlikely]]
      return false;
    SignatureMatcher matcher(target.key, frame);
    (visit_structure(args, matcher), ...);
    return matcher.matches() && (frame.num_variables == 0 || accepts_variables(target, frame));
  }
  /// Runs a trace that matches.
  void run(const CallTarget &target, CallFrame &frame, std::source_location at) const;

  /// The same for any call; the frame's scratch holds its arguments. Traces and compiles what is new. Returns the
  /// trace, which lives until the frame is left; null when the caller shall run the body itself, because the code is
  /// being compiled in the background.
  const ConcreteState *call(CallFrame &frame, std::source_location at, Tracer tracer);
  std::shared_ptr<ConcreteState> find_or_trace(CallFrame &frame, std::source_location at, Tracer tracer);
  /// A call of one trace; the frame's scratch holds its arguments. Throws TypeError for arguments that do not fit.
  /// Inside another trace what was recorded is recorded there again.
  void call_concrete(ConcreteState &state, CallFrame &frame, std::source_location at);

  const std::string &name() const;
  int trace_count() const;
  std::string pretty_printed_signatures() const;
  std::string signature_text(const ConcreteState &state) const;
  std::string explain() const;
  /// A signature's part of it.
  std::string explain(const ConcreteState &state) const;
  std::string ir(const ConcreteState &state, const std::string &stage, Location at) const;
  std::string ir_of_latest(const std::string &stage, Location at) const;
  /// The module that save writes.
  std::string exported_text(const ConcreteState &state, Location at) const;
  void save(const ConcreteState &state, const std::string &path, std::source_location at) const;
  size_t op_count(const ConcreteState &state) const;
  MemoryStats memory_stats(ConcreteState &state) const;

 private:
  friend class InlineScope;
  struct Impl;
  void run_concrete(ConcreteState &state, CallFrame &frame, Location at);
  void check_call(const ConcreteState &state, CallFrame &frame, Location at) const;
  void check_leaves(const ConcreteState &state, const CallScratch &scratch, Location at) const;
  void check_variables(const ConcreteState &state, const CallScratch &scratch, Location at) const;
  std::unique_ptr<Impl> impl_;
  std::atomic<const CallTable *> table_{nullptr};
};

/// True inside a trace and under run_functions_eagerly.
inline bool calls_run_inline() { return (thread_state.context & (ThreadState::kTracing | ThreadState::kEager)) != 0; }
/// For the body of a function that runs inline: its policy and checks hold, and nested calls are counted, so that
/// endless recursion ends in an error with the names of the cycle.
class InlineScope {
 public:
  InlineScope(const FunctionCore &core, std::source_location at);
  ~InlineScope();
  InlineScope(const InlineScope &) = delete;
  InlineScope &operator=(const InlineScope &) = delete;

 private:
  Policy previous_policy_;
  bool previous_checks_ = false;
};
class LeaveTrace {
 public:
  LeaveTrace();
  ~LeaveTrace();
  LeaveTrace(const LeaveTrace &) = delete;
  LeaveTrace &operator=(const LeaveTrace &) = delete;

 private:
  Trace *previous_;
};

/// Puts what belongs to a call into a copy of its function's result.
class ResultBuilder : public TensorReplacer {
 public:
  using TensorReplacer::leaf;
  ResultBuilder(const ConcreteState &state, const CallFrame &frame)
      : TensorReplacer(frame.outputs), state_(state), frame_(frame) {}
  void leaf(Variable &variable) { return_argument(state_, frame_, next_variable_++, variable); }

 private:
  const ConcreteState &state_;
  const CallFrame &frame_;
  size_t next_variable_ = 0;
};

/// The result of a call from what it left in the frame.
template <class R> R rebuild(const ConcreteState &state, CallFrame &frame) {
  using Result = std::remove_cvref_t<R>;
  if constexpr (std::is_void_v<R>) {
    return;
  } else if constexpr (std::same_as<Result, Tensor>) {
    return std::move(frame.outputs[0]);
  } else {
    Result result = *static_cast<const Result *>(prototype_of(state));
    ResultBuilder builder(state, frame);
    visit_structure(result, builder);
    return result;
  }
}

}  // namespace etch::detail

#pragma once
// The part of etch::function that does not depend on the callable's types. Not for user code.

#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <memory>
#include <source_location>
#include <string>
#include <typeinfo>
#include <vector>

#include "etch/detail/function_ref.h"
#include "etch/operand.h"
#include "etch/options.h"
#include "etch/structure.h"

namespace etch::detail {

class Trace;
struct VariableState;

/// A tensor or Scalar of a call.
struct CallLeaf {
  const void *data = nullptr;
  const TensorType *type = nullptr;
  const TensorBody *body = nullptr;  ///< null for a Scalar
};

/// What a call brings, flattened; reused from call to call.
struct CallScratch {
  std::vector<uint64_t> words;  ///< the signature: types, static values, structure
  std::vector<CallLeaf> leaves;
  std::vector<uint32_t> extent_words;  ///< for each leaf: where its extents start in `words`
  std::vector<std::shared_ptr<VariableState>> variables;
  std::vector<Tensor> outputs;
  void clear() {
    words.clear();
    leaves.clear();
    extent_words.clear();
    variables.clear();
    outputs.clear();
  }
};

/// This thread's scratch for one call; calls nest.
class CallScope {
 public:
  CallScope();
  ~CallScope();
  CallScope(const CallScope &) = delete;
  CallScope &operator=(const CallScope &) = delete;
  CallScratch &operator*() const { return *scratch_; }
  CallScratch *operator->() const { return scratch_; }

 private:
  CallScratch *scratch_;
};

/// Writes the signature of arguments. Tags keep values of different kinds apart: f(1), f(true) and f(1.0) differ.
class KeyWriter {
 public:
  KeyWriter(CallScratch &scratch, std::source_location at, bool allow_abstract = false)
      : scratch_(scratch), at_(at), allow_abstract_(allow_abstract) {}

  static constexpr uint64_t kTensor = uint64_t{1} << 56, kScalar = uint64_t{2} << 56, kVariable = uint64_t{3} << 56,
                            kString = uint64_t{4} << 56;

  void leaf(const Tensor &tensor) {
    const TensorBody *body = tensor.body();
    if (!body || body->token || (!body->data && !allow_abstract_)) [[unlikely]]
      fail(tensor);
    const TensorType &type = body->type;
    scratch_.words.push_back(kTensor | static_cast<uint64_t>(body->weak) << 16 |
                             static_cast<uint64_t>(type.dtype) << 8 | static_cast<uint64_t>(type.shape.rank()));
    add_leaf({body->data, &type, body});
  }
  void leaf(const Scalar &scalar);
  void leaf(const Variable &variable);
  template <class T> void fixed(const T &value) {
    if constexpr (std::same_as<T, std::string>) {
      scratch_.words.push_back(kString | value.size());
      for (size_t i = 0; i < value.size(); i += 8) {
        uint64_t word = 0;
        std::memcpy(&word, value.data() + i, std::min<size_t>(8, value.size() - i));
        scratch_.words.push_back(word);
      }
    } else {
      static_assert(sizeof(T) <= 16);
      static const char tag = 0;  // its address is the type
      scratch_.words.push_back(reinterpret_cast<uint64_t>(&tag));
      uint64_t bits[2] = {0, 0};
      std::memcpy(bits, &value, std::is_same_v<T, long double> ? 10 : sizeof(T));
      scratch_.words.push_back(bits[0]);
      if constexpr (sizeof(T) > 8) scratch_.words.push_back(bits[1]);
    }
  }
  template <class T> void structure(const T &value) { fixed(value); }
  template <class P> void enter(char, const P &) {}
  void leave() {}

 private:
  void add_leaf(CallLeaf leaf) {
    scratch_.extent_words.push_back(static_cast<uint32_t>(scratch_.words.size()));
    scratch_.leaves.push_back(leaf);
    for (int64_t extent : leaf.type->shape) scratch_.words.push_back(static_cast<uint64_t>(extent));
  }
  [[noreturn]] void fail(const Tensor &tensor);
  CallScratch &scratch_;
  std::source_location at_;
  bool allow_abstract_;
};

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
  virtual void keep_prototype(std::shared_ptr<void> prototype) = 0;
  virtual size_t num_outputs() const = 0;

 protected:
  virtual void fixed_text(const std::string &text) = 0;
  virtual void enter_text(const std::string &text) = 0;
};
using Tracer = FunctionRef<void(TraceSession &)>;

struct ConcreteState;
/// The result's structure and static values, as returned by the body.
const void *prototype_of(const ConcreteState &state);

/// What a parameter can be checked for before any call.
struct ParameterInfo {
  bool is_tensor = false;
  bool is_fixed = false;  ///< Scalar, Variable or static
};
template <class... A> std::vector<ParameterInfo> parameters_of() {
  return {ParameterInfo{std::same_as<A, Tensor>, Leaf_<A> && !std::same_as<A, Tensor>}...};
}

/// A tensor with a type and no elements, for get_concrete_function.
Tensor abstract_tensor(const Spec &spec);
/// A parameter of get_concrete_function: a value, or for a Tensor its Spec.
template <class A> struct ArgumentOrSpec {
  A value;
  template <class B>
    requires std::convertible_to<const B &, A>
  ArgumentOrSpec(const B &given) : value(given) {}
  ArgumentOrSpec(const Spec &spec)
    requires std::same_as<A, Tensor>
      : value(abstract_tensor(spec)) {}
};

class FunctionCore {
 public:
  FunctionCore(std::string name, Options options, std::source_location at);
  ~FunctionCore();

  void check_options(const std::vector<ParameterInfo> &parameters) const;
  std::shared_ptr<ConcreteState> call(CallScratch &scratch, std::source_location at, Tracer tracer);
  std::shared_ptr<ConcreteState> find_or_trace(CallScratch &scratch, std::source_location at, Tracer tracer);
  void run_concrete(ConcreteState &state, CallScratch &scratch);
  void check_full_call(const ConcreteState &state, const CallScratch &scratch, std::source_location at) const;
  void check_leaves(const ConcreteState &state, const CallScratch &scratch, std::source_location at) const;

  const std::string &name() const;
  int trace_count() const;
  std::string pretty_printed_signatures() const;
  std::string signature_text(const ConcreteState &state) const;
  std::string explain() const;
  std::string ir(const ConcreteState &state, const std::string &stage) const;
  std::string ir_of_latest(const std::string &stage) const;
  /// The module that save writes.
  std::string exported_text(const ConcreteState &state) const;
  void save(const ConcreteState &state, const std::string &path, std::source_location at) const;
  size_t op_count(const ConcreteState &state) const;

 private:
  friend class InlineScope;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// True inside a trace and under run_functions_eagerly.
bool calls_run_inline();
/// Counts nested calls, so that endless recursion ends in an error with the names of the cycle.
class InlineScope {
 public:
  InlineScope(const FunctionCore &core, std::source_location at);
  ~InlineScope();
  InlineScope(const InlineScope &) = delete;
  InlineScope &operator=(const InlineScope &) = delete;
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

/// The result of a call from the tensors it produced.
template <class R> R rebuild(const ConcreteState &state, std::vector<Tensor> &outputs) {
  if constexpr (std::is_void_v<R>)
    return;
  else if constexpr (std::same_as<std::remove_cvref_t<R>, Tensor>)
    return std::move(outputs[0]);
  else
    return with_tensors(*static_cast<const std::remove_cvref_t<R> *>(prototype_of(state)), outputs);
}

}  // namespace etch::detail

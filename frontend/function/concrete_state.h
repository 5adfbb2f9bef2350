#pragma once
// One trace of a function, and what is known of the arguments it was made for.

#include <atomic>
#include <mutex>

#include "etch/detail/function_core.h"
#include "frontend/function/call_counter.h"
#include "frontend/function/execute.h"

namespace etch::detail {

/// One part of the arguments, for messages.
struct LeafInfo {
  enum class Kind : uint8_t { tensor, scalar, variable, fixed };
  Kind kind = Kind::tensor;
  std::string path;  ///< "x", "layers[0].1"
  TensorType type;
  std::string text;  ///< of a static value
  std::string description() const;
};

/// What decides which trace serves a call, for messages.
struct SignatureInfo {
  const std::vector<LeafInfo> &arguments;
  uint64_t context;  ///< ThreadState::kSignature
};

struct ConcreteState : std::enable_shared_from_this<ConcreteState> {
  CallTarget target;
  std::vector<uint64_t> key;  ///< the last word: policy and device (ThreadState::kSignature)
  uint64_t hash = 0;
  std::vector<uint32_t> wildcards;  ///< positions in `key` of unknown extents
  Policy policy = Policy::standard;
  std::string name;
  Program program;
  std::shared_ptr<void> prototype;
  std::vector<int> returned_variables;  ///< for each variable in the result: which argument it is, or -1
  std::vector<LeafInfo> arguments;
  /// Where a variable is both an argument and captured, the trace is for exactly these variables.
  bool bound_to_variables = false;
  std::vector<std::shared_ptr<VariableState>> bound_variables;
  std::string reason;  ///< why it was traced
  Location first_call;
  double trace_milliseconds = 0;

  std::atomic<uint64_t> last_used{0};
  CallCounter calls;
  std::mutex compile_mutex;
  std::shared_ptr<const CompiledProgram> code;            ///< under compile_mutex until published
  std::shared_ptr<const CompiledProgram> code_to_record;  ///< under compile_mutex; null where it would be the same
  std::atomic<const CompiledProgram *> published{nullptr};
  double compile_milliseconds = 0;
  enum class Background : uint8_t { none, asked, failed, reported };
  std::atomic<Background> background{Background::none};
  std::exception_ptr background_error;  ///< of `failed`

  SignatureInfo signature() const { return {arguments, key.back()}; }
  /// Compiles on first use. Different traces compile in parallel.
  const CompiledProgram &compiled();
  /// The same for calls that gradient tapes record: see with_host_results.
  const CompiledProgram &compiled_to_record();
  /// Options::background: whether the code is there. Asks for it on another thread where nobody has; throws its error,
  /// once.
  bool ready_in_background();
  bool accepts(const std::vector<uint64_t> &words) const;
  bool accepts_variables(std::span<VariableState *const> variables) const;
};

uint64_t hash_words(const std::vector<uint64_t> &words);

/// "argument 'x': shape [32,784] -> [16,784]": the first differences between two signatures, and how many there are.
struct Difference {
  int count = 0;
  std::string text;
  std::string advice;
};
Difference difference_between(const SignatureInfo &before, const SignatureInfo &now);

}  // namespace etch::detail

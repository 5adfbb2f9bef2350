#pragma once
// The table of traces of one function.

#include <mutex>

#include "frontend/function/concrete_state.h"

namespace etch::detail {

struct FunctionCore::Impl {
  std::string name;
  Options options;
  Location created;

  mutable std::mutex table_mutex;                       ///< of the next two; calls never take it
  std::vector<std::shared_ptr<ConcreteState>> entries;  ///< in the order of tracing
  std::shared_ptr<const CallTable> table;               ///< of the entries; what FunctionCore::table_ points to
  std::recursive_mutex trace_mutex;
  std::atomic<int> trace_count{0};
  std::atomic<uint64_t> clock{0};    ///< ticks at every call that was looked up or traced
  std::atomic<uint32_t> history{0};  ///< of the last ten calls: which traced
  int warnings = 0;                  ///< under trace_mutex

  /// Returns the table that is no longer right, for retire.
  std::shared_ptr<const CallTable> insert(std::shared_ptr<ConcreteState> state);
  void apply_input_signature(CallScratch &scratch, Location at) const;
  std::string parameter_name(size_t i) const;
  void relax(CallScratch &scratch);
  std::shared_ptr<ConcreteState> trace(CallScratch &scratch, Location at, Tracer tracer, Policy chosen);
  Difference nearest_difference(const std::vector<LeafInfo> &arguments, uint64_t context);
  void note_call(bool traced, const ConcreteState &state, Location at);
  void verify(const ConcreteState &state, CallScratch &scratch, Location at, Tracer tracer);
};

/// To call where an error was caught: one that knows no line, as a captured tensor that was donated or the want of
/// memory, is of the call.
[[noreturn]] void rethrow_at(const UserError &error, Location at);
/// The same for what the code of a trace throws: where extents do not fit, with the shapes of the call.
[[noreturn]] void rethrow_from_call(const UserError &error, const ConcreteState &state, const CallFrame &frame,
                                    Location at);

/// Throws UserError where strict code would become part of a trace under another policy. `what` it is: "'f'".
void require_strict_around(const std::string &what, Trace &trace, Location at);

}  // namespace etch::detail

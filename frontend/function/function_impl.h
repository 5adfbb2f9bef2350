#pragma once
// The table of traces of one function.

#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "frontend/function/concrete_state.h"

namespace etch::detail {

struct FunctionCore::Impl {
  std::string name;
  Options options;
  Location created;

  mutable std::shared_mutex table_mutex;  ///< calls share it; only a new trace takes it alone
  std::vector<std::unique_ptr<std::shared_ptr<ConcreteState>>> entries;  ///< in the order of tracing; addresses stay
  std::unordered_multimap<uint64_t, const std::shared_ptr<ConcreteState> *> by_hash;
  std::atomic<const std::shared_ptr<ConcreteState> *> last_hit{nullptr};
  std::recursive_mutex trace_mutex;
  std::atomic<int> trace_count{0};
  std::atomic<uint64_t> clock{0};
  std::atomic<uint32_t> history{0};  ///< of the last ten calls: which traced
  int warnings = 0;                  ///< under trace_mutex

  std::shared_ptr<ConcreteState> lookup(const CallScratch &scratch);
  void insert(std::shared_ptr<ConcreteState> state);
  void apply_input_signature(CallScratch &scratch, Location at) const;
  std::string parameter_name(size_t i) const;
  void relax(CallScratch &scratch);
  std::shared_ptr<ConcreteState> trace(CallScratch &scratch, Location at, Tracer tracer, Policy chosen);
  Difference nearest_difference(const std::vector<LeafInfo> &arguments);
  void note_call(bool traced, const ConcreteState &state, Location at);
  void verify(const ConcreteState &state, CallScratch &scratch, Location at, Tracer tracer);
};

}  // namespace etch::detail

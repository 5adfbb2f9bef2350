// Dispatch: from the signature of a call to the trace that serves it, and its run.

#include "etch/detail/function_core.h"

#include <algorithm>
#include <mutex>
#include <typeinfo>

#include "frontend/autodiff/recording.h"
#include "frontend/function/donation.h"
#include "frontend/function/function_impl.h"
#include "frontend/function/retire.h"
#include "frontend/tensor/storage.h"
#include "runtime/executable/failure.h"

namespace etch::detail {

const void *prototype_of(const ConcreteState &state) { return state.prototype.get(); }

void return_argument(const ConcreteState &state, const CallFrame &frame, size_t position, Variable &variable) {
  const int argument = state.returned_variables[position];
  if (argument >= 0) variable = Variable(frame.variables[argument]->shared_from_this());
}

//===-- Lookup -----------------------------------------------------------------------------------------------===//

namespace {

const CallTarget *find(const CallTable &table, const CallFrame &frame) {
  const CallScratch &scratch = frame.scratch;
  const std::span<VariableState *const> variables(frame.variables, frame.num_variables);
  const uint64_t hash = hash_words(scratch.words);
  auto entry = std::lower_bound(table.by_hash.begin(), table.by_hash.end(), std::pair(hash, uint32_t{0}));
  for (; entry != table.by_hash.end() && entry->first == hash; ++entry) {
    const CallTarget &target = table.targets[entry->second];
    if (target.state->key != scratch.words || !target.state->accepts_variables(variables)) continue;
    if (table.last_found.load(std::memory_order_relaxed) != entry->second)
      table.last_found.store(entry->second, std::memory_order_relaxed);
    return &target;
  }
  // A signature that has unknown extents itself is asked for as it is.
  for (size_t i = 0; i < scratch.leaves.size(); ++i)
    for (int axis = 0; axis < scratch.leaves[i].type->shape.rank(); ++axis)
      if (scratch.words[scratch.extent_words[i] + static_cast<size_t>(axis)] == static_cast<uint64_t>(kDynamic))
        return nullptr;
  // No exact match: the most specific trace with unknown extents; the earliest of equals.
  for (const CallTarget &target : table.targets)
    if (!target.state->wildcards.empty() && target.state->accepts(scratch.words) &&
        target.state->accepts_variables(variables))
      return &target;
  return nullptr;
}

}  // namespace

uint64_t hash_words(const std::vector<uint64_t> &words) {
  uint64_t state = 0x9E3779B97F4A7C15ull ^ words.size();
  for (uint64_t word : words) {
    unsigned __int128 product = static_cast<unsigned __int128>(state ^ word) * 0xD6E8FEB86659FD93ull;
    state = static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }
  return state;
}

std::shared_ptr<const CallTable> FunctionCore::Impl::insert(std::shared_ptr<ConcreteState> state) {
  std::lock_guard lock(table_mutex);
  state->last_used.store(clock.fetch_add(1, std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  entries.push_back(std::move(state));
  ++trace_count;
  if (entries.size() > static_cast<size_t>(std::max(1, options.max_traces)))
    entries.erase(std::min_element(entries.begin(), entries.end() - 1,
                                   [](auto &a, auto &b) { return a->last_used.load() < b->last_used.load(); }));
  auto next = std::make_shared<CallTable>();
  for (const auto &entry : entries)  // behind its equals: the earliest of them is preferred
    next->owners.insert(std::upper_bound(next->owners.begin(), next->owners.end(), entry,
                                         [](auto &a, auto &b) { return a->wildcards.size() < b->wildcards.size(); }),
                        entry);
  for (const auto &owner : next->owners) {
    next->by_hash.emplace_back(owner->hash, static_cast<uint32_t>(next->targets.size()));
    next->targets.push_back(owner->target);
  }
  std::sort(next->by_hash.begin(), next->by_hash.end());
  return std::exchange(table, std::move(next));
}

void rethrow_at(const UserError &error, Location at) {
  if (typeid(error) != typeid(UserError) || error.location().known()) throw;
  throw UserError(error.message(), at);
}

void rethrow_from_call(const UserError &error, const ConcreteState &state, const CallFrame &frame, Location at) {
  if (!error.message().ends_with(runtime::kAsksForShapes)) rethrow_at(error, at);
  std::string came;
  size_t leaf = 0;
  for (const LeafInfo &info : state.arguments) {
    if (info.kind == LeafInfo::Kind::tensor)
      came += (came.empty() ? "" : ", ") + info.path + ": " + to_string(frame.bodies[leaf]->type);
    leaf += info.kind == LeafInfo::Kind::tensor || info.kind == LeafInfo::Kind::scalar;
  }
  if (came.empty()) rethrow_at(error, at);
  throw UserError(error.message() + "; '" + state.name + "' was called with " + came,
                  error.location().known() ? error.location() : at);
}

//===-- Calls ------------------------------------------------------------------------------------------------===//

std::shared_ptr<ConcreteState> FunctionCore::find_or_trace(CallFrame &frame, std::source_location at, Tracer tracer) {
  Impl &impl = *impl_;
  CallScratch &scratch = frame.scratch;
  const Policy chosen = impl.options.policy.value_or(policy());
  if (!impl.options.input_signature.empty()) impl.apply_input_signature(scratch, at);
  scratch.words.push_back(static_cast<uint64_t>(chosen) | (thread_state.context & ThreadState::kDevice));
  frame.bring_variables();
  auto look = [&]() -> std::shared_ptr<ConcreteState> {
    const CallTable *table = frame.protect(table_);
    const CallTarget *found = table ? find(*table, frame) : nullptr;
    if (!found) return nullptr;
    impl.note_call(false, *found->state, at);
    found->state->last_used.store(impl.clock.fetch_add(1, std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return found->state->shared_from_this();
  };
  std::shared_ptr<ConcreteState> state = look();
  if (state) return state;
  // One thread traces; the others find its trace when they get here.
  std::lock_guard tracing(impl.trace_mutex);
  state = look();
  if (state) return state;
  frame.used.store(nullptr, std::memory_order_release);
  state = impl.trace(scratch, at, tracer, chosen);
  std::shared_ptr<const CallTable> replaced = impl.insert(state);
  table_.store(impl.table.get());
  retire(std::move(replaced));
  impl.note_call(true, *state, at);
  return state;
}

const ConcreteState *FunctionCore::call(CallFrame &frame, std::source_location at, Tracer tracer) {
  std::shared_ptr<ConcreteState> &state = frame.holds = find_or_trace(frame, at, tracer);
  state->calls.add(frame.thread);
  const int every = impl_->options.verify_trace;
  if (every > 0 && state->calls.total() % static_cast<uint64_t>(every) == 0)
    impl_->verify(*state, frame.scratch, at, tracer);
  if (impl_->options.background && !state->ready_in_background()) return nullptr;
  run_concrete(*state, frame, at);
  return state.get();
}

void FunctionCore::run(const CallTarget &target, CallFrame &frame, std::source_location at) const {
  ConcreteState &state = *target.state;
  Impl &impl = *impl_;
  // What calls share is read here and seldom written, so that many threads can call at once.
  if (impl.history.load(std::memory_order_relaxed) != 0) [[unlikely]]
    impl.note_call(false, state, {});
  const uint64_t now = impl.clock.load(std::memory_order_relaxed);
  if (state.last_used.load(std::memory_order_relaxed) != now) [[unlikely]]
    state.last_used.store(now, std::memory_order_relaxed);
  state.calls.add(frame.thread);
  const CompiledProgram &compiled = *target.code->load(std::memory_order_acquire);
  try {
    if (target.donates) [[unlikely]]
      return run_donating(state, compiled, frame, at);
    execute(compiled, compiled.program, frame.slots, frame.dims, {frame.variables, frame.num_variables}, frame.outputs);
  } catch (const UserError &error) {
    rethrow_from_call(error, state, frame, at);
  }
}

void CallFrame::bring_variables() {
  reserve(scratch.variables.size());
  num_variables = 0;
  for (const auto &variable : scratch.variables) variables[num_variables++] = variable.get();
}

void FunctionCore::run_concrete(ConcreteState &state, CallFrame &frame, Location at) {
  const CompiledProgram &compiled = is_recording() ? state.compiled_to_record() : state.compiled();
  const Program &program = compiled.program;
  const CallScratch &scratch = frame.scratch;
  frame.reserve(std::max<size_t>({state.target.frame_size, num_slots(program), scratch.variables.size()}));
  frame.bring_variables();
  int64_t *dim = frame.dims;
  for (size_t i = 0; i < scratch.leaves.size(); ++i) {
    frame.slots[i] = const_cast<void *>(scratch.leaves[i].data);
    frame.bodies[i] = scratch.leaves[i].body;
    if (compiled.is_static) continue;
    const Shape &spec = program.tape->types[program.tape->arguments[i].id].shape;
    for (int axis = 0; axis < spec.rank(); ++axis)
      if (spec[axis] == kDynamic) *dim++ = scratch.leaves[i].type->shape[axis];
  }
  auto run = [&] {
    try {
      run_donating(state, compiled, frame, at);
    } catch (const UserError &error) {
      rethrow_from_call(error, state, frame, at);
    }
  };
  if (!is_recording()) return run();
  // Handles taken before the call keep the values that variables have now: in-place writes go elsewhere.
  std::vector<Tensor> inputs;
  for (const Binding &binding : program.bindings) {
    switch (binding.source) {
      case Binding::Source::leaf: {
        const CallLeaf &leaf = scratch.leaves[static_cast<size_t>(binding.index)];
        inputs.push_back(leaf.body ? retain(leaf.body) : copy_of(*leaf.type, leaf.data));
        break;
      }
      case Binding::Source::tensor: inputs.push_back(binding.tensor); break;
      default: {
        const auto &variable =
            binding.variable ? binding.variable : scratch.variables[static_cast<size_t>(binding.index)];
        record_read(variable, variable->value);
        inputs.push_back(variable->value);
      }
    }
  }
  run();
  record(program, inputs, frame.outputs);
  frame.outputs.resize(static_cast<size_t>(state.program.num_outputs));
}

}  // namespace etch::detail

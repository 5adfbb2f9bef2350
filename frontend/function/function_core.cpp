// Dispatch: from the signature of a call to the trace that serves it.

#include "etch/detail/function_core.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "frontend/autodiff/recording.h"
#include "frontend/function/concrete_state.h"
#include "frontend/function/function_impl.h"
#include "frontend/function/trace_session.h"
#include "frontend/tensor/storage.h"
#include "runtime/base/log.h"

namespace etch::detail {

const void *prototype_of(const ConcreteState &state) { return state.prototype.get(); }

namespace {

uint64_t hash_words(const std::vector<uint64_t> &words) {
  uint64_t state = 0x9E3779B97F4A7C15ull ^ words.size();
  for (uint64_t word : words) {
    unsigned __int128 product = static_cast<unsigned __int128>(state ^ word) * 0xD6E8FEB86659FD93ull;
    state = static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }
  return state;
}

}  // namespace

//===-- Lookup -----------------------------------------------------------------------------------------------===//

std::shared_ptr<ConcreteState> FunctionCore::Impl::lookup(const CallScratch &scratch) {
  // The signature of the last call is most likely that of this one.
  if (const std::shared_ptr<ConcreteState> *last = last_hit.load(std::memory_order_acquire))
    if ((*last)->key == scratch.words && (*last)->accepts_variables(scratch.variables)) return *last;
  auto [first, end] = by_hash.equal_range(hash_words(scratch.words));
  for (auto it = first; it != end; ++it) {
    const auto &entry = *it->second;
    if (entry->key != scratch.words || !entry->accepts_variables(scratch.variables)) continue;
    last_hit.store(it->second, std::memory_order_release);
    return entry;
  }
  // A signature that has unknown extents itself is asked for as it is.
  for (size_t i = 0; i < scratch.leaves.size(); ++i)
    for (int axis = 0; axis < scratch.leaves[i].type->shape.rank(); ++axis)
      if (scratch.words[scratch.extent_words[i] + static_cast<size_t>(axis)] == static_cast<uint64_t>(kDynamic))
        return nullptr;
  // No exact match: the most specific trace with unknown extents; the earliest of equals.
  const std::shared_ptr<ConcreteState> *best = nullptr;
  for (const auto &entry : entries) {
    if ((*entry)->wildcards.empty() || !(*entry)->accepts(scratch.words) ||
        !(*entry)->accepts_variables(scratch.variables))
      continue;
    if (!best || (*entry)->wildcards.size() < (*best)->wildcards.size()) best = entry.get();
  }
  return best ? *best : nullptr;
}

void FunctionCore::Impl::insert(std::shared_ptr<ConcreteState> state) {
  std::unique_lock lock(table_mutex);
  entries.push_back(std::make_unique<std::shared_ptr<ConcreteState>>(state));
  by_hash.emplace(state->hash, entries.back().get());
  last_hit.store(entries.back().get(), std::memory_order_release);
  ++trace_count;
  if (entries.size() <= static_cast<size_t>(std::max(1, options.max_traces))) return;
  auto oldest = std::min_element(entries.begin(), entries.end() - 1,
                                 [](auto &a, auto &b) { return (*a)->last_used.load() < (*b)->last_used.load(); });
  auto [first, end] = by_hash.equal_range((**oldest)->hash);
  for (auto it = first; it != end; ++it)
    if (it->second == oldest->get()) {
      by_hash.erase(it);
      break;
    }
  entries.erase(oldest);
}

//===-- Signatures -------------------------------------------------------------------------------------------===//

namespace {

void set_extents(CallScratch &scratch, size_t leaf, const Shape &shape) {
  for (int axis = 0; axis < shape.rank(); ++axis)
    scratch.words[scratch.extent_words[leaf] + static_cast<size_t>(axis)] = static_cast<uint64_t>(shape[axis]);
}

std::vector<TensorType> types_of(const CallScratch &scratch) {
  std::vector<TensorType> types;
  for (size_t i = 0; i < scratch.leaves.size(); ++i) {
    TensorType type = *scratch.leaves[i].type;
    for (int axis = 0; axis < type.shape.rank(); ++axis)
      type.shape[axis] = static_cast<int64_t>(scratch.words[scratch.extent_words[i] + static_cast<size_t>(axis)]);
    types.push_back(type);
  }
  return types;
}

}  // namespace

void FunctionCore::Impl::apply_input_signature(CallScratch &scratch, Location at) const {
  size_t next = 0;
  for (size_t i = 0; i < scratch.leaves.size(); ++i) {
    if (!scratch.leaves[i].body) continue;  // a Scalar
    if (next == options.input_signature.size())
      throw TypeError("'" + name + "' has an input_signature of " + std::to_string(next) +
                          " tensors but was given more; add a Spec for each",
                      at);
    const Spec &spec = options.input_signature[next];
    const TensorType &type = *scratch.leaves[i].type;
    if (type.dtype != spec.dtype || !is_compatible(spec.shape, type.shape))
      throw TypeError("'" + name + "': parameter `" + parameter_name(next) + "` expected " +
                          to_string(TensorType{spec.dtype, spec.shape}) + " but is " + to_string(type) +
                          "; convert or reshape the argument, or change the input_signature",
                      at);
    Shape shape = spec.shape;
    for (int axis = 0; axis < shape.rank(); ++axis)
      if (shape[axis] == kDynamic && type.shape[axis] == 1) shape[axis] = 1;
    set_extents(scratch, i, shape);
    ++next;
  }
  if (next != options.input_signature.size())
    throw TypeError("'" + name + "' has an input_signature of " + std::to_string(options.input_signature.size()) +
                        " tensors but was given " + std::to_string(next),
                    at);
}

std::string FunctionCore::Impl::parameter_name(size_t i) const {
  if (i < options.input_signature.size() && !options.input_signature[i].name.empty())
    return options.input_signature[i].name;
  return i < options.argument_names.size() ? options.argument_names[i] : "arg" + std::to_string(i);
}

// Makes extents unknown in which this call differs from an earlier trace of otherwise equal signature.
void FunctionCore::Impl::relax(CallScratch &scratch) {
  std::shared_lock lock(table_mutex);
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    const ConcreteState &state = ***entry;
    if (state.key.size() != scratch.words.size()) continue;
    std::vector<uint64_t> relaxed = scratch.words;
    for (size_t i = 0; i < scratch.leaves.size(); ++i)
      for (int axis = 0; axis < scratch.leaves[i].type->shape.rank(); ++axis) {
        size_t at = scratch.extent_words[i] + static_cast<size_t>(axis);
        // 1 stays: it broadcasts.
        if (relaxed[at] != state.key[at] && relaxed[at] != 1 && state.key[at] != 1)
          relaxed[at] = static_cast<uint64_t>(kDynamic);
      }
    // Whatever else differs is not an extent.
    bool same = true;
    for (size_t i = 0; i < relaxed.size(); ++i)
      same = same && (relaxed[i] == state.key[i] || relaxed[i] == static_cast<uint64_t>(kDynamic));
    if (!same) continue;
    scratch.words = std::move(relaxed);
    return;
  }
}

//===-- Calls ------------------------------------------------------------------------------------------------===//

std::shared_ptr<ConcreteState> FunctionCore::find_or_trace(CallScratch &scratch, std::source_location at,
                                                           Tracer tracer) {
  Impl &impl = *impl_;
  Policy chosen = impl.options.policy.value_or(policy());
  if (!impl.options.input_signature.empty()) impl.apply_input_signature(scratch, at);
  scratch.words.push_back(static_cast<uint64_t>(chosen));
  std::shared_ptr<ConcreteState> state;
  {
    std::shared_lock lock(impl.table_mutex);
    state = impl.lookup(scratch);
  }
  if (!state) {
    // One thread traces; the others find its trace when they get here.
    std::lock_guard tracing(impl.trace_mutex);
    {
      std::shared_lock lock(impl.table_mutex);
      state = impl.lookup(scratch);
    }
    if (!state) {
      state = impl.trace(scratch, at, tracer, chosen);
      impl.note_call(true, *state, at);
      state->last_used.store(++impl.clock, std::memory_order_relaxed);
      return state;
    }
  }
  impl.note_call(false, *state, at);
  state->last_used.store(impl.clock.fetch_add(1, std::memory_order_relaxed), std::memory_order_relaxed);
  return state;
}

std::shared_ptr<ConcreteState> FunctionCore::Impl::trace(CallScratch &scratch, Location at, Tracer tracer,
                                                         Policy chosen) {
  auto start = std::chrono::steady_clock::now();
  if (options.reduce_retracing) relax(scratch);
  PolicyScope policy_scope(chosen);
  auto state = std::make_shared<ConcreteState>();
  auto run = [&](bool use_proxies) {
    FunctionTrace session(name, options.argument_names, types_of(scratch), scratch, use_proxies, at);
    session.set_checks_indices(options.checked);
    tracer(session);
    state->program = std::move(session.program());
    state->prototype = session.prototype();
    state->arguments = std::move(session.arguments());
  };
  run(true);
  if (!state->accepts_variables(scratch.variables)) {
    // The body also captures a variable that it was given: the two must be one, so this trace is for these variables.
    run(false);
    state->bound_to_variables = true;
    state->bound_variables = scratch.variables;
  }
  state->key = scratch.words;
  state->hash = hash_words(state->key);
  for (size_t i = 0; i < scratch.leaves.size(); ++i)
    for (int axis = 0; axis < scratch.leaves[i].type->shape.rank(); ++axis)
      if (uint32_t word = scratch.extent_words[i] + static_cast<uint32_t>(axis);
          state->key[word] == static_cast<uint64_t>(kDynamic))
        state->wildcards.push_back(word);
  state->policy = chosen;
  state->name = name;
  state->first_call = at;
  Difference nearest = nearest_difference(state->arguments);
  state->reason = nearest.text.empty() ? "first call" : nearest.text;
  state->trace_milliseconds =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  insert(state);
  return state;
}

Difference FunctionCore::Impl::nearest_difference(const std::vector<LeafInfo> &arguments) {
  std::shared_lock lock(table_mutex);
  Difference nearest;
  nearest.count = -1;
  for (const auto &entry : entries) {
    Difference difference = difference_between((*entry)->arguments, arguments);
    if (nearest.count < 0 || difference.count <= nearest.count) nearest = std::move(difference);
  }
  return nearest;
}

void FunctionCore::Impl::note_call(bool traced, const ConcreteState &state, Location at) {
  // Racing threads may lose a bit of history; it only feeds a warning.
  uint32_t recent = ((history.load(std::memory_order_relaxed) << 1) | traced) & 0x3ff;
  history.store(recent, std::memory_order_relaxed);
  if (!traced || std::popcount(recent) < 5 || warnings >= 2) return;
  ++warnings;
  history.store(0, std::memory_order_relaxed);
  // The trace itself is in the table already; its reason was found before.
  Difference advice;
  {
    std::shared_lock lock(table_mutex);
    if (entries.size() >= 2) advice = difference_between((**(entries.end() - 2))->arguments, state.arguments);
  }
  log(LogLevel::warning, "'" + name + "' was traced in 5 of its last 10 calls, which is slow. At " + to_string(at) +
                             " it differs from the nearest earlier signature in " + state.reason +
                             (advice.advice.empty() ? "" : ". To avoid it, " + advice.advice));
}

std::shared_ptr<ConcreteState> FunctionCore::call(CallScratch &scratch, std::source_location at, Tracer tracer) {
  std::shared_ptr<ConcreteState> state = find_or_trace(scratch, at, tracer);
  uint64_t calls = state->calls.fetch_add(1, std::memory_order_relaxed) + 1;
  if (impl_->options.verify_trace > 0 && calls % static_cast<uint64_t>(impl_->options.verify_trace) == 0)
    impl_->verify(*state, scratch, at, tracer);
  run_concrete(*state, scratch);
  return state;
}

void FunctionCore::run_concrete(ConcreteState &state, CallScratch &scratch) {
  const CompiledProgram &compiled = state.compiled();
  if (!is_recording()) {
    execute(compiled, compiled.program, scratch.leaves, scratch.variables, scratch.outputs);
    return;
  }
  // Handles taken before the call keep the values that variables have now: in-place writes go elsewhere.
  std::vector<Tensor> inputs;
  for (const Binding &binding : compiled.program.bindings) {
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
  execute(compiled, compiled.program, scratch.leaves, scratch.variables, scratch.outputs);
  record(compiled.program.tape, inputs, scratch.outputs);
}

void FunctionCore::Impl::verify(const ConcreteState &state, CallScratch &scratch, Location at, Tracer tracer) {
  FunctionTrace session(name, options.argument_names, types_of(scratch), scratch, !state.bound_to_variables, at);
  session.set_checks_indices(options.checked);
  tracer(session);
  const ir::Tape &before = *state.program.tape, &now = *session.program().tape;
  if (before.equals(now)) return;
  for (size_t i = 0; i < std::min(before.nodes.size(), now.nodes.size()); ++i) {
    const ir::Node &a = before.nodes[i], &b = now.nodes[i];
    bool same = a.op == b.op && a.operands == b.operands && a.attributes.size() == b.attributes.size();
    for (size_t k = 0; same && k < a.attributes.size(); ++k) {
      auto *callee = std::get_if<std::shared_ptr<const ir::Tape>>(&a.attributes[k].value);
      auto *other = std::get_if<std::shared_ptr<const ir::Tape>>(&b.attributes[k].value);
      same = callee && other ? (*callee)->equals(**other) : a.attributes[k].value == b.attributes[k].value;
    }
    if (!same)
      throw UserError("[verify_trace] '" + name + "' would be traced differently now: '" +
                          std::string(ir::mnemonic_of(b.op)) + "' differs from the '" +
                          std::string(ir::mnemonic_of(a.op)) + "' recorded at " + to_string(a.location) +
                          ". A C++ value that the body captures has changed since; pass it as an argument or make it "
                          "an etch::Variable",
                      b.location);
  }
  throw UserError("[verify_trace] '" + name + "' would be traced differently now: " +
                      std::to_string(before.nodes.size()) + " ops then, " + std::to_string(now.nodes.size()) +
                      " now. A C++ value that the body captures has changed since; pass it as an "
                      "argument or make it an etch::Variable",
                  at);
}

}  // namespace etch::detail

// Making traces: what of a signature stays unknown, why a call traced, and whether tracing again gives the same.

#include <algorithm>
#include <bit>
#include <chrono>

#include "frontend/function/donation.h"
#include "frontend/function/function_impl.h"
#include "frontend/function/trace_session.h"
#include "frontend/tensor/storage.h"
#include "runtime/base/log.h"
#include "runtime/base/count.h"

namespace etch::detail {

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
      throw TypeError("'" + name + "' has an input_signature of " + count_text(next, "tensor") +
                          " but was given more; add a Spec for each",
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
    throw TypeError("'" + name + "' has an input_signature of " + count_text(options.input_signature.size(), "tensor") +
                        " but was given " + std::to_string(next),
                    at);
}

std::string FunctionCore::Impl::parameter_name(size_t i) const {
  if (i < options.input_signature.size() && !options.input_signature[i].name.empty())
    return options.input_signature[i].name;
  return i < options.argument_names.size() ? options.argument_names[i] : "arg" + std::to_string(i);
}

// Makes extents unknown in which this call differs from an earlier trace of otherwise equal signature.
void FunctionCore::Impl::relax(CallScratch &scratch) {
  std::lock_guard lock(table_mutex);
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    const ConcreteState &state = **entry;
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

//===-- Traces -----------------------------------------------------------------------------------------------===//

std::shared_ptr<ConcreteState> FunctionCore::Impl::trace(CallScratch &scratch, Location at, Tracer tracer,
                                                         Policy chosen) {
  auto start = std::chrono::steady_clock::now();
  if (options.reduce_retracing) relax(scratch);
  PolicyScope policy_scope(chosen);
  auto state = std::make_shared<ConcreteState>();
  auto run = [&](bool use_proxies) {
    FunctionTrace session(name, options.argument_names, types_of(scratch), scratch, use_proxies, at);
    session.set_checks_indices(options.checked);
    session.set_donated(options.donate);
    tracer(session);
    state->program = std::move(session.program());
    state->prototype = session.prototype();
    state->returned_variables = std::move(session.returned_variables());
    state->arguments = std::move(session.arguments());
  };
  run(true);
  std::vector<VariableState *> variables;
  for (const auto &variable : scratch.variables) variables.push_back(variable.get());
  if (!state->accepts_variables(variables)) {
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
  Difference nearest = nearest_difference(state->arguments, state->key.back());
  state->reason = nearest.text.empty() ? "first call" : nearest.text;
  warn_of_unused_donations(*state);
  state->trace_milliseconds =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  const uint64_t mask = ThreadState::kModes | ThreadState::kDevice | (options.policy ? 0 : ThreadState::kPolicy);
  const bool is_simple = options.verify_trace <= 0;
  state->target = {.key = state->key.data(),
                   .context = is_simple ? state->key.back() & mask : ~uint64_t{0},
                   .context_mask = mask,
                   .frame_size = static_cast<uint32_t>(std::max(num_slots(state->program), state->wildcards.size())),
                   .donates = !state->program.donated.empty(),
                   .state = state.get(),
                   .code = &state->published};
  return state;
}

Difference FunctionCore::Impl::nearest_difference(const std::vector<LeafInfo> &arguments, uint64_t context) {
  std::lock_guard lock(table_mutex);
  Difference nearest;
  nearest.count = -1;
  for (const auto &entry : entries) {
    Difference difference = difference_between(entry->signature(), {arguments, context});
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
    std::lock_guard lock(table_mutex);
    if (entries.size() >= 2) advice = difference_between(entries[entries.size() - 2]->signature(), state.signature());
  }
  log(LogLevel::warning, "'" + name + "' was traced in 5 of its last 10 calls, which is slow. At " + to_string(at) +
                             " it differs from the nearest earlier signature in " + state.reason +
                             (advice.advice.empty() ? "" : ". To avoid it, " + advice.advice));
}

namespace {

/// Nodes that have effects, that may have (in a region), or whose results are used. Others are left of what a variable
/// that the first trace created began with.
std::vector<uint32_t> live_nodes(const ir::Tape &tape) {
  std::vector<ir::ValueId> wanted = tape.results;
  std::vector<bool> is_live(tape.nodes.size());
  for (size_t i = 0; i < tape.nodes.size(); ++i) {
    const ir::Node &node = tape.nodes[i];
    if (ir::family_of(node.op) != ir::Family::State && node.regions.empty()) continue;
    is_live[i] = true;
    wanted.insert(wanted.end(), node.operands.begin(), node.operands.end());
    for (const auto &region : node.regions)
      for (const ir::Capture &capture : region->captures) wanted.push_back(capture.outer);
  }
  for (uint32_t index : dependencies(tape, wanted, {})) is_live[index] = true;
  std::vector<uint32_t> nodes;
  for (uint32_t i = 0; i < is_live.size(); ++i)
    if (is_live[i]) nodes.push_back(i);
  return nodes;
}

std::unique_ptr<ir::Tape> live_part(const ir::Tape &tape) {
  Trace trace(Trace::Kind::function, tape.name, tape.location);
  std::unordered_map<ir::ValueId, ir::ValueId> values;
  for (const ir::Argument &argument : tape.arguments)
    values[argument.id] = trace.tape().add_argument(tape.types[argument.id], argument.kind, argument.name);
  replay(tape, live_nodes(tape), values, trace, /*keep_effects=*/true);
  for (ir::ValueId result : tape.results) trace.tape().results.push_back(values.at(result));
  auto part = trace.finish_region();
  part->updates = tape.updates;
  return part;
}

/// The types under which the leaves of a call were traced.
std::vector<TensorType> types_of(const Program &program) {
  std::vector<TensorType> types;
  for (size_t i = 0; i < program.num_leaves; ++i) types.push_back(program.tape->types[program.tape->arguments[i].id]);
  return types;
}

}  // namespace

void FunctionCore::Impl::verify(const ConcreteState &state, CallScratch &scratch, Location at, Tracer tracer) {
  PolicyScope policy_scope(state.policy);
  FunctionTrace session(name, options.argument_names, types_of(state.program), scratch, !state.bound_to_variables, at);
  session.set_checks_indices(options.checked);
  session.set_donated(options.donate);
  tracer(session);
  const auto before = live_part(*state.program.tape), now = live_part(*session.program().tape);
  if (ir::is_same_recording(*before, *now)) return;
  const std::string changed = "[verify_trace] '" + name + "' would be traced differently now: ";
  static constexpr const char *kRemedy =
      ". A C++ value that the body captures has changed since; pass it as an argument or make it an etch::Variable";
  for (size_t i = 0; i < std::min(before->nodes.size(), now->nodes.size()); ++i) {
    const ir::Node &a = before->nodes[i], &b = now->nodes[i];
    if (ir::is_same_recording(a, b)) continue;
    throw UserError(changed + '\'' + std::string(ir::mnemonic_of(b.op)) + "' differs from the '" +
                        std::string(ir::mnemonic_of(a.op)) + "' recorded at " + to_string(a.location) + kRemedy,
                    b.location);
  }
  throw UserError(
      changed +
          (before->nodes.size() == now->nodes.size()
               ? "it returns or updates other values"
               : std::to_string(before->nodes.size()) + " ops then, " + std::to_string(now->nodes.size()) + " now") +
          kRemedy,
      at);
}

}  // namespace etch::detail

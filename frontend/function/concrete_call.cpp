// Calls of one trace: what is given must fit it. Inside another trace it is recorded there again.

#include <algorithm>
#include <numeric>

#include "frontend/function/eager.h"
#include "frontend/function/function_impl.h"
#include "frontend/tensor/storage.h"
#include "frontend/trace/emit.h"
#include "runtime/base/count.h"

namespace etch::detail {

std::span<const uint64_t> key_of(const ConcreteState &state) { return state.key; }

//===-- Checks -----------------------------------------------------------------------------------------------===//

void FunctionCore::check_call(const ConcreteState &state, CallFrame &frame, Location at) const {
  const CallScratch &scratch = frame.scratch;
  check_leaves(state, scratch, at);
  check_variables(state, scratch, at);
  std::vector<uint64_t> words = scratch.words;
  words.push_back(state.key.back());  // a concrete function has its policy and device
  bool fits = words.size() == state.key.size();
  size_t next = 0;
  for (size_t i = 0; fits && i < words.size(); ++i) {
    bool is_wildcard = next < state.wildcards.size() && state.wildcards[next] == i;
    next += is_wildcard;
    fits = is_wildcard || words[i] == state.key[i];
  }
  if (!fits)
    throw TypeError(
        "[" + impl_->name +
            "] a static argument or the structure of the arguments differs from what this concrete function was made "
            "for: " +
            signature_text(state) + "; call the function itself to get another trace",
        at);
  frame.bring_variables();
  if (!state.accepts_variables({frame.variables, frame.num_variables}))
    throw TypeError("[" + impl_->name +
                        "] the function captures a variable that it was also given, now or when this concrete function "
                        "was made, which is for other variables; call the function itself to get another trace",
                    at);
}

void FunctionCore::check_leaves(const ConcreteState &state, const CallScratch &scratch, Location at) const {
  size_t next = 0, num_tensors = 0;
  for (const LeafInfo &info : state.arguments) {
    if (info.kind != LeafInfo::Kind::tensor && info.kind != LeafInfo::Kind::scalar) continue;
    ++num_tensors;
    if (next == scratch.leaves.size()) continue;
    const TensorType &type = *scratch.leaves[next++].type;
    bool fits = type.dtype == info.type.dtype && is_compatible(info.type.shape, type.shape);
    for (int axis = 0; fits && axis < type.shape.rank(); ++axis)
      if (info.type.shape[axis] == kDynamic && type.shape[axis] == 1)
        throw TypeError("[" + impl_->name + "] parameter `" + info.path + "` is " + to_string(type) +
                            ", but the unknown extents of this concrete function do not include 1, which would "
                            "broadcast; call the function itself",
                        at);
    if (!fits)
      throw TypeError("[" + impl_->name + "] parameter `" + info.path + "` expected " + to_string(info.type) +
                          " but is " + to_string(type) + "; call the function itself to get another trace",
                      at);
  }
  if (num_tensors != scratch.leaves.size())
    throw TypeError("[" + impl_->name + "] expected " + count_text(num_tensors, "tensor") + " but was given " +
                        std::to_string(scratch.leaves.size()),
                    at);
}

void FunctionCore::check_variables(const ConcreteState &state, const CallScratch &scratch, Location at) const {
  size_t num_variables = 0;
  for (const LeafInfo &info : state.arguments) {
    if (info.kind != LeafInfo::Kind::variable) continue;
    if (num_variables < scratch.variables.size())
      if (const TensorType &type = scratch.variables[num_variables]->type; type != info.type)
        throw TypeError("[" + impl_->name + "] parameter `" + info.path + "` expected a Variable " +
                            to_string(info.type) + " but is a Variable " + to_string(type) +
                            "; call the function itself to get another trace",
                        at);
    ++num_variables;
  }
  if (num_variables != scratch.variables.size())
    throw TypeError("[" + impl_->name + "] expected " + count_text(num_variables, "variable") + " but was given " +
                        std::to_string(scratch.variables.size()),
                    at);
}

//===-- Calls ------------------------------------------------------------------------------------------------===//

namespace {

Tensor tensor_of(const CallLeaf &leaf, Location at) {
  return leaf.body ? retain(leaf.body) : emit_constant(*leaf.type, leaf.data, at);
}

/// Records the program of `state` in the current trace, on the arguments of the call.
void record_concrete(const ConcreteState &state, CallFrame &frame, Location at) {
  Trace &trace = *Trace::current();
  if (state.policy == Policy::strict) require_strict_around("the concrete function '" + state.name + "'", trace, at);
  const Program &program = state.program;
  const ir::Tape &tape = *program.tape;
  auto variable_of = [&](const Binding &binding) {
    return binding.variable ? binding.variable : frame.scratch.variables[static_cast<size_t>(binding.index)];
  };
  auto argument_of = [&](const Binding &binding) {
    switch (binding.source) {
      case Binding::Source::leaf: return tensor_of(frame.scratch.leaves[static_cast<size_t>(binding.index)], at);
      case Binding::Source::tensor: return binding.tensor;
      default: return trace.read_variable(variable_of(binding), at);
    }
  };
  std::unordered_map<ir::ValueId, ir::ValueId> values;
  for (size_t i = 0; i < program.bindings.size(); ++i)
    values[tape.arguments[i].id] = trace.use(argument_of(program.bindings[i]), at);
  std::vector<uint32_t> all(tape.nodes.size());
  std::iota(all.begin(), all.end(), 0u);
  replay(tape, all, values, trace, /*keep_effects=*/true);
  for (const auto &object : program.kept) trace.keep(object);
  std::vector<Tensor> results;
  for (ir::ValueId id : tape.results) results.push_back(trace.symbolic(values.at(id), at));
  const auto num_outputs = static_cast<size_t>(program.num_outputs);
  for (size_t i = num_outputs; i < results.size(); ++i)
    trace.assign_variable(variable_of(program.bindings[static_cast<size_t>(tape.updates[i])]), results[i], at);
  results.resize(num_outputs);
  frame.outputs = std::move(results);
}

}  // namespace

void FunctionCore::call_concrete(ConcreteState &state, CallFrame &frame, std::source_location at) {
  check_call(state, frame, at);
  if (Trace::current()) return record_concrete(state, frame, at);
  for (const CallLeaf &leaf : frame.scratch.leaves)
    if (leaf.body) require_concrete(retain(leaf.body), at);
  run_concrete(state, frame, at);
}

}  // namespace etch::detail

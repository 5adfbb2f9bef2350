// Gradients of what ran: the programs between target and sources are recorded once more, in a function to
// differentiate.

#include <algorithm>
#include <unordered_map>

#include "frontend/autodiff/recording.h"
#include "frontend/autodiff/tape_sources.h"
#include "frontend/tensor/storage.h"

namespace etch::detail {
namespace {

using Bodies = std::unordered_set<const TensorBody *>;
using Runs = std::vector<const Recording::Run *>;

bool has_any(const std::vector<Tensor> &tensors, const Bodies &bodies) {
  return std::any_of(tensors.begin(), tensors.end(),
                     [&](const Tensor &each) { return bodies.count(each.body()) != 0; });
}

void insert_all(Bodies &bodies, const std::vector<Tensor> &tensors) {
  for (const Tensor &each : tensors) bodies.insert(each.body());
}

/// What the runs compute from the sources.
Bodies computed_from(const Bodies &sources, const std::vector<Recording::Run> &runs) {
  Bodies computed;
  for (const Recording::Run &run : runs)
    if (has_any(run.inputs, sources) || has_any(run.inputs, computed)) insert_all(computed, run.outputs);
  return computed;
}

/// The runs that the target depends on, not looking behind `leaves`. `needed` gets all that they use.
Runs path_to(const Tensor &target, const Bodies &leaves, const std::vector<Recording::Run> &runs, Bodies &needed) {
  Runs path;
  needed.insert(target.body());
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    const bool is_used = std::any_of(run->outputs.begin(), run->outputs.end(), [&](const Tensor &output) {
      return needed.count(output.body()) && !leaves.count(output.body());
    });
    if (!is_used) continue;
    path.push_back(&*run);
    insert_all(needed, run->inputs);
  }
  std::reverse(path.begin(), path.end());
  return path;
}

bool is_of_host(const ir::Node &node) { return ir::family_of(node.op) == ir::Family::State; }

std::vector<uint32_t> all_but_host_calls(const ir::Tape &tape) {
  std::vector<uint32_t> nodes;
  for (uint32_t n = 0; n < tape.nodes.size(); ++n)
    if (!is_of_host(tape.nodes[n])) nodes.push_back(n);
  return nodes;
}

/// What host functions computed is among the outputs of a run.
void use_host_results(const Recording::Run &run, std::unordered_map<ir::ValueId, ir::ValueId> &ids, Trace &trace,
                      Location at) {
  const ir::Tape &tape = *run.tape;
  std::unordered_map<ir::ValueId, const Tensor *> output_of;
  for (size_t i = 0; i < run.outputs.size(); ++i) output_of.emplace(tape.results[i], &run.outputs[i]);
  for (const ir::Node &node : tape.nodes)
    for (ir::ValueId i = 0; is_of_host(node) && i < node.num_results; ++i)
      ids[node.first_result + i] = trace.use(*output_of.at(node.first_result + i), at);
}

}  // namespace

std::vector<Tensor> Recording::eager_gradient(const Tensor &target, const std::vector<Tensor> &sources,
                                              Location at) const {
  auto can_have_gradient = [&](const Tensor &source) {
    return is_floating(target.dtype()) && is_floating(source.dtype()) && tracks(source);
  };
  Bodies is_source;
  for (const Tensor &source : sources)
    if (can_have_gradient(source)) is_source.insert(source.body());
  // A source that is computed from another one is computed again, so that the other gets its part through it.
  const Bodies computed = computed_from(is_source, runs);
  Bodies leaves, needed;
  for (const TensorBody *source : is_source)
    if (!computed.count(source)) leaves.insert(source);
  const Runs path = path_to(target, leaves, runs, needed);

  AskedSources asked;
  std::unordered_map<const TensorBody *, int> position_of;
  for (const Tensor &source : sources) {
    int position = -1;
    if (can_have_gradient(source) && needed.count(source.body())) {
      auto [known, is_new] = position_of.try_emplace(source.body(), static_cast<int>(asked.tensors.size()));
      if (is_new) asked.tensors.push_back(source);
      position = known->second;
    }
    asked.positions.push_back(position);
  }
  if (asked.tensors.empty()) return std::vector<Tensor>(sources.size());

  return asked.spread(differentiate_connected(asked.tensors, at, [&](const Values &values) {
    Trace &trace = *Trace::current();
    std::unordered_map<const TensorBody *, Tensor> symbolic;
    for (auto [body, position] : position_of)
      if (!computed.count(body)) symbolic[body] = values[static_cast<size_t>(position)];
    auto value_of = [&](const Tensor &tensor) {
      auto found = symbolic.find(tensor.body());
      return found == symbolic.end() ? tensor : found->second;
    };
    for (const Run *run : path) {
      std::unordered_map<ir::ValueId, ir::ValueId> ids;
      for (size_t i = 0; i < run->inputs.size(); ++i)
        ids[run->tape->arguments[i].id] = trace.use(value_of(run->inputs[i]), at);
      use_host_results(*run, ids, trace, at);
      replay(*run->tape, all_but_host_calls(*run->tape), ids, trace);
      for (size_t i = 0; i < run->outputs.size(); ++i) {
        const TensorBody *body = run->outputs[i].body();
        if (symbolic.count(body)) continue;
        Tensor value = trace.symbolic(ids.at(run->tape->results[i]), at);
        if (auto source = position_of.find(body); source != position_of.end())
          value = join(values[static_cast<size_t>(source->second)], value, at);
        symbolic.emplace(body, value);
      }
    }
    return value_of(target);
  }));
}

}  // namespace etch::detail

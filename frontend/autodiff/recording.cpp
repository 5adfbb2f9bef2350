// What a GradientTape sees: eager programs are kept as the tapes of what ran; a trace is its own record.

#include "frontend/autodiff/recording.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "etch/gradient.h"
#include "frontend/autodiff/connection.h"
#include "frontend/tensor/storage.h"
#include "runtime/base/of_thread.h"

namespace etch::detail {
namespace {
struct Active {
  std::vector<Recording *> recordings;
};
std::vector<Recording *> &active() { return of_thread<Active>().recordings; }
}  // namespace

void start_recording(Recording &recording) {
  active().push_back(&recording);
  thread_state.set_mode(ThreadState::kRecording, true);
}
void stop_recording(Recording &recording) {
  std::erase(active(), &recording);
  thread_state.set_mode(ThreadState::kRecording, !active().empty());
}

void Recording::watch(const Tensor &tensor) {
  watched.push_back(tensor);
  tracked.insert(tensor.body());
}

void record(const std::shared_ptr<const ir::Tape> &tape, std::span<const Tensor> inputs,
            std::span<const Tensor> outputs) {
  for (Recording *recording : active()) {
    if (std::none_of(inputs.begin(), inputs.end(), [&](const Tensor &input) { return recording->tracks(input); }))
      continue;
    recording->runs.push_back({tape, {inputs.begin(), inputs.end()}, {outputs.begin(), outputs.end()}});
    for (const Tensor &output : outputs)
      if (is_floating(output.dtype())) recording->tracked.insert(output.body());
  }
}

void record_read(const std::shared_ptr<VariableState> &state, const Tensor &value) {
  if (!is_floating(state->type.dtype)) return;
  for (Recording *recording : active())
    if (recording->tracked.insert(value.body()).second) recording->reads.push_back({state, value});
}

namespace {

/// Gradients with respect to the floating, connected sources only; the others are empty. `body` computes the target
/// from the sources and reports which of them it is connected to.
std::vector<Tensor> differentiate_connected(const std::vector<Tensor> &sources, Location at,
                                            FunctionRef<Tensor(const Values &, std::vector<bool> &)> body) {
  std::vector<bool> connected(sources.size(), false);
  Derivative derivative = differentiate(
      "gradient", [&](const Values &values) { return Values{body(values, connected)}; }, sources, {}, nullptr, at);
  for (size_t i = 0; i < sources.size(); ++i)
    if (!connected[i]) derivative.gradients[i] = Tensor();
  return std::move(derivative.gradients);
}

std::vector<bool> which_connect(const Values &sources, const Tensor &target) {
  std::vector<bool> out;
  ir::ValueId id = Trace::current()->use(target, {});
  for (const Tensor &source : sources) {
    ir::ValueId own[] = {source.body()->value};
    out.push_back(connected_to(Trace::current()->tape(), own)[id]);
  }
  return out;
}

/// The answer for all sources from the answer for those that can have one.
std::vector<Tensor> spread(const std::vector<Tensor> &sources, const std::vector<bool> &asked,
                           std::vector<Tensor> answers) {
  std::vector<Tensor> out(sources.size());
  size_t next = 0;
  for (size_t i = 0; i < sources.size(); ++i)
    if (asked[i]) out[i] = answers[next++];
  return out;
}

}  // namespace

std::vector<Tensor> Recording::eager_gradient(const Tensor &target, const std::vector<Tensor> &sources,
                                              Location at) const {
  // The runs that the target depends on, not looking behind the sources.
  std::unordered_set<const TensorBody *> needed, is_source;
  for (const Tensor &source : sources) is_source.insert(source.body());
  needed.insert(target.body());
  std::vector<const Run *> path;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    bool used = std::any_of(run->outputs.begin(), run->outputs.end(), [&](const Tensor &output) {
      return needed.count(output.body()) && !is_source.count(output.body());
    });
    if (!used) continue;
    path.push_back(&*run);
    for (const Tensor &input : run->inputs) needed.insert(input.body());
  }
  std::reverse(path.begin(), path.end());
  std::vector<bool> asked;
  std::vector<Tensor> asked_sources;
  for (const Tensor &source : sources) {
    asked.push_back(is_floating(target.dtype()) && is_floating(source.dtype()) && tracks(source) &&
                    needed.count(source.body()));
    if (asked.back()) asked_sources.push_back(source);
  }
  if (asked_sources.empty()) return std::vector<Tensor>(sources.size());
  auto answers = differentiate_connected(asked_sources, at, [&](const Values &values, std::vector<bool> &connected) {
    Trace &trace = *Trace::current();
    std::unordered_map<const TensorBody *, Tensor> symbolic;
    for (size_t i = 0; i < values.size(); ++i) symbolic[asked_sources[i].body()] = values[i];
    auto value_of = [&](const Tensor &tensor) {
      auto found = symbolic.find(tensor.body());
      return found == symbolic.end() ? tensor : found->second;
    };
    for (const Run *run : path) {
      std::unordered_map<ir::ValueId, ir::ValueId> ids;
      for (size_t i = 0; i < run->inputs.size(); ++i)
        ids[run->tape->arguments[i].id] = trace.use(value_of(run->inputs[i]), at);
      std::vector<uint32_t> all(run->tape->nodes.size());
      std::iota(all.begin(), all.end(), 0u);
      replay(*run->tape, all, ids, trace);
      for (size_t i = 0; i < run->outputs.size(); ++i)
        symbolic.try_emplace(run->outputs[i].body(), trace.symbolic(ids.at(run->tape->results[i]), at));
    }
    Tensor result = value_of(target);
    connected = which_connect(values, result);
    return result;
  });
  return spread(sources, asked, std::move(answers));
}

std::vector<Tensor> Recording::traced_gradient(const Tensor &target, const std::vector<Tensor> &sources,
                                               Location at) const {
  Trace &outer = *Trace::current();
  ir::ValueId wanted = outer.use(target, at);
  std::vector<ir::ValueId> watched_ids, source_ids, leaves;
  for (const Tensor &tensor : watched) watched_ids.push_back(outer.use(tensor, at));
  for (const Trace::Slot &slot : outer.slots()) watched_ids.push_back(slot.initial);
  for (const Tensor &source : sources) source_ids.push_back(outer.use(source, at));
  std::vector<bool> tracked_ids = connected_to(outer.tape(), watched_ids);
  std::vector<bool> asked;
  std::vector<Tensor> asked_sources;
  std::vector<ir::ValueId> asked_ids;
  for (size_t i = 0; i < sources.size(); ++i) {
    bool is_watched = std::find(watched_ids.begin(), watched_ids.end(), source_ids[i]) != watched_ids.end();
    asked.push_back(is_floating(target.dtype()) && is_floating(sources[i].dtype()) &&
                    (is_watched || tracked_ids[source_ids[i]]));
    if (!asked.back()) continue;
    asked_sources.push_back(outer.symbolic(source_ids[i], at));
    asked_ids.push_back(source_ids[i]);
  }
  if (asked_sources.empty()) return std::vector<Tensor>(sources.size());
  // What the host computes is not computed again.
  leaves = asked_ids;
  for (const ir::Node &node : outer.tape().nodes)
    if (ir::family_of(node.op) == ir::Family::State)
      for (uint32_t i = 0; i < node.num_results; ++i) leaves.push_back(node.first_result + i);
  std::vector<uint32_t> nodes = dependencies(outer.tape(), std::vector<ir::ValueId>{wanted}, leaves);
  auto answers = differentiate_connected(asked_sources, at, [&](const Values &values, std::vector<bool> &connected) {
    Trace &trace = *Trace::current();
    std::unordered_map<ir::ValueId, ir::ValueId> ids;
    for (size_t i = 0; i < values.size(); ++i) ids[asked_ids[i]] = values[i].body()->value;
    std::vector<bool> computed(outer.tape().types.size());
    for (uint32_t index : nodes) {
      const ir::Node &node = outer.tape().nodes[index];
      for (uint32_t i = 0; i < node.num_results; ++i) computed[node.first_result + i] = true;
    }
    auto need = [&](ir::ValueId id) {
      if (!computed[id] && !ids.count(id)) ids[id] = trace.use(outer.symbolic(id, at), at);
    };
    for (uint32_t index : nodes) {
      const ir::Node &node = outer.tape().nodes[index];
      for (ir::ValueId operand : node.operands) need(operand);
      for (const auto &region : node.regions)
        for (const ir::Capture &capture : region->captures) need(capture.outer);
    }
    // A source that is computed by the nodes keeps the value it was given.
    std::unordered_map<ir::ValueId, ir::ValueId> given = ids;
    for (uint32_t index : nodes) {
      uint32_t one[] = {index};
      replay(outer.tape(), one, ids, trace);
      for (auto [from, to] : given) ids[from] = to;
    }
    if (!ids.count(wanted)) ids[wanted] = trace.use(outer.symbolic(wanted, at), at);
    Tensor result = trace.symbolic(ids.at(wanted), at);
    connected = which_connect(values, result);
    return result;
  });
  return spread(sources, asked, std::move(answers));
}

}  // namespace etch::detail

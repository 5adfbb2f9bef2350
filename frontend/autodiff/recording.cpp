// What gradient tapes are told.

#include "frontend/autodiff/recording.h"

#include <algorithm>

#include "frontend/function/eager.h"
#include "frontend/tensor/storage.h"
#include "runtime/base/of_thread.h"

namespace etch::detail {
namespace {

struct Active {
  std::vector<std::shared_ptr<Recording>> recordings;
};

/// The recordings of this thread. Those that another thread stopped leave here.
std::vector<std::shared_ptr<Recording>> &active() {
  auto &recordings = of_thread<Active>().recordings;
  std::erase_if(recordings, [](const auto &each) { return each->is_stopped.load(std::memory_order_acquire); });
  thread_state.set_mode(ThreadState::kRecording, !recordings.empty());
  return recordings;
}

ir::ValueId next_value(const TraceToken &owner) { return static_cast<ir::ValueId>(owner.trace->tape().types.size()); }

}  // namespace

void start_recording(std::shared_ptr<Recording> recording) {
  active().push_back(std::move(recording));
  thread_state.set_mode(ThreadState::kRecording, true);
}

void stop_recording(Recording &recording) {
  if (recording.owner && recording.owner->trace) recording.end = next_value(*recording.owner);
  recording.is_stopped.store(true, std::memory_order_release);
  active();
}

Recording::Recording() {
  if (Trace *trace = Trace::current()) {
    owner = trace->token();
    begin = next_value(*owner);
  }
}

void Recording::watch(const Tensor &tensor, Location at) {
  watched.push_back(tensor);
  tracked.insert(tensor.body());
  if (owner && owner->trace) starts.push_back({owner->trace->use(tensor, at), next_value(*owner), nullptr});
}

void record(const Program &program, std::span<const Tensor> inputs, std::span<const Tensor> outputs) {
  for (const auto &recording : active()) {
    if (std::none_of(inputs.begin(), inputs.end(), [&](const Tensor &input) { return recording->tracks(input); }))
      continue;
    recording->runs.push_back(
        {program.tape, program.kept, {inputs.begin(), inputs.end()}, {outputs.begin(), outputs.end()}});
    for (const Tensor &output : outputs)
      if (is_floating(output.dtype())) recording->tracked.insert(output.body());
  }
}

void record_read(const std::shared_ptr<VariableState> &state, const Tensor &value) {
  if (!is_floating(state->type.dtype)) return;
  for (const auto &recording : active())
    if (!recording->owner && recording->tracked.insert(value.body()).second) recording->reads.push_back({state, value});
}

void record_traced_read(const Trace &trace, const std::shared_ptr<VariableState> &state, ir::ValueId value) {
  if (!is_floating(state->type.dtype)) return;
  for (const auto &recording : active()) {
    if (recording->owner != trace.token()) continue;
    auto &starts = recording->starts;
    const bool is_known = std::any_of(starts.begin(), starts.end(), [&](const Recording::Start &start) {
      return start.value == value && start.state == state;
    });
    if (!is_known) starts.push_back({value, next_value(*recording->owner), state});
  }
}

std::vector<Tensor> Recording::reads_of(const std::shared_ptr<VariableState> &state, Location at) const {
  std::vector<Tensor> values;
  for (const Read &read : reads)
    if (read.state == state) values.push_back(read.value);
  if (owner && owner->trace)
    for (const Start &start : starts)
      if (start.state == state) values.push_back(owner->trace->symbolic(start.value, at));
  return values;
}

std::vector<Tensor> Recording::gradient(const Tensor &target, const std::vector<Tensor> &sources, Location at) const {
  Trace *trace = Trace::current();
  if (trace != (owner ? owner->trace : nullptr)) {
    auto place = [](const std::string *name) { return name ? "inside '" + *name + "'" : "where ops run at once"; };
    throw UserError("[gradient] this GradientTape was made " + place(owner ? &owner->name : nullptr) +
                        " and is asked " + place(trace ? &trace->name() : nullptr) +
                        ", where it does not know what is recorded; make the tape where it is asked",
                    at);
  }
  if (trace) return traced_gradient(target, sources, at);
  require_concrete(target, at);
  for (const Tensor &source : sources) require_concrete(source, at);
  return eager_gradient(target, sources, at);
}

}  // namespace etch::detail

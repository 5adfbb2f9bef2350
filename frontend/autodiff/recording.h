#pragma once
// What a GradientTape knows: eager programs are kept as the tapes of what ran; a trace is its own record.

#include <atomic>
#include <limits>
#include <memory>
#include <span>
#include <unordered_set>
#include <vector>

#include "etch/detail/thread_state.h"
#include "etch/tensor.h"
#include "etch/variable.h"
#include "frontend/trace/trace.h"
#include "ir/tape/tape.h"

namespace etch::detail {

/// True while a GradientTape of this thread is active.
inline bool is_recording() { return (thread_state.context & ThreadState::kRecording) != 0; }
/// `outputs` = program(inputs), just executed eagerly.
void record(const Program &program, std::span<const Tensor> inputs, std::span<const Tensor> outputs);
/// A variable was read eagerly.
void record_read(const std::shared_ptr<VariableState> &state, const Tensor &value);
/// A variable was read while tracing.
void record_traced_read(const Trace &trace, const std::shared_ptr<VariableState> &state, ir::ValueId value);

/// What one GradientTape has seen: what ran, or what the trace that it was made in has recorded.
struct Recording {
  Recording();

  //-- Eager
  struct Run {
    std::shared_ptr<const ir::Tape> tape;
    std::vector<std::shared_ptr<void>> kept;  ///< what the tape names by number
    std::vector<Tensor> inputs, outputs;
  };
  struct Read {
    std::shared_ptr<VariableState> state;
    Tensor value;
  };
  std::vector<Run> runs;
  std::vector<Read> reads;
  std::vector<Tensor> watched;
  std::unordered_set<const TensorBody *> tracked;  ///< watched, read, or computed from those

  //-- Of a trace
  struct Start {
    ir::ValueId value;
    ir::ValueId since;                     ///< values from here on were made afterwards
    std::shared_ptr<VariableState> state;  ///< that was read; null for a watched tensor
  };
  std::shared_ptr<TraceToken> owner;  ///< null for a tape that was made where ops run at once
  ir::ValueId begin = 0;              ///< values that were made while the tape recorded
  ir::ValueId end = std::numeric_limits<ir::ValueId>::max();
  std::vector<Start> starts;  ///< in the order in which they became known

  std::atomic<bool> is_stopped{false};

  void watch(const Tensor &tensor, Location at);
  bool tracks(const Tensor &tensor) const { return tracked.count(tensor.body()) != 0; }
  /// Every value that a variable was read as.
  std::vector<Tensor> reads_of(const std::shared_ptr<VariableState> &state, Location at) const;
  /// Gradients of the sum of `target`; an empty Tensor for a source it does not depend on. Throws UserError in another
  /// trace than the tape's.
  std::vector<Tensor> gradient(const Tensor &target, const std::vector<Tensor> &sources, Location at) const;

 private:
  std::vector<Tensor> eager_gradient(const Tensor &target, const std::vector<Tensor> &sources, Location at) const;
  std::vector<Tensor> traced_gradient(const Tensor &target, const std::vector<Tensor> &sources, Location at) const;
};

/// Tells a recording what this thread runs from now on.
void start_recording(std::shared_ptr<Recording> recording);
/// Any thread may stop it.
void stop_recording(Recording &recording);

}  // namespace etch::detail

#pragma once
// What eager execution tells gradient tapes.

#include <memory>
#include <span>
#include <unordered_set>
#include <vector>

#include "etch/detail/thread_state.h"
#include "etch/tensor.h"
#include "etch/variable.h"
#include "ir/tape/tape.h"

namespace etch::detail {

/// True while a GradientTape of this thread is active.
inline bool is_recording() { return (thread_state.context & ThreadState::kRecording) != 0; }
/// `outputs` = tape(inputs), just executed eagerly.
void record(const std::shared_ptr<const ir::Tape> &tape, std::span<const Tensor> inputs,
            std::span<const Tensor> outputs);
/// A variable was read eagerly.
void record_read(const std::shared_ptr<VariableState> &state, const Tensor &value);

/// What one GradientTape has seen.
struct Recording {
  struct Run {
    std::shared_ptr<const ir::Tape> tape;
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

  void watch(const Tensor &tensor);
  bool tracks(const Tensor &tensor) const { return tracked.count(tensor.body()) != 0; }
  /// Gradients of the sum of `target`; an empty Tensor for a source it does not depend on.
  std::vector<Tensor> eager_gradient(const Tensor &target, const std::vector<Tensor> &sources, Location at) const;
  std::vector<Tensor> traced_gradient(const Tensor &target, const std::vector<Tensor> &sources, Location at) const;
};

/// Tells a recording what this thread runs from now on, or no longer.
void start_recording(Recording &recording);
void stop_recording(Recording &recording);

}  // namespace etch::detail

#pragma once
// What eager execution tells gradient tapes.

#include <memory>
#include <span>

#include "etch/tensor.h"
#include "etch/variable.h"
#include "ir/tape/tape.h"

namespace etch::detail {

/// True while a GradientTape of this thread is active.
bool is_recording();
/// `outputs` = tape(inputs), just executed eagerly.
void record(const std::shared_ptr<const ir::Tape> &tape, std::span<const Tensor> inputs, std::span<const Tensor> outputs);
/// A variable was read eagerly.
void record_read(const std::shared_ptr<VariableState> &state, const Tensor &value);

}  // namespace etch::detail

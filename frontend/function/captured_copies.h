#pragma once
// Copies of captured tensors in the order in which compiled code reads them.

#include <memory>

#include "etch/tensor.h"
#include "runtime/executable/abi.h"
#include "runtime/memory/buffer.h"

namespace etch::detail {

struct LaidOut {
  Tensor source;
  BufferRef data;
};
/// Lives while a function holds it.
using CapturedCopy = std::shared_ptr<const LaidOut>;

/// The copy of a captured tensor that a program asks for: the one that another function holds, or a new one. Throws
/// UserError when the tensor was donated.
CapturedCopy copy_of_captured(const Tensor &tensor, const etch_program &program, const etch_weights &weights);

}  // namespace etch::detail

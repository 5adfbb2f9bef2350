#pragma once
// The extents of a callee's results, without running it.

#include <span>

#include "etch/tensor.h"
#include "ir/tape/tape.h"

namespace etch::detail {

/// A number in the type of result `index` of a callee that is going to be called with `operands`. Of the callee only
/// what unknown extents depend on is recorded, so that its effects happen once. (A host function is called once more
/// where its values, and not only their shapes, decide the extents.)
Tensor splat_like_result(const ir::Tape &callee, size_t index, double number, std::span<const Tensor> operands,
                         Location at);

}  // namespace etch::detail

#pragma once
// Whether a value depends on another by operations that have derivatives.

#include <span>
#include <vector>

#include "ir/tape/tape.h"

namespace etch::detail {

/// For each value of the tape: whether it depends on one of `sources` through floating-point values and ops whose
/// derivative is not zero everywhere.
std::vector<bool> connected_to(const ir::Tape &tape, std::span<const ir::ValueId> sources);

}  // namespace etch::detail

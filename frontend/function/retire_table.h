#pragma once
// Freeing tables that calls may still be looking into.

#include <memory>

#include "etch/detail/call_frame.h"

namespace etch::detail {

/// Frees a table that was replaced, or went with its function, as soon as no call uses it. The pointer that calls find
/// it by must have been changed (sequentially consistent) before.
void retire_table(std::shared_ptr<const CallTable> table);

}  // namespace etch::detail

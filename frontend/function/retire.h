#pragma once
// Freeing what calls may still be looking into.

#include <memory>

#include "etch/detail/call_frame.h"

namespace etch::detail {

/// Frees a table that was replaced, or went with its owner, as soon as no call uses it. The pointer that calls find it
/// by must have been changed (sequentially consistent) before.
void retire(std::shared_ptr<const void> table);

}  // namespace etch::detail

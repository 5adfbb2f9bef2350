#pragma once
// Donated arguments of a call: their memory goes to results, and they are deleted.

#include <vector>

#include "frontend/function/concrete_state.h"
#include "runtime/memory/buffer.h"

namespace etch::detail {

/// The buffers of the results that replace arguments, in the order of results; the slots of those arguments point to
/// them. Throws UserError for arguments that cannot be given away.
std::vector<BufferRef> take_donations(const ConcreteState &state, CallFrame &frame, Location at);
/// After the call has succeeded.
void delete_donations(const ConcreteState &state, CallFrame &frame, Location at);
void warn_of_unused_donations(const ConcreteState &state);

}  // namespace etch::detail

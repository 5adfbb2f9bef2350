#pragma once
// Donated arguments of a call: their memory goes to results, and they are deleted.

#include "frontend/function/concrete_state.h"

namespace etch::detail {

/// Runs a trace on the leaves of a frame (slots, dims, variables, bodies), some of which it may take. Throws UserError
/// for arguments that cannot be given away.
void run_donating(const ConcreteState &state, const CompiledProgram &compiled, CallFrame &frame, Location at);
void warn_of_unused_donations(const ConcreteState &state);

}  // namespace etch::detail

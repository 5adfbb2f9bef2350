#pragma once
// Computing values while tracing: initial values of variables, and traces that are run as soon as they are made.

#include <vector>

#include "etch/detail/function_ref.h"
#include "etch/tensor.h"

namespace etch::detail {

/// The concrete value of a tensor of the current trace that depends on constants only. Throws UserError when it depends
/// on an argument or a variable of the function.
Tensor lift(const Tensor &tensor, Location at);

/// Traces `body` as a function without parameters, compiles it (sharing code with equal traces) and runs it once.
/// What the body uses from outside becomes hidden inputs. Only outside of a trace.
std::vector<Tensor> run_traced(const char *name, Location at, FunctionRef<std::vector<Tensor>()> body);

}  // namespace etch::detail

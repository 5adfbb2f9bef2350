#pragma once
// Functions of the host program that compiled code calls by number.

#include <cstdint>
#include <functional>
#include <span>

#include "runtime/executable/abi.h"

namespace etch::runtime {

/// Reads `inputs` and fills `outputs`, whose memory and shapes are given. What it throws reaches the caller of the
/// program. It may run programs itself.
using HostFunction = std::function<void(std::span<const etch_view> inputs, std::span<const etch_view> outputs)>;

/// Registers a function for etch_rt_host_call; returns its id, never 0 and never used again. Thread safe.
int64_t register_host_function(HostFunction function);

/// Forgets it. Calls that are running keep it alive until they return; later calls fail with a UserError.
/// Unknown ids are ignored.
void unregister_host_function(int64_t id);

}  // namespace etch::runtime

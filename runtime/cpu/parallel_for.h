#pragma once
// How many threads compiled loops use. The loops themselves call etch_rt_parallel_for (runtime/executable/abi.h).

#include "runtime/base/error.h"

namespace etch::runtime {

/// Threads a loop may use, the calling one included: ETCH_NUM_THREADS at first use, else the CPUs this process may run
/// on. Throws UserError for an ETCH_NUM_THREADS that is no number from 1 to 1024.
int num_threads();

/// Changes it for loops that start from now on, on any thread. Results do not depend on it.
/// Throws UserError at `at` unless 1 <= count <= 1024.
void set_num_threads(int count, Location at = {});

}  // namespace etch::runtime

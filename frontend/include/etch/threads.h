#pragma once
// Threads of compiled loops.

#include <source_location>

namespace etch {

/// How many threads a loop of compiled or eager code may use, the calling one included: ETCH_NUM_THREADS at first use,
/// else the CPUs this process may run on. Throws UserError for an ETCH_NUM_THREADS that is no number from 1 to 1024.
int num_threads();

/// Changes it for calls that start from now on, on any thread of the process. Results do not depend on it, bit for bit:
/// what is added up in which order follows from shapes alone. Small loops stay on the calling thread whatever it says.
/// Throws UserError unless 1 <= count <= 1024.
///
///     etch::set_num_threads(1);  // leave the other cores to somebody else
void set_num_threads(int count, std::source_location at = std::source_location::current());

}  // namespace etch

#include "etch/threads.h"

#include "runtime/cpu/parallel_for.h"

namespace etch {

int num_threads() { return runtime::num_threads(); }

void set_num_threads(int count, std::source_location at) { runtime::set_num_threads(count, at); }

}  // namespace etch

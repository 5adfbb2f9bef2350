#pragma once
// A run in which every operand lies between guard pages (ETCH_GUARD_PAGES, for tests).

#include <cstdint>

#include "runtime/executable/abi.h"
#include "runtime/memory/guard_pages.h"

namespace etch::runtime {

/// What program.entry(&call) returns, run on copies: arguments, results and the arena of `arena_bytes` lie between
/// guard pages, arguments that no result updates cannot be written, and what nobody wrote is NaN. Code that leaves them
/// ends in a signal; a write that misses the guard page throws InternalError. `result_extents` are the unknown extents
/// of the results, kDynamic where data decides; null when there are none.
int32_t run_guarded(const etch_program &program, const etch_call &call, int64_t arena_bytes,
                    const int64_t *result_extents, GuardedEnd end);

}  // namespace etch::runtime

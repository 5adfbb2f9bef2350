#pragma once
// The caches of the machine that runs compiled code, which asks for them with etch_rt_l1_bytes
// (runtime/executable/abi.h): not part of the code, which may have been compiled for many machines.

#include <cstdint>

namespace etch::runtime {

/// Bytes of the first data cache of a core: as the C library knows it, 32 KiB where it does not.
int64_t l1_bytes();

/// For tests: sets it. Not while compiled code runs.
void set_l1_bytes(int64_t bytes);

}  // namespace etch::runtime

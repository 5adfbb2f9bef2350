#include "runtime/cpu/caches.h"

#include <unistd.h>

#include <atomic>

#include "runtime/executable/abi.h"

namespace etch::runtime {
namespace {

constexpr int64_t kLeastL1 = int64_t{32} << 10;  // of every x86-64 processor of the last fifteen years

int64_t l1_of_machine() {
#ifdef _SC_LEVEL1_DCACHE_SIZE
  if (const long bytes = sysconf(_SC_LEVEL1_DCACHE_SIZE); bytes > 0) return bytes;
#endif
  return kLeastL1;
}

std::atomic<int64_t> &l1() {
  static std::atomic<int64_t> bytes = l1_of_machine();
  return bytes;
}

}  // namespace

int64_t l1_bytes() { return l1().load(std::memory_order_relaxed); }
void set_l1_bytes(int64_t bytes) { l1().store(bytes, std::memory_order_relaxed); }

}  // namespace etch::runtime

extern "C" int64_t etch_rt_l1_bytes(void) { return etch::runtime::l1_bytes(); }

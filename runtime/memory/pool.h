#pragma once
// The caching allocator behind BufferRef: free lists by size class, a thread's own in front of a shared one.

#include <cstddef>
#include <cstdint>

#include "runtime/memory/buffer.h"

namespace etch::runtime {

/// Bytes are of storage handed out (rounded up to size classes), without headers.
struct MemoryStatistics {
  uint64_t bytes_in_use = 0;
  /// The most bytes in use at once since the start or reset_peak_memory(). Exact for one thread; with several, each
  /// thread may be off by 64 KiB.
  uint64_t peak_bytes_in_use = 0;
  /// Free blocks that are kept for reuse.
  uint64_t bytes_cached = 0;
  /// Calls to the system's allocator so far. Constant over a step: the step allocates nothing.
  uint64_t system_allocations = 0;
  uint64_t system_frees = 0;
};
MemoryStatistics memory_statistics();
/// Bytes that kernels of all threads have used beside the pool, for operands in another order. A thread keeps them
/// until it ends.
size_t scratch_bytes();
/// Starts a new peak at the bytes in use now.
void reset_peak_memory();

/// Gives cached blocks back to the system: the shared ones and those of the calling thread. Other threads keep theirs
/// (at most 8 MiB each) until they end.
void trim();

/// False under ETCH_POOL=0, where every buffer is its own system allocation so that sanitizers see its life; builds
/// with AddressSanitizer start that way, ETCH_POOL=1 overrides.
bool pool_enabled();

/// What BufferRef calls; all functions are thread safe.
class Pool {
 public:
  static Buffer *allocate(size_t bytes);
  static void release(Buffer *buffer);

 private:
  struct Shared;
  struct ThreadCache;
  struct ThreadExit;
  friend MemoryStatistics memory_statistics();
  friend void reset_peak_memory();
  friend void trim();
  friend bool pool_enabled();

  static Shared &shared();
  static ThreadCache *attach_thread();
  static Buffer *allocate_slowly(ThreadCache *cache, uint32_t size_class, size_t bytes);
  static Buffer *system_allocate(uint32_t size_class, size_t capacity);
  static void system_free(Buffer *buffer);
  static void system_free_all(Buffer *list);
  static ThreadCache *cache_of_thread();
};

}  // namespace etch::runtime

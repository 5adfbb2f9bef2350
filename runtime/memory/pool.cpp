#include "runtime/memory/pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <new>
#include <string>

#include "runtime/base/env.h"
#include "runtime/base/error.h"
#include "runtime/base/sanitizers.h"
#include "runtime/memory/size_classes.h"
#include "runtime/memory/slabs.h"

namespace etch::runtime {
namespace {

constexpr size_t kLargestInThread = size_t{1} << 20;  // larger blocks go to the shared lists: their work dwarfs a lock
constexpr size_t kThreadLimit = size_t{8} << 20;      // bytes a thread keeps for itself
constexpr size_t kLeastSharedLimit = size_t{256} << 20;
constexpr int64_t kCountingSlack = 64 << 10;        // bytes a thread counts privately before it tells the others
constexpr size_t kLeastInSlab = size_t{256} << 10;  // smaller ones cost less by the page than a huge page does
constexpr uint32_t kThreadClasses = class_of(kLargestInThread) + 1;
constexpr uint32_t kUnpooled = ~0u;

void raise_to(std::atomic<int64_t> &maximum, int64_t value) {
  int64_t seen = maximum.load(std::memory_order_relaxed);
  while (seen < value && !maximum.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

}  // namespace

struct Pool::Shared {
  std::mutex mutex;  // guards the lists and the registry of threads
  Buffer *free[kClasses] = {};
  ThreadCache *threads = nullptr;
  std::atomic<int64_t> cached{0};  // in the shared lists
  std::atomic<int64_t> in_use{0};  // without what threads still count privately
  std::atomic<int64_t> peak{0};
  std::atomic<uint64_t> system_allocations{0};
  std::atomic<uint64_t> system_frees{0};
  const bool enabled = env::flag("ETCH_POOL", !ETCH_HAS_ASAN);

  // Takes every block of the shared lists; the caller frees them after unlocking.
  Buffer *take_all() {
    Buffer *all = nullptr;
    for (Buffer *&list : free)
      while (Buffer *buffer = list) {
        list = buffer->next_;
        buffer->next_ = all;
        all = buffer;
      }
    cached.store(0, std::memory_order_relaxed);
    return all;
  }

  void put(Buffer *buffer) {
    buffer->next_ = free[buffer->size_class_];
    free[buffer->size_class_] = buffer;
    cached.fetch_add(static_cast<int64_t>(buffer->capacity_), std::memory_order_relaxed);
  }
};

// Written by its thread only. The counters are atomics so that statistics may read them, but never need a locked add.
struct Pool::ThreadCache {
  Buffer *free[kThreadClasses] = {};
  std::atomic<int64_t> cached{0};
  std::atomic<int64_t> in_use{0};  // since the last flush_count; negative where others' buffers were freed
  std::atomic<int64_t> peak{0};    // of in_use since then
  ThreadCache *next = nullptr;

  void count_cached(int64_t bytes) {
    cached.store(cached.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
  }
  void count_use(int64_t bytes) {
    const int64_t now = in_use.load(std::memory_order_relaxed) + bytes;
    in_use.store(now, std::memory_order_relaxed);
    if (now > peak.load(std::memory_order_relaxed)) peak.store(now, std::memory_order_relaxed);
    if (now > kCountingSlack || now < -kCountingSlack) [[unlikely]]
      flush_count();
  }
  void flush_count() {
    Shared &all = shared();
    const int64_t delta = in_use.load(std::memory_order_relaxed);
    const int64_t before = all.in_use.fetch_add(delta, std::memory_order_relaxed);
    raise_to(all.peak, before + peak.load(std::memory_order_relaxed));
    in_use.store(0, std::memory_order_relaxed);
    peak.store(0, std::memory_order_relaxed);
  }
  // Hands all cached blocks to the shared lists. The caller holds the lock.
  void move_to(Shared &all) {
    for (Buffer *&list : free)
      while (Buffer *buffer = list) {
        list = buffer->next_;
        all.put(buffer);
      }
    cached.store(0, std::memory_order_relaxed);
  }
};

namespace {
// One word, reached without a call: this is the fast path of every allocation.
[[gnu::tls_model("initial-exec")]] constinit thread_local void *thread_cache = nullptr;
constinit thread_local bool thread_ended = false;
}  // namespace

Pool::ThreadCache *Pool::cache_of_thread() { return static_cast<ThreadCache *>(thread_cache); }

// Gives a thread's blocks to the others when it ends. Buffers dropped later still, by other thread_local destructors,
// go to the shared lists directly.
struct Pool::ThreadExit {
  ~ThreadExit() {
    ThreadCache *cache = cache_of_thread();
    cache->flush_count();
    Shared &all = shared();
    {
      std::lock_guard lock(all.mutex);
      cache->move_to(all);
      ThreadCache **link = &all.threads;
      while (*link != cache) link = &(*link)->next;
      *link = cache->next;
    }
    thread_cache = nullptr;
    thread_ended = true;
    delete cache;
  }
};

Pool::Shared &Pool::shared() {
  static Shared *all = new Shared;  // never destroyed: static tensors are released after it would be
  return *all;
}

Pool::ThreadCache *Pool::attach_thread() {
  if (thread_ended) return nullptr;
  if (ThreadCache *cache = cache_of_thread()) return cache;
  Shared &all = shared();
  auto *cache = new ThreadCache;
  {
    std::lock_guard lock(all.mutex);
    cache->next = all.threads;
    all.threads = cache;
  }
  thread_cache = cache;
  static thread_local ThreadExit at_exit;
  (void)at_exit;
  return cache;
}

Buffer *Pool::allocate(size_t bytes) {
  ThreadCache *cache = cache_of_thread();
  const uint32_t size_class = class_of(bytes);
  if (cache && size_class < kThreadClasses) [[likely]] {
    if (Buffer *buffer = cache->free[size_class]) [[likely]] {
      cache->free[size_class] = buffer->next_;
      const int64_t capacity = static_cast<int64_t>(buffer->capacity_);
      cache->count_cached(-capacity);
      cache->count_use(capacity);
      buffer->bytes_ = bytes;
      buffer->references_.store(1, std::memory_order_relaxed);
      return buffer;
    }
  }
  return allocate_slowly(cache ? cache : attach_thread(), size_class, bytes);
}

Buffer *Pool::allocate_slowly(ThreadCache *cache, uint32_t size_class, size_t bytes) {
  Shared &all = shared();
  Buffer *buffer = nullptr;
  if (bytes > kLargestPooled || !all.enabled) {
    buffer = system_allocate(kUnpooled, bytes);
  } else {
    {
      std::lock_guard lock(all.mutex);
      buffer = all.free[size_class];
      if (buffer) {
        all.free[size_class] = buffer->next_;
        all.cached.fetch_sub(static_cast<int64_t>(buffer->capacity_), std::memory_order_relaxed);
      }
    }
    if (!buffer) buffer = system_allocate(size_class, capacity_of(size_class));
  }
  buffer->bytes_ = bytes;
  buffer->references_.store(1, std::memory_order_relaxed);
  const int64_t capacity = static_cast<int64_t>(buffer->capacity_);
  if (cache)
    cache->count_use(capacity);
  else
    raise_to(all.peak, all.in_use.fetch_add(capacity, std::memory_order_relaxed) + capacity);
  return buffer;
}

void Pool::release(Buffer *buffer) {
  ThreadCache *cache = cache_of_thread();
  if (!cache) cache = attach_thread();
  const int64_t capacity = static_cast<int64_t>(buffer->capacity_);
  if (cache)
    cache->count_use(-capacity);
  else
    shared().in_use.fetch_sub(capacity, std::memory_order_relaxed);

  if (cache && buffer->size_class_ < kThreadClasses) [[likely]] {
    buffer->next_ = cache->free[buffer->size_class_];
    cache->free[buffer->size_class_] = buffer;
    cache->count_cached(capacity);
    if (cache->cached.load(std::memory_order_relaxed) > static_cast<int64_t>(kThreadLimit)) [[unlikely]] {
      std::lock_guard lock(shared().mutex);
      cache->move_to(shared());
    }
    return;
  }
  if (buffer->size_class_ == kUnpooled) return system_free(buffer);

  Shared &all = shared();
  Buffer *surplus = nullptr;
  {
    std::lock_guard lock(all.mutex);
    // What was in use at once may be cached. Beyond that the cache holds sizes of the past: empty it, and what is
    // needed now comes back.
    const int64_t limit = std::max(static_cast<int64_t>(kLeastSharedLimit), all.peak.load(std::memory_order_relaxed));
    if (all.cached.load(std::memory_order_relaxed) + capacity > limit) surplus = all.take_all();
    all.put(buffer);
  }
  system_free_all(surplus);
}

namespace {

// A first touch then faults once per 2 MiB, not per 4 KiB: blocks of several huge pages ask for their own.
enum class Place { small_pages, slab, huge_pages };
Place place_of(uint32_t size_class, size_t capacity) {
  if (size_class == kUnpooled || capacity < kLeastInSlab) return Place::small_pages;
  return capacity < 2 * kHugePage ? Place::slab : Place::huge_pages;
}

// Null when the system has no more.
void *memory_at(Place place, size_t bytes) {
  if (place == Place::slab) return Slabs::allocate(bytes);
  void *memory = nullptr;
  if (posix_memalign(&memory, place == Place::huge_pages ? kHugePage : kBufferAlignment, bytes) != 0) return nullptr;
  if (place == Place::huge_pages) madvise(memory, bytes, MADV_HUGEPAGE);  // only advice: a kernel may refuse
  return memory;
}

}  // namespace

Buffer *Pool::system_allocate(uint32_t size_class, size_t capacity) {
  void *memory = nullptr;
  if (capacity <= kLargestPooled) {  // no machine has more, and adding the header must not wrap around
    const Place place = place_of(size_class, capacity);
    memory = memory_at(place, sizeof(Buffer) + capacity);
    if (!memory) {
      trim();
      memory = memory_at(place, sizeof(Buffer) + capacity);
    }
  }
  if (!memory) {
    const MemoryStatistics now = memory_statistics();
    throw UserError("out of memory: a buffer of " + std::to_string(capacity) + " bytes was asked for, with " +
                    std::to_string(now.bytes_in_use) + " bytes in use; use smaller tensors or free some");
  }
  shared().system_allocations.fetch_add(1, std::memory_order_relaxed);
  Buffer *buffer = new (memory) Buffer;
  buffer->size_class_ = size_class;
  buffer->capacity_ = capacity;
  return buffer;
}

void Pool::system_free(Buffer *buffer) {
  shared().system_frees.fetch_add(1, std::memory_order_relaxed);
  const bool in_slab = place_of(buffer->size_class_, buffer->capacity_) == Place::slab;
  const size_t total = sizeof(Buffer) + buffer->capacity_;
  buffer->~Buffer();
  if (in_slab)
    Slabs::free(buffer, total);
  else
    std::free(buffer);
}

void Pool::system_free_all(Buffer *list) {
  while (list) system_free(std::exchange(list, list->next_));
}

MemoryStatistics memory_statistics() {
  Pool::Shared &all = Pool::shared();
  std::lock_guard lock(all.mutex);
  int64_t in_use = all.in_use.load(std::memory_order_relaxed);
  int64_t cached = all.cached.load(std::memory_order_relaxed);
  int64_t thread_peaks = in_use;
  for (Pool::ThreadCache *cache = all.threads; cache; cache = cache->next) {
    in_use += cache->in_use.load(std::memory_order_relaxed);
    thread_peaks += cache->peak.load(std::memory_order_relaxed);
    cached += cache->cached.load(std::memory_order_relaxed);
  }
  const int64_t peak = std::max({all.peak.load(std::memory_order_relaxed), thread_peaks, in_use});
  return {static_cast<uint64_t>(std::max<int64_t>(in_use, 0)), static_cast<uint64_t>(std::max<int64_t>(peak, 0)),
          static_cast<uint64_t>(cached), all.system_allocations.load(std::memory_order_relaxed),
          all.system_frees.load(std::memory_order_relaxed)};
}

void reset_peak_memory() {
  Pool::Shared &all = Pool::shared();
  std::lock_guard lock(all.mutex);
  all.peak.store(all.in_use.load(std::memory_order_relaxed), std::memory_order_relaxed);
  for (Pool::ThreadCache *cache = all.threads; cache; cache = cache->next)
    cache->peak.store(cache->in_use.load(std::memory_order_relaxed), std::memory_order_relaxed);
}

void trim() {
  Pool::Shared &all = Pool::shared();
  Buffer *surplus = nullptr;
  {
    std::lock_guard lock(all.mutex);
    if (Pool::ThreadCache *cache = Pool::cache_of_thread()) cache->move_to(all);
    surplus = all.take_all();
  }
  Pool::system_free_all(surplus);
}

bool pool_enabled() { return Pool::shared().enabled; }

}  // namespace etch::runtime

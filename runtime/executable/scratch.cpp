// Working memory of a thread, for routines that copy their operands into a better order.

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "runtime/base/of_thread.h"
#include "runtime/executable/abi.h"
#include "runtime/memory/buffer.h"
#include "runtime/memory/guard_pages.h"
#include "runtime/memory/pool.h"

namespace {

constexpr size_t kHugePage = size_t{2} << 20;

std::atomic<size_t> bytes_of_all_threads = 0;

class Scratch {
 public:
  ~Scratch() { give_up(); }

  void *get(size_t bytes) {
    if (bytes > size_) grow(bytes);
    if (end_ == etch::runtime::GuardedEnd::none) [[likely]]
      return memory_;
    if (!guarded_ || bytes > guarded_->bytes()) guarded_.emplace(bytes, end_, etch::kBufferAlignment);
    return guarded_->data();
  }

 private:
  void *memory_ = nullptr;
  size_t size_ = 0;
  const etch::runtime::GuardedEnd end_ = etch::runtime::guarded_end();
  std::optional<etch::runtime::GuardedMemory> guarded_;  // under ETCH_GUARD_PAGES: of the largest size asked for

  void give_up() {
    std::free(memory_);
    bytes_of_all_threads.fetch_sub(std::exchange(size_, 0), std::memory_order_relaxed);
  }
  void grow(size_t bytes) {
    give_up();
    size_ = (bytes + kHugePage - 1) / kHugePage * kHugePage;
    bytes_of_all_threads.fetch_add(size_, std::memory_order_relaxed);
    memory_ = std::aligned_alloc(kHugePage, size_);
    if (!memory_) {
      etch::runtime::trim();
      memory_ = std::aligned_alloc(kHugePage, size_);
    }
    if (!memory_) {
      // Kernels ask, which cannot be left half done.
      std::fprintf(stderr, "etch: out of memory: %zu bytes of scratch were asked for; use smaller tensors\n", size_);
      std::abort();
    }
    // Packed panels are read from end to end many times: one entry of the TLB instead of 512 (512^3 products gain 5 %).
    madvise(memory_, size_, MADV_HUGEPAGE);
  }
};

}  // namespace

size_t etch::runtime::scratch_bytes() { return bytes_of_all_threads.load(std::memory_order_relaxed); }

extern "C" void *etch_rt_scratch(int64_t bytes) {
  return etch::of_thread<Scratch>().get(static_cast<size_t>(std::max<int64_t>(bytes, 1)));
}

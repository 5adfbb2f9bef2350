#pragma once
// Counts calls from many threads without making them wait for each other's cache lines.

#include <array>
#include <atomic>
#include <cstdint>

namespace etch::detail {

class CallCounter {
 public:
  /// `thread`: CallFrame::thread. The first threads count alone, with plain adds; the rest share the last counter.
  void add(uint32_t thread) {
    if (thread < kOwn) {
      std::atomic<uint64_t> &count = counts_[thread].value;
      count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    } else {
      counts_[kOwn].value.fetch_add(1, std::memory_order_relaxed);
    }
  }
  uint64_t total() const {
    uint64_t sum = 0;
    for (const Count &count : counts_) sum += count.value.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  static constexpr uint32_t kOwn = 15;
  struct alignas(64) Count {
    std::atomic<uint64_t> value{0};
  };
  std::array<Count, kOwn + 1> counts_;
};

}  // namespace etch::detail

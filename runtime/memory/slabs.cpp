#include "runtime/memory/slabs.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>

namespace etch::runtime {

namespace {

constexpr size_t kSlab = size_t{32} << 20;  // addresses that are asked for at once; memory comes when it is touched
constexpr size_t kPage = 4096;

constexpr uintptr_t round_up(uintptr_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

struct State {
  std::mutex mutex;
  std::map<uintptr_t, size_t> free;  // begin, bytes: no two are neighbours
};
State &state() {
  static State *all = new State;  // never destroyed: static tensors are released after it would be
  return *all;
}

/// Puts a range among the free ones, joined with its neighbours. Returns the whole.
std::pair<uintptr_t, size_t> insert(std::map<uintptr_t, size_t> &free, uintptr_t begin, size_t bytes) {
  auto next = free.lower_bound(begin);
  if (next != free.end() && next->first == begin + bytes) {
    bytes += next->second;
    next = free.erase(next);
  }
  if (next != free.begin()) {
    auto before = std::prev(next);
    if (before->first + before->second == begin) {
      before->second += bytes;
      return *before;
    }
  }
  return *free.emplace_hint(next, begin, bytes);
}

bool add_slab(std::map<uintptr_t, size_t> &free) {
  void *memory =
      mmap(nullptr, kSlab + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return false;
  const uintptr_t begin = round_up(reinterpret_cast<uintptr_t>(memory), kHugePage);
  madvise(reinterpret_cast<void *>(begin), kSlab, MADV_HUGEPAGE);  // only advice: a kernel without them may refuse
  insert(free, begin, kSlab);
  return true;
}

}  // namespace

void *Slabs::allocate(size_t bytes) {
  bytes = round_up(bytes, kPage);
  State &all = state();
  std::lock_guard lock(all.mutex);
  const auto fits = [&](const auto &range) { return range.second >= bytes; };
  auto found = std::find_if(all.free.begin(), all.free.end(), fits);
  if (found == all.free.end()) {
    if (!add_slab(all.free)) return nullptr;
    found = std::find_if(all.free.begin(), all.free.end(), fits);
  }
  const auto [begin, size] = *found;
  all.free.erase(found);
  if (size > bytes) all.free.emplace(begin + bytes, size - bytes);
  return reinterpret_cast<void *>(begin);
}

void Slabs::free(void *memory, size_t bytes) {
  State &all = state();
  std::lock_guard lock(all.mutex);
  const auto [begin, size] = insert(all.free, reinterpret_cast<uintptr_t>(memory), round_up(bytes, kPage));
  const uintptr_t first = round_up(begin, kHugePage), end = (begin + size) / kHugePage * kHugePage;
  if (first < end) madvise(reinterpret_cast<void *>(first), end - first, MADV_DONTNEED);
}

}  // namespace etch::runtime

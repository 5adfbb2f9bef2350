#include "moved_bytes.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "runtime/executable/abi.h"

namespace etch::bench {
namespace {

// Memory that is kept from one measurement to the next.
struct Area {
  char *data = nullptr;
  size_t size = 0;
  char *of(size_t bytes) {
    if (bytes > size) {
      constexpr size_t kLargePage = size_t{1} << 21;
      std::free(data);
      size = (bytes / kLargePage + 1) * kLargePage;
      data = static_cast<char *>(std::aligned_alloc(kLargePage, size));
      madvise(data, size, MADV_HUGEPAGE);
      std::memset(data, 1, size);
    }
    return data;
  }
};

using Words = uint64_t __attribute__((vector_size(32)));

constexpr int64_t kParts = 64;

struct Work {
  char *from, *to;
  size_t reads, writes;
};

void move_part(void *context, int64_t begin, int64_t end) {
  const Work &work = *static_cast<const Work *>(context);
  auto at = [](size_t bytes, int64_t part) { return bytes * static_cast<size_t>(part) / kParts; };
  for (int64_t part = begin; part < end; ++part) {
    const size_t start = at(work.writes, part);
    std::memcpy(work.to + start, work.from + start, at(work.writes, part + 1) - start);
    const size_t more = work.reads > work.writes ? work.reads - work.writes : 0;
    const char *rest = work.from + work.writes;
    Words sums[4] = {};
    for (size_t i = at(more, part), stop = at(more, part + 1); i + sizeof sums <= stop; i += sizeof sums)
      for (size_t k = 0; k < 4; ++k) {
        Words words;  // copied: parts begin anywhere
        std::memcpy(&words, rest + i + k * sizeof(Words), sizeof(Words));
        sums[k] += words;
      }
    const Words sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    volatile uint64_t sink = sum[0] + sum[1] + sum[2] + sum[3];
    (void)sink;
  }
}

}  // namespace

void MovedBytes::operator()() const {
  static Area from, to;
  Work work{from.of(std::max(reads_, writes_)), to.of(writes_), reads_, writes_};
  // A task for each part, but for what one thread has moved before another one has begun.
  const int64_t grain = reads_ + writes_ < 1'000'000 ? kParts : 1;
  etch_rt_parallel_for(move_part, &work, kParts, grain);
}

}  // namespace etch::bench

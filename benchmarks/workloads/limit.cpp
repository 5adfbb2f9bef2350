#include "limit.h"

#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "benchmarks/machine.h"
#include "runtime/executable/abi.h"

namespace etch::bench {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Memory that is kept between calls, so that no page is new; in large pages, which the limit is to have.
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

struct Work {
  char *from, *to;
  size_t reads, writes;
};

void move_part(void *context, int64_t begin, int64_t end) {
  const Work &work = *static_cast<Work *>(context);
  constexpr int64_t kParts = 64;
  auto at = [](size_t bytes, int64_t part) { return bytes * static_cast<size_t>(part) / kParts; };
  for (int64_t part = begin; part < end; ++part) {
    const size_t start = at(work.writes, part);
    std::memcpy(work.to + start, work.from + start, at(work.writes, part + 1) - start);
    // What is read but not written is summed.
    const size_t more = work.reads > work.writes ? work.reads - work.writes : 0;
    const char *rest = work.from + work.writes;
    Words sums[4] = {};
    for (size_t i = at(more, part), end = at(more, part + 1); i + sizeof sums <= end; i += sizeof sums)
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

// Repeats what is too short for the clock.
template <class F> double time(F body) {
  body();
  long count = 0;
  const double start = now();
  double seconds = 0;
  do {
    body();
    ++count;
    seconds = now() - start;
  } while (seconds < 2e-3);
  return seconds / static_cast<double>(count);
}

}  // namespace

Limit measure_limit(double reads, double writes, double flops, int threads) {
  static Area from, to;
  Limit limit;
  if (reads + writes > 0) {
    // More than this is streamed from memory anyway.
    const double scale = std::max(1.0, (reads + writes) / 256e6);
    Work work{nullptr, nullptr, static_cast<size_t>(reads / scale), static_cast<size_t>(writes / scale)};
    work.from = from.of(std::max(work.reads, work.writes));
    work.to = to.of(work.writes);
    const int64_t grain = reads + writes < 1e6 ? 64 : 64 / threads;
    limit.memory = scale * time([&] { etch_rt_parallel_for(move_part, &work, 64, grain); });
  }
  if (flops > 0) {
    long rounds = 1 << 14;
    const double done = run_fma(rounds) * threads;
    const double seconds = time([&] {
      etch_rt_parallel_for(
          [](void *rounds, int64_t begin, int64_t end) {
            for (; begin < end; ++begin) run_fma(*static_cast<long *>(rounds));
          },
          &rounds, threads, 1);
    });
    if (done > 0) limit.arithmetic = seconds * flops / done;
  }
  return limit;
}

}  // namespace etch::bench

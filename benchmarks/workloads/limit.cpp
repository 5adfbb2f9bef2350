#include "limit.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>

#include "benchmarks/machine.h"
#include "runtime/executable/abi.h"

namespace etch::bench {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Memory that is kept between calls, so that no page is new.
struct Area {
  std::unique_ptr<char[]> data;
  size_t size = 0;
  char *of(size_t bytes) {
    if (bytes > size) {
      data = std::make_unique<char[]>(size = bytes);
      std::memset(data.get(), 1, size);
    }
    return data.get();
  }
};

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
    // What is read but not written is summed, as 64-bit words in vectors.
    const size_t more = work.reads > work.writes ? work.reads - work.writes : 0;
    const char *words = work.from + work.writes + at(more, part);
    uint64_t sums[32] = {};
    for (size_t i = 0; i + sizeof sums <= at(more, part + 1) - at(more, part); i += sizeof sums) {
      uint64_t line[32];
      std::memcpy(line, words + i, sizeof line);
      for (int k = 0; k < 32; ++k) sums[k] += line[k];
    }
    asm volatile("" : : "g"(&sums) : "memory");
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

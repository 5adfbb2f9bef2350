#include "limit.h"

#include <algorithm>
#include <chrono>

#include "benchmarks/machine.h"
#include "benchmarks/moved_bytes.h"
#include "runtime/executable/abi.h"

namespace etch::bench {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

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
  Limit limit;
  if (reads + writes > 0) {
    // More than this is streamed from memory anyway.
    const double scale = std::max(1.0, (reads + writes) / 256e6);
    const MovedBytes bytes(static_cast<size_t>(reads / scale), static_cast<size_t>(writes / scale));
    limit.memory = scale * time([&] { bytes(); });
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

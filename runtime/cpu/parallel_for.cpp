#include "runtime/cpu/parallel_for.h"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "runtime/base/env.h"
#include "runtime/base/error.h"
#include "runtime/base/of_thread.h"
#include "runtime/base/sanitizers.h"
#include "runtime/executable/abi.h"

namespace etch::runtime {
namespace {

constexpr int kMaxThreads = 1024;

// TBB makes no more workers than CPUs unless told to. Only ever raised: a lower limit would also bind the user's own
// use of TBB, and the arenas below keep to num_threads() by themselves.
void allow_workers(int count) {
  if (count <= tbb::info::default_concurrency()) return;
  static auto *mutex = new std::mutex;
  static auto *control = new std::optional<tbb::global_control>;
  std::lock_guard lock(*mutex);
  static int allowed = 0;
  if (count <= allowed) return;
  control->reset();
  control->emplace(tbb::global_control::max_allowed_parallelism, static_cast<size_t>(count));
  allowed = count;
}

std::atomic<int> &thread_count() {
  static std::atomic<int> count = [] {
    const int64_t chosen = env::integer("ETCH_NUM_THREADS", 0, 1, kMaxThreads);
    const int count = chosen ? static_cast<int>(chosen) : std::min(tbb::info::default_concurrency(), kMaxThreads);
    allow_workers(count);
    return count;
  }();
  return count;
}

struct Loop {
  etch_loop_body body;
  void *params;
  int64_t n, grain;

  int64_t num_chunks() const { return n / grain + (n % grain != 0); }
  // One call per chunk, even where a thread gets several in a row: code may keep one partial result per chunk.
  void run(int64_t first, int64_t last) const {
    for (int64_t chunk = first; chunk < last; ++chunk) {
      const int64_t begin = chunk * grain;
      body(params, begin, std::min(n - begin, grain) + begin);
    }
  }
};

// Set while this thread runs chunks: a loop inside a loop stays in the arena it is in.
thread_local bool in_loop = false;

void run_in_arena(const Loop &loop) {
  hand_over(&loop);
  tbb::parallel_for(tbb::blocked_range<int64_t>(0, loop.num_chunks()), [&](const tbb::blocked_range<int64_t> &range) {
    take_over(&loop);
    const bool outer = std::exchange(in_loop, true);
    loop.run(range.begin(), range.end());
    in_loop = outer;
    hand_over(&loop);
  });
  take_over(&loop);
}

// Each thread that starts loops has an arena of its own. So it always takes part in its loop and never waits for a
// free slot, and while it waits for the last chunks it cannot pick up somebody else's work.
tbb::task_arena &arena_of_thread(int threads) {
  struct Holder {
    int threads = 0;
    std::unique_ptr<tbb::task_arena> arena;
  };
  auto &holder = of_thread<Holder>();
  if (holder.threads != threads) {
    holder.arena = std::make_unique<tbb::task_arena>(threads);
    holder.threads = threads;
  }
  return *holder.arena;
}

// When this thread's loops come. Behind a loop oneTBB's workers look for the next one for up to 130 microseconds, then
// they sleep: waking one costs the caller 10 microseconds, and more until it comes. Where the last loop came alone this
// one probably does, too (docs/decisions/0120).
class Rhythm {
 public:
  /// Whether a loop that begins now is alone, as the last one was.
  bool is_alone() const { return was_alone_ && workers_sleep(); }
  void begin() { was_alone_ = workers_sleep(); }
  void end() { end_ = std::chrono::steady_clock::now(); }

 private:
  static constexpr std::chrono::microseconds kAwake{130};
  std::chrono::steady_clock::time_point end_;  // of the last loop
  bool was_alone_ = false;

  bool workers_sleep() const { return std::chrono::steady_clock::now() - end_ > kAwake; }
};
thread_local Rhythm rhythm;

// Ranges of fewer tasks, some 50 microseconds, are not worth a worker that sleeps.
constexpr int64_t kTasksToWake = 8;

}  // namespace

int num_threads() { return thread_count().load(std::memory_order_relaxed); }

void set_num_threads(int count, Location at) {
  if (count < 1 || count > kMaxThreads)
    throw UserError("set_num_threads(" + std::to_string(count) + "): expected 1 to " + std::to_string(kMaxThreads), at);
  allow_workers(count);
  thread_count().store(count, std::memory_order_relaxed);
}

}  // namespace etch::runtime

extern "C" void etch_rt_parallel_for(etch_loop_body body, void *params, int64_t n, int64_t grain) {
  using namespace etch::runtime;
  if (n <= 0) return;
  grain = std::max<int64_t>(grain, 1);
  if (n <= grain) return body(params, 0, n);
  const Loop loop{body, params, n, grain};
  const int threads = num_threads();
  if (threads == 1) return loop.run(0, loop.num_chunks());
  // isolate: a thread that waits for its inner loop must not start another chunk of the outer one on top of it.
  if (in_loop) return tbb::this_task_arena::isolate([&] { run_in_arena(loop); });
  rhythm.begin();
  arena_of_thread(threads).execute([&] { run_in_arena(loop); });
  rhythm.end();
}

extern "C" void etch_rt_parallel_ranges(etch_loop_body body, void *params, int64_t n, int64_t grain, int64_t unit) {
  using namespace etch::runtime;
  const int64_t tasks = n / std::max<int64_t>(grain, 1), parts = std::clamp<int64_t>(tasks, 1, num_threads());
  if (parts > 1 && tasks < kTasksToWake && !in_loop && rhythm.is_alone()) {
    body(params, 0, n);
    return rhythm.end();
  }
  const int64_t most = n / parts + (n % parts != 0);
  etch_rt_parallel_for(body, params, n, (most + unit - 1) / unit * unit);
}

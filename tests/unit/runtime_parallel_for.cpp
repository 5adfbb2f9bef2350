#include <catch2/catch.hpp>
#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/cpu/parallel_for.h"
#include "runtime/executable/abi.h"

using namespace etch;
using namespace etch::runtime;

namespace {

using Chunk = std::pair<int64_t, int64_t>;

template <class Body> void loop(int64_t n, int64_t grain, Body body) {
  etch_rt_parallel_for([](void *params, int64_t begin, int64_t end) { (*static_cast<Body *>(params))(begin, end); },
                       &body, n, grain);
}

std::vector<Chunk> chunks_of(int64_t n, int64_t grain) {
  std::mutex mutex;
  std::vector<Chunk> chunks;
  loop(n, grain, [&](int64_t begin, int64_t end) {
    std::lock_guard lock(mutex);
    chunks.emplace_back(begin, end);
  });
  std::sort(chunks.begin(), chunks.end());
  return chunks;
}

std::vector<Chunk> ranges_of(int64_t n, int64_t grain, int64_t unit) {
  std::mutex mutex;
  std::vector<Chunk> parts;
  auto body = [&](int64_t begin, int64_t end) {
    std::lock_guard lock(mutex);
    parts.emplace_back(begin, end);
  };
  etch_rt_parallel_ranges(
      [](void *params, int64_t begin, int64_t end) { (*static_cast<decltype(body) *>(params))(begin, end); }, &body, n,
      grain, unit);
  std::sort(parts.begin(), parts.end());
  return parts;
}

struct Threads {
  explicit Threads(int count) { set_num_threads(count); }
  ~Threads() { set_num_threads(before); }
  const int before = num_threads();
};

}  // namespace

TEST_CASE("chunks cover the range once and do not depend on the thread count", "[parallel_for]") {
  const std::vector<Chunk> sizes = {{1, 1}, {10, 3}, {9, 3}, {1000, 7}, {5, 100}, {64, 64}, {65, 64}, {8, 0}};
  for (const auto &[n, grain] : sizes) {
    std::vector<Chunk> expected;
    const int64_t step = std::max<int64_t>(grain, 1);
    for (int64_t begin = 0; begin < n; begin += step) expected.emplace_back(begin, std::min(n, begin + step));
    for (int threads : {1, 2, 5}) {
      Threads scope(threads);
      CHECK(chunks_of(n, grain) == expected);
    }
  }
  CHECK(chunks_of(0, 4).empty());
  CHECK(chunks_of(-3, 4).empty());
}

TEST_CASE("ranges are at most one a thread, nearly equal, and whole multiples of the unit", "[parallel_for]") {
  struct Case {
    int64_t n, grain, unit;
    int threads;
    std::vector<Chunk> expected;
  };
  const std::vector<Case> cases = {
      {784, 8, 32, 2, {{0, 416}, {416, 784}}},
      {100, 1, 4, 2, {{0, 52}, {52, 100}}},
      {100, 51, 4, 2, {{0, 100}}},  // two parts would be less than the grain
      {90, 10, 1, 16, {{0, 10}, {10, 20}, {20, 30}, {30, 40}, {40, 50}, {50, 60}, {60, 70}, {70, 80}, {80, 90}}},
      {64, 1, 32, 8, {{0, 32}, {32, 64}}},
      {30, 1, 32, 2, {{0, 30}}},
      {8, 1, 1, 3, {{0, 3}, {3, 6}, {6, 8}}},  // fewer tasks stay on their caller behind a pause
      {5, 0, 1, 1, {{0, 5}}},
  };
  for (const Case &c : cases) {
    Threads scope(c.threads);
    CHECK(ranges_of(c.n, c.grain, c.unit) == c.expected);
  }
}

TEST_CASE("short ranges that come one by one, with pauses, stay on their caller", "[parallel_for]") {
  Threads scope(2);
  auto pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); };
  ranges_of(2, 1, 1);
  pause();
  ranges_of(2, 1, 1);
  for (int i = 0; i < 3; ++i) {
    pause();
    CHECK(ranges_of(2, 1, 1) == std::vector<Chunk>{{0, 2}});
  }
  pause();
  CHECK(ranges_of(100, 1, 1) == std::vector<Chunk>{{0, 50}, {50, 100}});  // long ones do not
}

TEST_CASE("a loop uses several threads and the caller is one of them", "[parallel_for]") {
  Threads scope(4);  // more than the machine may have CPUs
  std::mutex mutex;
  std::set<std::thread::id> seen;
  // Chunks wait for each other, so that one fast thread cannot finish them all; a bound keeps a broken loop finite.
  for (int attempt = 0; attempt < 100 && seen.size() < 2; ++attempt)
    loop(16, 1, [&](int64_t, int64_t) {
      {
        std::lock_guard lock(mutex);
        seen.insert(std::this_thread::get_id());
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
  CHECK(seen.size() >= 2);
  CHECK(seen.size() <= 4);
  CHECK(seen.count(std::this_thread::get_id()) == 1);
}

TEST_CASE("one thread runs in order on the caller", "[parallel_for]") {
  Threads scope(1);
  std::vector<int64_t> begins;
  const auto caller = std::this_thread::get_id();
  bool elsewhere = false;
  loop(100, 10, [&](int64_t begin, int64_t) {
    begins.push_back(begin);
    elsewhere |= std::this_thread::get_id() != caller;
  });
  CHECK(begins.size() == 10);
  CHECK(std::is_sorted(begins.begin(), begins.end()));
  CHECK_FALSE(elsewhere);
}

TEST_CASE("a waiting chunk never starts another chunk of the same loop on its stack", "[parallel_for]") {
  Threads scope(4);
  std::atomic<int64_t> sum = 0;
  std::atomic<bool> entered_twice = false;
  loop(32, 1, [&](int64_t begin, int64_t) {
    static thread_local bool inside = false;
    if (inside) entered_twice = true;
    inside = true;
    loop(64, 1, [&](int64_t inner, int64_t) { sum += begin * 64 + inner; });
    inside = false;
  });
  CHECK(sum == 32 * 64 * (32 * 64 - 1) / 2);
  CHECK_FALSE(entered_twice);
}

TEST_CASE("loops on many user threads at once", "[parallel_for]") {
  Threads scope(3);
  std::vector<std::thread> users;
  std::atomic<int> right = 0;
  for (int t = 0; t < 6; ++t)
    users.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        std::atomic<int64_t> sum = 0;
        loop(1000, 10, [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) sum += i;
        });
        right += sum == 499500;
      }
    });
  for (std::thread &user : users) user.join();
  CHECK(right == 300);
}

TEST_CASE("thread counts outside 1..1024 are errors", "[parallel_for]") {
  CHECK_THROWS_AS(set_num_threads(0), UserError);
  CHECK_THROWS_AS(set_num_threads(-1), UserError);
  CHECK_THROWS_AS(set_num_threads(1025), UserError);
}

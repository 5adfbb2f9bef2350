// No oversubscription: however many threads of the user call, they share the workers.
#include <dirent.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

namespace {

constexpr int kCallers = 16, kRounds = 20;

struct Threads {
  explicit Threads(int count) { set_num_threads(count); }
  ~Threads() { set_num_threads(before); }
  const int before = num_threads();
};

int threads_of_process() {
  int count = 0;
  DIR *tasks = opendir("/proc/self/task");
  REQUIRE(tasks);
  while (const dirent *entry = readdir(tasks)) count += entry->d_name[0] != '.';
  closedir(tasks);
  return count;
}

/// With the thread that a sanitizer starts as soon as there is a second one.
int threads_before_calls() {
  std::thread([] {}).join();
  return threads_of_process();
}

Tensor large(int64_t seed) { return Generator(seed).normal({300'000}); }

bool equal(const Tensor &a, const Tensor &b) {
  return std::memcmp(a.data(), b.data(), static_cast<size_t>(a.size()) * sizeof(float)) == 0;
}

/// Runs `call` on kCallers threads, `meanwhile` on this one until they have done, and says how many threads there were
/// at most.
int most_threads(const std::function<void(int caller)> &call, const std::function<void()> &meanwhile = [] {}) {
  std::atomic<int> running = kCallers;
  std::atomic<bool> counted = false;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < kCallers; ++caller)
    callers.emplace_back([&, caller] {
      for (int round = 0; round < kRounds; ++round) call(caller);
      while (!counted) std::this_thread::yield();  // the first count sees all callers
      --running;
    });
  int most = 0;
  while (running > 0) {
    most = std::max(most, threads_of_process());
    counted = true;
    meanwhile();
    std::this_thread::yield();
  }
  for (std::thread &caller : callers) caller.join();
  return most;
}

/// Workers are as many as the CPUs, or as the most that was ever asked for, less the caller.
int most_workers(int asked) {
  static const int cpus = num_threads();
  return std::max(cpus, asked) - 1;
}

}  // namespace

TEST_CASE("callers on many threads share the workers") {
  const int alone = threads_before_calls(), workers = most_workers(2);
  Threads scope(2);
  auto f = function([](Tensor x) { return tanh(x) * x + sum(x); });
  Tensor x = large(1), expected = f(x);
  std::atomic<int> wrong = 0;
  const int most = most_threads([&](int) { wrong += !equal(f(x), expected); });
  CHECK(wrong == 0);
  CHECK(most >= kCallers);
  CHECK(most <= alone + kCallers + workers);
}

TEST_CASE("calls inside of calls share the workers, too") {
  const int alone = threads_before_calls(), workers = most_workers(2);
  Threads scope(2);
  auto inner = function([](Tensor x) { return exp(x) + x; });
  auto outer = function([&](Tensor x) {
    Tensor y = host_call([&](std::span<const Tensor> in) { return std::vector<Tensor>{inner(in[0])}; },
                         {Spec{f32, x.shape()}}, {x * 0.5f})[0];
    return y * 2.f;
  });
  Tensor x = large(2), expected = outer(x);
  std::atomic<int> wrong = 0;
  const int most = most_threads([&](int) { wrong += !equal(outer(x), expected); });
  CHECK(wrong == 0);
  CHECK(most <= alone + kCallers + workers);
}

TEST_CASE("the number of threads changes while others call") {
  const int alone = threads_before_calls(), workers = most_workers(4);
  Threads scope(2);
  auto f = function([](Tensor x) { return sum(sin(x) * x) + x; });
  Tensor x = large(3), expected = f(x);
  std::atomic<int> wrong = 0;
  int next = 0;
  const int most =
      most_threads([&](int) { wrong += !equal(f(x), expected); }, [&] { set_num_threads(1 + next++ % 4); });
  CHECK(wrong == 0);
  CHECK(most <= alone + kCallers + workers);
}

// Many threads in one function: calls take no lock, so eviction and destruction must wait for them.
#include <atomic>
#include <optional>
#include <random>
#include <thread>

#include <catch2/catch.hpp>

#include "runtime/memory/pool.h"
#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

namespace {

template <class Body> void on_threads(int count, Body body) {
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t) threads.emplace_back([&, t] { body(t); });
  for (std::thread &thread : threads) thread.join();
}

}  // namespace

TEST_CASE("semantics 43: threads call one function with the signatures they have in common") {
  auto f = function([](Tensor a, Tensor b) { return a * 2.f + b; });
  std::atomic<int> wrong = 0;
  on_threads(8, [&](int t) {
    std::minstd_rand random(static_cast<unsigned>(t) + 1);
    for (int i = 0; i < 3000; ++i) {
      int64_t n = 1 + static_cast<int64_t>(random() % 12);  // more signatures than are tried before hashing
      float v = static_cast<float>(random() % 100);
      Tensor result = f(full({n}, v), full({n}, 1.f));
      wrong += result.shape() != Shape({n}) || floats(result)[0] != 2 * v + 1;
    }
  });
  CHECK(wrong == 0);
  CHECK(f.trace_count() == 12);
}

TEST_CASE("semantics 18: traces are evicted while other threads run them") {
  auto f = function([](Tensor x) { return x + 1.f; }, {.max_traces = 2});
  std::atomic<int> wrong = 0;
  on_threads(4, [&](int t) {
    for (int i = 0; i < 30; ++i) {
      int64_t n = 2 + (t + i) % 5;
      for (int repeat = 0; repeat < 20; ++repeat)
        wrong += floats(f(full({n}, 1.f))) != Floats(static_cast<size_t>(n), 2);
    }
  });
  CHECK(wrong == 0);
  CHECK(count_of(f.pretty_printed_concrete_signatures(), "\n") == 2);
}

TEST_CASE("semantics 18: an evicted trace is freed, also one that was running") {
  auto token = std::make_shared<int>(0);
  std::weak_ptr<int> alive = token;
  std::function<void()> inside;
  std::optional<Function<Tensor(Tensor)>> f;
  // A trace keeps its host functions, and those what they hold.
  f.emplace(function(
      [&inside, token = std::move(token)](Tensor x) mutable {
        auto held = std::move(token);
        return host_call(
            [&inside, held](std::span<const Tensor> in) {
              if (inside) std::exchange(inside, nullptr)();
              return std::vector<Tensor>{in[0] + 1.f};
            },
            {Spec{f32, x.shape()}}, {x})[0];
      },
      {.max_traces = 1}));
  CHECK(floats((*f)(ones({2}))) == Floats{2, 2});
  CHECK_FALSE(alive.expired());
  // The first trace is running when the second takes its place.
  inside = [&] { CHECK(floats((*f)(ones({3}))) == Floats{2, 2, 2}); };
  CHECK(floats((*f)(ones({2}))) == Floats{2, 2});
  CHECK_FALSE(alive.expired());  // retired while in use: freed with the next replacement
  (*f)(ones({4}));
  CHECK(alive.expired());
}

TEST_CASE("a function may end inside its own call") {
  std::optional<Function<Tensor(Tensor)>> f;
  f.emplace(function([&](Tensor x) {
    return host_call(
        [&](std::span<const Tensor> in) {
          f.reset();
          return std::vector<Tensor>{in[0] * 3.f};
        },
        {Spec{f32, {2}}}, {x})[0];
  }));
  f->get_concrete_function(Spec{f32, {2}});
  CHECK(floats((*f)(ones({2}))) == Floats{3, 3});
}

TEST_CASE("calls are counted exactly on many threads") {
  auto f = function("counted", [](Tensor x) { return x + 1.f; });
  Tensor x = ones({2});
  f(x);
  on_threads(24, [&](int) {
    for (int i = 0; i < 100; ++i) f(x);
  });
  CHECK(contains(f.explain(), "called 2401 times"));
}

TEST_CASE("threads that end give their scratch back") {
  auto f = function([](Tensor x) { return x * x; });
  Tensor x = ones({1000});
  f(x);
  uint64_t before = runtime::memory_statistics().bytes_in_use;
  for (int i = 0; i < 50; ++i) on_threads(1, [&](int) { f(x); });
  CHECK(runtime::memory_statistics().bytes_in_use == before);
}

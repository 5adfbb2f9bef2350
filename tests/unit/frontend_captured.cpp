// Captured tensors whose elements compiled code wants in another order: who makes the copies, how many there are, and
// how long they live.
#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "runtime/memory/pool.h"
#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

namespace {

constexpr size_t kWeights = 200 * 300 * 4;

Tensor weights() { return Generator(7).uniform({200, 300}, -1, 1); }
/// Reads its right operand along the depth.
auto linear(Tensor w) {
  return function([w](Tensor x) { return matmul(x, w, false, true); });
}
size_t bytes_in_use() { return runtime::memory_statistics().bytes_in_use; }

}  // namespace

TEST_CASE("the copy of a captured tensor is made once, and counted") {
  Tensor w = weights(), x = ones({32, 300});
  auto f = linear(w);
  const MemoryStats stats = f.get_concrete_function(x).memory_stats();
  CHECK(stats.captured_bytes == kWeights);
  CHECK(stats.laid_out_bytes >= kWeights);
  CHECK(stats.laid_out_bytes < kWeights + kWeights / 4);
  CHECK(stats.peak_bytes() ==
        stats.argument_bytes + stats.output_bytes + stats.arena_bytes + kWeights + stats.laid_out_bytes);
  CHECK(contains(f.explain(), std::to_string(stats.laid_out_bytes) + " of weights laid out for products"));
  const Floats wanted = floats(f(x));
  const runtime::MemoryStatistics before = runtime::memory_statistics();
  for (int i = 0; i < 10; ++i) CHECK(floats(f(x)) == wanted);
  CHECK(runtime::memory_statistics().system_allocations == before.system_allocations);
  CHECK(floats(function([](Tensor x, Tensor w) { return matmul(x, w, false, true); })(x, w)) == wanted);
  CHECK(f.get_concrete_function(ones({1, 300})).memory_stats().laid_out_bytes == 0);  // dot products
}

TEST_CASE("functions share the copy of a tensor; it goes with the last of them") {
  if (!runtime::pool_enabled()) {
    WARN("skipped: there is no pool in this build");
    return;
  }
  Tensor w = weights(), x = ones({32, 300});
  linear(w)(x);  // compiled, so that only the copy is new below
  const size_t without = bytes_in_use();
  {
    auto f = linear(w);
    f(x);
    const size_t with_one = bytes_in_use();
    CHECK(with_one >= without + kWeights);
    auto g = linear(w);
    g(x), g(ones({64, 300}));
    CHECK(bytes_in_use() < with_one + kWeights / 2);
    auto other = linear(weights());
    other(x);
    CHECK(bytes_in_use() >= with_one + 2 * kWeights);
  }
  CHECK(bytes_in_use() < without + kWeights / 2);
}

TEST_CASE("the values of a captured tensor are no part of the code") {
  Tensor x = ones({32, 300});
  for (float value : {1.f, 2.f, -3.f}) {
    auto f = linear(full({200, 300}, value));
    CHECK(floats(f(x)) == Floats(32 * 200, 300 * value));
  }
}

TEST_CASE("a captured tensor that was donated before the first call is named as ever") {
  Tensor w = weights(), x = ones({32, 300});
  auto f = linear(w);
  auto concrete = f.get_concrete_function(x);
  auto taker = function([](Tensor w) { return w + 1.f; });
  taker(donate(w));
  CHECK_THROWS_AS(f(x), UserError);
  CHECK_THROWS_AS(concrete(x), UserError);

  Tensor v = weights();
  auto g = linear(v);
  g(x);
  taker(donate(v));
  CHECK_THROWS_AS(g(x), UserError);
}

TEST_CASE("gradients that are traced at every call copy nothing") {
  Tensor w = weights(), x = ones({32, 300});
  auto slope = [&] { return grad([&](const Tensor &x) { return sum(matmul(x, w, false, true)); })(x); };
  const Floats wanted = floats(slope());
  const size_t before = bytes_in_use();
  for (int i = 0; i < 3; ++i) CHECK(floats(slope()) == wanted);
  CHECK(bytes_in_use() == before);
}

TEST_CASE("threads make one copy") {
  Tensor w = weights(), x = ones({32, 300});
  const Floats wanted = floats(matmul(x, w, false, true));
  std::atomic<int> wrong = 0;
  for (int round = 0; round < 5; ++round) {
    auto f = linear(w), g = linear(w);
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 20; ++i) wrong += floats((t % 2 ? f : g)(x)) != wanted;
      });
    for (std::thread &thread : threads) thread.join();
    CHECK(f.get_concrete_function(x).memory_stats().laid_out_bytes > 0);
  }
  CHECK(wrong == 0);
}

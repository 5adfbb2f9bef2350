// What repeats allocates nothing: no call of operator new in this process, and no memory of the system's.
#include <atomic>
#include <cstdlib>
#include <new>

#include <catch2/catch.hpp>

#include "runtime/base/sanitizers.h"
#include "runtime/memory/pool.h"
#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

#if !ETCH_HAS_ASAN && !ETCH_HAS_TSAN  // which have their own

namespace {
std::atomic<size_t> allocations = 0;
}

void *operator new(size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void *memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, size_t) noexcept { std::free(memory); }

namespace {

/// Calls of operator new and of the system's allocator in 100 steps, after some that fill caches.
template <class Step> size_t allocations_of(Step step) {
  for (int i = 0; i < 10; ++i) step();
  const size_t before = allocations + runtime::memory_statistics().system_allocations;
  for (int i = 0; i < 100; ++i) step();
  return allocations + runtime::memory_statistics().system_allocations - before;
}

}  // namespace

TEST_CASE("the counter counts") {
  auto f = function([](Tensor x) { return x + 1.f; });
  f(ones({2}));
  CHECK(allocations_of([&] { f.explain(); }) >= 100);  // made inside of libetch
  CHECK(allocations_of([] {}) == 0);
}

TEST_CASE("cached calls allocate nothing") {
  Tensor a = ones({8}), b = full({8}, 2.f), large = ones({300, 500});
  auto f = function([](Tensor x, Tensor y) { return std::tanh(0.5f) * x + y; });
  CHECK(allocations_of([&] { f(a, b); }) == 0);
  CHECK(allocations_of([&] { f(large, large); }) == 0);
  auto concrete = f.get_concrete_function(a, b);
  CHECK(allocations_of([&] { concrete(a, b); }) == 0);
  auto open = function([](Tensor x) { return sum(exp(x), 0); }, {.reduce_retracing = true});
  open(a), open(ones({9}));
  CHECK(allocations_of([&] { open(a); }) == 0);
  auto donating = function([](Tensor x, Tensor y) { return x * y; }, {.donate = {0}});
  Tensor state = ones({8});
  CHECK(allocations_of([&] { state = donating(state, b); }) == 0);
  auto pair = function([](Tensor x) { return std::pair{matmul(x, x), sum(x)}; });
  Tensor square = ones({200, 200});  // scratch for packed panels, and threads
  CHECK(allocations_of([&] { pair(square); }) == 0);
}

TEST_CASE("a training step allocates nothing") {
  Variable w1(full({20, 16}, 0.1f), "w1"), b1(zeros({16}), "b1"), w2(full({16, 1}, 0.1f), "w2"), b2(zeros({1}), "b2");
  std::vector<Variable> parameters{w1, b1, w2, b2};
  nn::Adam adam(parameters, 0.001);
  auto step = function([&](Tensor x, Tensor y, Scalar scale) {
    auto [loss, gradients] =
        value_and_grad(parameters, [&] { return mean(square(matmul(relu(matmul(x, w1) + b1), w2) + b2 - y)) * scale; });
    adam.apply(gradients);
    return loss;
  });
  Tensor x = ones({4, 20}), y = ones({4, 1});
  CHECK(allocations_of([&] { step(x, y, 1.0); }) == 0);
}

TEST_CASE("loops and branches allocate nothing, nor do their gradients") {
  Tensor x = ones({8}), rows = ones({6, 8}), large = full({6, 300, 300}, 0.1f), limit = constant(50.f);
  auto step = [](Tensor c, Tensor x) {
    Tensor next = tanh(c + x);
    return std::pair{next, next};
  };
  auto looping = function([&](Tensor x, Tensor limit) {
    Tensor y = for_range(0, 5, x, [&](Tensor i, Tensor y) { return y * 0.5f + x * cast(i, f32); });
    y = while_loop([&](Tensor y) { return sum(y) < limit; }, [](Tensor y) { return y * 2.f; }, y);
    return cond(sum(y) > limit, [&] { return y - 1.f; }, [&] { return y + 1.f; });
  });
  CHECK(allocations_of([&] { looping(x, limit); }) == 0);
  auto scanning = function([&](Tensor xs) { return scan(step, zeros_like(xs[0]), xs).second; });
  CHECK(allocations_of([&] { scanning(rows); }) == 0);
  CHECK(allocations_of([&] { scanning(large); }) == 0);
  // What a derivative needs of each time round, for a number of rounds that only the data know, lies on stacks.
  auto derived = function([&](Tensor xs, Tensor limit) {
    return grad([&](const Tensor &xs) {
      auto [last, all] = scan(step, zeros_like(xs[0]), xs);
      Tensor y = while_loop([&](Tensor y) { return sum(y) < limit; }, [](Tensor y) { return y * y + 1.f; }, last);
      return sum(cond(sum(y) > limit, [&] { return y * y; }, [&] { return y; })) + sum(all * all);
    })(xs);
  });
  CHECK(allocations_of([&] { derived(rows, limit); }) == 0);
  CHECK(allocations_of([&] { derived(large, limit); }) == 0);
  // A list that grows.
  auto growing = function([](Tensor x) {
    return sum(while_loop([](Tensor l) { return sum(l) < 20.f; }, [](Tensor l) { return concatenate({l, ones({1})}); },
                          x, {.shape_invariants = {{kDynamic}}}));
  });
  CHECK(allocations_of([&] { growing(x); }) == 0);
}

TEST_CASE("eager ops allocate nothing but what they return") {
  Tensor a = ones({8}), b = full({8}, 2.f), m = ones({4, 4});
  CHECK(allocations_of([&] { a + b; }) == 0);
  CHECK(allocations_of([&] { a * 2.f; }) == 0);
  CHECK(allocations_of([&] { tanh(a); }) == 0);
  CHECK(allocations_of([&] { matmul(m, m); }) == 0);
  CHECK(allocations_of([&] { m[2]; }) == 0);
}

#endif

// Donated arguments, variables in place, and what functions say about their memory.
#include <thread>

#include <catch2/catch.hpp>

#include "runtime/base/log.h"
#include "runtime/memory/pool.h"
#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

TEST_CASE("semantics 79: a result takes the memory of a donated argument, which is deleted") {
  auto f = function([](Tensor x, Tensor y) { return tanh(x) + reverse(x, 0) * y; });
  Tensor x = constant({1.f, 2.f, 3.f}), y = constant({1.f, 10.f, 100.f});
  std::vector<float> expected = floats(f(x, y));
  const void *memory = x.data();
  Tensor other = x;  // a handle of the same tensor
  Tensor z = f(donate(x), y);
  CHECK(z.data() == memory);
  CHECK(floats(z) == expected);  // also where results are made of elements that come later
  CHECK_THROWS_AS(x.data(), UserError);
  CHECK_THROWS_AS(other.data(), UserError);
  CHECK(floats(y) == Floats{1, 10, 100});
  // A call that donates has a trace of its own; the next one finds it.
  CHECK(f.trace_count() == 2);
  f(donate(z), y);
  CHECK(f.trace_count() == 2);
}

TEST_CASE("semantics 79: Options::donate donates at every call; several results take several arguments") {
  auto step = function([](Tensor position, Tensor velocity,
                          Tensor rate) { return std::pair{position + velocity * rate, velocity * 0.5f}; },
                       {.donate = {0, 1}});
  Tensor position = zeros({100}), velocity = ones({100}), rate = constant(2.f);
  const void *memory[] = {position.data(), velocity.data()};
  for (int i = 0; i < 3; ++i) {
    auto [p, v] = step(position, velocity, rate);
    CHECK_THROWS_AS(position.data(), UserError);
    position = p, velocity = v;
    CHECK(position.data() == memory[0]);
    CHECK(velocity.data() == memory[1]);
  }
  CHECK(floats(position) == Floats(100, 3.5f));
  CHECK(floats(velocity) == Floats(100, 0.125f));
}

TEST_CASE("semantics 79: who else holds the elements keeps them") {
  auto f = function([](Tensor x) { return x * 2.f; });
  Tensor x = constant({{1.f, 2.f}, {3.f, 4.f}});
  Tensor flat = reshape(x, {4});
  CHECK(floats(f(donate(x))) == Floats{2, 4, 6, 8});
  CHECK(floats(flat) == Floats{1, 2, 3, 4});
}

TEST_CASE("semantics 79: a donation without use warns once; a call that throws keeps the argument") {
  std::vector<std::string> warnings;
  LogSink previous = set_log_sink([&](LogLevel, std::string_view text) { warnings.emplace_back(text); });
  auto total = function("total", [](Tensor x) { return sum(x); }, {.argument_names = {"x"}});
  for (int i = 0; i < 3; ++i) total(donate(ones({3})));
  set_log_sink(previous);
  REQUIRE(warnings.size() == 1);
  CHECK(contains(warnings[0], "the argument 'x' of 'total'"));
  CHECK(contains(warnings[0], "frontend_memory.cpp"));

  auto checked = function([](Tensor x) {
    check(all(x > 0.f), "positive");
    return x + 1.f;
  });
  Tensor x = constant({1.f, -1.f});
  CHECK_THROWS_AS(checked(donate(x)), UserError);
  CHECK(floats(x) == Floats{1, -1});
}

TEST_CASE("semantics 79: what a variable began with, or held once, may be donated") {
  auto f = function([](Tensor x) { return x * 2.f; });
  Tensor initial = constant({1.f, 2.f});
  Variable v(initial, "v");
  CHECK(floats(f(donate(initial))) == Floats{2, 4});
  CHECK(floats(v.read()) == Floats{1, 2});
  Tensor old = v.read();
  CHECK(contains(message_of([&] { f(donate(old)); }), "is the value of a Variable"));
  v.assign(constant({5.f, 6.f}));
  CHECK(floats(f(donate(old))) == Floats{2, 4});
  old = v.read();
  function([&](Tensor x) { v.assign_add(x); })(ones({2}));
  CHECK(floats(f(donate(old))) == Floats{10, 12});
  CHECK(floats(v.read()) == Floats{6, 7});
}

TEST_CASE("donation elsewhere than at a call is the tensor, and saved programs know nothing of it") {
  Tensor x = ones({2});
  CHECK(floats(donate(x) + 1.f) == Floats{2, 2});
  CHECK(floats(x) == Floats{1, 1});
  auto inner = function([](Tensor x) { return x * 3.f; });
  auto outer = function([&](Tensor x) { return inner(donate(x)) + x; });
  CHECK(floats(outer(x)) == Floats{4, 4});
  CHECK(floats(x) == Floats{1, 1});
}

TEST_CASE("a step allocates nothing and copies no parameter: variables stay where they are") {
  if (!runtime::pool_enabled()) {
    WARN("skipped: there is no pool in this build");
    return;
  }
  std::vector<Variable> weights;
  for (int i = 0; i < 20; ++i) weights.emplace_back(ones({40, 50}), "w" + std::to_string(i));
  auto step = function([&](Tensor x, Scalar rate) {
    Tensor loss = sum(x);
    for (const Variable &w : weights) loss = loss + sum(w * w);
    for (const Variable &w : weights) w.assign_sub(w * rate);
    return loss;
  });
  Tensor x = ones({8});
  step(x, 0.1);
  std::vector<const void *> places;
  for (const Variable &w : weights) places.push_back(w.read().data());
  step(x, 0.1);
  const runtime::MemoryStatistics before = runtime::memory_statistics();
  runtime::reset_peak_memory();
  for (int i = 0; i < 10; ++i) step(x, 0.1);
  const runtime::MemoryStatistics after = runtime::memory_statistics();
  CHECK(after.system_allocations == before.system_allocations);
  // A copy of a single parameter would be 8,000 bytes.
  CHECK(after.peak_bytes_in_use - after.bytes_in_use < 8000);
  for (size_t i = 0; i < weights.size(); ++i) CHECK(weights[i].read().data() == places[i]);
}

TEST_CASE("a concrete function tells its bytes") {
  Tensor table = ones({10, 10});
  Variable v(zeros({10}), "v");
  auto f = function([&](Tensor x, Scalar rate) {
    v.assign_add(x * rate);
    return std::pair{matmul(x, table), x + 1.f};
  });
  Tensor x = ones({10});
  auto plain = f.get_concrete_function(x, 1.0);
  MemoryStats stats = plain.memory_stats();
  CHECK(stats.argument_bytes == 40 + 8);
  CHECK(stats.captured_bytes == 400);
  CHECK(stats.variable_bytes == 40);
  CHECK(stats.output_bytes == 80);
  CHECK(stats.donated_bytes == 0);
  CHECK(stats.complete);
  CHECK(stats.peak_bytes() == 48 + 400 + 40 + 80 + stats.arena_bytes);
  CHECK(contains(f.explain(), "memory: " + std::to_string(stats.peak_bytes()) + " bytes at once: 48 of arguments"));
  CHECK(f.get_concrete_function(donate(x), 1.0).memory_stats().donated_bytes == 40);

  auto open = function([](Tensor x) { return x * 2.f; }).get_concrete_function(Spec{f32, {kDynamic}});
  CHECK_FALSE(open.memory_stats().complete);
}

TEST_CASE("every tensor begins on a cache line") {
  auto aligned = [](const Tensor &x) { return reinterpret_cast<uintptr_t>(x.data()) % kBufferAlignment == 0; };
  std::vector<Tensor> kept;
  for (int64_t n : {0, 1, 3, 17, 100, 1000, 5000, 2000000}) {
    const Tensor x = ones({n});
    // Made by an op, by a compiled function, by one that is given the memory, of the user's elements, with unknown
    // extents, in a variable.
    kept.push_back(x);
    kept.push_back(x + 1.f);
    kept.push_back(function([](Tensor x) { return x * 2.f; })(x));
    Tensor given = x + 1.f;
    kept.push_back(function([](Tensor x) { return x * 2.f; })(donate(given)));
    kept.push_back(from_vector(std::vector<float>(static_cast<size_t>(n), 1.f), {n}));
    kept.push_back(from_vector(std::vector<bool>(static_cast<size_t>(n), true), {n}));
    kept.push_back(function([](Tensor x) { return x * 2.f; }, {.reduce_retracing = true})(x));
    Variable v(x);
    v.assign_add(1.f);
    kept.push_back(v.read());
  }
  // Part of another tensor, and a result whose extent data decide.
  const Tensor matrix = ones({3, 5});
  kept.push_back(matrix[1]);
  kept.push_back(function([](Tensor x) { return x[1]; })(matrix));
  kept.push_back(while_loop([](Tensor l) { return sum(l) < 3.5f; }, [](Tensor l) { return concatenate({l, l}); },
                            ones({1}), {.shape_invariants = {{kDynamic}}}));
  for (const Tensor &x : kept) CHECK(aligned(x));
}

TEST_CASE("attention keeps one number a query of its scores") {
  auto gradient =
      function([](Tensor x) { return grad([](const Tensor &y) { return sum(dot_product_attention(y, y, y)); })(x); });
  // A result, a cotangent and three derivatives at most, and fifteen sums by queries of parts of the keys; the scores
  // would be 64 MiB.
  const Shape shape{1, 1, 4096, 16};
  const auto tensor_bytes = static_cast<size_t>(shape.num_elements()) * size_of(f32);
  CHECK(gradient.get_concrete_function(Spec{f32, shape}).memory_stats().arena_bytes <= (6 + 15) * tensor_bytes);
}

TEST_CASE("sums of parts are part of the arena") {
  if (!runtime::pool_enabled()) {
    WARN("skipped: there is no pool in this build");
    return;
  }
  auto attention =
      function([](Tensor x) { return grad([](const Tensor &y) { return sum(dot_product_attention(y, y, y)); })(x); });
  auto filters =
      function([](Tensor x, Tensor w) { return grad([&](const Tensor &w) { return sum(square(conv2d(x, w))); })(w); });
  const Tensor x = ones({1, 1, 4096, 16}), images = ones({32, 28, 28, 16}), w = full({5, 5, 16, 32}, 0.1f);
  auto concrete = attention.get_concrete_function(x);
  auto gradient = filters.get_concrete_function(images, w);
  // Sums of fifteen parts of the keys, and of seven of the images.
  CHECK(concrete.memory_stats().arena_bytes >= 15 * 4096 * 16 * sizeof(float));
  CHECK(gradient.memory_stats().arena_bytes >= 7 * 5 * 5 * 16 * 32 * sizeof(float));
  // A thread of its own begins without scratch: what it keeps is operands in another order.
  const int64_t threads = num_threads();
  set_num_threads(1);
  std::thread([&] {
    const size_t scratch = runtime::scratch_bytes();
    auto measure = [&](auto call, size_t arena) {
      call();
      const runtime::MemoryStatistics before = runtime::memory_statistics();
      runtime::reset_peak_memory();
      call();
      const runtime::MemoryStatistics after = runtime::memory_statistics();
      CHECK(after.system_allocations == before.system_allocations);
      CHECK(after.peak_bytes_in_use - before.bytes_in_use >= arena);
      CHECK(after.peak_bytes_in_use - before.bytes_in_use <= arena + arena / 4);  // size classes, and the result
    };
    measure([&] { concrete(x); }, concrete.memory_stats().arena_bytes);
    measure([&] { gradient(images, w); }, gradient.memory_stats().arena_bytes);
    const size_t kept = runtime::scratch_bytes() - scratch;
    CHECK(kept <= size_t{6} << 20);
    for (int i = 0; i < 3; ++i) concrete(x), gradient(images, w);
    CHECK(runtime::scratch_bytes() - scratch == kept);
  }).join();
  set_num_threads(threads);
}

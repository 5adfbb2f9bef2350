// Running programs: here their entries are written by hand, as the compiler would emit them.

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/executable/abi.h"
#include "runtime/executable/context.h"
#include "runtime/executable/executable.h"
#include "runtime/executable/host_function.h"
#include "runtime/executable/print.h"
#include "runtime/memory/pool.h"

using namespace etch;
using namespace etch::runtime;
using Catch::Matchers::Contains;

namespace {

const int64_t kPair[] = {2};
const int64_t kAny[] = {-1};
const etch_value_spec kPairIn[] = {{"x", kPair, static_cast<uint8_t>(f32), 1, 0, nullptr}};
const etch_value_spec kPairOut[] = {{"y", kPair, static_cast<uint8_t>(f32), 1, 0, nullptr}};
const etch_value_spec kAnyIn[] = {{"a", kAny, static_cast<uint8_t>(f32), 1, 0, nullptr},
                                  {"b", kAny, static_cast<uint8_t>(f32), 1, 0, nullptr}};
const etch_value_spec kAnyOut[] = {{"c", kAny, static_cast<uint8_t>(f32), 1, 0, nullptr}};

etch_program static_program(etch_entry_fn entry, int64_t arena_bytes = 0) {
  return {ETCH_ABI_VERSION, 1, 1, 0, 0, 0, "pair", "", kPairIn, kPairOut, arena_bytes, entry, nullptr, nullptr, 0};
}

// y = 2 x, by way of the arena
int32_t doubled(const etch_call *call) {
  auto *x = static_cast<const float *>(call->args[0]);
  auto *scratch = static_cast<float *>(call->arena);
  auto *y = static_cast<float *>(call->results[0]);
  for (int i = 0; i < 2; ++i) scratch[i] = x[i] + x[i];
  std::memcpy(y, scratch, 8);
  return 0;
}

// c = a ++ b
int32_t concat_shapes(etch_context *context, const int64_t *dims, int64_t *out) {
  if (dims[0] > 100) {
    etch_rt_fail(context, "a is too long", "concat.cpp", 3, 9);
    return 1;
  }
  out[0] = 4 * (dims[0] + dims[1]);
  out[1] = dims[0] + dims[1];
  return 0;
}
int32_t concat(const etch_call *call) {
  const size_t a = static_cast<size_t>(call->dims[0]) * 4, b = static_cast<size_t>(call->dims[1]) * 4;
  auto *scratch = static_cast<char *>(call->arena);
  if (a) std::memcpy(scratch, call->args[0], a);
  if (b) std::memcpy(scratch + a, call->args[1], b);
  std::memcpy(call->results[0], scratch, a + b);
  return 0;
}
etch_program dynamic_program() {
  return {ETCH_ABI_VERSION, 2,       1, 2, 1, ETCH_PROGRAM_CAN_FAIL, "concat", "", kAnyIn, kAnyOut, 0, concat,
          concat_shapes,    nullptr, 0};
}

std::vector<float> run_pair(const Executable &executable, std::vector<float> x = {1, 2}) {
  std::vector<float> y(2, -1);
  void *args[] = {x.data()}, *results[] = {y.data()};
  executable.run(args, nullptr, results);
  return y;
}

}  // namespace

TEST_CASE("a static program runs in an aligned arena", "[executable]") {
  const etch_program program = static_program(doubled, 8);
  const Executable executable(&program);
  CHECK(executable.is_static());
  CHECK(run_pair(executable) == std::vector<float>{2, 4});
  std::vector<Shape> shapes;
  executable.result_shapes(nullptr, shapes);
  CHECK(shapes == std::vector<Shape>{{2}});

  for (int64_t bytes : {int64_t{1}, int64_t{100000}, int64_t{5} << 20}) {
    const etch_program aligned = static_program(
        [](const etch_call *call) -> int32_t {
          if (reinterpret_cast<uintptr_t>(call->arena) % 64 != 0) etch_rt_fail(call->context, "unaligned", "", 0, 0);
          return 0;
        },
        bytes);
    CHECK_NOTHROW(run_pair(Executable(&aligned)));
  }
}

TEST_CASE("the code lives as long as an executable", "[executable]") {
  auto code = std::make_shared<int>(1);
  std::weak_ptr<int> watch = code;
  const etch_program program = static_program(doubled, 8);
  auto executable = std::make_unique<Executable>(&program, std::move(code));
  const Executable copy = *executable;
  executable.reset();
  CHECK_FALSE(watch.expired());
  CHECK(run_pair(copy) == std::vector<float>{2, 4});
}

TEST_CASE("a program with unknown extents", "[executable]") {
  const etch_program program = dynamic_program();
  const Executable executable(&program);
  CHECK_FALSE(executable.is_static());
  for (int64_t n : {0, 1, 5, 90}) {
    std::vector<float> a(static_cast<size_t>(n), 1.0f), b(3, 2.0f);
    const int64_t dims[] = {n, 3};
    std::vector<Shape> shapes;
    executable.result_shapes(dims, shapes);
    REQUIRE(shapes == std::vector<Shape>{{n + 3}});
    std::vector<float> c(static_cast<size_t>(n + 3));
    void *args[] = {a.data(), b.data()}, *results[] = {c.data()};
    executable.run(args, dims, results);
    CHECK(std::count(c.begin(), c.begin() + n, 1.0f) == n);
    CHECK(std::count(c.begin() + n, c.end(), 2.0f) == 3);
  }
  const int64_t misfit[] = {101, 3};
  std::vector<Shape> shapes;
  CHECK_THROWS_WITH(executable.result_shapes(misfit, shapes), "concat.cpp:3:9: a is too long");
  CHECK_THROWS_AS(executable.run(nullptr, misfit, nullptr), UserError);
}

TEST_CASE("a failed check throws at the user's line and does not stick", "[executable]") {
  const etch_program program = static_program(
      [](const etch_call *call) -> int32_t {
        if (static_cast<const float *>(call->args[0])[0] < 0) {
          std::string file = "user.cpp";  // gone when the error is read, as after unloading the code
          etch_rt_fail(call->context, "x must be positive", file.c_str(), 10, 4);
          etch_rt_fail(call->context, "a later failure", "other.cpp", 1, 1);
          return 1;
        }
        return doubled(call);
      },
      8);
  const Executable executable(&program);
  CHECK(run_pair(executable) == std::vector<float>{2, 4});
  try {
    run_pair(executable, {-1, 0});
    FAIL("no exception");
  } catch (const UserError &error) {
    CHECK(std::string(error.what()) == "user.cpp:10:4: x must be positive");
    CHECK(error.location().line == 10);
  }
  CHECK(run_pair(executable) == std::vector<float>{2, 4});
  const etch_program silent = static_program([](const etch_call *) -> int32_t { return 1; });
  CHECK_THROWS_AS(run_pair(Executable(&silent)), InternalError);
}

namespace {
int64_t hook = 0;
int32_t calls_hook(const etch_call *call) {
  // The arena must be the same before and after the host ran something else.
  std::memset(call->arena, 0x11, 64);
  const etch_view in{call->args[0], kPair, static_cast<uint8_t>(f32), 1};
  const etch_view out{call->results[0], kPair, static_cast<uint8_t>(f32), 1};
  if (etch_rt_host_call(call->context, hook, 1, &in, 1, &out)) return 1;
  for (int i = 0; i < 64; ++i)
    if (static_cast<const char *>(call->arena)[i] != 0x11) etch_rt_fail(call->context, "arena overwritten", "", 0, 0);
  return 0;
}
}  // namespace

TEST_CASE("host functions run programs themselves, down to any depth", "[executable][host]") {
  const etch_program program = static_program(calls_hook, 64);
  const Executable executable(&program);
  int depth = 0;
  hook = register_host_function([&](std::span<const etch_view> in, std::span<const etch_view> out) {
    REQUIRE(in.size() == 1);
    REQUIRE(in[0].dims[0] == 2);
    auto *x = static_cast<const float *>(in[0].data);
    auto *y = static_cast<float *>(out[0].data);
    if (++depth < 5) {
      const std::vector<float> inner = run_pair(executable, {x[0] * 2, x[1] * 2});
      std::memcpy(y, inner.data(), 8);
    } else {
      std::memcpy(y, x, 8);
    }
  });
  CHECK(run_pair(executable) == std::vector<float>{16, 32});
  unregister_host_function(hook);
  CHECK_THROWS_WITH(run_pair(executable), Contains("not registered"));
}

TEST_CASE("what a host function throws reaches the caller, through nested runs too", "[executable][host]") {
  struct Mine {
    int value;
  };
  const etch_program program = static_program(calls_hook, 64);
  const Executable executable(&program);
  int depth = 0;
  hook = register_host_function([&](auto, auto) {
    if (++depth == 3) throw Mine{42};
    run_pair(executable);
  });
  int caught = 0;
  try {
    run_pair(executable);
  } catch (const Mine &mine) {
    caught = mine.value;
  }
  CHECK(caught == 42);
  unregister_host_function(hook);
  unregister_host_function(hook);  // ignored
  const int64_t next = register_host_function([](auto, auto) {});
  CHECK(next > hook);
  unregister_host_function(next);
}

TEST_CASE("stacks are last in, first out, by id, and empty in the next call", "[executable][stack]") {
  const etch_program program = static_program([](const etch_call *call) -> int32_t {
    const int64_t ids[] = {0, 3, 5000, -1};
    for (int64_t i = 0; i < 1000; ++i)
      for (int64_t id : ids) {
        const int64_t value = i * 7 + id;
        etch_rt_stack_push(call->context, id, &value, 8);
        if (id == 3) etch_rt_stack_push(call->context, id, nullptr, 0);
      }
    for (int64_t i = 999; i >= 0; --i)
      for (int64_t id : ids) {
        int64_t value = 0;
        etch_rt_stack_pop(call->context, id, &value, 8);
        if (value != i * 7 + id) etch_rt_fail(call->context, "wrong value", "", 0, 0);
      }
    for (int64_t id : ids) etch_rt_stack_push(call->context, id, &id, 8);  // left behind
    return 0;
  });
  const Executable executable(&program);
  for (int i = 0; i < 3; ++i) CHECK_NOTHROW(run_pair(executable));

  const etch_program underflow = static_program([](const etch_call *call) -> int32_t {
    int64_t value = 1;
    etch_rt_stack_pop(call->context, 0, &value, 8);
    return static_cast<int32_t>(value);  // zeros were written
  });
  CHECK_THROWS_AS(run_pair(Executable(&underflow)), InternalError);
}

TEST_CASE("a run allocates nothing after the first one", "[executable][memory]") {
  if (!pool_enabled()) return;
  const etch_program program = static_program(
      [](const etch_call *call) -> int32_t {
        std::vector<char> iteration(100000);
        for (int i = 0; i < 10; ++i) etch_rt_stack_push(call->context, 0, iteration.data(), 100000);
        std::memset(call->arena, 1, 3 << 20);
        return 0;
      },
      3 << 20);
  const Executable executable(&program);
  run_pair(executable);
  const MemoryStatistics first = memory_statistics();
  for (int i = 0; i < 20; ++i) run_pair(executable);
  CHECK(memory_statistics().system_allocations == first.system_allocations);
  CHECK(memory_statistics().bytes_in_use == first.bytes_in_use);
}

TEST_CASE("one executable on many threads", "[executable]") {
  const etch_program program = static_program(doubled, 8);
  const Executable executable(&program);
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      const float value = static_cast<float>(t);
      const std::vector<float> expected = {2 * value, -2 * value};
      for (int i = 0; i < 1000; ++i) right += run_pair(executable, {value, -value}) == expected;
    });
  for (std::thread &thread : threads) thread.join();
  CHECK(right == 8000);
}

TEST_CASE("what this machine cannot run is refused by name", "[executable]") {
  etch_program program = static_program(doubled, 8);
  program.abi_version = ETCH_ABI_VERSION + 1;
  CHECK_THROWS_WITH(Executable(&program),
                    Contains("ABI version " + std::to_string(ETCH_ABI_VERSION + 1)) && Contains("etchc"));
  program = static_program(doubled, 8);
  program.cpu_features = "+sse2,+imaginary512";
  CHECK_THROWS_WITH(Executable(&program), Contains("imaginary512") && Contains("pair"));
  program.cpu_features = "+sse2,sse4.2, +popcnt,-imaginary512,+prefer-256-bit,";
  CHECK_NOTHROW(Executable(&program));
  program.cpu_features = nullptr;
  CHECK_NOTHROW(Executable(&program));
  program = dynamic_program();
  program.shapes = nullptr;
  CHECK_THROWS_AS(Executable(&program), InternalError);
}

TEST_CASE("programs print in NumPy's layout", "[executable][print]") {
  std::string printed;
  PrintSink previous = set_print_sink([&](std::string_view text) { printed += text; });
  const etch_program program = static_program([](const etch_call *call) -> int32_t {
    static const int64_t one_three[] = {1, 3};
    static const float values[] = {1, 2.5f, -3};
    static const int32_t step = 7;
    const etch_view views[] = {{const_cast<int32_t *>(&step), nullptr, static_cast<uint8_t>(i32), 0},
                               {const_cast<float *>(values), one_three, static_cast<uint8_t>(f32), 2}};
    etch_rt_print(call->context, "step {}: {}!", 2, views);
    etch_rt_print(call->context, "plain", 0, nullptr);
    etch_rt_print(call->context, "x =", 1, views);
    etch_rt_print(call->context, "{} {}", 1, views);
    return 0;
  });
  run_pair(Executable(&program));
  set_print_sink([](std::string_view) { throw std::runtime_error("disk full"); });
  CHECK_THROWS_WITH(run_pair(Executable(&program)), "disk full");
  set_print_sink(std::move(previous));
  CHECK(printed == "step 7: [[ 1.   2.5 -3. ]]!\nplain\nx = 7\n7 {}\n");
}

TEST_CASE("the C interface reports what went wrong", "[executable][c_api]") {
  float x[] = {1, 2}, y[] = {0, 0};
  void *args[] = {x}, *results[] = {y};
  static const etch_program good = static_program(doubled, 8);
  CHECK(etch_run_program(&good, args, results) == 0);
  CHECK(y[1] == 4);
  CHECK(std::string(etch_last_error()).empty());

  static const etch_program failing = static_program([](const etch_call *call) -> int32_t {
    etch_rt_fail(call->context, "no", "f.cpp", 1, 2);
    return 1;
  });
  CHECK(etch_run_program(&failing, args, results) == 1);
  CHECK(std::string(etch_last_error()) == "f.cpp:1:2: no");
  std::thread([] { CHECK(std::string(etch_last_error()).empty()); }).join();

  void *missing[] = {nullptr};
  CHECK(etch_run_program(&good, missing, results) == 1);
  CHECK_THAT(etch_last_error(), Contains("argument 0 ('x')") && Contains("null"));
  CHECK(etch_run_program(&good, args, nullptr) == 1);
  CHECK_THAT(etch_last_error(), Contains("result 0 ('y')"));
  CHECK(etch_run_program(nullptr, args, results) == 1);
  static etch_program old = static_program(doubled, 8);
  old.abi_version = 0;
  CHECK(etch_run_program(&old, args, results) == 1);
  CHECK_THAT(etch_last_error(), Contains("ABI version 0"));
  CHECK(etch_run_program(&good, args, results) == 0);
  CHECK(std::string(etch_last_error()).empty());
}

TEST_CASE("the C interface with unknown extents", "[executable][c_api]") {
  static const etch_program program = dynamic_program();
  float a[] = {1, 2}, b[] = {3}, c[3] = {};
  void *args[] = {a, b}, *results[] = {c};
  int64_t dims[] = {2, 1}, result_dims[] = {0};
  CHECK(etch_run_program_dynamic(&program, nullptr, dims, nullptr, result_dims) == 0);
  CHECK(result_dims[0] == 3);
  CHECK(etch_run_program_dynamic(&program, args, dims, results, result_dims) == 0);
  CHECK(c[2] == 3);
  CHECK(etch_run_program(&program, args, results) == 1);
  CHECK_THAT(etch_last_error(), Contains("etch_run_program_dynamic"));
  CHECK(etch_run_program_dynamic(&program, args, nullptr, results, result_dims) == 1);
  int64_t negative[] = {2, -1};
  CHECK(etch_run_program_dynamic(&program, args, negative, results, result_dims) == 1);
  CHECK_THAT(etch_last_error(), Contains("negative"));
  int64_t misfit[] = {101, 1};
  CHECK(etch_run_program_dynamic(&program, args, misfit, nullptr, result_dims) == 1);
  CHECK_THAT(etch_last_error(), Contains("a is too long"));
}

// Options::background: calls run eagerly until their code is ready.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <catch2/catch.hpp>

#include "runtime/executable/print.h"
#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

namespace {

/// Takes long to compile: many ops that do not fuse into one another's kernels.
Tensor slow_to_compile(Tensor x) {
  for (int i = 0; i < 300; ++i) x = matmul(x, x) * (0.25f + 0.001f * static_cast<float>(i)) + reverse(x, 0);
  return x;
}

template <class F> bool becomes_true(F condition) {
  for (int i = 0; i < 6000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

template <class F> bool is_compiled(const F &f) { return contains(f.explain(), "compiled in"); }

}  // namespace

TEST_CASE("semantics 78: calls run the body until the code is ready, then the code") {
  int runs = 0;
  Variable count(zeros({}), "count");
  std::string printed;
  runtime::PrintSink previous = runtime::set_print_sink([&](std::string_view text) { printed += text; });
  auto f = function(
      [&](Tensor x) {
        ++runs;
        count.assign_add(1.f);
        print("{}", count);
        return sum(slow_to_compile(x * 0.5f));
      },
      {.background = true});
  Tensor x = full({2, 2}, 0.25f);
  float expected = value(function([](Tensor x) { return sum(slow_to_compile(x * 0.5f)); })(x));
  // Once for the trace, once because its code is not there.
  CHECK(value(f(x)) == Approx(expected));
  CHECK(runs == 2);
  int calls = 1;
  while (!is_compiled(f) && calls < 100000) {
    CHECK(value(f(x)) == Approx(expected));
    ++calls;
  }
  REQUIRE(is_compiled(f));
  int runs_before = runs;
  for (int i = 0; i < 3; ++i, ++calls) CHECK(value(f(x)) == Approx(expected));
  CHECK(runs == runs_before);
  CHECK(f.trace_count() == 1);
  // Effects happened once for each call, whichever way it went.
  CHECK(value(count) == static_cast<float>(calls));
  runtime::set_print_sink(previous);
  CHECK(count_of(printed, "\n") == static_cast<size_t>(calls));
}

TEST_CASE("semantics 78: an error of the compiler is thrown by the next call, once; then calls stay eager") {
  int line = 0;
  auto f = function(
      [&](Tensor x) {
        if (!x.is_symbolic()) return x + 1.f;
        line = __LINE__ + 2;
        return grad([](Tensor x) {
          return sum(host_call([](const std::vector<Tensor> &in) { return in; }, {Spec{f32, {2}}}, {x})[0]);
        })(x);
      },
      {.background = true});
  CHECK(floats(f(ones({2}))) == Floats{2, 2});
  std::string message;
  REQUIRE(becomes_true([&] { return !(message = message_of<Error>([&] { f(ones({2})); })).empty(); }));
  INFO(message);
  CHECK(contains(message, "frontend_background.cpp:" + std::to_string(line)));
  CHECK(floats(f(ones({2}))) == Floats{2, 2});
  CHECK(f.trace_count() == 1);
}

TEST_CASE("semantics 78: many threads share one compilation") {
  auto f = function([](Tensor x) { return slow_to_compile(x); }, {.background = true});
  Tensor x = full({2, 2}, 0.125f);
  std::vector<float> expected = floats(slow_to_compile(x));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) wrong += floats(f(x))[0] != Approx(expected[0]);
    });
  for (std::thread &thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(f.trace_count() == 1);
  CHECK(becomes_true([&] { return is_compiled(f); }));
}

TEST_CASE("background: a function that ends before its code is ready is forgotten") {
  for (int i = 0; i < 3; ++i) {
    auto f = function([](Tensor x) { return slow_to_compile(x); }, {.background = true});
    f(full({2, 2}, 0.125f));
  }
  auto f = function([](Tensor x) { return x + 1.f; }, {.background = true});
  f(ones({2}));
  CHECK(becomes_true([&] { return is_compiled(f); }));
}

// Run by the next test in processes of their own.
TEST_CASE("exit while compiling", "[.]") {
  const char *wait = std::getenv("BACKGROUND_TEST_WAIT");
  if (!wait) return;  // selected with the file's other tests
  static auto f = function([](Tensor x) { return slow_to_compile(x); }, {.background = true});
  f(full({2, 2}, 0.125f));
  std::this_thread::sleep_for(std::chrono::milliseconds(std::atoi(wait)));
  std::exit(42);  // on a busy machine the code may be ready by now, which must not matter either
}

TEST_CASE("fork while compiling", "[.]") {
  const char *wait = std::getenv("BACKGROUND_TEST_WAIT");
  if (!wait) return;
  static auto f = function([](Tensor x) { return slow_to_compile(x); }, {.background = true});
  const Tensor x = full({2, 2}, 0.125f);
  const std::vector<float> expected = floats(f(x));
  std::this_thread::sleep_for(std::chrono::milliseconds(std::atoi(wait)));
  const pid_t child = fork();
  alarm(120);
  if (child != 0) {
    int status = 0;
    waitpid(child, &status, 0);
    std::exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
  }
  // The child compiles for itself.
  auto g = function([](Tensor x) { return x + 1.f; }, {.background = true});
  g(x);
  const bool is_right = becomes_true([&] { return is_compiled(g); }) && floats(f(x))[0] == Approx(expected[0]);
  std::exit(is_right ? 42 : 2);
}

TEST_CASE("semantics 78: a child of fork compiles in the background, too, and ends cleanly") {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  for (int wait : {0, 20, 1000}) {
    const std::string command =
        "BACKGROUND_TEST_WAIT=" + std::to_string(wait) + " '" + self + "' 'fork while compiling' >/dev/null";
    CHECK(WEXITSTATUS(std::system(command.c_str())) == 42);
  }
}

TEST_CASE("semantics 78: a process ends cleanly while code is being compiled") {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  for (int wait : {0, 5, 20, 80}) {
    const std::string command =
        "BACKGROUND_TEST_WAIT=" + std::to_string(wait) + " '" + self + "' 'exit while compiling' >/dev/null";
    CHECK(WEXITSTATUS(std::system(command.c_str())) == 42);
  }
}

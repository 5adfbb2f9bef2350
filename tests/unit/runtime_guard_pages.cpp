// Guarded runs (ETCH_GUARD_PAGES) stop code that leaves its operands: here such code is written by hand.

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <vector>

#include "runtime/base/dtype.h"
#include "runtime/base/error.h"
#include "runtime/executable/context.h"
#include "runtime/executable/guarded_run.h"

using namespace etch;
using namespace etch::runtime;
using Catch::Matchers::Contains;

namespace {

const int64_t kThree[] = {3};
const etch_value_spec kIn[] = {{"x", kThree, static_cast<uint8_t>(DType::f32), 1, 0, nullptr}};
const etch_value_spec kOut[] = {{"y", kThree, static_cast<uint8_t>(DType::f32), 1, 0, nullptr}};
constexpr int64_t kArena = 128;

/// y = copy of x by `entry`, in a guarded run.
std::vector<float> run(etch_entry_fn entry, GuardedEnd end) {
  const etch_program program{ETCH_ABI_VERSION, 1,     1,       0,       0, 0, "copy", "", kIn, kOut,
                             kArena,           entry, nullptr, nullptr, 0};
  std::vector<float> x = {1, 2, 3}, y(3, -1);
  void *args[] = {x.data()}, *results[] = {y.data()};
  etch_context context;
  const int32_t status =
      run_guarded(program, {&context, args, results, nullptr, nullptr, nullptr}, kArena, nullptr, end);
  CHECK(status == 0);
  return y;
}

/// Does such a run end in a signal? A sanitizer may turn it into an exit.
bool is_stopped(etch_entry_fn entry, GuardedEnd end) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGSEGV, SIG_DFL);
    std::fclose(stderr);  // a sanitizer would report what is meant to happen
    try {
      run(entry, end);
    } catch (...) {
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) || WEXITSTATUS(status) != 0;
}

volatile float *argument(const etch_call *call) { return static_cast<float *>(call->args[0]); }
volatile float *result(const etch_call *call) { return static_cast<float *>(call->results[0]); }

template <int first, int last> int32_t copy(const etch_call *call) {
  for (int i = first; i <= last; ++i) result(call)[i < 0 || i > 2 ? 0 : i] = argument(call)[i];
  return 0;
}
template <int index> int32_t write(const etch_call *call) {
  result(call)[index] = 1;
  return 0;
}

}  // namespace

TEST_CASE("code that stays in its operands runs as without guards", "[guard_pages]") {
  for (GuardedEnd end : {GuardedEnd::front, GuardedEnd::back})
    CHECK(run(copy<0, 2>, end) == std::vector<float>{1, 2, 3});
}

TEST_CASE("a read before or behind an argument is stopped", "[guard_pages]") {
  CHECK(is_stopped(copy<0, 3>, GuardedEnd::back));
  CHECK(is_stopped(copy<-1, 2>, GuardedEnd::front));
  CHECK_FALSE(is_stopped(copy<0, 2>, GuardedEnd::back));
}

TEST_CASE("a write outside of a result is stopped, or told afterwards", "[guard_pages]") {
  CHECK(is_stopped(write<3>, GuardedEnd::back));
  CHECK(is_stopped(write<-1>, GuardedEnd::front));
  CHECK_THROWS_WITH(run(write<-1>, GuardedEnd::back), Contains("'copy' wrote outside of result 0"));
  CHECK_THROWS_WITH(run(write<3>, GuardedEnd::front), Contains("'copy' wrote outside of result 0"));
}

TEST_CASE("an argument that no result updates cannot be written", "[guard_pages]") {
  CHECK(is_stopped(
      [](const etch_call *call) -> int32_t {
        argument(call)[1] = 7;
        return 0;
      },
      GuardedEnd::back));
}

TEST_CASE("a variable is argument and result at once", "[guard_pages]") {
  const etch_program program{ETCH_ABI_VERSION, 1,       1,       0, 0, 0, "copy", "", kIn, kOut, 0,
                             copy<0, 2>,       nullptr, nullptr, 0};
  std::vector<float> x = {1, 2, 3};
  void *both[] = {x.data()};
  etch_context context;
  run_guarded(program, {&context, both, both, nullptr, nullptr, nullptr}, 0, nullptr, GuardedEnd::back);
  CHECK(x == std::vector<float>{1, 2, 3});
}

TEST_CASE("what nobody wrote is not a number", "[guard_pages]") {
  const std::vector<float> y = run(write<1>, GuardedEnd::back);
  CHECK(std::isnan(y[0]));
  CHECK(y[1] == 1);
  CHECK(std::isnan(y[2]));
}

TEST_CASE("the arena is guarded as well", "[guard_pages]") {
  CHECK(is_stopped(
      [](const etch_call *call) -> int32_t {
        static_cast<volatile char *>(call->arena)[kArena] = 1;
        return 0;
      },
      GuardedEnd::back));
}

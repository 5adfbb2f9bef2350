// Ops while a process ends: in destructors of statics and in what atexit runs. By then the thread_locals of the main
// thread are gone.
#include <cstdlib>
#include <filesystem>

#include <sys/wait.h>

#include <catch2/catch.hpp>

#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

namespace {

bool is_right = true;

Tensor product(Tensor x) { return matmul(x, x) + 1.f; }

void compute() {
  // Not destroyed before they are called for the last time.
  static auto &nested = *new auto(function([](Tensor x) {
    return host_call([](const std::vector<Tensor> &in) { return std::vector<Tensor>{product(in[0])}; },
                     {Spec{f32, {300, 300}}}, {x})[0];
  }));
  static auto &deep = *new auto(function([](const std::vector<Tensor> &xs) { return xs[0] + xs[199]; }));
  const Tensor x = ones({300, 300});
  is_right = is_right && floats(product(x))[0] == 301 && floats(nested(x))[0] == 301;
  is_right = is_right && floats(deep(std::vector<Tensor>(200, x)))[0] == 2;  // the frame grows
  GradientTape tape;
  const Tensor one = constant(2.f);
  tape.watch(one);
  is_right = is_right && value(tape.gradient(one * one, one)) == 4;
}

struct ComputesAtExit {
  ~ComputesAtExit() {
    for (int i = 0; i < 3; ++i) compute();
    std::_Exit(is_right ? 42 : 1);
  }
};

}  // namespace

// Run by the next test in a process of its own.
TEST_CASE("compute at exit", "[.]") {
  if (!std::getenv("EXIT_TEST")) return;  // selected with the file's other tests
  set_num_threads(2);
  static const ComputesAtExit last;
  std::atexit(compute);
  compute();
  std::exit(1);
}

TEST_CASE("ops run while statics are destroyed") {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  // Memory that was freed holds something else, so that who still reads it fails.
  const std::string command = "EXIT_TEST=1 MALLOC_PERTURB_=85 timeout 300 '" + self + "' 'compute at exit' >/dev/null";
  CHECK(WEXITSTATUS(std::system(command.c_str())) == 42);
}

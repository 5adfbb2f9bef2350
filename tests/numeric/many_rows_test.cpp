// Products of many rows whose sums are wider than results: rows are computed some hundreds at a time, since sums wait
// between passes over the depth.
#include <catch2/catch.hpp>

#include <pthread.h>

#include "runtime/cpu/parallel_for.h"
#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

/// Runs a function in a thread with a stack of so many bytes.
void run_on_stack(size_t bytes, std::function<void()> body) {
  pthread_attr_t attributes;
  pthread_t thread;
  REQUIRE(pthread_attr_init(&attributes) == 0);
  REQUIRE(pthread_attr_setstacksize(&attributes, bytes) == 0);
  auto enter = [](void *given) -> void * {
    (*static_cast<std::function<void()> *>(given))();
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, enter, &body) == 0);
  REQUIRE(pthread_join(thread, nullptr) == 0);
  pthread_attr_destroy(&attributes);
}

}  // namespace

// Each 512 rows once took another 100 KiB of the stack, so that 40,000 ended the program.
TEST_CASE("many rows: a product takes as much of the stack as one of few") {
  const int threads_before = runtime::num_threads();
  runtime::set_num_threads(1);
  Report report;
  for (DType dtype : {f16, bf16, u8}) {
    const int64_t m = 16384, k = 1100, n = 9, few = 100;
    const Tensor x = tensor_of(sample({m, k}, dtype, 0, 2, 1), dtype);
    const Tensor y = tensor_of(sample({k, n}, dtype, 0, 2, 2), dtype);
    auto product = function([](Tensor a, Tensor b) { return matmul(a, b); }, {.policy = Policy::strict});
    product.get_concrete_function(x, y);
    Tensor got;
    run_on_stack(1 << 20, [&] { got = product(x, y); });
    for (int64_t first : {int64_t{0}, m - few}) {
      auto rows = [&](const Tensor &t) { return slice(t, {{first, first + few}, {0, t.shape()[1]}}); };
      require_bits(report, std::string(name_of(dtype)) + ", from row " + std::to_string(first), rows(got),
                   product(rows(x), y));
    }
  }
  runtime::set_num_threads(threads_before);
  REQUIRE_CLEAN(report);
}

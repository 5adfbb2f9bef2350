// Large functions are compiled in parts, by several threads: the same bytes and the same bits.
#include <catch2/catch.hpp>

#include "etch/etch.h"
#include "frontend/function/code_source.h"
#include "runtime/cpu/parallel_for.h"

using namespace etch;

namespace {

/// The objects that the compiler makes of what is compiled while this lives.
struct Objects {
  std::vector<std::string> all;
  Objects() {
    detail::set_code_provider([this](const ir::Tape &tape, const codegen::CompileOptions &options) {
      codegen::CompiledObject code = codegen::compiler().compile(tape, options);
      all = code.objects;
      return code;
    });
  }
  ~Objects() { detail::set_code_provider(nullptr); }
};

struct Threads {
  int before = runtime::num_threads();
  explicit Threads(int count) { runtime::set_num_threads(count); }
  ~Threads() { runtime::set_num_threads(before); }
};

/// Several kernels of several hundred instructions each, with reductions between them.
Tensor large(Tensor x) {
  Tensor y = x;
  for (int i = 0; i < 4; ++i) {
    for (int k = 0; k < 6; ++k) y = sin(tanh(y * 0.5f + x) + log1p(abs(y)));
    y = y - mean(y, {0}, true) * sum(exp(y * 0.1f), {1}, true);
  }
  return y;
}

}  // namespace

TEST_CASE("parts and threads change no byte of the code and no bit of the results") {
  PolicyScope strict(Policy::strict);
  std::vector<float> values;
  for (int i = 0; i < 35; ++i) values.push_back(static_cast<float>(i % 11) * 0.3f - 1.1f);
  Tensor x = from_vector(values, {5, 7});
  const std::vector<float> eager = large(x).to_vector<float>();
  std::vector<std::string> first;
  for (int threads : {1, 2, 8}) {
    Threads scope(threads);
    Objects objects;
    auto f = function("large", large);
    CHECK(f(x).to_vector<float>() == eager);
    CHECK(objects.all.size() > 2);
    if (first.empty()) first = objects.all;
    CHECK(objects.all == first);
  }
}

TEST_CASE("small functions are one object") {
  Objects objects;
  auto f = function("small", [](Tensor x) { return sum(x * 2.f); });
  CHECK(f(constant({1.f, 2.f})).item<float>() == 6.f);
  CHECK(objects.all.size() == 1);
}

// Large functions are compiled in parts, as many as there are threads and work for them: the same bits.
#include <catch2/catch.hpp>

#include "etch/etch.h"
#include "frontend/function/code_source.h"
#include "tests/threads.h"

using namespace etch;
using etch::testing::Threads;

namespace {

/// The objects that the compiler makes of what is compiled while this lives.
struct Objects {
  std::vector<std::string> all;
  Objects() {
    detail::set_code_provider([this](const ir::Tape &tape, const codegen::CompileOptions &options) {
      codegen::CompiledObject code = codegen::compiler().compile(tape, options, codegen::Kernels::own);
      all = code.objects;
      return code;
    });
  }
  ~Objects() { detail::set_code_provider(nullptr); }
};

/// Several kernels of several hundred instructions each, with reductions between them.
Tensor large(Tensor x) {
  Tensor y = x;
  for (int i = 0; i < 8; ++i) {
    for (int k = 0; k < 6; ++k) y = sin(tanh(y * (0.3f + 0.1f * static_cast<float>(i)) + x) + log1p(abs(y)));
    y = y - mean(y, {0}, true) * sum(exp(y * 0.1f), {1}, true);
  }
  return y;
}

}  // namespace

TEST_CASE("a part for each thread, and no bit of the results depends on them") {
  PolicyScope strict(Policy::strict);
  std::vector<float> values;
  for (int i = 0; i < 35; ++i) values.push_back(static_cast<float>(i % 11) * 0.3f - 1.1f);
  Tensor x = from_vector(values, {5, 7});
  const std::vector<float> eager = large(x).to_vector<float>();
  for (int threads : {1, 2, 8}) {
    Threads scope(threads);
    Objects objects;
    auto f = function("large", large);
    CHECK(f(x).to_vector<float>() == eager);
    CHECK(objects.all.size() == static_cast<size_t>(threads));
  }
}

TEST_CASE("the step of a small network is worth two parts") {
  Threads scope(2);
  Objects objects;
  Generator generator(7);
  nn::Sequential model(nn::Dense(784, 128, nn::Activation::relu, generator),
                       nn::Dense(128, 10, nn::Activation::linear, generator));
  nn::SGD sgd(model.parameters(), 0.1);
  auto step = function("step", [&](Tensor x, Tensor labels) {
    auto [loss, gradients] =
        value_and_grad(model.parameters(), [&] { return mean(sparse_softmax_cross_entropy(model(x), labels)); });
    sgd.apply(gradients);
    return loss;
  });
  step(full({64, 784}, 0.5f), full({64}, 3, i32));
  CHECK(objects.all.size() == 2);
}

TEST_CASE("a single large kernel is not worth a part besides that of the program") {
  Threads scope(2);
  Objects objects;
  auto f = function("chain", [](Tensor x, Tensor y) {
    Tensor z = x;
    for (int i = 0; i < 100; ++i) z = maximum(z * y + x, y) - y;
    return z;
  });
  f(full({1024}, 0.5f), full({1024}, 0.25f));
  CHECK(objects.all.size() == 1);
}

TEST_CASE("small functions are one object") {
  Objects objects;
  auto f = function("small", [](Tensor x) { return sum(x * 2.f); });
  CHECK(f(constant({1.f, 2.f})).item<float>() == 6.f);
  CHECK(objects.all.size() == 1);
}

TEST_CASE("small kernels are part of the entry function, and results are those of eager ops") {
  PolicyScope strict(Policy::strict);
  auto body = [](Tensor few, Tensor many, Tensor most) {
    Tensor scale = sum(few);                                        // one vector
    return std::tuple{exp(many) * scale, scale, tanh(most) - 1.f};  // a loop, and one that threads share
  };
  Tensor few = full({16}, 0.3f), many = full({1000}, 0.7f), most = full({1 << 20}, 0.2f);
  const auto [scaled, scale, split] = body(few, many, most);
  Threads scope(1);
  Objects objects;
  auto f = function("inlined", body);
  const auto [result, again, parts] = f(few, many, most);
  CHECK(result.to_vector<float>() == scaled.to_vector<float>());
  CHECK(again.to_vector<float>() == scale.to_vector<float>());
  CHECK(parts.to_vector<float>() == split.to_vector<float>());
  REQUIRE(objects.all.size() == 1);
  // Names of functions in the object's table of symbols.
  CHECK(objects.all[0].find("tanh_sub") != std::string::npos);
  CHECK(objects.all[0].find("exp_mul") == std::string::npos);
  CHECK(objects.all[0].find("reduce_sum") == std::string::npos);
}

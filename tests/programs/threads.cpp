// The number of threads changes no bit of any result: programs large enough to be split, eagerly and compiled, with 1,
// 2 and 8 threads.
#include <catch2/catch.hpp>

#include <cstring>
#include <thread>

#include "tests/programs/random/program.h"
#include "tests/threads.h"

using namespace etch;
using namespace random_program;
using etch::testing::Threads;

namespace {

std::string difference(const Values &a, const Values &b) {
  for (size_t i = 0; i < a.size(); ++i) {
    REQUIRE(a[i].type() == b[i].type());
    auto bytes = static_cast<size_t>(a[i].size()) * size_of(a[i].dtype());
    if (std::memcmp(a[i].data(), b[i].data(), bytes) != 0) return "result " + std::to_string(i);
  }
  return "";
}

/// One thread against two and eight. Each run makes its results afresh.
void check_program(const std::string &what, const std::function<Values()> &run) {
  Values one = [&] {
    Threads scope(1);
    return run();
  }();
  for (int count : {2, 8}) {
    Threads scope(count);
    INFO(what << " with " << count << " threads");
    CHECK(difference(one, run()) == "");
  }
}

Tensor noise(Shape shape, int64_t seed = 1) { return Generator(seed).normal(shape); }

}  // namespace

TEST_CASE("threads change no bit of large programs", "[threads]") {
  Tensor line = noise({1'300'007}), wide = noise({1000, 1003}, 2), tall = noise({70'000, 19}, 3),
         block = noise({37, 129, 211}, 4), w = noise({1003, 65}, 5);
  using Body = std::function<Values()>;
  const std::vector<std::pair<const char *, Body>> programs = {
      {"sums",
       [&] { return Values{sum(line), sum(wide), sum(wide, 0), sum(wide, 1), sum(tall, 0), sum(block, {0, 2})}; }},
      {"other reductions",
       [&] {
         return Values{mean(line),      prod(line * 1e-3f + 1.f), max(line),       min(wide),      argmax(line),
                       argmin(tall, 0), any(line > 4.f),          all(wide < 9.f), argmax(wide, 1)};
       }},
      {"attention",
       [&] {
         Tensor q = reshape(line[{Range(0, 4 * 500 * 40)}], {4, 500, 40});
         auto attend = [&](const Tensor &x) { return dot_product_attention(x, x * 0.5f, x, {.causal = true}); };
         return Values{attend(q), grad([&](const Tensor &x) { return sum(attend(x) * x); })(q)};
       }},
      {"softmax",
       [&] { return Values{exp(wide - max(wide, 1, true)) / sum(exp(wide - max(wide, 1, true)), 1, true)}; }},
      {"elementwise", [&] { return Values{tanh(line) * line + 1.f, wide * wide - wide}; }},
      {"transposes", [&] { return Values{transpose(wide), transpose(block, {2, 0, 1}), transpose(wide) * 2.f}; }},
      {"matmul", [&] { return Values{matmul(wide, w), matmul(transpose(wide), wide)}; }},
      {"products of other types",
       [&] {
         Values results;
         for (DType dtype : {f64, bf16, f16, i32})
           results.push_back(matmul(cast(wide * 8.f, dtype), cast(w * 8.f, dtype)));
         return results;
       }},
      {"pooling",
       [&] {
         Tensor images = reshape(line[{Range(0, 8 * 60 * 60 * 33)}], {8, 60, 60, 33});
         auto pooled = [](const Tensor &x) {
           return sum(max_pool2d(x, {3}, {.strides = {2}}) * 3.f) + sum(square(avg_pool2d(x, {2})));
         };
         return Values{max_pool2d(images, {2}), max_pool2d(images, {3}, {.strides = {1}}), avg_pool2d(images, {3}),
                       grad(pooled)(images)};
       }},
      {"running results",
       [&] {
         Tensor factors = tanh(tall);
         return Values{cumsum(line),
                       cumsum(wide, 1, true),
                       cumsum(tall, 0, false, true),
                       cummax(line),
                       cummin(wide, 0),
                       cumprod(factors, 0),
                       linear_scan(factors, tall, 0),
                       cumsum(block, 1),
                       grad([](const Tensor &x) { return sum(square(cumsum(x, 0))); })(tall)};
       }},
      {"batch normalization",
       [&] {
         auto normalized = [](const Tensor &x) { return batch_norm(x, mean(x, 0), variance(x, 0), 1.5f, 0.5f); };
         return Values{normalized(tall), normalized(wide),
                       grad([&](const Tensor &x) { return sum(normalized(x) * x * x); })(tall)};
       }},
      {"indexing",
       [&] {
         Tensor rows = cast(floor(abs(line) * 200.f), i32);
         Tensor picked = take(wide, slice(rows, {{0, 5000}}), 0);
         return Values{picked, scatter_add(zeros({1000, 1003}), slice(rows, {{0, 5000}}), picked)};
       }},
  };
  for (const auto &[name, body] : programs) {
    check_program(std::string(name) + ", eager", body);
    auto compiled = function([&body = body] { return body(); });
    check_program(std::string(name) + ", compiled", [&] { return compiled(); });
  }
}

TEST_CASE("threads change no bit of training steps", "[threads]") {
  Tensor x = noise({64, 784}), labels = cast(floor(abs(noise({64}, 2)) * 3.f), i32);
  check_program("MLP 784-512-256-10, Adam", [&] {
    Generator generator(7);
    nn::Sequential model;
    model.add(nn::Dense(784, 512, nn::Activation::relu, generator));
    model.add(nn::Dense(512, 256, nn::Activation::relu, generator));
    model.add(nn::Dense(256, 10, nn::Activation::linear, generator));
    nn::Adam adam(model.parameters());
    auto step = function("step", [&](Tensor x, Tensor labels) {
      auto [loss, gradients] =
          value_and_grad(model.parameters(), [&] { return mean(sparse_softmax_cross_entropy(model(x), labels)); });
      adam.apply(gradients);
      return loss;
    });
    Values results;
    for (int i = 0; i < 3; ++i) results.push_back(step(x, labels));
    for (const Variable &parameter : model.parameters()) results.push_back(parameter.read());
    return results;
  });
}

TEST_CASE("threads change no bit of random programs", "[threads]") {
  Kinds kinds;
  kinds.max_elements = 300'000;
  kinds.extents = {1, 3, 17, 64, 257, 1000, 70'001};
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    Dice dice(seed);
    State state;
    Maker maker(dice, kinds, state);
    Values inputs{random_values(dice, f32, maker.shape(), false)};
    inputs.push_back(random_values(dice, f32, inputs[0].shape(), false));
    Block block;
    Values values = inputs;
    maker.grow(block, values, 8, 0);
    for (size_t i = inputs.size(); i < values.size(); ++i) block.results.push_back(i);
    auto compiled = function([&](std::vector<Tensor> in) { return block.run(in, state); });
    check_program("seed " + std::to_string(seed) + "\n" + block.text(), [&] { return compiled(inputs); });
  }
}

TEST_CASE("many threads may call at once", "[threads]") {
  Threads scope(4);
  Tensor x = noise({500'001});
  auto f = function([](Tensor x) { return Values{sum(x * x), tanh(x)}; });
  Values expected = f(x);
  std::vector<std::thread> callers;
  std::atomic<int> wrong = 0;
  for (int caller = 0; caller < 8; ++caller)
    callers.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        Values again = f(x);
        for (size_t i = 0; i < again.size(); ++i)
          wrong += std::memcmp(again[i].data(), expected[i].data(),
                               static_cast<size_t>(again[i].size()) * sizeof(float)) != 0;
      }
    });
  for (std::thread &caller : callers) caller.join();
  CHECK(wrong == 0);
}

// What the first call of a function costs: tracing, compiling, loading, one run.

#include <algorithm>
#include <random>

#include "compiled_body.h"
#include "etch/etch.h"
#include "harness.h"
#include "networks.h"

ETCH_BENCH_REVEAL(etch::Tensor(etch::Tensor, etch::Tensor));

namespace etch::bench {
namespace {

// n elementwise ops, no two of them equal; every fifth is `heavy`. What repeats itself: kernels made of it are equal,
// and compiled once.
template <Tensor (*heavy)(Operand)> Tensor op(int which, const Tensor &z, const Tensor &x, const Tensor &y) {
  switch (which) {
    case 0: return z * y;
    case 1: return z + x;
    case 2: return maximum(z, y);
    case 3: return heavy(z);
    default: return z - y;
  }
}
template <Tensor (*heavy)(Operand)> Tensor chain(Tensor x, Tensor y, int n) {
  Tensor z = x;
  for (int i = 0; i < n; ++i) z = op<heavy>(i % 5, z, x, y);
  return z;
}

// The same ops in an order without a period, so that no two kernels are equal.
Tensor mixed_chain(Tensor x, Tensor y, int n) {
  Tensor z = x;
  std::minstd_rand order;
  for (int i = 0; i < n; ++i) z = op<neg>(static_cast<int>(order() % 5), z, x, y);
  return z;
}

// n / 5 layers of 5 ops: dot, bias, relu, scale, residual.
Tensor layers(Tensor x, Tensor w, int n) {
  Tensor z = x;
  for (int i = 0; i < n / 5; ++i) z = relu(matmul(z, w) + x) * 0.5f + z;
  return z;
}

void first_call(Bench &bench, std::string what, std::optional<double> budget, Tensor (*graph)(Tensor, Tensor, int),
                int n, Tensor x, Tensor y) {
  double seconds = bench.time_once([&](int) {
    auto f = function("graph", [&](Tensor x, Tensor y) { return graph(x, y, n); });
    keep(f(x, y));
  });
  bench.add({.what = std::move(what), .value = seconds * 1e3, .unit = "ms", .budget = budget});
}

void training_step(Bench &bench) {
  Generator generator(1);
  Tensor x = generator.uniform({64, 784}), y = cast(generator.integers({64}, 0, 10), i32);
  struct Net {
    const char *name;
    std::vector<int64_t> widths;
    bool adam;
  };
  for (const Net &net : {Net{"784-128-10", {784, 128, 10}, false}, Net{"784-128-10", {784, 128, 10}, true},
                         Net{"784-512-256-10", {784, 512, 256, 10}, true}}) {
    Mlp mlp(net.widths, net.adam);
    double seconds = bench.time_once([&](int) {
      auto step = mlp.classification_step();
      keep(step(x, y));
    });
    bench.add({.what = std::string("MLP ") + net.name + " training step, batch 64, " + (net.adam ? "Adam" : "SGD"),
               .value = seconds * 1e3,
               .unit = "ms",
               .budget = 25});
  }
  // Where the time goes: of several compilations, the least time of each stage, since these are wall-clock.
  Mlp mlp({784, 128, 10}, true);
  std::vector<codegen::StageTiming> least;
  for (int i = 0; i < (bench.settings().smoke ? 1 : 8); ++i) {
    auto step = mlp.classification_step();
    step(x, y);
    const auto &timings = state_of(step.get_concrete_function(x, y))->compiled().code.timings;
    if (least.empty()) least = timings;
    for (size_t k = 0; k < least.size(); ++k)
      least[k].milliseconds = std::min(least[k].milliseconds, timings[k].milliseconds);
  }
  for (const codegen::StageTiming &timing : least)
    bench.add({.what = "the Adam step's stage " + timing.stage,
               .value = timing.milliseconds,
               .unit = "ms",
               .note = "wall, least of 8"});
}

// A process's first function with a math function, against its second: the routine comes from the kernel pack.
void first_math_functions(Bench &bench, Tensor x) {
  using Unary = Tensor (*)(Operand);
  constexpr Unary kFunctions[] = {exp,  log,  tanh, sigmoid, sin,   cos,  tan,  erf,    asin,
                                  atan, sinh, cosh, log1p,   expm1, cbrt, erfc, lgamma, digamma};
  double seconds[2] = {0, 0};
  for (Unary f : kFunctions)
    for (int i : {0, 1}) {
      const double start = bench.now();
      keep(function("graph", [&](Tensor x) { return f(x) * (2.f + static_cast<float>(i)); })(x));
      seconds[i] += bench.now() - start;
    }
  const double scale = 1e3 / static_cast<double>(std::size(kFunctions));
  bench.add({.what = "first function of a process with tanh, exp, lgamma ..., mean of " +
                     std::to_string(std::size(kFunctions)),
             .value = seconds[0] * scale,
             .unit = "ms",
             .reference = "the second",
             .reference_value = seconds[1] * scale,
             .judged_name = "x of it",
             .judged = seconds[0] / seconds[1]});
}

// Linear in the number of ops, whether kernels are all different or many of them equal.
void growth(Bench &bench, const std::string &ops, Tensor (*graph)(Tensor, Tensor, int), Tensor x, Tensor y) {
  std::vector<int> sizes = {100, 1000, 10000};
  if (bench.settings().smoke) sizes = {20, 40};
  double first = 0;
  for (int n : sizes) {
    double seconds = bench.time_once(
                         [&](int) {
                           auto f = function("graph", [&](Tensor x, Tensor y) { return graph(x, y, n); });
                           keep(f(x, y));
                         },
                         n >= 10000 ? 0 : 2, n >= 10000 ? 3 : 0) /
                     n;
    if (first == 0) first = seconds;
    bench.add({.what = "time for each op, " + std::to_string(n) + " " + ops,
               .value = seconds * 1e6,
               .unit = "us",
               .reference = "with " + std::to_string(sizes.front()),
               .reference_value = first * 1e6,
               .judged_name = "x of it",
               .judged = seconds / first,
               .budget = 1.2});
  }
}

}  // namespace

void bench_first_calls(Bench &bench) {
  bench.begin_topic("First calls, compiler warm: trace, compile, load, run");
  Tensor x = ones({1024}), y = ones({1024}), m = ones({64, 64});
  function("warm", [](Tensor x) { return x + 1.f; })(x);
  first_math_functions(bench, x);
  first_call(bench, "10 elementwise ops, f32[1024]", 6, chain<tanh>, 10, x, y);
  training_step(bench);
  first_call(bench, "300 elementwise ops, f32[1024]", 25, chain<neg>, 300, x, y);
  first_call(bench, "300 elementwise ops, 60 of them tanh", 25, chain<tanh>, 300, x, y);
  first_call(bench, "300 ops with 60 dots, f32[64,64]", 25, layers, 300, m, m);
  growth(bench, "elementwise ops", mixed_chain, x, y);
  growth(bench, "elementwise ops that repeat themselves", chain<neg>, x, y);
}

}  // namespace etch::bench

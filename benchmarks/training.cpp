// Training steps: the whole of it, again and again.

#include <memory>

#include "compiled_body.h"
#include "etch/etch.h"
#include "harness.h"
#include "networks.h"

ETCH_BENCH_REVEAL(etch::Tensor(etch::Tensor, etch::Tensor));

namespace etch::bench {
namespace {

// 20 numbers in, their sum out; a net of 20-20-10-1 with relu, one sample a step: 4 kFLOP, so everything is overhead.
void small_steps(Bench &bench) {
  const int steps = bench.settings().smoke ? 20 : 10'000;
  Generator generator(3);
  std::vector<Tensor> xs, ys;
  const Tensor all_x = generator.uniform({steps, 20}), all_y = sum(all_x, 1, /*keepdims=*/true);
  for (int i = 0; i < steps; ++i) {
    xs.push_back(all_x[{{i, i + 1}}]);
    ys.push_back(all_y[{{i, i + 1}}]);
  }
  Mlp mlp({20, 20, 10, 1}, false, 0.01);
  auto step = mlp.regression_step();
  step(xs[0], ys[0]);
  // Kept between samples: the net is trained further and further.
  double seconds = bench.time_once(
      [&](int) {
        for (size_t i = 0; i < xs.size(); ++i) keep(step(xs[i], ys[i]));
      },
      1);
  CompiledBody body(state_of(step.get_concrete_function(xs[0], ys[0])), {xs[0], ys[0]});
  double body_seconds = bench.time([&] { body(); }) * steps;
  float loss = 0;
  for (size_t i = 0; i < xs.size(); ++i) loss += step(xs[i], ys[i]).item<float>() / static_cast<float>(steps);
  bench.add({.what = std::to_string(steps) + " steps of the 20-20-10-1 net at batch 1: forward, gradient, SGD",
             .value = seconds * 1e3,
             .unit = "ms",
             .reference = "compiled bodies",
             .reference_value = body_seconds * 1e3,
             .budget = bench.settings().smoke ? std::nullopt : std::optional(500.0),
             .note = "mean loss " + std::to_string(loss) + "; design: 100 ms"});

  // The same without a call for each step: one compiled loop over all samples.
  Mlp looped({20, 20, 10, 1}, false, 0.01);
  auto epoch = function("epoch", [&](Tensor xs, Tensor ys) {
    return for_range(0, steps, constant(0.f), [&](Tensor i, Tensor total) {
      return total + looped.regression(reshape(take(xs, i), {1, 20}), reshape(take(ys, i), {1, 1}));
    });
  });
  epoch(all_x, all_y);
  double loop_seconds = bench.time_once([&](int) { keep(epoch(all_x, all_y)); }, 1);
  bench.add({.what = "the same in one compiled for_range", .value = loop_seconds * 1e3, .unit = "ms"});
}

void mnist_steps(Bench &bench) {
  Generator generator(1);
  Tensor x = generator.uniform({64, 784}), y = cast(generator.integers({64}, 0, 10), i32);
  for (bool adam : {false, true}) {
    Mlp mlp({784, 128, 10}, adam);
    auto step = mlp.classification_step();
    step(x, y);
    Bench::Pair pair = bench.time([&] { keep(step(x, y)); },
                                  [&] {
                                    RunFunctionsEagerly eagerly;
                                    keep(step(x, y));
                                  });
    bench.add({.what = std::string("MLP 784-128-10 step, batch 64, ") + (adam ? "Adam" : "SGD"),
               .value = pair.seconds * 1e6,
               .unit = "us",
               .reference = "eagerly",
               .reference_value = pair.reference_seconds * 1e6,
               .judged_name = "x of it",
               .judged = pair.ratio});
  }
}

}  // namespace

void bench_training(Bench &bench) {
  bench.begin_topic("Training steps");
  small_steps(bench);
  mnist_steps(bench);
}

}  // namespace etch::bench

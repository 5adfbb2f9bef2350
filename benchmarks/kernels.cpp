// Generated kernels against the limits of the machine, which are measured in the same run.

#include "etch/etch.h"
#include "harness.h"
#include "moved_bytes.h"
#include "runtime/executable/abi.h"

namespace etch::bench {
namespace {

void products(Bench &bench) {
  struct Extents {
    int64_t m, n, k;
  };
  std::vector<Extents> list = {{64, 64, 64},       {128, 128, 128}, {256, 256, 256},  {512, 512, 512},
                               {1024, 1024, 1024}, {100, 100, 100}, {127, 511, 255},  {64, 128, 784},
                               {64, 10, 128},      {1, 1024, 1024}, {512, 1024, 1024}};
  if (bench.settings().smoke) list = {{16, 16, 16}};
  Generator generator(1);
  for (auto [m, n, k] : list) {
    Tensor a = generator.uniform({m, k}), b = generator.uniform({k, n});
    auto f = function("dot", [](Tensor a, Tensor b) { return matmul(a, b); });
    f(a, b);
    // The same number of flops in a loop of FMAs, on each thread.
    const double flops = 2.0 * static_cast<double>(m * n * k);
    struct Work {
      long rounds;
    } work{std::max<long>(1000, static_cast<long>(flops / 512))};
    const int threads = bench.settings().threads;
    Bench::Pair pair = bench.time([&] { keep(f(a, b)); },
                                  [&] {
                                    etch_rt_parallel_for(
                                        [](void *work, int64_t begin, int64_t end) {
                                          for (; begin < end; ++begin) run_fma(static_cast<Work *>(work)->rounds);
                                        },
                                        &work, threads, 1);
                                  });
    const double peak = run_fma(work.rounds) * threads / pair.reference_seconds * 1e-9;
    const double achieved = flops / pair.seconds * 1e-9;
    bench.add({.what = "matmul f32 " + std::to_string(m) + " x " + std::to_string(n) + " x " + std::to_string(k),
               .value = achieved,
               .unit = "GFLOP/s",
               .reference = "FMA peak",
               .reference_value = peak,
               .judged_name = "x of it",
               .judged = peak > 0 ? achieved / peak : 0,
               .budget = std::min({m, n, k}) >= 512 ? std::optional(0.95) : std::nullopt,
               .at_least = true});
  }
}

// The time of `body` compiled over that of `reference`, of which the issue of the kernels allows `budget`.
void against(Bench &bench, std::string what, Tensor x, std::function<Tensor(Tensor)> body, std::string reference_name,
             Body reference, std::optional<double> budget) {
  auto f = function("f", [&](Tensor x) { return body(x); });
  f(x);
  Bench::Pair pair = bench.time([&] { keep(f(x)); }, std::move(reference));
  bench.add({.what = std::move(what),
             .value = pair.seconds * 1e3,
             .unit = "ms",
             .reference = std::move(reference_name),
             .reference_value = pair.reference_seconds * 1e3,
             .judged_name = "x of it",
             .judged = pair.ratio,
             .budget = budget});
}

void memory_bound(Bench &bench) {
  const bool smoke = bench.settings().smoke;
  Generator generator(2);
  auto bytes_of = [](const Tensor &x) { return static_cast<size_t>(x.size()) * sizeof(float); };
  auto over_memcpy = [&](std::string what, const Tensor &x, std::function<Tensor(Tensor)> body,
                         std::optional<double> budget) {
    against(bench, std::move(what), x, std::move(body), "memcpy", MovedBytes(bytes_of(x), bytes_of(x)), budget);
  };
  Tensor large = generator.uniform({smoke ? 1000 : int64_t{1} << 24}, -1, 1);
  over_memcpy("x * 2 + 1, relu: 16M f32", large, [](Tensor x) { return relu(x * 2.f + 1.f); }, 1.1);
  over_memcpy("tanh(x) * sigmoid(x): 16M f32", large, [](Tensor x) { return tanh(x) * sigmoid(x); }, 1.4);
  over_memcpy("exp(x) * erf(x): 16M f32", large, [](Tensor x) { return exp(x) * erf(x); }, 1.4);
  Tensor rows = generator.uniform({smoke ? 4 : 4096, 1024}, -1, 1);
  over_memcpy("softmax over rows, 4096 x 1024 f32", rows, [](Tensor x) { return softmax(x); }, 2.0);
  Tensor scale = ones({1024}), shift = zeros({1024});
  over_memcpy(
      "layer norm over rows, 4096 x 1024 f32", rows, [&](Tensor x) { return layer_norm(x, scale, shift); }, 1.4);
  Tensor square_matrix = generator.uniform({smoke ? 4 : 4096, smoke ? 4 : 4096});
  over_memcpy("transpose of 4096 x 4096 f32", square_matrix, [](Tensor x) { return transpose(x); }, 1.25);
  over_memcpy("sum over rows, 4096 x 1024 f32", rows, [](Tensor x) { return sum(x, 1); }, {});
  over_memcpy("sum over columns, 4096 x 1024 f32", rows, [](Tensor x) { return sum(x, 0); }, {});
  // Few elements a row.
  Tensor two = generator.uniform({smoke ? 100 : 1 << 20, 2}, -1, 1),
         some = generator.uniform({smoke ? 100 : 1 << 16, 17});
  Tensor scales = generator.uniform({2});
  over_memcpy("x * scale, 1M x 2 f32", two, [&](Tensor x) { return x * scales; }, {});
  over_memcpy("columns exchanged, 1M x 2 f32", two, [](Tensor x) { return roll(x, 1, 1); }, {});
  over_memcpy("softmax down the columns, 1M x 2 f32", two, [](Tensor x) { return softmax(x, 0); }, {});
  over_memcpy("cumsum down the columns, 1M x 2 f32", two, [](Tensor x) { return cumsum(x, 0); }, {});
  over_memcpy("cummax along the rows, 1M x 2 f32", two, [](Tensor x) { return cummax(x, 1); }, {});
  over_memcpy("argmax of rows, 64k x 17 f32", some, [](Tensor x) { return argmax(x, 1); }, {});
  against(
      bench, "sum of 16M f32", large, [](Tensor x) { return sum(x); }, "read", MovedBytes(bytes_of(large), 0), 1.05);
}

}  // namespace

void bench_kernels(Bench &bench) {
  bench.begin_topic("Kernels against the limits of the machine");
  products(bench);
  memory_bound(bench);
}

}  // namespace etch::bench

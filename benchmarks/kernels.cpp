// Generated kernels against the limits of the machine, which are measured in the same run.

#include <cstring>

#include "etch/etch.h"
#include "harness.h"
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
               .at_least = true});
  }
}

// Copies what a kernel reads to what it writes, with as many threads.
class Memcpy {
 public:
  explicit Memcpy(size_t bytes) : from_(bytes, 1), to_(bytes, 2) {}
  void operator()() {
    etch_rt_parallel_for(
        [](void *self, int64_t begin, int64_t end) {
          auto *copy = static_cast<Memcpy *>(self);
          std::memcpy(copy->to_.data() + begin, copy->from_.data() + begin, static_cast<size_t>(end - begin));
        },
        this, static_cast<int64_t>(from_.size()), 1 << 20);
  }

 private:
  std::vector<char> from_, to_;
};

void against_memcpy(Bench &bench, std::string what, Tensor x, std::function<Tensor(Tensor)> body,
                    std::optional<double> design) {
  auto f = function("f", [&](Tensor x) { return body(x); });
  f(x);
  Memcpy copy(static_cast<size_t>(x.size()) * sizeof(float));
  Bench::Pair pair = bench.time([&] { keep(f(x)); }, [&] { copy(); });
  bench.add({.what = std::move(what),
             .value = pair.seconds * 1e3,
             .unit = "ms",
             .reference = "memcpy",
             .reference_value = pair.reference_seconds * 1e3,
             .judged_name = "x of it",
             .judged = pair.ratio,
             .note = design ? "design: " + format_value(*design, "x") : ""});
}

void memory_bound(Bench &bench) {
  const bool smoke = bench.settings().smoke;
  Generator generator(2);
  Tensor large = generator.uniform({smoke ? 1000 : int64_t{1} << 24}, -1, 1);
  against_memcpy(bench, "x * 2 + 1, relu: 16M f32", large, [](Tensor x) { return relu(x * 2.f + 1.f); }, 1.1);
  against_memcpy(bench, "tanh(x) * sigmoid(x): 16M f32", large, [](Tensor x) { return tanh(x) * sigmoid(x); }, 1.4);
  Tensor rows = generator.uniform({smoke ? 4 : 4096, 1024}, -1, 1);
  against_memcpy(bench, "softmax over rows, 4096 x 1024 f32", rows, [](Tensor x) { return softmax(x); }, {});
  against_memcpy(bench, "sum of 16M f32", large, [](Tensor x) { return sum(x); }, {});
  against_memcpy(bench, "sum over rows, 4096 x 1024 f32", rows, [](Tensor x) { return sum(x, 1); }, {});
  against_memcpy(bench, "sum over columns, 4096 x 1024 f32", rows, [](Tensor x) { return sum(x, 0); }, {});
}

}  // namespace

void bench_kernels(Bench &bench) {
  bench.begin_topic("Kernels against the limits of the machine");
  products(bench);
  memory_bound(bench);
}

}  // namespace etch::bench

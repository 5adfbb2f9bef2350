// Matrix products of many shapes, beside oneDNN (where its library is installed) and the FMA peak of the same moment.

#include <algorithm>
#include <cmath>

#ifdef ETCH_BENCH_ONEDNN
#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>
#endif

#include "etch/etch.h"
#include "harness.h"
#include "machine.h"
#include "product_shapes.h"

namespace etch::bench {
namespace {

/// oneDNN's plain product of row-major matrices; nothing where it is not installed.
void dnnl_product([[maybe_unused]] const Product &p, [[maybe_unused]] const float *a, [[maybe_unused]] const float *b,
                  [[maybe_unused]] float *c) {
#ifdef ETCH_BENCH_ONEDNN
  dnnl_sgemm(p.transpose_a ? 'T' : 'N', p.transpose_b ? 'T' : 'N', p.m, p.n, p.k, 1.f, a, p.transpose_a ? p.m : p.k, b,
             p.transpose_b ? p.k : p.n, 0.f, c, p.n);
#endif
}

#ifdef ETCH_BENCH_ONEDNN
constexpr bool kHasDnnl = true;
void use_threads(int count) {
  // The library brings its OpenMP along; OMP_NUM_THREADS was read when that was loaded.
  if (void *set = dlsym(RTLD_DEFAULT, "omp_set_num_threads")) reinterpret_cast<void (*)(int)>(set)(count);
}
#else
constexpr bool kHasDnnl = false;
void use_threads(int) {}
#endif

/// Returns Etch's speed over oneDNN's.
double compare(Bench &bench, const Product &p, Generator &generator) {
  Tensor a = generator.uniform(p.transpose_a ? Shape{p.k, p.m} : Shape{p.m, p.k}, -1, 1);
  Tensor b = generator.uniform(p.transpose_b ? Shape{p.n, p.k} : Shape{p.k, p.n}, -1, 1);
  auto f = function("product", [&](Tensor a, Tensor b) { return matmul(a, b, p.transpose_a, p.transpose_b); });
  Tensor c = f(a, b);
  const double flops = 2.0 * static_cast<double>(p.m * p.n * p.k);
  const long rounds = std::max<long>(200, static_cast<long>(flops / 512));
  Bench::Pair peak = bench.time([&] { keep(f(a, b)); }, [&] { run_fma(rounds); });
  const double limit = run_fma(rounds) / peak.reference_seconds;
  Figure figure{.what = "product f32 " + name_of(p), .value = flops / peak.seconds * 1e-9, .unit = "GFLOP/s"};
  figure.note = "x of FMA peak " + format_value(limit > 0 ? flops / peak.seconds / limit : 0, "x");
  double ratio = 0;
  if (kHasDnnl) {
    std::vector<float> expected(static_cast<size_t>(p.m * p.n));
    const auto *x = static_cast<const float *>(a.data()), *y = static_cast<const float *>(b.data());
    dnnl_product(p, x, y, expected.data());
    const auto *got = static_cast<const float *>(c.data());
    for (size_t i = 0; i < expected.size(); ++i)
      if (!(std::abs(got[i] - expected[i]) <= 1e-5f * static_cast<float>(p.k + 10)))
        throw UserError("product " + name_of(p) + " differs from oneDNN's at " + std::to_string(i));
    Bench::Pair pair = bench.time([&] { keep(f(a, b)); }, [&] { dnnl_product(p, x, y, expected.data()); });
    ratio = 1 / pair.ratio;
    figure.reference = "oneDNN";
    figure.reference_value = flops / pair.reference_seconds * 1e-9;
    figure.judged_name = "x of it";
    figure.judged = ratio;
    figure.budget = 1.0;
    figure.at_least = true;
  }
  bench.add(figure);
  return ratio;
}

}  // namespace

void bench_gemm(Bench &bench) {
  bench.begin_topic("Matrix products beside oneDNN");
  use_threads(bench.settings().threads);
  Generator generator(3);
  for (const Product &p : bench.settings().smoke ? std::vector<Product>{{16, 16, 16}} : product_table())
    compare(bench, p, generator);
  double logarithms = 0, worst = INFINITY;
  std::vector<Product> list = random_products(bench.settings().smoke ? 2 : 100);
  for (const Product &p : list) {
    double ratio = compare(bench, p, generator);
    logarithms += std::log(ratio);
    worst = std::min(worst, ratio);
  }
  if (!kHasDnnl) return;
  const double mean = std::exp(logarithms / static_cast<double>(list.size()));
  bench.add({.what = "random products, geometric mean over oneDNN",
             .value = mean,
             .unit = "x",
             .judged_name = "x of it",
             .judged = mean,
             .budget = 1.0,
             .at_least = true});
  bench.add({.what = "random products, the worst over oneDNN",
             .value = worst,
             .unit = "x",
             .judged_name = "x of it",
             .judged = worst,
             .budget = 0.85,
             .at_least = true});
}

}  // namespace etch::bench

//===- MathAccuracyTest.cpp - Errors of the emitted math functions --------===//
//
// math_accuracy             the test
// math_accuracy --table     prints the table of docs/math.md
//
//===----------------------------------------------------------------------===//

#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "Kernels.h"
#include "Reference.h"
#include "Samples.h"

#include <cstdio>
#include <cstring>

using namespace etch::accuracy;

namespace {

const Kernels &kernels() {
  static const Kernels all;
  return all;
}

/// Runs fn over any number of operands, padding the last vector with ones.
template <typename T> std::vector<T> apply(MathFn fn, Lanes lanes, const Samples<T> &in) {
  constexpr size_t width = 64 / sizeof(T);
  const Kernel kernel = kernels().get(fn, lanes);
  std::vector<T> out(in.x.size());
  for (size_t i = 0; i < out.size(); i += width) {
    const size_t n = std::min(width, out.size() - i);
    T x[width], y[width], r[width];
    std::fill_n(x, width, T(1));
    std::fill_n(y, width, T(1));
    std::copy_n(in.x.data() + i, n, x);
    std::copy_n(in.y.data() + i, n, y);
    kernel(r, x, y);
    std::copy_n(r, n, out.data() + i);
  }
  return out;
}

struct Worst {
  double ulp = 0, x = 0, y = 0, got = 0, exact = 0;
};

template <typename T, typename R> Worst measure(const Function &function, size_t count) {
  const Lanes lanes = sizeof(T) == 4 ? Lanes::F32x16 : Lanes::F64x8;
  const double limit = sizeof(T) == 4 ? function.limitF32 : function.limitF64;
  const Samples<T> in = sample<T>(function, count);
  const std::vector<T> out = apply(function.fn, lanes, in);
  Worst worst;
  for (size_t i = 0; i < out.size(); ++i) {
    if (limit != 0 && !(std::abs(in.x[i]) < limit))
      continue;
    const R exact = reference<R>(function.fn, in.x[i], in.y[i]);
    const double ulp = ulpError(out[i], exact);
    if (ulp > worst.ulp)
      worst = {ulp, double(in.x[i]), double(in.y[i]), double(out[i]), double(exact)};
  }
  return worst;
}

Worst measureF32(const Function &f) { return measure<float, double>(f, 1000000); }
Worst measureF64(const Function &f) { return measure<double, long double>(f, 500000); }

void printTable() {
  std::printf("| function | f32 | worst at | f64 | worst at |\n|---|---:|---|---:|---|\n");
  for (const Function &f : kFunctions) {
    const Worst s = measureF32(f), d = measureF64(f);
    const bool two = etch::codegen::mathArity(f.fn) == 2;
    char at[2][64];
    std::snprintf(at[0], 64, two ? "%.9g, %.9g" : "%.9g", s.x, s.y);
    std::snprintf(at[1], 64, two ? "%.17g, %.17g" : "%.17g", d.x, d.y);
    std::printf("| %s | %.2f | %s | %.2f | %s |\n", f.name, s.ulp, at[0], d.ulp, at[1]);
    std::fflush(stdout);
  }
}

} // namespace

int main(int argc, char **argv) {
  if (argc == 2 && std::strcmp(argv[1], "--table") == 0) {
    printTable();
    return 0;
  }
  return Catch::Session().run(argc, argv);
}

//===- MathAccuracyTest.cpp - Errors of the emitted math functions --------===//
//
// math_accuracy             the test
// math_accuracy --table [N] prints the table of docs/math.md, from N times the samples
// math_accuracy --speed     prints nanoseconds per element, operands in the first cache
//
//===----------------------------------------------------------------------===//

#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "Evaluate.h"
#include "Reference.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace etch::accuracy;

namespace {

struct Worst {
  double ulp = 0, x = 0, y = 0, got = 0, exact = 0;
};

template <typename T, typename R> Worst measure(const Function &function, size_t count) {
  const Lanes lanes = sizeof(T) == 4 ? Lanes::F32x16 : Lanes::F64x8;
  const double limit = sizeof(T) == 4 ? 0 : function.limitF64;
  const Samples<T> in = sample<T>(function, count);
  const std::vector<T> out = evaluate(function.fn, lanes, in);
  Worst worst;
  for (size_t i = 0; i < out.size(); ++i) {
    if (limit != 0 && !(std::abs(in.x[i]) < limit)) continue;
    const R exact = reference<R>(function.fn, in.x[i], in.y[i]);
    const R unit = sizeof(T) == 8 ? unitOf<R>(function, in.x[i], exact) : 0;
    const double ulp = ulpError(out[i], exact, unit);
    if (ulp > worst.ulp) worst = {ulp, double(in.x[i]), double(in.y[i]), double(out[i]), double(exact)};
  }
  return worst;
}

Worst measureF32(const Function &f, size_t times = 1) { return measure<float, double>(f, 1000000 * times); }
Worst measureF64(const Function &f, size_t times = 1) { return measure<double, long double>(f, 500000 * times); }

void printTable(size_t times) {
  std::printf(
      "| function | f32 promised | measured | at | f64 promised | measured | at |\n"
      "|---|---:|---:|---|---:|---:|---|\n");
  for (const Function &f : kFunctions) {
    const Worst s = measureF32(f, times), d = measureF64(f, times);
    const bool two = etch::codegen::mathArity(f.fn) == 2;
    char at[2][64];
    std::snprintf(at[0], 64, two ? "%.9g, %.9g" : "%.9g", s.x, s.y);
    std::snprintf(at[1], 64, two ? "%.17g, %.17g" : "%.17g", d.x, d.y);
    std::printf("| %s | %.1f | %.2f | %s | %.1f | %.2f | %s |\n", f.name, f.ulpF32, s.ulp, at[0], f.ulpF64, d.ulp,
                at[1]);
    std::fflush(stdout);
  }
}

template <typename T> double nanoseconds(MathFn fn, Lanes lanes) {
  constexpr size_t count = 2048, rounds = 400;
  const size_t width = laneCount(lanes);
  const std::vector<T> x(count, T(0.7)), y(count, T(1.3));
  std::vector<T> out(count);
  const Kernel kernel = kernels().get(fn, lanes);
  double best = std::numeric_limits<double>::infinity();
  for (size_t round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < count; i += width) kernel(&out[i], &x[i], &y[i]);
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    best = std::min(best, time.count() / count);
  }
  return best;
}

void printSpeed() {
  std::printf("| function | f32 | f64 |\n|---|---:|---:|\n");
  for (const Function &f : kFunctions)
    std::printf("| %s | %.2f | %.2f |\n", f.name, nanoseconds<float>(f.fn, Lanes::F32x16),
                nanoseconds<double>(f.fn, Lanes::F64x8));
}

void checkAccuracy(Worst (*measure)(const Function &, size_t), double Function::*tolerance) {
  for (const Function &function : kFunctions) {
    const Worst worst = measure(function, 1);
    INFO(function.name << "(" << worst.x << ", " << worst.y << ") gave " << worst.got << ", not " << worst.exact);
    CHECK(worst.ulp <= function.*tolerance);
  }
}

}  // namespace

TEST_CASE("every function is as accurate as docs/math.md says") {
  SECTION("f32") { checkAccuracy(measureF32, &Function::ulpF32); }
  SECTION("f64") { checkAccuracy(measureF64, &Function::ulpF64); }
}

int main(int argc, char **argv) {
  if (argc >= 2 && std::strcmp(argv[1], "--table") == 0) {
    printTable(argc == 3 ? std::max(1, std::atoi(argv[2])) : 1);
    return 0;
  }
  if (argc == 2 && std::strcmp(argv[1], "--speed") == 0) {
    printSpeed();
    return 0;
  }
  return Catch::Session().run(argc, argv);
}

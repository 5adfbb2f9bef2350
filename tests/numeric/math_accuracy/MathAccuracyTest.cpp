//===- MathAccuracyTest.cpp - Errors of the emitted math functions --------===//
//
// math_accuracy                 the test
// math_accuracy --table [N]     prints the table of docs/math.md, from N times the samples
// math_accuracy --write FILE [N]  writes it between the two marks in FILE (./run math-table: in docs/math.md)
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
#include <fstream>
#include <sstream>

using namespace etch::accuracy;

namespace {

struct Worst {
  double ulp = 0, x = 0, y = 0, got = 0, exact = 0;
};

template <typename T, typename R> Worst measure(const Function &function, size_t count) {
  const Lanes lanes = sizeof(T) == 4 ? Lanes::F32x16 : Lanes::F64x8;
  const Samples<T> in = sample<T>(function, count);
  const std::vector<T> out = evaluate(function.fn, lanes, in);
  Worst worst;
  for (size_t i = 0; i < out.size(); ++i) {
    const R exact = reference<R>(function.fn, in.x[i], in.y[i]);
    const R unit = sizeof(T) == 8 ? unitOf<R>(function, in.x[i], exact) : 0;
    const double ulp = ulpError(out[i], exact, unit);
    if (ulp > worst.ulp) worst = {ulp, double(in.x[i]), double(in.y[i]), double(out[i]), double(exact)};
  }
  return worst;
}

Worst measureF32(const Function &f, size_t times = 1) { return measure<float, double>(f, 1000000 * times); }
Worst measureF64(const Function &f, size_t times = 1) { return measure<double, long double>(f, 500000 * times); }

/// Elements a nanosecond, operands in the first cache.
template <typename T> double throughput(Kernel kernel) {
  constexpr int64_t count = 2048, rounds = 400;
  const std::vector<T> x(count, T(0.7)), y(count, T(1.3));
  std::vector<T> out(count);
  double best = 0;
  for (int sample = 0; sample < 15; ++sample) {
    const auto start = std::chrono::steady_clock::now();
    for (int64_t i = 0; i < rounds; ++i) kernel(out.data(), x.data(), y.data(), count);
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    best = std::max(best, count * rounds / time.count());
  }
  return best;
}

constexpr const char *kTableBegin = "<!-- math_accuracy --write: begin -->\n",
                     *kTableEnd = "<!-- math_accuracy --write: end -->\n";

/// Elements a nanosecond of f32 and of f64.
struct Speed {
  double f32, f64;
};

std::string rowOf(const Function &f, Speed speed, size_t times) {
  const Worst s = measureF32(f, times), d = measureF64(f, times);
  const bool two = etch::codegen::mathArity(f.fn) == 2;
  char at[2][64], row[400];
  std::snprintf(at[0], 64, two ? "%.9g, %.9g" : "%.9g", s.x, s.y);
  std::snprintf(at[1], 64, two ? "%.17g, %.17g" : "%.17g", d.x, d.y);
  std::snprintf(row, sizeof row, "| %s | %.1f | %.2f | %s | %.2f | %.1f | %.2f | %s | %.2f |\n", f.name, f.ulpF32,
                s.ulp, at[0], speed.f32, f.ulpF64, d.ulp, at[1], speed.f64);
  return row;
}

/// The table of docs/math.md, from `times` as many samples as the test takes.
std::string table(size_t times) {
  std::string text =
      "| function | f32 promised | measured | at | a ns | f64 promised | measured | at | a ns |\n"
      "|---|---:|---:|---|---:|---:|---:|---|---:|\n";
  // Speeds first: that takes a second, so that only then the machine need be quiet.
  std::vector<Speed> speeds;
  for (const Function &f : kFunctions)
    speeds.push_back({throughput<float>(kernels().get(f.fn, Lanes::F32Wide)),
                      throughput<double>(kernels().get(f.fn, Lanes::F64Wide))});
  char copy[100];
  std::snprintf(copy, sizeof copy, "| (copy) | | | | %.2f | | | | %.2f |\n",
                throughput<float>(kernels().copy(Lanes::F32Wide)), throughput<double>(kernels().copy(Lanes::F64Wide)));
  for (size_t i = 0; const Function &f : kFunctions) text += rowOf(f, speeds[i++], times);
  // Bit patterns, and as many where the function varies (Samples.h).
  return text + copy + "\nThe worst of " + std::to_string(2 * times) + " million operands for f32, " +
         std::to_string(times) + " million for f64.\n";
}

std::string contentsOf(const std::string &path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Begin and end of the table in the text of docs/math.md.
std::pair<size_t, size_t> tablePlace(const std::string &text) {
  const size_t begin = text.find(kTableBegin), end = text.find(kTableEnd);
  if (begin == std::string::npos || end == std::string::npos) {
    std::fprintf(stderr, "math_accuracy: there are no lines '%s' and '%s' to write between\n", kTableBegin, kTableEnd);
    std::exit(1);
  }
  return {begin + std::strlen(kTableBegin), end};
}

void writeTable(const std::string &path, size_t times) {
  std::string text = contentsOf(path);
  const auto [begin, end] = tablePlace(text);
  text.replace(begin, end - begin, table(times));
  std::ofstream(path) << text;
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

TEST_CASE("docs/math.md has a row for every function, with what is promised here") {
  const std::string text = contentsOf(ETCH_SOURCE_DIR "/docs/math.md");
  const auto [begin, end] = tablePlace(text);
  std::istringstream rows(text.substr(begin, end - begin));
  std::string row;
  std::getline(rows, row);
  std::getline(rows, row);
  for (const Function &f : kFunctions) {
    std::getline(rows, row);
    char name[40] = {};
    double ulpF32 = 0, ulpF64 = 0;
    INFO(row);
    REQUIRE(std::sscanf(row.c_str(), "| %39s | %lf | %*[^|] | %*[^|] | %*[^|] | %lf", name, &ulpF32, &ulpF64) == 3);
    CHECK(std::string(name) == f.name);
    CHECK(ulpF32 == f.ulpF32);
    CHECK(ulpF64 == f.ulpF64);
  }
}

int main(int argc, char **argv) {
  auto timesAt = [&](int i) { return i < argc ? std::max(1, std::atoi(argv[i])) : 1; };
  const std::string command = argc >= 2 ? argv[1] : "";
  if (command == "--table") {
    std::printf("%s", table(timesAt(2)).c_str());
    return 0;
  }
  if (command == "--write" && argc >= 3) {
    writeTable(argv[2], timesAt(3));
    return 0;
  }
  return Catch::Session().run(argc, argv);
}

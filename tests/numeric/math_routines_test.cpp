// Math functions of more than one element are calls of routines (codegen/cpu/math/MathRoutine.h), of one element they
// are in place: the bits are the same whatever the number of elements, and so whatever is left over from whole trips.

#include <catch2/catch.hpp>

#include "etch/etch.h"
#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

using Unary = Tensor (*)(Operand);
using Binary = Tensor (*)(Operand, Operand);

const std::pair<std::string, Unary> kUnary[] = {
    {"exp", exp},       {"exp2", exp2},       {"expm1", expm1},      {"log", log},     {"log2", log2},
    {"log10", log10},   {"log1p", log1p},     {"sinh", sinh},        {"cosh", cosh},   {"tanh", tanh},
    {"asinh", asinh},   {"acosh", acosh},     {"atanh", atanh},      {"sin", sin},     {"cos", cos},
    {"tan", tan},       {"asin", asin},       {"acos", acos},        {"atan", atan},   {"sigmoid", sigmoid},
    {"erf", erf},       {"erfc", erfc},       {"erf_inv", erf_inv},  {"rsqrt", rsqrt}, {"cbrt", cbrt},
    {"lgamma", lgamma}, {"digamma", digamma}, {"trigamma", trigamma}};

/// f of all of x, y and of their elements one by one.
template <typename F> void check(Report &report, const std::string &what, F f, const Tensor &x, const Tensor &y) {
  auto whole = function(f, {.policy = Policy::strict}), one = function(f, {.policy = Policy::strict});
  std::vector<Tensor> elements;
  for (int64_t i = 0; i < x.size(); ++i)
    elements.push_back(one(slice(x, {Range{i, i + 1}}), slice(y, {Range{i, i + 1}})));
  require_bits(report, what + " of " + std::to_string(x.size()), whole(x, y), concatenate(elements, 0));
}

}  // namespace

TEST_CASE("routines of math functions have the bits of code in place") {
  Report report;
  Generator generator(11);
  for (DType dtype : {f32, f64, f16}) {
    Tensor x = cast(generator.uniform({67}, -3, 3), dtype), y = cast(generator.uniform({67}, -2, 2), dtype);
    std::string of = " " + std::string(name_of(dtype));
    for (const auto &[name, f] : kUnary) check(report, name + of, [f = f](Tensor x, Tensor) { return f(x); }, x, y);
    check(report, "pow" + of, [](Tensor x, Tensor y) { return pow(x, y); }, x, y);
    check(report, "atan2" + of, [](Tensor x, Tensor y) { return atan2(x, y); }, x, y);
  }
  INFO(report.text());
  CHECK(report.failures() == 0);
}

TEST_CASE("routines of math functions serve any number of elements") {
  Report report;
  Generator generator(12);
  for (int64_t n : {2, 7, 16, 17, 31, 33, 64, 65, 100, 129, 257}) {
    Tensor x = generator.uniform({n}, -3, 3), y = generator.uniform({n}, -2, 2);
    check(report, "f32", [](Tensor x, Tensor y) { return tanh(x * y) + x * sin(y); }, x, y);
    check(report, "f64", [](Tensor x, Tensor y) { return tanh(x * y) + x * sin(y); }, cast(x, f64), cast(y, f64));
    // f32 and f64 in one kernel: as many lanes of both.
    check(report, "both", [](Tensor x, Tensor y) { return cast(tanh(cast(x, f64)), f32) + x * sin(y); }, x, y);
  }
  INFO(report.text());
  CHECK(report.failures() == 0);
}

TEST_CASE("routines of math functions along rows and through gathers") {
  Report report;
  Generator generator(13);
  for (int64_t columns : {3, 16, 40, 65, 100}) {
    Tensor x = generator.uniform({9, columns}, -3, 3), row = generator.uniform({columns}, -2, 2);
    auto f =
        function([](Tensor x, Tensor row) { return tanh(x * row) + sin(flip(x, {1})); }, {.policy = Policy::strict});
    auto one = function([](Tensor x) { return tanh(x); });
    auto other = function([](Tensor x) { return sin(x); });
    std::vector<Tensor> rows;
    Tensor scaled = x * row, flipped = flip(x, {1});
    for (int64_t i = 0; i < 9; ++i)
      for (int64_t j = 0; j < columns; ++j) {
        std::vector<Range> at = {Range{i, i + 1}, Range{j, j + 1}};
        rows.push_back(reshape(one(slice(scaled, at)) + other(slice(flipped, at)), {1}));
      }
    require_bits(report, "rows of " + std::to_string(columns), reshape(f(x, row), {9 * columns}), concatenate(rows, 0));
  }
  INFO(report.text());
  CHECK(report.failures() == 0);
}

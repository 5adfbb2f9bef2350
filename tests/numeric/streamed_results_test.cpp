// Results too large for the caches are stored past them where that pays (codegen/cpu/elements/StreamedStores.h). They
// have the bits of small ones, which are not, wherever they lie.

#include <catch2/catch.hpp>

#include "etch/etch.h"
#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

constexpr int64_t kRows = 4201, kColumns = 1024;

using Formula = Tensor (*)(const Tensor &x, const Tensor &row);

const std::pair<std::string, Formula> kFormulas[] = {
    {"softmax", [](const Tensor &x, const Tensor &) { return softmax(x); }},
    {"layer norm", [](const Tensor &x, const Tensor &row) { return layer_norm(x, row, row); }},
    {"a row added", [](const Tensor &x, const Tensor &row) { return relu(x + row); }},
    {"tanh", [](const Tensor &x, const Tensor &) { return tanh(x); }},
};

void check(Report &report, Formula formula, const std::string &name, int64_t rows, int64_t columns) {
  Generator generator(7);
  Tensor x = generator.uniform({rows, columns}, -3, 3), row = generator.uniform({columns}, -1, 1);
  auto f = function([formula](Tensor x, Tensor row) { return formula(x, row); }, {.policy = Policy::strict});
  std::vector<Tensor> parts;
  for (int64_t first = 0; first < rows; first += 1000)
    parts.push_back(f(slice(x, {Range{first, std::min(first + 1000, rows)}, Range{0, columns}}), row));
  require_bits(report, name + " of rows of " + std::to_string(columns), f(x, row), concatenate(parts, 0));
}

}  // namespace

TEST_CASE("results stored past the caches have the bits of small ones") {
  Report report;
  for (const auto &[name, formula] : kFormulas)
    for (int64_t columns : {kColumns, kColumns + 1}) check(report, formula, name, kRows, columns);
  INFO(report.text());
  CHECK(report.failures() == 0);
}

TEST_CASE("a large variable that is updated where it lies") {
  Tensor start = Generator(8).uniform({kRows, kColumns}, -3, 3);
  Variable x(start);
  auto step = function([&] { x.assign(relu(x * 2.f + 1.f)); }, {.policy = Policy::strict});
  step();
  step();
  Report report;
  require_bits(report, "the variable", x.read(), relu(relu(start * 2.f + 1.f) * 2.f + 1.f));
  INFO(report.text());
  CHECK(report.failures() == 0);
}

// Moving, repeating and picking elements, by position.
#include <catch2/catch.hpp>

#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

/// One call, and the element of its result at each position.
struct Case {
  std::string name;
  Shape operand, result;
  std::function<Tensor(const Tensor &)> apply;
  std::function<long double(const Array &, const Position &)> element;
};

const std::vector<Case> kCases = {
    {"roll",
     {7},
     {7},
     [](const Tensor &x) { return roll(x, 2); },
     [](const Array &x, const Position &p) { return x[{(p[0] + 5) % 7}]; }},
    {"roll back, columns",
     {3, 5},
     {3, 5},
     [](const Tensor &x) { return roll(x, -8, 1); },
     [](const Array &x, const Position &p) { return x[{p[0], (p[1] + 8) % 5}]; }},
    {"roll by nothing",
     {4},
     {4},
     [](const Tensor &x) { return roll(x, 8); },
     [](const Array &x, const Position &p) { return x[p]; }},
    {"roll nothing",
     {0},
     {0},
     [](const Tensor &x) { return roll(x, 3); },
     [](const Array &, const Position &) { return 0; }},
    {"tile",
     {2, 3},
     {2, 4, 9},
     [](const Tensor &x) { return tile(x, {2, 2, 3}); },
     [](const Array &x, const Position &p) { return x[{p[1] % 2, p[2] % 3}]; }},
    {"tile five axes",
     {2, 1, 3, 1, 2},
     {4, 2, 6, 2, 4},
     [](const Tensor &x) { return tile(x, {2, 2, 2, 2, 2}); },
     [](const Array &x, const Position &p) { return x[{p[0] % 2, 0, p[2] % 3, 0, p[4] % 2}]; }},
    {"repeat one of eight axes",
     {2, 1, 1, 3, 1, 1, 1, 2},
     {2, 1, 1, 6, 1, 1, 1, 2},
     [](const Tensor &x) { return repeat(x, 2, 3); },
     [](const Array &x, const Position &p) { return x[{p[0], 0, 0, p[3] / 2, 0, 0, 0, p[7]}]; }},
    {"tile the last axis",
     {2, 3},
     {2, 6},
     [](const Tensor &x) { return tile(x, {2}); },
     [](const Array &x, const Position &p) { return x[{p[0], p[1] % 3}]; }},
    {"tile to nothing",
     {2},
     {0},
     [](const Tensor &x) { return tile(x, {0}); },
     [](const Array &, const Position &) { return 0; }},
    {"repeat rows",
     {2, 3},
     {6, 3},
     [](const Tensor &x) { return repeat(x, 3); },
     [](const Array &x, const Position &p) { return x[{p[0] / 3, p[1]}]; }},
    {"repeat columns",
     {2, 3},
     {2, 6},
     [](const Tensor &x) { return repeat(x, 2, -1); },
     [](const Array &x, const Position &p) { return x[{p[0], p[1] / 2}]; }},
    {"split in equal parts",
     {4, 6},
     {4, 2},
     [](const Tensor &x) { return split(x, 3, 1)[2]; },
     [](const Array &x, const Position &p) { return x[{p[0], p[1] + 4}]; }},
    {"split in given parts",
     {6},
     {3},
     [](const Tensor &x) { return split(x, {1, 3, 2})[1]; },
     [](const Array &x, const Position &p) { return x[{p[0] + 1}]; }},
    {"unstack",
     {3, 4},
     {3},
     [](const Tensor &x) { return unstack(x, 1)[3]; },
     [](const Array &x, const Position &p) { return x[{p[0], 3}]; }},
    {"moveaxis",
     {2, 3, 4},
     {3, 4, 2},
     [](const Tensor &x) { return moveaxis(x, 0, -1); },
     [](const Array &x, const Position &p) { return x[{p[2], p[0], p[1]}]; }},
    {"swapaxes",
     {2, 3, 4},
     {4, 3, 2},
     [](const Tensor &x) { return swapaxes(x, 0, 2); },
     [](const Array &x, const Position &p) { return x[{p[2], p[1], p[0]}]; }},
    {"flip",
     {2, 3},
     {2, 3},
     [](const Tensor &x) { return flip(x, 1); },
     [](const Array &x, const Position &p) { return x[{p[0], 2 - p[1]}]; }},
    {"diagonal",
     {3, 5},
     {3},
     [](const Tensor &x) { return diagonal(x); },
     [](const Array &x, const Position &p) { return x[{p[0], p[0]}]; }},
    {"diagonal to the right",
     {3, 5},
     {2},
     [](const Tensor &x) { return diagonal(x, 3); },
     [](const Array &x, const Position &p) { return x[{p[0], p[0] + 3}]; }},
    {"diagonal to the left",
     {5, 3},
     {3},
     [](const Tensor &x) { return diagonal(x, -1); },
     [](const Array &x, const Position &p) { return x[{p[0] + 1, p[0]}]; }},
    {"diagonal outside",
     {3, 3},
     {0},
     [](const Tensor &x) { return diagonal(x, 7); },
     [](const Array &, const Position &) { return 0; }},
    {"diagonals",
     {2, 3, 3},
     {2, 3},
     [](const Tensor &x) { return diagonal(x); },
     [](const Array &x, const Position &p) { return x[{p[0], p[1], p[1]}]; }},
    {"diag",
     {4},
     {4, 4},
     [](const Tensor &x) { return diag(x); },
     [](const Array &x, const Position &p) { return p[0] == p[1] ? x[{p[0]}] : 0; }},
    {"diag of rows",
     {2, 3},
     {2, 3, 3},
     [](const Tensor &x) { return diag(x); },
     [](const Array &x, const Position &p) { return p[1] == p[2] ? x[{p[0], p[1]}] : 0; }},
    {"tril",
     {3, 4},
     {3, 4},
     [](const Tensor &x) { return tril(x); },
     [](const Array &x, const Position &p) { return p[1] <= p[0] ? x[p] : 0; }},
    {"triu, moved",
     {2, 4, 3},
     {2, 4, 3},
     [](const Tensor &x) { return triu(x, -1); },
     [](const Array &x, const Position &p) { return p[2] - p[1] >= -1 ? x[p] : 0; }},
};

}  // namespace

TEST_CASE("arrangement by position") {
  Report report;
  for (const Case &test : kCases) {
    for (DType dtype : kAll) {
      Array x = sample(test.operand, dtype, dtype == boolean ? 0 : -9, dtype == boolean ? 1 : 9, 4);
      if (dtype == u8) x = sample(test.operand, dtype, 0, 200, 4);
      Array expected = generate(test.result, [&](const Position &p) { return test.element(x, p); });
      Body body = [&](const Tensors &in) { return Tensors{test.apply(in[0])}; };
      // The sum that picks a diagonal is of numbers.
      if (dtype == boolean && test.name.starts_with("diagonal")) continue;
      Tensor input = tensor_of(x, dtype);
      require_bits(report, test.name, run_eager(body, {input}, Policy::strict)[0], tensor_of(expected, dtype));
      require_bits(report, test.name + " compiled", run_compiled(body, {input}, Policy::strict)[0],
                   tensor_of(expected, dtype));
    }
    if (test.operand.num_elements() > 0 && test.result.num_elements() > 0)
      require_gradients(report, test.name, [&](const Tensors &in) { return test.apply(in[0]); },
                        {tensor_of(sample(test.operand, f64, -1, 1, 5), f64)}, {.second_order = false});
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("traces of matrices") {
  Tensor x = etch::constant({{1, 2, 3}, {4, 5, 6}});
  CHECK(trace(x).item<int>() == 6);
  CHECK(trace(x, 1).item<int>() == 8);
  CHECK(trace(x, -5).item<int>() == 0);
  CHECK(trace(stack({x, x * 2})).to_vector<int>() == std::vector<int>{6, 12});
}

// Rows of few elements put together from rows of few, sixteen rows at a time (codegen/cpu/move/ShuffledPieces.cpp).
#include <catch2/catch.hpp>

#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

/// Not whole vectors of rows, and as many as are worth shuffles.
constexpr int64_t kRows = 8199;

struct Move {
  std::string name;
  int64_t columns;  // of the result
  std::function<Tensor(const Tensors &)> move;
  std::function<long double(int64_t column, std::function<long double(int64_t)> x,
                            std::function<long double(int64_t)> y)>
      element;
};

/// Of an x of so many columns and a y of three.
std::vector<Move> movesOf(int64_t columns) {
  const Range all;
  return {{"exchanged", columns, [](const Tensors &in) { return roll(in[0], 1, 1); },
           [=](int64_t c, auto x, auto) { return x((c + columns - 1) % columns); }},
          {"back to front", columns, [](const Tensors &in) { return reverse(in[0], {1}); },
           [=](int64_t c, auto x, auto) { return x(columns - 1 - c); }},
          {"beside others", columns + 3, [](const Tensors &in) { return concatenate({in[0], in[1]}, 1); },
           [=](int64_t c, auto x, auto y) { return c < columns ? x(c) : y(c - columns); }},
          {"with a border", columns + 1,
           [=](const Tensors &in) { return pad(slice(in[0], {all, Range{1, columns}}), {{0, 0}, {1, 1}}, 7); },
           [=](int64_t c, auto x, auto) { return c == 0 || c == columns ? 7 : x(c); }},
          {"back to front beside one of others", columns + 1,
           [=](const Tensors &in) { return concatenate({slice(in[1], {all, Range{2, 3}}), reverse(in[0], {1})}, 1); },
           [=](int64_t c, auto x, auto y) { return c == 0 ? y(2) : x(columns - c); }}};
}

}  // namespace

TEST_CASE("few columns in another order and beside others") {
  Report report;
  for (DType dtype : {f32, f64, i32, i64, bf16, u8})
    for (int64_t columns : {2, 3, 5, 7, 8, 9}) {
      Array x = sample({kRows, columns}, dtype, 0, 99, 5), y = sample({kRows, 3}, dtype, 0, 99, 6);
      Tensors inputs = {tensor_of(x, dtype), tensor_of(y, dtype)};
      for (const Move &move : movesOf(columns)) {
        Body body = [&](const Tensors &in) { return Tensors{move.move(in)}; };
        Array expected = generate({kRows, move.columns}, [&](const Position &p) {
          return move.element(p[1], [&](int64_t c) { return x[{p[0], c}]; }, [&](int64_t c) { return y[{p[0], c}]; });
        });
        const std::string what = std::string(name_of(dtype)) + " " + std::to_string(columns) + " columns " + move.name;
        require_close(report, what, run_compiled(body, inputs, Policy::strict)[0], expected, 0);
      }
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("few columns of a result that is stored past the caches") {
  const int64_t rows = (1 << 21) + 5;
  Tensor x = Generator(3).uniform({rows, 2}), first = slice(x, {Range{0, rows}, Range{0, 1}}),
         second = slice(x, {Range{0, rows}, Range{1, 2}});
  Tensor exchanged = function("exchange", [](Tensor x) { return roll(x, 1, 1); })(x);
  Report report;
  require_bits(report, "first", slice(exchanged, {Range{0, rows}, Range{0, 1}}), second);
  require_bits(report, "second", slice(exchanged, {Range{0, rows}, Range{1, 2}}), first);
  REQUIRE_CLEAN(report);
}

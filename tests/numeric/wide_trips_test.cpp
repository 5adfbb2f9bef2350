// Math functions of many elements run in wide trips that read ahead (codegen/cpu/elements/LoopKernel.cpp), of few
// elements in narrow ones: the bits are the same, and so are those of what is left over from whole trips.

#include <catch2/catch.hpp>

#include "etch/etch.h"
#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

using Formula = Tensor (*)(const Tensor &);

/// f of all of x, and of pieces of x too small for wide trips.
void check(Report &report, const std::string &what, Formula f, const Tensor &x, const Options &options) {
  auto body = [f](Tensor x) { return f(x); };
  auto whole = function(body, options), part = function(body, {.policy = Policy::strict});
  std::vector<Tensor> parts;
  constexpr int64_t kPiece = 10000;
  for (int64_t first = 0; first < x.size(); first += kPiece)
    parts.push_back(part(slice(x, {Range{first, std::min(first + kPiece, x.size())}})));
  require_bits(report, what + " of " + std::to_string(x.size()), whole(x), concatenate(parts, 0));
}

}  // namespace

TEST_CASE("wide trips have the bits of narrow ones") {
  Report report;
  Generator generator(5);
  const std::pair<std::string, Formula> formulas[] = {
      {"tanh(x) sigmoid(x)", [](const Tensor &x) { return tanh(x) * sigmoid(x); }},
      {"gelu", [](const Tensor &x) { return gelu(x); }},
      {"exp(x) / 3", [](const Tensor &x) { return exp(x) / 3; }},
      {"log(|x|) sin(x)", [](const Tensor &x) { return log(abs(x)) * sin(x); }},
  };
  for (int64_t n : {32768, 32769, 40000, 65599, 131072})
    for (DType dtype : {f32, f64, f16})
      for (const auto &[name, formula] : formulas) {
        Tensor x = cast(generator.uniform({n}, -6, 6), dtype);
        check(report, name + " " + std::string(name_of(dtype)), formula, x, {.policy = Policy::strict});
        check(report, name + " " + std::string(name_of(dtype)) + ", extent unknown", formula, x,
              {.input_signature = {{dtype, {kDynamic}}}, .policy = Policy::strict});
      }
  INFO(report.text());
  CHECK(report.failures() == 0);
}

TEST_CASE("wide trips along rows") {
  Report report;
  Generator generator(6);
  for (int64_t columns : {64, 100, 257}) {
    Tensor x = generator.uniform({400, columns}, -6, 6), row = generator.uniform({columns}, -1, 1);
    auto f = function([](Tensor x, Tensor row) { return tanh(x + row); }, {.policy = Policy::strict});
    std::vector<Tensor> parts;
    for (int64_t first = 0; first < 400; first += 50)
      parts.push_back(f(slice(x, {Range{first, first + 50}, Range{0, columns}}), row));
    require_bits(report, "rows of " + std::to_string(columns), f(x, row), concatenate(parts, 0));
  }
  INFO(report.text());
  CHECK(report.failures() == 0);
}

// Trips of 32 lanes fill a register of 512 bits with halves, which has no instruction for extrema of those.
TEST_CASE("extrema of floats of sixteen bits behind math functions") {
  Report report;
  for (DType dtype : {f16, bf16})
    for (const Shape &shape : {Shape{17}, Shape{32}, Shape{7, 32}, Shape{300, 33}}) {
      const Tensor x = tensor_of(sample(shape, dtype, -2, 2, 1), dtype);
      const Tensor y = tensor_of(sample({shape[-1]}, dtype, -1, 1, 2), dtype);
      auto extrema = [](const Tensors &in) {
        return Tensors{maximum(tanh(in[0]), in[1]), minimum(exp(in[0]), in[1]), clamp(tanh(in[0]), in[1] - 1, in[1])};
      };
      require_same(report, std::string(name_of(dtype)) + " of " + std::to_string(x.size()), extrema, {x, y});
    }
  REQUIRE_CLEAN(report);
}

// Ops run by themselves compute rows of unknown length, sixteen bytes at a time.
TEST_CASE("bytes fill registers") {
  Report report;
  Generator generator(8);
  auto bytes = [&](const Shape &shape) { return cast(generator.uniform(shape, 0, 256), u8); };
  for (int64_t columns : {127, 128, 129, 200, 256, 319}) {
    const std::string of = " of " + std::to_string(columns);
    auto part = [columns](const Tensor &x, int64_t row, int64_t column) {
      return slice(x, {Range{row, row + 8}, Range{column, column + columns - 2}});
    };
    Tensors inputs = {bytes({10, columns}), bytes({10, columns})};
    require_same(
        report, "chosen" + of, [](const Tensors &x) { return Tensors{where(x[0] > x[1], x[0] * x[1], x[1] / 3)}; },
        inputs);
    require_same(
        report, "shifted" + of,
        [part](const Tensors &x) {
          return Tensors{maximum(part(x[0], 0, 0), part(x[0], 1, 2)), part(x[0], 2, 1) < part(x[1], 0, 1)};
        },
        inputs);
    require_same(
        report, "bordered" + of,
        [](const Tensors &x) {
          return Tensors{minimum(pad(x[0], {{1, 0}, {2, 1}}, 7), pad(x[1], {{0, 1}, {0, 3}}, 9))};
        },
        inputs);
    require_same(
        report, "joined" + of, [](const Tensors &x) { return Tensors{concatenate({x[0] + x[1], x[1]}, 1)}; }, inputs);
  }
  REQUIRE_CLEAN(report);
}

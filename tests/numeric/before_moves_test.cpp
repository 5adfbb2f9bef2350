// Elementwise ops that are computed where their results are moved to, and loops whose state changes places with the
// next one: the bits must be those of ops run one by one.
#include <catch2/catch.hpp>

#include <random>

#include "runtime/cpu/parallel_for.h"
#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

Tensor noise(Shape shape, int seed, DType dtype = f32) { return tensor_of(sample(shape, dtype, -2, 2, seed), dtype); }

using Unary = std::function<Tensor(const Tensor &)>;

const std::vector<std::pair<const char *, Unary>> kComputed = {
    {"x * x", [](auto &x) { return x * x; }},
    {"tanh(x) - x", [](auto &x) { return tanh(x) - x; }},
    {"where", [](auto &x) { return where(x > 0.f, x, exp(x)); }},
    {"cast", [](auto &x) { return cast(cast(x * 9.f, i32), x.dtype()); }},
};

const std::vector<std::pair<const char *, Unary>> kMoves = {
    {"pad", [](auto &x) { return pad(x, {{1, 2}, {2, 1}}, -1.f); }},
    {"pad rows", [](auto &x) { return pad(x, {{3, 0}, {0, 0}}); }},
    {"cut", [](auto &x) { return pad(x, {{-1, 0}, {1, -1}}); }},
    {"slice", [](auto &x) { return x[{{1, -1}, {0, -1}}]; }},
    {"flip rows", [](auto &x) { return flip(x, {0}); }},
    {"flip", [](auto &x) { return flip(x, {0, 1}); }},
    {"roll rows", [](auto &x) { return roll(x, 2, 0); }},
    {"roll", [](auto &x) { return roll(x, -1, 1); }},
    {"differences", [](auto &x) { return x[{{1, Range::kEnd}}] - x[{{0, -1}}]; }},
    {"swap", [](auto &x) { return transpose(broadcast_to(x, {1, x.shape()[0], x.shape()[1]}), {1, 0, 2}); }},
    {"before itself", [](auto &x) { return concatenate({x, x}, 0); }},
};

}  // namespace

TEST_CASE("computed, moved, moved again, computed: random shapes, bit for bit") {
  std::mt19937 random(7);
  auto below = [&](size_t count) { return static_cast<size_t>(random() % count); };
  Report report;
  for (int round = 0; round < 80; ++round) {
    const Shape shape = {static_cast<int64_t>(3 + below(40)), static_cast<int64_t>(4 + below(90))};
    const auto &[first, compute] = kComputed[below(kComputed.size())];
    const auto &[second, move] = kMoves[below(kMoves.size())];
    const auto &[third, again] = kMoves[below(kMoves.size() - 2)];
    const bool moves_twice = round % 3 == 0 && second != std::string("swap"), goes_on = round % 2;
    const DType dtype = round % 7 == 0 ? f64 : round % 11 == 0 ? bf16 : f32;
    const Tensors inputs = {noise(shape, round, dtype)};
    Body body = [&](const Tensors &in) {
      Tensor y = move(compute(in[0]));
      if (moves_twice) y = again(y);
      return Tensors{goes_on ? abs(y) + 1.f : y};
    };
    require_same(report,
                 std::string(first) + ", " + second + (moves_twice ? std::string(", ") + third : "") + " of " +
                     to_string(shape) + " " + std::string(name_of(dtype)),
                 body, inputs);
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("parts of a concatenation, computed and as they are") {
  Report report;
  for (int64_t axis : {0, 1})
    for (int64_t width : {5, 16, 33, 64}) {
      const Tensors inputs = {noise({6, width}, 1), noise({6, width}, 2)};
      require_same(
          report, "axis " + std::to_string(axis) + " of " + std::to_string(width),
          [&](const Tensors &in) {
            Tensor angle = in[0] * 3.f;
            return Tensors{concatenate({sin(angle), in[1], cos(angle)}, axis), stack({exp(in[0]), in[1] * 2.f}, axis),
                           stack({angle, angle, in[1]}, axis)};
          },
          inputs);
    }
  REQUIRE_CLEAN(report);
}

// Emitters that take a concatenation operand by operand, or a transposed operand by squares, know it at one index: not
// at those of ops that read it elsewhere, however many elementwise ones are between.
TEST_CASE("what is put together, computed and moved again") {
  const std::vector<std::pair<const char *, Unary>> sources = {
      {"rows", [](auto &x) { return concatenate({x, x * 0.5f}, 0); }},
      {"columns", [](auto &x) { return concatenate({x * 0.5f, x}, 1); }},
      {"columns in memory", [](auto &x) { return concatenate({x, x}, 1); }},
      {"transposed", [](auto &x) { return transpose(x); }},
      {"less their means", [](auto &x) { return x - mean(x, 1, true); }},
      {"running sums", [](auto &x) { return cumsum(x, 1); }},
  };
  Report report;
  for (const Shape &shape : {Shape{40, 33}, Shape{16, 64}})
    for (const auto &[first, source] : sources)
      for (const auto &[second, move] : kMoves)
        require_same(report, std::string(first) + ", " + second + " of " + to_string(shape),
                     [&](const Tensors &in) {
                       Tensor moved = move(1.f - source(in[0]));
                       return Tensors{moved, moved * 2.f};
                     },
                     {noise(shape, 1)});
  for (const auto &[name, move] : kMoves)
    require_same(report, std::string("in place, too, ") + name,
                 [&](const Tensors &in) {
                   Tensor joined = concatenate({in[0], in[0]}, 0);
                   return Tensors{move(-joined), joined + 1.f, joined + flip(-joined, {0})};
                 },
                 {noise({6, 20}, 1)});
  require_same(report, "three elements of four",
               [](const Tensors &in) { return Tensors{(-concatenate(in))[{{0, 3}}]}; }, {noise({2}, 1), noise({2}, 2)});
  require_gradients(report, "product of three", [](const Tensors &in) { return prod(in[0]); }, {noise({3}, 1, f64)});
  REQUIRE_CLEAN(report);
}

TEST_CASE("channels of computed pixels become planes") {
  Report report;
  for (const Shape &shape : {Shape{5, 37, 3}, Shape{2, 16, 4}, Shape{3, 70, 2}, Shape{2, 19, 1}, Shape{2, 19, 5}})
    for (DType dtype : {f32, f64, bf16, u8}) {
      const int64_t channels = shape[2];
      const Tensors inputs = {cast(abs(noise(shape, 1)) * 100.f, dtype), noise({channels}, 2), noise({shape[1], 1}, 3)};
      require_same(
          report, "planes of " + to_string(shape) + " of " + std::string(name_of(dtype)),
          [](const Tensors &in) {
            Tensor pixels = (cast(in[0], f32) - in[1]) * in[2];
            Tensor others = tanh(cast(in[0], f32)) + in[1], more = cast(in[0], f32) * 2.f;
            return Tensors{transpose(pixels, {2, 0, 1}), -transpose(others, {0, 2, 1}),
                           sum(transpose(more, {2, 0, 1}), {0})};
          },
          inputs);
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("reductions of what is computed and moved") {
  Report report;
  for (const Shape &shape : {Shape{6, 37}, Shape{40, 64}, Shape{130, 16}, Shape{3, 300}})
    for (const auto &[name, move] : kMoves) {
      const Tensors inputs = {noise(shape, 1), noise(shape, 2)};
      require_same(
          report, std::string(name) + " of " + to_string(shape) + ", reduced",
          [&move = move](const Tensors &in) {
            Tensor moved = move(exp(in[0]) + in[1]);
            Tensor rows = move(in[0] * in[1]), columns = move(tanh(in[1]) - in[0]), places = move(abs(in[0]) - in[1]);
            return Tensors{sum(moved), sum(abs(rows), {1}), max(columns, {0}), argmax(places, 1),
                           softmax(move(-in[0]))};
          },
          inputs);
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("slices of what is computed, at places known only when the program runs") {
  Report report;
  for (int64_t start : {-3, 0, 2, 50})
    require_same(
        report, "from " + std::to_string(start),
        [](const Tensors &in) { return Tensors{dynamic_slice(exp(in[0]) - in[0], {in[1], in[1]}, {3, 20}) * 2.f}; },
        {noise({7, 40}, 1), constant(start)});
  REQUIRE_CLEAN(report);
}

TEST_CASE("gradients through what is computed before it is moved") {
  Report report;
  require_gradients(report, "pad, flip, concatenate",
                    [](const Tensors &in) {
                      Tensor padded = pad(sin(in[0]) * in[1], {{1, 1}, {2, 2}});
                      Tensor joined = concatenate({exp(in[0]), cos(in[1])}, 1);
                      return sum(padded * flip(padded, {1})) + sum(square(joined));
                    },
                    {noise({4, 20}, 1, f64), noise({4, 20}, 2, f64)});
  REQUIRE_CLEAN(report);
}

//===-- Loops -------------------------------------------------------------------------------------------------===//

namespace {

/// Reads neighbours, so that no element may be written over before all are made.
Tensor blur(const Tensor &x) {
  return pad(0.5f * x[{{1, -1}}] + 0.25f * (x[{{0, -2}}] + x[{{2, Range::kEnd}}]), {{1, 1}, {0, 0}});
}

}  // namespace

TEST_CASE("loops whose state is read by what makes the next one") {
  const Tensors inputs = {noise({40, 30}, 1), noise({40, 30}, 2)};
  const int before = runtime::num_threads();
  Report report;
  for (int threads : {1, 2}) {
    runtime::set_num_threads(threads);
    // Even and odd numbers of rounds: the result is in either place.
    for (int64_t rounds : {0, 1, 2, 7}) {
      const std::string times = " " + std::to_string(rounds) + " times, " + std::to_string(threads) + " threads";
      require_same(
          report, "for" + times,
          [&](const Tensors &in) {
            return Tensors{for_range(0, rounds, in[0], [](Tensor, Tensor x) { return blur(x); })};
          },
          inputs);
      require_same(
          report, "for, read behind it and beside" + times,
          [&](const Tensors &in) {
            auto [x, y, n] = for_range(0, rounds, std::tuple(in[0], in[1], constant(0)),
                                       [](Tensor, std::tuple<Tensor, Tensor, Tensor> state) {
                                         auto [x, y, n] = state;
                                         return std::tuple(blur(x), blur(y) + x, n + 1);
                                       });
            return Tensors{x + y, blur(x), cast(n, f32)};
          },
          inputs);
      require_same(
          report, "for, swapped" + times,
          [&](const Tensors &in) {
            auto [x, y] = for_range(0, rounds, std::tuple(in[0], in[1]), [](Tensor, std::tuple<Tensor, Tensor> state) {
              auto [x, y] = state;
              return std::tuple(y, 2.f * blur(y) - x);
            });
            return Tensors{x, y};
          },
          inputs);
      // Places go round with the values, or stay where one value would have two.
      using Three = std::tuple<Tensor, Tensor, Tensor>;
      const std::vector<std::pair<const char *, std::function<Three(const Tensor &, const Tensor &, const Tensor &)>>>
          moves = {{"swapped", [](auto &x, auto &y, auto &z) { return Three(y, x, blur(z)); }},
                   {"round", [](auto &x, auto &y, auto &z) { return Three(y, z, x); }},
                   {"round, changed", [](auto &x, auto &y, auto &z) { return Three(y, z, blur(z) + x); }},
                   {"twice", [](auto &x, auto &y, auto &z) { return Three(y, y, blur(z) + x); }},
                   {"to two", [](auto &x, auto &y, auto &z) { return Three(z, z, blur(y) + x); }},
                   {"kept", [](auto &x, auto &y, auto &z) { return Three(z, y, blur(x) + y); }},
                   {"one made for two", [](auto &x, auto &y, auto &z) {
                      Tensor next = blur(x) - y * z;
                      return Three(y, next, next);
                    }}};
      for (const auto &[name, move] : moves)
        require_same(
            report, name + times,
            [&](const Tensors &in) {
              auto [x, y, z] = for_range(0, rounds, Three(in[0], in[1], in[0] * in[1]), [&](Tensor, Three state) {
                auto [x, y, z] = state;
                return move(x, y, z);
              });
              return Tensors{x, y, z};
            },
            inputs);
      require_same(
          report, "while" + times,
          [&](const Tensors &in) {
            auto [x, n] = while_loop([&](std::tuple<Tensor, Tensor> state) { return std::get<1>(state) < rounds; },
                                     [](std::tuple<Tensor, Tensor> state) {
                                       auto [x, n] = state;
                                       return std::tuple(blur(x), n + 1);
                                     },
                                     std::tuple(in[0], constant(0)));
            return Tensors{x, cast(n, f32)};
          },
          inputs);
      require_same(
          report, "for in for" + times,
          [&](const Tensors &in) {
            return Tensors{for_range(0, rounds, in[0], [](Tensor, Tensor x) {
              return blur(for_range(0, 3, x, [](Tensor, Tensor y) { return blur(y); }) + x);
            })};
          },
          inputs);
      require_same(
          report, "for in a branch" + times,
          [&](const Tensors &in) {
            return Tensors{cond(
                sum(in[1]) > -1e9f,
                [&] { return for_range(0, rounds, in[0], [](Tensor, Tensor x) { return blur(x); }); },
                [&] { return in[1]; })};
          },
          inputs);
      require_same(
          report, "two loops side by side" + times,
          [&](const Tensors &in) {
            auto run = [&](Tensor x, float by) {
              return for_range(0, rounds, x, [by](Tensor, Tensor x) {
                return blur(matmul(x, transpose(x), false, false) * by)[{{}, {0, 30}}];
              });
            };
            return Tensors{run(in[0], 0.01f), run(in[1], 0.02f)};
          },
          inputs);
    }
  }
  runtime::set_num_threads(before);
  REQUIRE_CLEAN(report);
}

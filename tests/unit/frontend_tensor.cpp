// Tensors, eager: creation, printing, promotion, broadcasting, slicing, reductions, contractions.
#include <cmath>
#include <sstream>

#include <catch2/catch.hpp>

#include "runtime/executable/print.h"
#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

TEST_CASE("constants: the C++ type decides the dtype, nesting the shape") {
  CHECK(constant(1).dtype() == i32);
  CHECK(constant(1.f).dtype() == f32);
  CHECK(constant(1.0).dtype() == f64);
  CHECK(constant(true).dtype() == boolean);
  CHECK(constant(int64_t{1}).dtype() == i64);
  CHECK(constant({1.5, 2.5}, f16).dtype() == f16);
  CHECK(printed(constant({1.5, 0.1}, bf16)) == "[1.5 0.1]");
  CHECK(constant(std::vector{bfloat16(2.5)}, {1}).dtype() == bf16);
  CHECK(static_cast<float>(constant(-2.5, bf16).item<bfloat16>()) == -2.5f);
  CHECK(constant({{1, 2, 3}, {4, 5, 6}}).shape() == Shape{2, 3});
  CHECK(constant({{{1, 2}}, {{3, 4}}, {{5, 6}}}).shape() == Shape{3, 1, 2});
  CHECK(constant({{{{1}, {2}}}}).shape() == Shape{1, 1, 2, 1});
  CHECK(constant(std::vector<float>{1, 2, 3, 4}, {2, 2}).to_vector<float>() == Floats{1, 2, 3, 4});
  CHECK(constant(std::vector<bool>{true, false}).to_vector<bool>() == std::vector<bool>{true, false});
  CHECK(contains(message_of([] { constant({{1, 2}, {3}}); }), "different lengths"));
  CHECK(contains(message_of([] { constant(std::vector<float>{1, 2}, {3}); }), "2 elements do not fill"));
}

TEST_CASE("printing: NumPy's layout, shape and dtype") {
  std::ostringstream os;
  os << constant({{1.f, 2.f}, {3.f, 4.f}}) << '\n'
     << constant(3) << '\n'
     << constant({true, false}) << '\n'
     << Tensor();
  CHECK(os.str() ==
        "[[1. 2.]\n [3. 4.]] shape=[2,2] dtype=f32\n3 shape=[] dtype=i32\n[ True False] shape=[2] dtype=bool\n<empty "
        "tensor>");
}

TEST_CASE("creation, eagerly and in a trace") {
  auto all = [] {
    return std::tuple{zeros({2}),
                      ones({2}, i32),
                      full({2}, 2.5f),
                      arange(3),
                      arange(1, 2, 0.25),
                      eye(2),
                      zeros_like(constant({1, 2})),
                      iota({2, 2}, 1)};
  };
  auto traced = function(all);
  for (const auto &[z, o, u, a, s, e, l, i] : {all(), traced()}) {
    CHECK(printed(z) == "[0. 0.]");
    CHECK(printed(o) == "[1 1]");
    CHECK(printed(u) == "[2.5 2.5]");
    CHECK(printed(a) == "[0 1 2]");
    CHECK(printed(s) == "[1.   1.25 1.5  1.75]");
    CHECK(printed(e) == "[[1. 0.]\n [0. 1.]]");
    CHECK(printed(l) == "[0 0]");
    CHECK(printed(i) == "[[0 1]\n [0 1]]");
  }
}

TEST_CASE("promotion: kinds first, C++ numbers are weak") {
  auto dtype = [](const Tensor &t) { return t.dtype(); };
  Tensor b = constant({true}), u = ones({1}, u8), i = constant({1}), l = ones({1}, i64), h = ones({1}, f16),
         f = constant({1.f}), d = constant({1.0});
  CHECK(dtype(i + l) == i64);
  CHECK(dtype(u + i) == i32);
  CHECK(dtype(l + h) == f16);
  CHECK(dtype(h + f) == f32);
  CHECK(dtype(f + d) == f64);
  CHECK(dtype(f + 1.0) == f32);
  CHECK(dtype(f + 1) == f32);
  CHECK(dtype(h * 2.0) == f16);
  Tensor n = ones({1}, bf16);
  CHECK(dtype(l + n) == bf16);
  CHECK(dtype(n * 2.0) == bf16);
  CHECK(dtype(n + h) == f32);
  CHECK(dtype(n + f) == f32);
  CHECK(dtype(n == 1) == boolean);
  CHECK(dtype(i * 2.0) == f32);
  CHECK(dtype(u + 1) == u8);
  CHECK(dtype(b * 1) == i32);
  CHECK(dtype(i == 1) == boolean);
  CHECK(dtype(select(b, 1.f, d)) == f64);
  CHECK(dtype(constant({1}) * Scalar(0.5)) == f32);
  CHECK(dtype(d * Scalar(0.5)) == f64);
  CHECK(dtype(f * cast(Scalar(0.5), f64)) == f64);  // a cast states the dtype, also where it is that of a weak tensor
  auto stated = function([](Tensor x, Scalar s) { return x * cast(s, f64); });
  CHECK(dtype(stated(f, 0.5)) == f64);
  CHECK(value(constant(1.f) / 3) == 1.f / 3);
  CHECK((constant(7) / 2).item<int>() == 3);
  CHECK(contains(message_of([&] { b + b; }), "etch::cast(x, etch::i32)"));
  CHECK(contains(message_of([&] { i & i; }), "compare first"));
}

TEST_CASE("promotion: numbers take the dtype of what is normalised, and Scalars stay weak in compositions") {
  const Tensor f = ones({1, 3}), n = ones({1, 3}, bf16), d = ones({1, 3}, f64);
  for (const Tensor &x : {f, n, d}) {
    CHECK(layer_norm(x, 1.0, 0).dtype() == x.dtype());
    CHECK(layer_norm(x, Scalar(1.0), 0.f).dtype() == x.dtype());
    CHECK(rms_norm(x, 1.0).dtype() == x.dtype());
    CHECK(batch_norm(x, 0.0, 1.0, 1.f, 0).dtype() == x.dtype());
    CHECK((x * silu(Scalar(0.5))).dtype() == x.dtype());
  }
  CHECK(layer_norm(n, f, f).dtype() == f32);
  CHECK(floats(f * silu(Scalar(0.5))) == floats(function([](Tensor x, Scalar s) { return x * silu(s); })(f, 0.5)));
  CHECK((f * silu(constant(0.5))).dtype() == f64);
}

TEST_CASE("unsigned numbers keep their value") {
  CHECK((zeros({}, i64) + 3000000000u).item<int64_t>() == 3000000000);
  std::string line;
  auto previous = runtime::set_print_sink([&](std::string_view text) { line = text; });
  print("{}", 3000000000u);
  runtime::set_print_sink(previous);
  CHECK(line == "3000000000\n");
}

TEST_CASE("broadcasting: NumPy's rule, in both directions, with extents 0 and 1") {
  Tensor row = constant({{1.f, 2.f, 3.f}}), column = constant({{10.f}, {20.f}});
  CHECK(printed(row + column) == "[[11. 12. 13.]\n [21. 22. 23.]]");
  CHECK(printed(constant({1.f, 2.f}) * constant(3.f)) == "[3. 6.]");
  CHECK((zeros({0, 3}) + row).shape() == Shape{0, 3});
  CHECK((zeros({2, 1, 3}) + zeros({4, 1})).shape() == Shape{2, 4, 3});
  CHECK(sum(zeros({0})).item<float>() == 0);
  CHECK(printed(broadcast_to(constant({1.f, 2.f}), {2, 2})) == "[[1. 2.]\n [1. 2.]]");
}

TEST_CASE("semantics 08: eager ops give the same for every extent") {
  for (int64_t n : {0, 1, 2, 7, 33, 100}) {
    Tensor x = arange(n, f32);
    Floats doubled = floats(x * 2.f + x);
    for (int64_t i = 0; i < n; ++i) CHECK(doubled[static_cast<size_t>(i)] == 3.f * static_cast<float>(i));
    CHECK(value(sum(x)) == static_cast<float>(n * (n - 1) / 2));
  }
}

TEST_CASE("slicing") {
  Tensor x = reshape(arange(12, f32), {3, 4});
  CHECK(printed(x[1]) == "[4. 5. 6. 7.]");
  CHECK(printed(x[-1]) == "[ 8.  9. 10. 11.]");
  CHECK(printed(x[{{1, 3}}]) == "[[ 4.  5.  6.  7.]\n [ 8.  9. 10. 11.]]");
  CHECK(printed(x[{{}, 1}]) == "[1. 5. 9.]");
  CHECK(printed(x[{0, {0, 4, 2}}]) == "[0. 2.]");
  CHECK(printed(x[{{-2, -1}, {1, Range::kEnd}}]) == "[[5. 6. 7.]]");
  CHECK(x[2][3].item<float>() == 11);
  auto traced = function([](Tensor x) { return std::tuple{x[1], x[{{}, {1, 3}}], x[{{0, 3, 2}}]}; });
  auto [a, b, c] = traced(x);
  CHECK(printed(a) == "[4. 5. 6. 7.]");
  CHECK(b.shape() == Shape{3, 2});
  CHECK(printed(c) == "[[ 0.  1.  2.  3.]\n [ 8.  9. 10. 11.]]");
  CHECK(contains(message_of([&] { x[3]; }), "index 3 is out of range; use -3 to 2"));
  CHECK(contains(message_of([&] { x[{{0, 5}}]; }), "not inside"));
}

TEST_CASE("slicing: one position in braces is that position") {
  Tensor x = reshape(arange(12, f32), {6, 2});
  CHECK(floats(x[{5}]) == Floats{10, 11});
  CHECK(floats(x[5]) == floats(x[{5}]));
  CHECK(floats(x[{{1, 3}}]) == Floats{2, 3, 4, 5});
  CHECK(floats(x[{5, 1}]) == Floats{11});
  CHECK(x[{}].shape() == Shape({6, 2}));
}

TEST_CASE("shapes: reshape, transpose, squeeze, concatenate, stack, pad, reverse") {
  Tensor x = constant({{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}});
  CHECK(reshape(x, {3, -1}).shape() == Shape{3, 2});
  CHECK(reshape(x, {-1}).shape() == Shape{6});
  CHECK(printed(transpose(x)) == "[[1. 4.]\n [2. 5.]\n [3. 6.]]");
  CHECK(transpose(zeros({2, 3, 4}), {0, 2, 1}).shape() == Shape{2, 4, 3});
  CHECK(expand_dims(x, {0, -1}).shape() == Shape{1, 2, 3, 1});
  CHECK(squeeze(zeros({1, 2, 1})).shape() == Shape{2});
  CHECK(squeeze(zeros({1, 2, 1}), 0).shape() == Shape{2, 1});
  CHECK(printed(concatenate({constant({1.f}), constant({2.f, 3.f})})) == "[1. 2. 3.]");
  CHECK(stack({x, x}, 1).shape() == Shape{2, 2, 3});
  CHECK(printed(pad(constant({1.f, 2.f}), {{1, 2}}, 9.f)) == "[9. 1. 2. 9. 9.]");
  CHECK(printed(reverse(constant({1.f, 2.f, 3.f}))) == "[3. 2. 1.]");
  CHECK(contains(message_of([&] { reshape(x, {4, -1}); }), "do not fill shape [4,?]"));
  CHECK(contains(message_of([&] { squeeze(x, 0); }), "is not 1"));
}

TEST_CASE("reductions: axes, keepdims, empty tensors, integers") {
  Tensor x = constant({{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}});
  CHECK(value(sum(x)) == 21);
  CHECK(printed(sum(x, 0)) == "[5. 7. 9.]");
  CHECK(printed(sum(x, -1, true)) == "[[ 6.]\n [15.]]");
  CHECK(value(mean(x)) == 3.5f);
  CHECK(mean(constant({1, 2})).item<float>() == 1.5f);
  CHECK(printed(max(x, 1)) == "[3. 6.]");
  CHECK(value(prod(x)) == 720);
  CHECK(printed(argmax(x, 0)) == "[1 1 1]");
  CHECK(any(x > 5.f).item<bool>());
  CHECK_FALSE(all(x > 5.f).item<bool>());
  CHECK(sum(constant({1, 2, 3})).item<int>() == 6);
  CHECK(std::isnan(mean(zeros({0})).item<float>()));
  CHECK(contains(message_of([&] { sum(x, 2); }), "axis 2 is out of range for rank 2; use -2 to 1"));
  CHECK(contains(message_of([&] { sum(x, {0, -2}); }), "listed twice"));
}

TEST_CASE("mean and variance of sixteen bits are computed in thirty-two") {
  const DType dtype = GENERATE(f16, bf16);
  auto open = [](auto f) { return function(f, {.input_signature = {Spec{f16, {kDynamic}}}}); };
  const int64_t n = 70'000;  // f16 has no such number, nor bf16
  const Tensor x = concatenate({full({n / 2}, 1.f, dtype), full({n / 2}, 3.f, dtype)}, 0);
  auto number = [&](const Tensor &result) {
    CHECK(result.dtype() == dtype);
    return value(cast(result, f32));
  };
  CHECK(number(mean(x)) == 2);
  CHECK(number(variance(x)) == 1);
  CHECK(number(standard_deviation(x)) == 1);
  const float slope = value(cast(grad([](Tensor x) { return mean(x); })(x)[0], f32));
  CHECK(slope == value(cast(cast(constant(1.f / static_cast<float>(n)), dtype), f32)));
  if (dtype != f16) return;
  CHECK(number(standard_deviation(x * 250.f)) == 250);  // though the variance is beyond f16
  CHECK(number(open([](Tensor x) { return mean(x); })(x)) == 2);
  CHECK(number(open([](Tensor x) { return variance(x); })(x)) == 1);
}

TEST_CASE("matmul: vectors, batches, transposes, every number type") {
  Tensor a = constant({{1.f, 2.f}, {3.f, 4.f}}), v = constant({1.f, 10.f});
  CHECK(printed(matmul(a, v)) == "[21. 43.]");
  CHECK(printed(matmul(v, a)) == "[31. 42.]");
  CHECK(value(matmul(v, v)) == 101);
  CHECK(printed(matmul(a, a, true)) == "[[10. 14.]\n [14. 20.]]");
  CHECK(printed(matmul(a, a, false, true)) == "[[ 5. 11.]\n [11. 25.]]");
  CHECK(matmul(zeros({5, 2, 3}), zeros({5, 3, 4})).shape() == Shape{5, 2, 4});
  CHECK(matmul(zeros({5, 2, 3}), zeros({3, 4})).shape() == Shape{5, 2, 4});
  CHECK(matmul(zeros({2, 3}), zeros({5, 3, 4})).shape() == Shape{5, 2, 4});
  CHECK(matmul(zeros({5, 1, 2, 3}), zeros({6, 3, 4})).shape() == Shape{5, 6, 2, 4});
  for (DType dtype : {u8, i32, i64, f16, bf16, f32, f64})
    CHECK(matmul(ones({2, 3}, dtype), ones({3, 2}, dtype)).dtype() == dtype);
  CHECK(contains(message_of([&] { matmul(zeros({2, 3}), zeros({4, 3})); }),
                 "inner extents 3 of f32[2,3] and 4 of f32[4,3] differ"));
}

TEST_CASE("indexing and losses") {
  CHECK(printed(take(constant({10.f, 20.f, 30.f}), constant({2, 0}))) == "[30. 10.]");
  CHECK(printed(one_hot(constant({1, 0}), 3)) == "[[0. 1. 0.]\n [1. 0. 0.]]");
  Tensor logits = constant({{1.f, 2.f, 3.f}, {1000.f, 0.f, 0.f}});
  Tensor loss = sparse_softmax_cross_entropy(logits, constant({2, 0}));
  CHECK(floats(loss)[0] == Approx(0.40760596));
  CHECK(floats(loss)[1] == 0);
  CHECK(floats(sum(softmax(logits), 1))[0] == Approx(1));
  CHECK(floats(softmax(logits)[1]) == Floats{1, 0, 0});
  CHECK(value(accuracy(logits, constant({2, 1}))) == 0.5f);
  CHECK(value(mse(constant({1.f, 2.f}), constant({3.f, 2.f}))) == 2);
}

TEST_CASE("variables and scalars are operands like tensors") {
  Variable v(constant({1.f, 2.f}), "v");
  CHECK(printed(v + 1.f) == "[2. 3.]");
  CHECK(printed(2.f * v) == "[2. 4.]");
  v.assign_sub(constant({1.f, 1.f}));
  CHECK(printed(v) == "[0. 1.]");
  v.assign(5.f);
  CHECK(printed(v) == "[5. 5.]");
  CHECK(contains(message_of([&] { v.assign(constant({1.f, 2.f, 3.f})); }), "'v' is f32[2] but the value is f32[3]"));
  CHECK(contains(message_of([&] { v.assign(constant({1, 2})); }), "needs f32; got i32[2]"));
}

TEST_CASE("parts in one piece and others are what the compiled function picks") {
  for (DType dtype : {f32, f64, u8, boolean}) {
    Tensor x = cast(reshape(arange(3 * 4 * 5), {3, 4, 5}) % 7, dtype),
           row = cast(reshape(arange(6) % 2, {1, 6}), dtype);
    const std::vector<std::vector<Range>> picks = {
        {Range(1)},
        {Range(-1)},
        {Range(1), Range(2)},
        {Range(2), Range(3), Range(4)},
        {Range(1, 3)},
        {Range(2, 2)},
        {Range(1), Range(1, 3)},
        {Range(0, 2), Range(1)},
        {Range(), Range(3)},
        {Range(1, 2), Range(2)},
        {Range(1), Range(), Range(2)},
        {Range(0, 3, 2)},
    };
    for (const std::vector<Range> &pick : picks) {
      auto f = function([&](Tensor x) { return slice(x, pick); });
      Tensor expected = f(x), part = slice(x, pick);
      CHECK(part.shape() == expected.shape());
      CHECK(part.dtype() == dtype);
      CHECK(printed(part) == printed(expected));
    }
    CHECK(printed(row[0]) == printed(reshape(row, {6})));
    CHECK(slice(zeros({2, 0}, dtype), {Range(1)}).shape() == Shape{0});
  }
  Tensor x = ones({4, 3});
  GradientTape tape;
  tape.watch(x);
  Tensor y = sum(x[1] * 3.f);
  CHECK(floats(tape.gradient(y, x)) == Floats{0, 0, 0, 3, 3, 3, 0, 0, 0, 0, 0, 0});
}

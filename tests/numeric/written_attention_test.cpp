// Attention that is written as products around a softmax: found where it may be, with the results of what was written.
#include <catch2/catch.hpp>

#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

using Written = std::function<Tensor(const Tensors &)>;

struct Case {
  std::string text;
  bool is_found;
  Written body;
};

const float kInf = std::numeric_limits<float>::infinity();

Tensor scores_of(const Tensors &in) { return matmul(in[0], transpose(in[1], {0, 1, 3, 2})); }

/// Of query [2, 3, n, d], key [2, 3, m, d], value [2, 3, m, e]; a mask is [n, m].
std::vector<Case> cases() {
  auto lower = [](const Tensors &in) { return tril(ones({in[0].shape()[2], in[1].shape()[2]}, boolean)); };
  auto rows_and_columns = [](const Tensors &in) {
    return std::pair(iota({in[0].shape()[2], 1}, 0, i32), iota({1, in[1].shape()[2]}, 1, i32));
  };
  return {
      {"plain", true, [](const Tensors &in) { return matmul(softmax(scores_of(in)), in[2]); }},
      {"scaled", true, [](const Tensors &in) { return matmul(softmax(scores_of(in) * 0.3f), in[2]); }},
      {"divided by what is computed", true,
       [](const Tensors &in) { return matmul(softmax(scores_of(in) / (2.f + square(in[0][{0, 0, 0, 0}]))), in[2]); }},
      {"causal", true,
       [=](const Tensors &in) { return matmul(softmax(where(lower(in), scores_of(in), -kInf)), in[2]); }},
      {"causal with a large number, scaled", true,
       [=](const Tensors &in) { return matmul(softmax(where(lower(in), scores_of(in) / 2.f, -1e9f)), in[2]); }},
      {"causal by positions", true,
       [=](const Tensors &in) {
         auto [row, column] = rows_and_columns(in);
         return matmul(softmax(where(column < row + 1, scores_of(in), -kInf)), in[2]);
       }},
      {"causal by what is later", true,
       [=](const Tensors &in) {
         auto [row, column] = rows_and_columns(in);
         return matmul(softmax(where(logical_not(column > row), scores_of(in), -kInf)), in[2]);
       }},
      {"causal by a sum", true,
       [=](const Tensors &in) { return matmul(softmax(scores_of(in) + where(lower(in), 0.f, -1e9f)), in[2]); }},
      {"positions, but not causal", true,
       [=](const Tensors &in) {
         auto [row, column] = rows_and_columns(in);
         return matmul(softmax(where(column <= row + 1, scores_of(in), -kInf)), in[2]);
       }},
      {"positions that wrap", true,
       [](const Tensors &in) {
         Tensor row = iota({in[0].shape()[2], 1}, 0, u8), column = iota({1, in[1].shape()[2]}, 1, u8);
         return matmul(softmax(where(column - row <= constant(uint8_t{0}), scores_of(in), -kInf)), in[2]);
       }},
      {"one query sees nothing", true,
       [=](const Tensors &in) {
         auto [row, column] = rows_and_columns(in);
         return matmul(softmax(where(column < row, scores_of(in), -kInf)), in[2]);
       }},
      {"a shift for every score", true,
       [](const Tensors &in) { return matmul(softmax(scores_of(in) * 0.5f + in[3]), in[2]); }},
      {"a shift for every key", true,
       [](const Tensors &in) { return matmul(softmax(scores_of(in) + sum(in[3], {0})), in[2]); }},
      {"a shift for every query", true,
       [](const Tensors &in) { return matmul(softmax(scores_of(in) + sum(in[3], {1}, true)), in[2]); }},
      {"heads between", true,
       [](const Tensors &in) {
         Tensor q = transpose(in[0], {0, 2, 1, 3}), k = transpose(in[1], {0, 2, 1, 3}),
                v = transpose(in[2], {0, 2, 1, 3});
         return einsum("bhqk,bkhe->bhqe", {softmax(einsum("bqhd,bkhd->bhqk", {q, k}) * 0.5f), v});
       }},
      {"hidden where the mask is true", true,
       [](const Tensors &in) { return matmul(softmax(where(in[3] > 1.f, -kInf, scores_of(in))), in[2]); }},
      {"causal by what is hidden", true,
       [=](const Tensors &in) {
         auto [row, column] = rows_and_columns(in);
         return matmul(softmax(where(column > row, -kInf, scores_of(in) / 2.f)), in[2]);
       }},
      {"causal by a sum of what is hidden", true,
       [=](const Tensors &in) {
         auto [row, column] = rows_and_columns(in);
         return matmul(softmax(scores_of(in) / 2.f + where(column > row, -1e9f, 0.f)), in[2]);
       }},
      {"hidden with a large number", true,
       [](const Tensors &in) { return matmul(softmax(where(in[3] > -1.f, scores_of(in), -1e9f)), in[2]); }},
      {"hidden with the lowest number, and one query sees nothing", true,
       [=](const Tensors &in) {
         auto [row, column] = rows_and_columns(in);
         const float lowest = std::numeric_limits<float>::lowest();
         return matmul(softmax(where(column >= row, lowest, scores_of(in) * 0.5f)), in[2]);
       }},
      {"causal, and shifted", true,
       [=](const Tensors &in) { return matmul(softmax(where(lower(in), scores_of(in) / 2.f + in[3], -kInf)), in[2]); }},
      {"causal, and hidden", true,
       [=](const Tensors &in) {
         return matmul(softmax(where(lower(in), where(in[3] < 1.f, scores_of(in), -kInf), -kInf)), in[2]);
       }},
      {"hidden by a sum", true,
       [](const Tensors &in) {
         Tensor seen = cast(sum(in[3], 0) > 0.f, f32);
         return matmul(softmax(scores_of(in) / 2.f + (1.f - seen) * -1e9f), in[2]);
       }},
      {"exponentials by hand", true,
       [](const Tensors &in) {
         Tensor scores = scores_of(in) / std::sqrt(5.f), weights = exp(scores - max(scores, -1, true));
         return matmul(weights / sum(weights, -1, true), in[2]);
       }},
      {"keys before queries", true,
       [](const Tensors &in) {
         Tensor q = transpose(in[0], {0, 2, 1, 3}), k = transpose(in[1], {0, 2, 1, 3}),
                v = transpose(in[2], {0, 2, 1, 3});
         return transpose(einsum("acbe,aecd->abcd", {softmax(einsum("aecd,abcd->acbe", {k, q})), v}), {0, 2, 1, 3});
       }},
      {"a large number beside another mask", false,
       [=](const Tensors &in) {
         return matmul(softmax(where(lower(in), where(in[3] < 0.f, scores_of(in), -kInf), -1e9f)), in[2]);
       }},
      {"a number that hides nothing", false,
       [](const Tensors &in) { return matmul(softmax(where(in[3] < 0.f, scores_of(in), -1.f)), in[2]); }},
      {"weights that are read again", false,
       [](const Tensors &in) {
         Tensor weights = softmax(scores_of(in));
         return matmul(weights, in[2]) + sum(weights, {3}, true);
       }},
      {"scores that are read again", false,
       [](const Tensors &in) {
         Tensor scores = scores_of(in);
         return matmul(softmax(scores), in[2]) + max(scores, {3}, true);
       }},
      {"softmax over the queries", false, [](const Tensors &in) { return matmul(softmax(scores_of(in), 2), in[2]); }},
  };
}

}  // namespace

TEST_CASE("attention that is written out is found") {
  Report report;
  const Tensors inputs = {
      tensor_of(sample({2, 3, 40, 5}, f32, -2, 2, 1), f32), tensor_of(sample({2, 3, 47, 5}, f32, -2, 2, 2), f32),
      tensor_of(sample({2, 3, 47, 6}, f32, -1, 1, 3), f32), tensor_of(sample({40, 47}, f32, -2, 2, 4), f32)};
  const Tensor weights = tensor_of(sample({2, 3, 40, 6}, f32, -1, 1, 5), f32);
  for (const Case &test : cases()) {
    const Body body = [&](const Tensors &in) { return Tensors{test.body(in)}; };
    auto step = function([&](const Tensors &in) { return test.body(in); });
    const Tensor expected = run_eager(body, inputs, Policy::strict)[0], actual = step(inputs);
    const bool is_found = step.ir("grad").find("etch.dot_product_attention") != std::string::npos;
    report.require(is_found == test.is_found, test.text + (is_found ? ": found" : ": not found"));
    require_bits(report, test.text + ": what is NaN", is_nan(actual), is_nan(expected));
    auto zero_nan = [](const Tensor &x) { return where(is_nan(x), 0.f, x); };
    report.require(max(abs(zero_nan(actual) - zero_nan(expected))).item<float>() < 4e-6f, test.text + ": result");
    require_bits(report, test.text + ": strict", run_compiled(body, inputs, Policy::strict)[0], expected);
    if (any(is_nan(expected)).item<bool>()) continue;
    const Body gradients = [&](const Tensors &in) {
      auto written = [&](const Tensor &q, const Tensor &k, const Tensor &v, const Tensor &m) {
        return test.body({q, k, v, m});
      };
      return Tensors(vjp(written, in[0], in[1], in[2], in[3]).second(weights));
    };
    const Tensors eager = run_eager(gradients, inputs, Policy::strict),
                  compiled = run_compiled(gradients, inputs, Policy::standard);
    for (size_t i = 0; i < eager.size(); ++i)
      report.require(max(abs(compiled[i] - eager[i])).item<float>() <= 1e-5f * (1 + max(abs(eager[i])).item<float>()),
                     test.text + ": gradient " + std::to_string(i));
  }
  REQUIRE_CLEAN(report);
}

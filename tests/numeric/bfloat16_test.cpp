// bf16 against f32: every number through every op of one operand, and casts where rounding twice would show.
#include <catch2/catch.hpp>
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

struct Unary {
  const char *op;
  Tensor (*apply)(const Tensor &);
};
const std::vector<Unary> kUnary = {
#define UNARY(op, ...) {#op, [](const Tensor &x) { return etch::op(x); }},
#include "tests/numeric/elementwise.def"
};

Tensor every_number() {
  std::vector<bfloat16> numbers(0x10000);
  for (uint32_t bits = 0; bits < 0x10000; ++bits) numbers[bits].bits = static_cast<uint16_t>(bits);
  return from_vector(numbers, {0x10000});
}

/// What bfloat16 makes of each float.
Tensor rounded(const Tensor &x) {
  std::vector<bfloat16> numbers;
  for (float value : x.to_vector<float>()) numbers.push_back(bfloat16(value));
  return from_vector(numbers, x.shape());
}

}  // namespace

TEST_CASE("bf16: every number through every unary op is f32 rounded once, subnormals included") {
  Report report;
  const Tensor x = every_number(), wide = cast(x, f32);
  Body narrow_body = [](const Tensors &in) {
    Tensors results;
    for (const Unary &unary : kUnary) results.push_back(unary.apply(in[0]));
    return results;
  };
  const Tensors expected = run_eager(narrow_body, {wide}, Policy::strict);
  for (Policy policy : {Policy::strict, Policy::standard}) {
    const Tensors eager = run_eager(narrow_body, {x}, policy), compiled = run_compiled(narrow_body, {x}, policy);
    for (size_t i = 0; i < kUnary.size(); ++i) {
      require_bits(report, std::string(kUnary[i].op) + " bf16", eager[i], rounded(expected[i]));
      require_bits(report, std::string(kUnary[i].op) + " bf16 compiled", compiled[i], eager[i]);
    }
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("bf16: casts to it round once") {
  Report report;
  auto check = [&](const std::string &what, const Tensor &x, auto number) {
    std::vector<bfloat16> expected;
    for (auto value : x.to_vector<decltype(number)>()) {
      // A long double holds all of them.
      const long double nearest = stored(static_cast<long double>(value), bf16);
      expected.push_back(bfloat16(static_cast<double>(nearest)));
    }
    Body body = [](const Tensors &in) { return Tensors{cast(in[0], bf16)}; };
    const Tensor eager = run_eager(body, {x}, Policy::strict)[0];
    require_bits(report, what, eager, from_vector(expected, x.shape()));
    require_bits(report, what + " compiled", run_compiled(body, {x}, Policy::standard)[0], eager);
  };
  // Ties of bf16 and what lies beside them, at every size: what f32 (f64) has no bits for decides.
  std::vector<double> doubles = {0.0, -0.0, INFINITY, NAN, 1e300, -1e300, 1e-320, 0x1.ffp127, 0x1.fefffffffffffp127};
  for (int exponent = -140; exponent < 128; ++exponent)
    for (int step = 0; step < 8; ++step)
      for (double beside : {-0x1p-50, -0x1p-20, 0.0, 0x1p-20, 0x1p-50}) {
        const double tie = 1 + 0x1p-8 + step * 0x1p-7;
        doubles.push_back(std::ldexp(tie + beside, exponent));
        doubles.push_back(-doubles.back());
      }
  check("f64", from_vector(doubles, {static_cast<int64_t>(doubles.size())}), 0.0);
  std::vector<int64_t> longs = {0, INT64_MIN, INT64_MAX, INT64_MIN + 1};
  for (int shift = 0; shift < 63; ++shift)
    for (int64_t head : {256, 257, 258, 259, 509, 511})
      for (int64_t beside : {-1, 0, 1})
        if (shift <= 54) longs.insert(longs.end(), {(head << shift) + beside, -(head << shift) + beside});
  const auto count = static_cast<int64_t>(longs.size());
  check("i64", from_vector(longs, {count}), int64_t{});
  std::vector<int32_t> ints;
  for (int64_t value : longs)
    if (value == static_cast<int32_t>(value)) ints.push_back(static_cast<int32_t>(value));
  check("i32", from_vector(ints, {static_cast<int64_t>(ints.size())}), int32_t{});
  std::vector<uint8_t> bytes(256);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  check("u8", from_vector(bytes, {256}), uint8_t{});
  std::vector<float> floats;
  for (double value : doubles) floats.push_back(static_cast<float>(value));
  check("f32", from_vector(floats, {static_cast<int64_t>(floats.size())}), 0.f);
  // NaNs whose payload is cut off, or whose rounding would carry out of it.
  std::vector<float> nans;
  for (uint32_t bits : {0x7f800001u, 0xff800001u, 0x7fffffffu, 0xffffffffu}) nans.push_back(std::bit_cast<float>(bits));
  for (const bfloat16 &value : cast(from_vector(nans, {4}), bf16).to_vector<bfloat16>())
    report.require(std::isnan(static_cast<float>(value)), "NaN of f32");
  REQUIRE_CLEAN(report);
}

TEST_CASE("bf16: casts from it lose nothing that the other dtype holds") {
  Report report;
  const Tensor x = every_number();
  Body body = [](const Tensors &in) {
    return Tensors{cast(in[0], f32), cast(in[0], f64), cast(in[0], f16), cast(in[0], i32), cast(in[0], boolean)};
  };
  const Tensors eager = run_eager(body, {x}, Policy::strict), compiled = run_compiled(body, {x}, Policy::strict);
  const Array values = array_of(x);
  require_close(report, "f32", eager[0], values, 0);
  require_close(report, "f64", eager[1], values, 0);
  Array halves = values, whole = values, truths = values;
  for (long double &value : halves.values) value = stored(value, f16);
  for (long double &value : whole.values)
    value = std::isnan(value) ? 0 : std::trunc(std::clamp<long double>(value, INT32_MIN, INT32_MAX));
  for (long double &value : truths.values) value = value != 0;
  require_close(report, "f16", eager[2], halves, 0);
  require_close(report, "i32", eager[3], whole, 0);
  require_close(report, "bool", eager[4], truths, 0);
  for (size_t i = 0; i < eager.size(); ++i) require_bits(report, "compiled", compiled[i], eager[i]);
  REQUIRE_CLEAN(report);
}

TEST_CASE("bf16: an element of a product depends on its row and column alone") {
  Report report;
  const Tensor x = tensor_of(sample({70, 600}, bf16, -1, 1, 1), bf16),
               y = tensor_of(sample({600, 90}, bf16, -1, 1, 2), bf16);
  auto product = [](const Tensor &a, const Tensor &b) {
    return run_compiled([](const Tensors &in) { return Tensors{matmul(in[0], in[1])}; }, {a, b}, Policy::standard)[0];
  };
  const Tensor whole = product(x, y), turned = transpose(product(transpose(y), transpose(x)));
  require_bits(report, "both sides turned", turned, whole);
  require_bits(report, "three rows", product(slice(x, {{33, 36}, {0, 600}}), y), slice(whole, {{33, 36}, {0, 90}}));
  require_bits(report, "five columns", product(x, slice(y, {{0, 600}, {29, 34}})), slice(whole, {{0, 70}, {29, 34}}));
  REQUIRE_CLEAN(report);
}

// Within a rounding to bf16 and those of f32 sums.
static void require_product(Report &report, const std::string &what, const Tensor &got, const Tensor &exact) {
  Array bound = array_of(exact);
  for (long double &value : bound.values) value = std::abs(value) / 256 + 1e-4L;
  require_within(report, what, got, array_of(exact), bound);
}

// Sums that waited for the next pass over the depth lay on the stack, and in another place than memory was taken for,
// where the right operand was laid out ahead; a single column turned the product, but not what was laid out.
TEST_CASE("bf16: products by captured operands are those by arguments, of any depth") {
  Report report;
  for (auto [m, n, k] : {std::array<int64_t, 3>{102, 25, 1025}, {60, 40, 2049}, {15, 1, 7}, {1, 33, 64}}) {
    const Tensor x = tensor_of(sample({m, k}, bf16, -1, 1, 1), bf16),
                 y = tensor_of(sample({k, n}, bf16, -1, 1, 2), bf16);
    auto captured = function([&y](Tensor a) { return matmul(a, y); });
    auto argument = function([](Tensor a, Tensor b) { return matmul(a, b); });
    const std::string what = std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
    require_bits(report, what, captured(x), argument(x, y));
    require_product(report, what, argument(x, y), matmul(cast(x, f64), cast(y, f64)));
  }
  REQUIRE_CLEAN(report);
}

// Rows of an odd number of elements are copied where both operands lie along the depth and few rows meet many columns.
TEST_CASE("bf16: dot products of odd depths") {
  Report report;
  const Tensor x = tensor_of(sample({5, 135}, bf16, -1, 1, 1), bf16),
               y = tensor_of(sample({90, 135}, bf16, -1, 1, 2), bf16);
  const Tensor got = function([](Tensor a, Tensor b) { return matmul(a, b, false, true); })(x, y);
  require_product(report, "5x90x135", got, matmul(cast(x, f64), cast(y, f64), false, true));
  REQUIRE_CLEAN(report);
}

TEST_CASE("bf16: an intermediate result is rounded in compiled code, too") {
  // 256 + 1 is 256 in bf16, and so is that plus 1; in f32 it would be 258.
  const Tensor x = cast(full({33}, 256.f), bf16), y = cast(full({33}, 1.f), bf16);
  for (Policy policy : {Policy::strict, Policy::standard}) {
    auto f = function([](Tensor a, Tensor b) { return (a + b) + b - a; }, {.policy = policy});
    for (const bfloat16 &value : f(x, y).to_vector<bfloat16>()) CHECK(static_cast<float>(value) == 0);
  }
  // Products are not fused with sums: (1 + 2^-7)^2 = 1 + 2^-6 + 2^-14 loses its last bit first.
  const Tensor a = cast(full({33}, 1.0078125f), bf16), c = cast(full({33}, 1.015625f), bf16);
  auto g = function([](Tensor p, Tensor q) { return p * p - q; });
  for (const bfloat16 &value : g(a, c).to_vector<bfloat16>()) CHECK(static_cast<float>(value) == 0);
}

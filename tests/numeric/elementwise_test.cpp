// The rows of elementwise.def: eager, compiled, strict bit for bit, special values.
#include <catch2/catch.hpp>

#include <limits>

#include "tests/numeric/elementwise_rows.h"

using namespace etch;
using namespace numeric;

namespace {

// -- Operands

const std::vector<Shape> kShapes = {{}, {1}, {0}, {7}, {16}, {17}, {33}, {101}, {3, 0}, {5, 7}, {2, 3, 17}};
const std::vector<std::pair<Shape, Shape>> kShapePairs = {
    {{}, {}},
    {{1}, {1}},
    {{0}, {0}},
    {{7}, {7}},
    {{17}, {17}},
    {{33}, {33}},
    {{5, 7}, {5, 7}},
    {{5, 7}, {7}},
    {{33}, {}},
    {{}, {17}},
    {{5, 1}, {1, 7}},
    {{33}, {1}},
    {{0, 3}, {1, 3}},
    {{1}, {0}},
    {{2, 3, 17}, {}},
    {{2, 1, 17}, {3, 1}},
    {{17}, {2, 3, 17}},
    {{2, 3, 17}, {2, 3, 17}},
    {{2, 1, 3, 1}, {5, 1, 7}},
    {{1, 2, 1, 3, 2}, {2, 1, 1, 3, 1}},
};

std::vector<Real> specials(DType dtype) {
  if (dtype == boolean) return {0, 1};
  if (dtype == u8) return {0, 1, 2, 3, 7, 127, 128, 200, 254, 255};
  if (dtype == i32 || dtype == i64) {
    Real least = dtype == i32 ? std::numeric_limits<int32_t>::min() : std::numeric_limits<int64_t>::min();
    return {0, 1, -1, 2, -2, 3, -3, 7, -7, 31, 63, 64, 1000, -1000, -least - 1, -least - 2, least, least + 1};
  }
  Real greatest = dtype == f16    ? 65504
                  : dtype == bf16 ? 0x1.fep127L
                  : dtype == f32  ? Real(std::numeric_limits<float>::max())
                                  : Real(std::numeric_limits<double>::max());
  Real least_normal = dtype == f16 ? 0x1p-14L : dtype == f64 ? 0x1p-1022L : 0x1p-126L;
  Real least = least_normal * epsilon(dtype);
  std::vector<Real> values = {NAN, HUGE_VALL};
  for (Real x : {Real(0),
                 least,
                 3 * least,
                 least_normal - least,
                 least_normal,
                 epsilon(dtype),
                 Real(0.25),
                 Real(0.5),
                 1 - epsilon(dtype) / 2,
                 Real(1),
                 1 + epsilon(dtype),
                 Real(1.5),
                 Real(2),
                 Real(2.5),
                 Real(3),
                 Real(10),
                 Real(88),
                 Real(1000),
                 greatest / 2,
                 greatest})
    values.insert(values.end(), {x, -x});
  values.push_back(-HUGE_VALL);
  return values;
}
Array special_array(DType dtype) {
  std::vector<Real> values = specials(dtype);
  return {{static_cast<int64_t>(values.size())}, values};
}
/// All pairs of special values.
std::pair<Array, Array> special_pairs(DType dtype) {
  std::vector<Real> values = specials(dtype);
  Array x, y;
  for (Real a : values)
    for (Real b : values) x.values.push_back(a), y.values.push_back(b);
  x.shape = y.shape = {static_cast<int64_t>(x.values.size())};
  return {x, y};
}

double tolerance(DType dtype, double ulp32, double ulp64) {
  double exact = dtype == f64 ? ulp64 : ulp32;
  if (exact == 0) return 0;
  // The reference rounds, too; and f16 and bf16 are the result in f32 rounded once more.
  return (dtype == f16 || dtype == bf16 ? 0.5 : exact) + 0.005;
}

/// Eager against expected; compiled (all rows in one function) against eager, bit for bit.
struct Expected {
  std::string what;
  Array values;
  double ulp;
};
void check_all(Report &report, const Body &body, const Tensors &inputs, const std::vector<Expected> &expected,
               bool standard) {
  Tensors eager = run_eager(body, inputs, Policy::strict);
  Tensors compiled = run_compiled(body, inputs, Policy::strict);
  for (size_t i = 0; i < expected.size(); ++i) {
    require_close(report, expected[i].what + " eager", eager[i], expected[i].values, expected[i].ulp);
    require_bits(report, expected[i].what + " compiled strict", compiled[i], eager[i]);
  }
  if (!standard) return;
  Tensors relaxed = run_compiled(body, inputs, Policy::standard);
  for (size_t i = 0; i < expected.size(); ++i)
    require_close(report, expected[i].what + " compiled", relaxed[i], expected[i].values, expected[i].ulp);
}

void check_unary(Report &report, DType dtype, const Shape &shape, const Array *given, bool standard) {
  Tensors inputs;
  std::vector<Expected> expected;
  for (size_t i = 0; i < kUnary.size(); ++i) {
    const UnaryRow &row = kUnary[i];
    Array x = given ? *given : sample(shape, dtype, row.x.low, row.x.high, i);
    // docs/math.md: f64 sine, cosine and tangent end at 2^47; the gamma functions lose digits between negative zeros.
    if (given && dtype == f64 && (row.apply == etch::sin || row.apply == etch::cos || row.apply == etch::tan))
      x = map(x, [](Real v) { return std::fabs(v) < 0x1p47L || !std::isfinite(v) ? v : 0; });
    if (given && dtype == f64 && (row.apply == etch::lgamma || row.apply == etch::digamma))
      x = map(x, [](Real v) { return v == std::round(v) ? v : std::fabs(v); });
    inputs.push_back(tensor_of(x, dtype));
    expected.push_back({label(row.op, dtype, shape), map(x, row.oracle), tolerance(dtype, row.ulp32, row.ulp64)});
  }
  Body body = [](const Tensors &in) {
    Tensors out;
    for (size_t i = 0; i < kUnary.size(); ++i) out.push_back(kUnary[i].apply(in[i]));
    return out;
  };
  check_all(report, body, inputs, expected, standard);
}

void check_binary(Report &report, DType dtype, const Shape &shape_x, const Shape &shape_y,
                  const std::pair<Array, Array> *given, bool standard) {
  Tensors inputs;
  std::vector<Expected> expected;
  for (size_t i = 0; i < kBinary.size(); ++i) {
    const BinaryRow &row = kBinary[i];
    Array x = given ? given->first : sample(shape_x, dtype, row.x.low, row.x.high, 2 * i);
    Array y = given ? given->second : sample(shape_y, dtype, row.y.low, row.y.high, 2 * i + 1);
    inputs.insert(inputs.end(), {tensor_of(x, dtype), tensor_of(y, dtype)});
    expected.push_back({label(row.op, dtype, shape_x) + to_string(shape_y), map(x, y, row.oracle),
                        tolerance(dtype, row.ulp32, row.ulp64)});
  }
  Body body = [](const Tensors &in) {
    Tensors out;
    for (size_t i = 0; i < kBinary.size(); ++i) out.push_back(kBinary[i].apply(in[2 * i], in[2 * i + 1]));
    return out;
  };
  check_all(report, body, inputs, expected, standard);
}

}  // namespace

TEST_CASE("unary ops on floats") {
  for (DType dtype : kFloats) {
    Report report;
    for (const Shape &shape : kShapes) check_unary(report, dtype, shape, nullptr, shape == Shape{101});
    REQUIRE_CLEAN(report);
  }
}

TEST_CASE("unary ops on special values") {
  for (DType dtype : kFloats) {
    Report report;
    Array x = special_array(dtype);
    check_unary(report, dtype, x.shape, &x, true);
    REQUIRE_CLEAN(report);
  }
}

TEST_CASE("binary ops on floats, with broadcasting") {
  for (DType dtype : kFloats) {
    Report report;
    for (const auto &[x, y] : kShapePairs) check_binary(report, dtype, x, y, nullptr, x == Shape{5, 7});
    REQUIRE_CLEAN(report);
  }
}

TEST_CASE("binary ops on pairs of special values") {
  for (DType dtype : kFloats) {
    Report report;
    std::pair<Array, Array> pairs = special_pairs(dtype);
    check_binary(report, dtype, pairs.first.shape, pairs.first.shape, &pairs, true);
    REQUIRE_CLEAN(report);
  }
}

TEST_CASE("integer ops, corners included") {
  for (DType dtype : kIntegers) {
    Report report;
    auto [a, b] = special_pairs(dtype);
    for (const auto &[x, y] :
         {std::pair{a, b}, std::pair{sample({5, 7}, dtype, -20, 20, 1), sample({7}, dtype, -9, 9, 2)},
          std::pair{sample({}, dtype, -20, 20, 3), sample({}, dtype, 1, 9, 4)},
          std::pair{sample({3, 0}, dtype, -20, 20, 3), sample({1, 1}, dtype, 1, 9, 4)}}) {
      Body body = [](const Tensors &in) {
        Tensors out;
        for (const NamedUnary &row : kUnaryInteger) out.push_back(row.apply(in[0]));
        for (const NamedBinary &row : kBinaryInteger) out.push_back(row.apply(in[0], in[1]));
        return out;
      };
      std::vector<Expected> expected;
      for (const NamedUnary &row : kUnaryInteger)
        expected.push_back(
            {label(row.op, dtype, x.shape), map(x, [&](Real v) { return unary_integer(dtype, row.op, v); }), 0});
      for (const NamedBinary &row : kBinaryInteger)
        expected.push_back({label(row.op, dtype, x.shape) + to_string(y.shape),
                            map(x, y, [&](Real v, Real w) { return binary_integer(dtype, row.op, v, w); }), 0});
      check_all(report, body, {tensor_of(x, dtype), tensor_of(y, dtype)}, expected, false);
    }
    REQUIRE_CLEAN(report);
  }
}

TEST_CASE("comparisons of every dtype") {
  for (DType dtype : kAll) {
    Report report;
    auto [a, b] = special_pairs(dtype);
    for (const auto &[x, y] :
         {std::pair{a, b}, std::pair{sample({5, 1}, dtype, -2, 2, 1), sample({7}, dtype, -2, 2, 2)},
          std::pair{sample({}, dtype, -2, 2, 3), sample({}, dtype, -2, 2, 4)}}) {
      Body body = [](const Tensors &in) {
        Tensors out;
        for (const TestRow &row : kComparisons) out.push_back(row.apply(in[0], in[1]));
        return out;
      };
      std::vector<Expected> expected;
      for (const TestRow &row : kComparisons)
        expected.push_back({label(row.op, dtype, x.shape), map(x, y, row.oracle), 0});
      check_all(report, body, {tensor_of(x, dtype), tensor_of(y, dtype)}, expected, false);
    }
    REQUIRE_CLEAN(report);
  }
}

TEST_CASE("logical ops and is_finite") {
  Report report;
  for (const auto &[x, y] :
       {special_pairs(boolean), std::pair{sample({5, 1}, boolean, 0, 1, 1), sample({37}, boolean, 0, 1, 2)},
        std::pair{sample({}, boolean, 0, 1, 3), sample({}, boolean, 0, 1, 4)}}) {
    Body body = [](const Tensors &in) {
      Tensors out = {etch::logical_not(in[0])};
      for (const TestRow &row : kLogical) out.push_back(row.apply(in[0], in[1]));
      return out;
    };
    std::vector<Expected> expected = {{"logical_not", map(x, [](Real v) { return !v; }), 0}};
    for (const TestRow &row : kLogical) expected.push_back({label(row.op, boolean, x.shape), map(x, y, row.oracle), 0});
    check_all(report, body, {tensor_of(x, boolean), tensor_of(y, boolean)}, expected, false);
  }
  for (DType dtype : kFloats)
    for (const ClassifyRow &row : kClassify) {
      Array x = special_array(dtype);
      check_all(
          report, [&](const Tensors &in) { return Tensors{row.apply(in[0])}; }, {tensor_of(x, dtype)},
          {{label(row.op, dtype, x.shape), map(x, row.oracle), 0}}, false);
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("select and clamp") {
  Report report;
  for (DType dtype : kAll) {
    auto [x, y] = special_pairs(dtype);
    Array pred = sample(x.shape, boolean, 0, 1, 5), row = sample({7}, dtype, -3, 3, 6),
          column = sample({5, 1}, boolean, 0, 1, 7);
    check_all(
        report, [](const Tensors &in) { return Tensors{etch::select(in[0], in[1], in[2])}; },
        {tensor_of(pred, boolean), tensor_of(x, dtype), tensor_of(y, dtype)},
        {{label("select", dtype, x.shape),
          generate(x.shape, [&, &x = x, &y = y](const Position &p) { return pred[p] != 0 ? x[p] : y[p]; }), 0}},
        false);
    check_all(
        report, [](const Tensors &in) { return Tensors{etch::select(in[0], in[1], 1)}; },
        {tensor_of(column, boolean), tensor_of(row, dtype)},
        {{label("select", dtype, {5, 7}),
          generate({5, 7},
                   [&](const Position &p) { return broadcast_read(column, p) != 0 ? broadcast_read(row, p) : 1; }),
          0}},
        false);
  }
  for (DType dtype : kNumbers) {
    auto [x, low] = special_pairs(dtype);
    Array high = low;
    for (size_t i = 0; i < low.values.size(); ++i) high.values[i] = low.values[(i + 1) % specials(dtype).size()];
    auto oracle = [](Real v, Real a, Real b) { return -larger(-larger(v, a), -b); };
    check_all(
        report, [](const Tensors &in) { return Tensors{etch::clamp(in[0], in[1], in[2])}; },
        {tensor_of(x, dtype), tensor_of(low, dtype), tensor_of(high, dtype)},
        {{label("clamp", dtype, x.shape),
          generate(x.shape, [&, &x = x, &low = low](const Position &p) { return oracle(x[p], low[p], high[p]); }), 0}},
        false);
    check_all(
        report, [](const Tensors &in) { return Tensors{etch::clamp(in[0], 1, 3)}; }, {tensor_of(x, dtype)},
        {{label("clamp", dtype, x.shape), map(x, [&](Real v) { return oracle(v, 1, 3); }), 0}}, false);
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("cast between all dtypes") {
  auto cast_oracle = [](Real x, DType from, DType to) -> Real {
    if (to == boolean) return std::isnan(x) || x != 0;
    if (is_floating(to) || !is_floating(from)) return stored(x, to);
    if (std::isnan(x)) return 0;
    Real least = to == u8 ? 0 : to == i32 ? -0x1p31L : -0x1p63L;
    Real greatest = to == u8 ? 255 : to == i32 ? 0x1p31L - 1 : 0x1p63L - 1;
    Real truncated = std::trunc(x);
    return truncated < least ? least : truncated > greatest ? greatest : truncated + 0.0L;
  };
  for (DType from : kAll) {
    Report report;
    Array x = special_array(from);
    if (is_floating(from))
      for (Real extra : {1e9L, 2147483520.0L, 4e9L, 254.9L, 255.0L, 255.5L, 256.0L, -0.9L, -1.1L, 9.2e18L, 1e19L,
                         -1e19L, 0x1p24L + 2, 0.1L})
        x.values.push_back(stored(extra, from));
    else if (size_of(from) >= 4)
      for (Real extra : {16777217.0L, 16777219.0L, -16777217.0L, 2049.0L, 2051.0L, 65519.0L, 65520.0L, 65504.0L, 255.0L,
                         256.0L, 257.0L})
        x.values.push_back(extra);
    if (from == i64)
      for (Real extra :
           {4294967297.0L, 9007199254740993.0L, 0x1.000001p40L, 0x1.000003p40L, 67133441.0L, 0x1.000001000001p60L})
        x.values.push_back(extra);
    x.shape = {static_cast<int64_t>(x.values.size())};
    std::vector<Expected> expected;
    for (DType to : kAll)
      expected.push_back({label("cast to ", to, {}) + " from " + std::string(name_of(from)),
                          map(x, [&](Real v) { return cast_oracle(v, from, to); }), 0});
    check_all(
        report,
        [](const Tensors &in) {
          Tensors out;
          for (DType to : kAll) out.push_back(etch::cast(in[0], to));
          return out;
        },
        {tensor_of(x, from)}, expected, false);
    REQUIRE_CLEAN(report);
  }
}

// The rows of scan.def, and linear_scan, over every axis of shapes that are nothing, one vector, several and a rest.
#include <catch2/catch.hpp>

#include "tests/numeric/random_shapes.h"
#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

using Real = long double;

struct ScanRow {
  std::string op;
  std::function<Tensor(const Tensor &, int64_t axis, bool exclusive, bool reverse)> apply;
  bool has_exclusive;
  double low, high;
  Nearness nearness;
  Real start;
  Real (*join)(Real, Real);
};
const std::vector<ScanRow> kScans = {
#define CUMULATIVE(op, low, high, nearness, start, joined)       \
  {#op,   [](const Tensor &x, int64_t axis, bool e, bool r) { return etch::op(x, axis, e, r); }, \
   true,  low,                                                   \
   high,  Nearness::nearness,                                    \
   start, [](Real a, Real b) -> Real { return joined; }},
#define RUNNING(op, joined)                                    \
  {#op,   [](const Tensor &x, int64_t axis, bool, bool r) { return etch::op(x, axis, r); }, \
   false, -9,                                                  \
   9,     Nearness::exact,                                     \
   0,     [](Real a, Real b) -> Real { return joined; }},
#include "tests/numeric/scan.def"
};

const std::vector<Shape> kShapes = {{0},        {1},       {5},      {16},      {17},      {33},
                                    {100},      {3, 0},    {0, 3},   {4, 17},   {17, 4},   {2, 3, 5},
                                    {3, 40, 7}, {3, 1030}, {101, 3}, {9, 1, 8}, {2, 37, 2}};

/// Runs along the axis in plain order; `step` makes the running result from the one before (and whether there is one).
Array scanned(const Array &x, int64_t axis, bool exclusive, bool reverse, Real start,
              const std::function<Real(Real before, bool first, const Position &)> &step) {
  Array result = x;
  int64_t n = x.extent(static_cast<int>(axis));
  for_each_position(x.shape, [&](const Position &p) {
    if (p[static_cast<size_t>(axis)] != 0) return;
    Real state = start;
    for (int64_t i = 0; i < n; ++i) {
      Position q = p;
      q[static_cast<size_t>(axis)] = reverse ? n - 1 - i : i;
      Real next = step(state, i == 0, q);
      result[q] = exclusive ? state : next;
      state = next;
    }
  });
  return result;
}

Array magnitude(Array x) {
  for (Real &value : x.values) value = std::fabs(value);
  return x;
}

/// Against plain loops, and compiled against eager.
void check_scan(Report &report, const ScanRow &row, DType dtype, const Shape &shape, int64_t axis, bool exclusive,
                bool reverse) {
  Array x = sample(shape, dtype, row.low, row.high, 11);
  bool isExact = row.nearness == Nearness::exact;
  auto run = [&](const Array &in, bool wraps) {
    return scanned(in, axis, exclusive, reverse, row.start, [&](Real before, bool first, const Position &p) {
      if (first && isExact) return in[p];
      Real next = row.join(before, in[p]);
      return wraps ? stored(next, dtype) : next;
    });
  };
  Array expected = run(x, !is_floating(dtype));
  Array bound = generate(shape, [](const Position &) { return 0; });
  if (is_floating(dtype) && !isExact) {
    // Products may underflow on the way.
    Array scale = run(magnitude(x), false);
    Real terms = static_cast<Real>(shape[static_cast<int>(axis)]) + 1;
    Real inner = terms * epsilon(accumulator_of(dtype)) / 2;
    for (size_t i = 0; i < bound.values.size(); ++i)
      bound.values[i] = inner * scale.values[i] + epsilon(dtype) * 0.505L * std::fabs(expected.values[i]) +
                        subnormal_rounding(dtype) + terms * (dtype == f64 ? 0x1p-1074L : 0x1p-149L);
  }
  Tensor input = tensor_of(x, dtype);
  Body body = [&](const Tensors &in) { return Tensors{row.apply(in[0], axis, exclusive, reverse)}; };
  std::string what = row.op + " " + std::string(name_of(dtype)) + to_string(shape) + " axis " + std::to_string(axis) +
                     (exclusive ? " exclusive" : "") + (reverse ? " reverse" : "");
  Tensor eager = run_eager(body, {input}, Policy::strict)[0];
  require_within(report, what, eager, expected, bound);
  require_bits(report, what + " compiled", run_compiled(body, {input}, Policy::strict)[0], eager);
}

}  // namespace

TEST_CASE("running results") {
  for (const ScanRow &row : kScans) {
    Report report;
    for (DType dtype : kNumbers)
      for (const Shape &shape : kShapes)
        for (int64_t axis = 0; axis < shape.rank(); ++axis)
          for (int flags = 0; flags < 4; ++flags)
            if (!(flags & 1) || row.has_exclusive) check_scan(report, row, dtype, shape, axis, flags & 1, flags & 2);
    REQUIRE_CLEAN(report);
  }
}

TEST_CASE("running results of random shapes") {
  Report report;
  std::mt19937 random(5);
  for (const Shape &shape : random_shapes(40, 4, 20'000, 17)) {
    const auto below = [&](size_t n) { return random() % n; };
    const ScanRow &row = kScans[below(kScans.size())];
    const auto axis = static_cast<int64_t>(below(static_cast<size_t>(shape.rank())));
    check_scan(report, row, kNumbers[below(kNumbers.size())], shape, axis, row.has_exclusive && below(2), below(2));
  }
  REQUIRE_CLEAN(report);
}

// Each line is one lane of a vector, and its result lies where the next operand begins.
TEST_CASE("running results of lines of one element write nothing else") {
  Report report;
  for (DType dtype : kNumbers)
    for (bool reverse : {false, true}) {
      Tensor x = tensor_of(sample({16, 1}, dtype, 1, 3, 5), dtype);
      Body body = [&](const Tensors &in) { return Tensors{square(cumsum(square(in[0]), 1, false, reverse))}; };
      require_bits(report, std::string(name_of(dtype)) + (reverse ? " reverse" : ""),
                   run_compiled(body, {x}, Policy::strict)[0], run_eager(body, {x}, Policy::strict)[0]);
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("running results: NaN stays, -0 is kept, exclusive sums begin with 0") {
  Tensor x = etch::constant({1.f, -2.f, NAN, 5.f});
  CHECK(to_numpy_string(cummax(x)) == "[ 1.  1. nan nan]");
  CHECK(to_numpy_string(cummin(x, 0, true)) == "[nan nan nan  5.]");
  CHECK(to_numpy_string(cummax(etch::constant({-0.f, -0.f, 0.f}))) == "[0. 0. 0.]");
  CHECK(to_numpy_string(cumsum(etch::constant({-0.f, -0.f}))) == "[-0. -0.]");
  CHECK(to_numpy_string(cumsum(etch::constant({-0.f, -0.f}), 0, true)) == "[0. 0.]");
}

TEST_CASE("linear_scan") {
  Report report;
  for (DType dtype : kFloats)
    for (const Shape &shape : kShapes)
      for (int64_t axis = 0; axis < shape.rank(); ++axis)
        for (bool reverse : {false, true}) {
          Array a = sample(shape, dtype, -1, 1, 3), c = sample(shape, dtype, -2, 2, 4);
          auto run = [&](const Array &factors, const Array &terms) {
            return scanned(terms, axis, false, reverse, 0, [&](Real before, bool first, const Position &p) {
              return first ? terms[p] : factors[p] * before + terms[p];
            });
          };
          Array expected = run(a, c), bound = run(magnitude(a), magnitude(c));
          Real terms = static_cast<Real>(2 * shape[static_cast<int>(axis)]) + 1;
          for (size_t i = 0; i < bound.values.size(); ++i)
            bound.values[i] = bound.values[i] * terms * epsilon(accumulator_of(dtype)) / 2 +
                              epsilon(dtype) * 0.505L * std::fabs(expected.values[i]) + subnormal_rounding(dtype);
          Body body = [&](const Tensors &in) { return Tensors{etch::linear_scan(in[0], in[1], axis, reverse)}; };
          Tensors inputs = {tensor_of(a, dtype), tensor_of(c, dtype)};
          std::string what = "linear_scan " + std::string(name_of(dtype)) + to_string(shape) + " axis " +
                             std::to_string(axis) + (reverse ? " reverse" : "");
          Tensor eager = run_eager(body, inputs, Policy::strict)[0];
          require_within(report, what, eager, expected, bound);
          require_bits(report, what + " compiled", run_compiled(body, inputs, Policy::strict)[0], eager);
        }
  REQUIRE_CLEAN(report);
  // The first factor is not read, and no product of factors alone is ever formed.
  CHECK(to_numpy_string(etch::linear_scan(etch::constant({INFINITY, 1e30f, 1e30f, 1e30f}), zeros({4}))) ==
        "[0. 0. 0. 0.]");
}

TEST_CASE("derivatives of running results") {
  Report report;
  for (const Shape &shape : {Shape{5}, Shape{19}, Shape{3, 4}, Shape{0, 2}})
    for (int64_t axis = 0; axis < shape.rank(); ++axis)
      for (int flags = 0; flags < 4; ++flags) {
        bool exclusive = flags & 1, reverse = flags & 2;
        Array values = sample(shape, f64, -1.5, 1.5, 5);
        Tensor x = tensor_of(values, f64), y = tensor_of(sample(shape, f64, -1, 1, 6), f64);
        std::string what = to_string(shape) + " axis " + std::to_string(axis) + " flags " + std::to_string(flags);
        for (const ScanRow &row : kScans)
          if (!exclusive || row.has_exclusive)
            require_gradients(report, row.op + " " + what,
                              [&](const Tensors &in) { return row.apply(in[0], axis, exclusive, reverse); }, {x});
        if (!exclusive)
          require_gradients(report, "linear_scan " + what,
                            [&](const Tensors &in) { return etch::linear_scan(in[0], in[1], axis, reverse); }, {x, y});
        // Zeros are nothing special to a product.
        for (size_t i = 0; i < values.values.size(); i += 2) values.values[i] = 0;
        require_gradients(report, "cumprod with zeros " + what,
                          [&](const Tensors &in) { return cumprod(in[0], axis, exclusive, reverse); },
                          {tensor_of(values, f64)});
      }
  REQUIRE_CLEAN(report);
}

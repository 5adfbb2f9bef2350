// The rows of reduction.def over every set of axes, NaN and nothing included.
#include <catch2/catch.hpp>

#include "tests/numeric/random_shapes.h"
#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

using Real = long double;

Real least(DType dtype) {
  return is_floating(dtype) ? -HUGE_VALL : dtype == u8 ? 0 : dtype == i32 ? -0x1p31L : -0x1p63L;
}
Real greatest(DType dtype) {
  return is_floating(dtype) ? HUGE_VALL : dtype == u8 ? 255 : dtype == i32 ? 0x1p31L - 1 : 0x1p63L - 1;
}

struct ReductionRow {
  const char *op;
  Tensor (*apply)(Operand, Axes, bool);
  std::vector<DType> dtypes;
  double low, high;
  Nearness nearness;
  bool differentiable;
  Real (*empty)(DType);
  Real (*join)(Real, Real);
};
const std::vector<ReductionRow> kReductions = {
#define REDUCTION(op, dtypes, low, high, nearness, differentiable, empty, joined) \
  {#op,                                                                           \
   etch::op,                                                                      \
   dtypes,                                                                        \
   low,                                                                           \
   high,                                                                          \
   Nearness::nearness,                                                            \
   differentiable,                                                                \
   []([[maybe_unused]] DType dtype) -> Real { return empty; },                    \
   [](Real a, Real b) -> Real { return joined; }},
#include "tests/numeric/reduction.def"
};
struct ArgRow {
  const char *op;
  Tensor (*apply)(Operand, int64_t, bool);
  bool (*better)(Real, Real);
};
const std::vector<ArgRow> kArgs = {
#define ARG(op, better) {#op, etch::op, [](Real a, Real b) -> bool { return better; }},
#include "tests/numeric/reduction.def"
};

Shape without(const Shape &shape, const std::vector<int64_t> &axes, bool keepdims) {
  Shape result;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    bool reduced = axes.empty() || std::find(axes.begin(), axes.end(), axis) != axes.end();
    if (!reduced || keepdims) result.push_back(reduced ? 1 : shape[axis]);
  }
  return result;
}
Position without(const Position &position, const std::vector<int64_t> &axes, bool keepdims) {
  Position result;
  for (size_t axis = 0; axis < position.size(); ++axis) {
    bool reduced = axes.empty() || std::find(axes.begin(), axes.end(), axis) != axes.end();
    if (!reduced || keepdims) result.push_back(reduced ? 0 : position[axis]);
  }
  return result;
}
Array reduce(const Array &x, const std::vector<int64_t> &axes, bool keepdims, Real empty, Real (*join)(Real, Real)) {
  Array result = generate(without(x.shape, axes, keepdims), [&](const Position &) { return empty; });
  for_each_position(x.shape, [&](const Position &p) {
    Real &so_far = result[without(p, axes, keepdims)];
    so_far = join(so_far, x[p]);
  });
  return result;
}

/// Every non-empty set of axes, and the empty one, which means all.
std::vector<std::vector<int64_t>> axis_sets(int rank) {
  std::vector<std::vector<int64_t>> sets;
  for (int bits = 0; bits < (1 << rank); ++bits) {
    sets.emplace_back();
    for (int axis = 0; axis < rank; ++axis)
      if (bits >> axis & 1) sets.back().push_back(axis);
  }
  return sets;
}

/// Limits for a result of so many terms.
Array limits(const ReductionRow &row, const Array &x, const std::vector<int64_t> &axes, bool keepdims,
             const Array &expected, DType dtype) {
  if (row.nearness == Nearness::exact || !is_floating(dtype))
    return generate(expected.shape, [](const Position &) { return 0; });
  Array magnitude = x;
  for (Real &value : magnitude.values) value = std::fabs(value);
  Array scale = reduce(magnitude, axes, keepdims, row.empty(dtype), row.join), result = expected;
  Real terms = static_cast<Real>(x.shape.num_elements()) / std::max<int64_t>(1, expected.shape.num_elements()) + 1;
  Real inner = terms * epsilon(accumulator_of(dtype)) / 2;
  for (size_t i = 0; i < result.values.size(); ++i)
    result.values[i] =
        inner * scale.values[i] + epsilon(dtype) * 0.505L * std::fabs(expected.values[i]) + subnormal_rounding(dtype);
  return result;
}

void check_reductions(const std::vector<Shape> &shapes, bool keepdims) {
  for (const ReductionRow &row : kReductions) {
    Report report;
    for (DType dtype : row.dtypes)
      for (const Shape &shape : shapes) {
        constexpr int64_t kMostFactors = 100;  // of more, products pass through numbers that f32 does not hold
        if (row.nearness == Nearness::product && shape.num_elements() > kMostFactors) continue;
        Array x = sample(shape, dtype, row.low, row.high, 7);
        Tensor input = tensor_of(x, dtype);
        std::vector<std::vector<int64_t>> sets = axis_sets(shape.rank());
        Body body = [&](const Tensors &in) {
          Tensors out;
          for (const auto &axes : sets) out.push_back(row.apply(in[0], Axes(axes), keepdims));
          return out;
        };
        Tensors eager = run_eager(body, {input}, Policy::strict), strict = run_compiled(body, {input}, Policy::strict);
        bool approximate = row.nearness != Nearness::exact && is_floating(dtype);
        Tensors relaxed = approximate ? run_compiled(body, {input}, Policy::standard) : strict;
        for (size_t i = 0; i < sets.size(); ++i) {
          std::string name = std::string(row.op) + " " + std::string(name_of(dtype)) + to_string(shape) + " over {";
          for (int64_t axis : sets[i]) name += std::to_string(axis) + " ";
          name += keepdims ? "} keepdims" : "}";
          Array expected = reduce(x, sets[i], keepdims, row.empty(dtype), row.join);
          for (Real &value : expected.values)
            if (!is_floating(dtype)) value = stored(value, dtype);
          Array bound = limits(row, x, sets[i], keepdims, expected, dtype);
          require_within(report, name + " eager", eager[i], expected, bound);
          require_bits(report, name + " compiled strict", strict[i], eager[i]);
          if (approximate) require_within(report, name + " compiled", relaxed[i], expected, bound);
        }
      }
    REQUIRE_CLEAN(report);
  }
}

}  // namespace

TEST_CASE("reductions over every set of axes") {
  check_reductions({{}, {1}, {0}, {17}, {5, 7}, {0, 3}, {3, 0}, {3, 4, 5}, {2, 3, 33}, {2, 3, 2, 5}}, false);
}

TEST_CASE("reductions over every set of axes of random shapes") {
  check_reductions(random_shapes(8, 3, 5'000, 3), false);
}

TEST_CASE("reductions that keep their axes") { check_reductions({{}, {17}, {5, 7}, {2, 0}}, true); }

TEST_CASE("reductions of many elements") {
  Report report;
  for (DType dtype : {f64, f32, f16, bf16, i32})
    for (const auto &[shape, axes] : std::vector<std::pair<Shape, std::vector<int64_t>>>{{{5000}, {0}},
                                                                                         {{257, 300}, {0}},
                                                                                         {{257, 300}, {1}},
                                                                                         {{257, 300}, {}},
                                                                                         {{16, 31, 33}, {0, 2}},
                                                                                         {{300, 37}, {0}},
                                                                                         {{9, 15, 50}, {0, 1}},
                                                                                         {{1, 4097}, {1}},
                                                                                         {{4097, 1}, {0}}})
      for (const ReductionRow &row : kReductions) {
        if (row.dtypes.size() == 1 || row.nearness == Nearness::product) continue;
        Array x = sample(shape, dtype, row.low, row.high, 9);
        Array expected = reduce(x, axes, false, row.empty(dtype), row.join);
        Body body = [&, &axes = axes](const Tensors &in) { return Tensors{row.apply(in[0], Axes(axes), false)}; };
        Tensor input = tensor_of(x, dtype);
        Tensor eager = run_eager(body, {input}, Policy::strict)[0];
        std::string name = std::string(row.op) + " " + std::string(name_of(dtype)) + to_string(shape) + " over " +
                           std::to_string(axes.size());
        require_within(report, name + " eager", eager, expected, limits(row, x, axes, false, expected, dtype));
        require_bits(report, name + " compiled strict", run_compiled(body, {input}, Policy::strict)[0], eager);
        require_bits(report, name + " again", run_eager(body, {input}, Policy::strict)[0], eager);
      }
  REQUIRE_CLEAN(report);
}

TEST_CASE("argmax and argmin") {
  for (const ArgRow &row : kArgs) {
    Report report;
    for (DType dtype : kNumbers)
      for (Shape shape : {Shape{1}, Shape{17}, Shape{5, 7}, Shape{3, 4, 5}, Shape{2, 33}, Shape{0, 3}, Shape{40, 3}}) {
        // Few different values: the first of equals counts.
        Array x = sample(shape, dtype, -3, 3, 7);
        for (Real &value : x.values) value = std::nearbyint(value);
        for (int axis = 0; axis < shape.rank(); ++axis)
          for (bool keepdims : {false, true}) {
            if (shape[axis] == 0 || (keepdims && shape.rank() == 3)) continue;
            Array best = generate(without(shape, {axis}, keepdims), [](const Position &) { return -1; }), index = best;
            for_each_position(shape, [&](const Position &p) {
              Position q = without(p, {axis}, keepdims);
              if (index[q] >= 0 && !row.better(best[q], x[p])) return;
              index[q] = p[static_cast<size_t>(axis)], best[q] = x[p];
            });
            Body body = [&](const Tensors &in) { return Tensors{row.apply(in[0], axis, keepdims)}; };
            Tensor input = tensor_of(x, dtype), eager = run_eager(body, {input}, Policy::strict)[0];
            std::string name = std::string(row.op) + " " + std::string(name_of(dtype)) + to_string(shape) + " axis " +
                               std::to_string(axis);
            report.require(eager.dtype() == i64, name + " is " + std::string(name_of(eager.dtype())));
            require_close(report, name, eager, index, 0);
            require_bits(report, name + " compiled", run_compiled(body, {input}, Policy::strict)[0], eager);
          }
      }
    REQUIRE_CLEAN(report);
  }
}

TEST_CASE("reductions meet NaN, infinities and zeros") {
  Report report;
  const double inf = HUGE_VAL, nan = NAN;
  for (DType dtype : kFloats)
    for (int64_t n : {1, 5, 16, 37}) {
      auto with = [&](double value, int64_t at) {
        Array x = generate({3, n}, [&](const Position &p) { return p[1] == at ? Real(value) : Real(1 + p[0]); });
        return tensor_of(x, dtype);
      };
      for (int64_t at : {int64_t{0}, n / 2, n - 1}) {
        auto all_of = [&](const Tensor &y, auto test) {
          for (Real value : array_of(y).values)
            if (!test(value)) return false;
          return true;
        };
        std::string place = std::string(name_of(dtype)) + " " + std::to_string(n) + " at " + std::to_string(at);
        auto is_nan = [](Real v) { return std::isnan(v); };
        Body body = [](const Tensors &in) {
          return Tensors{reduce_sum(in[0], 1), reduce_prod(in[0], 1), reduce_max(in[0], 1), reduce_min(in[0], 1),
                         argmax(in[0], 1),     argmin(in[0], 1),      reduce_max(in[0], 0), reduce_max(in[1], 1),
                         reduce_min(in[2], 1), reduce_sum(in[1], 1)};
        };
        Tensors inputs = {with(nan, at), with(inf, at), with(-inf, at)};
        Tensors y = run_eager(body, inputs, Policy::strict);
        for (int i = 0; i < 4; ++i)
          report.require(all_of(y[static_cast<size_t>(i)], is_nan),
                         "NaN through reduction " + std::to_string(i) + " " + place);
        for (int i = 4; i < 6; ++i)
          report.require(all_of(y[static_cast<size_t>(i)], [&](Real v) { return v == at; }),
                         "the index of NaN " + std::to_string(i) + " " + place);
        report.require(is_nan(array_of(y[6]).values[static_cast<size_t>(at)]), "NaN in a column " + place);
        report.require(all_of(y[7], [](Real v) { return v == HUGE_VALL; }), "inf is the largest " + place);
        report.require(all_of(y[8], [](Real v) { return v == -HUGE_VALL; }), "-inf is the smallest " + place);
        report.require(all_of(y[9], [](Real v) { return v == HUGE_VALL; }), "inf in a sum " + place);
        Tensors compiled = run_compiled(body, inputs, Policy::strict);
        for (size_t i = 0; i < y.size(); ++i)
          require_bits(report, "special values compiled " + std::to_string(i) + " " + place, compiled[i], y[i]);
      }
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("extremes of equal elements: the first of them, and +0 for zeros of any sign") {
  Report report;
  Body body = [](const Tensors &in) {
    return Tensors{argmax(in[0], 1), argmax(in[0], 0), argmin(in[1], 1), argmin(in[1], 0)};
  };
  for (DType dtype : {f16, f32, f64, i32, i64, u8})
    for (Shape shape : {Shape{3, 1}, Shape{3, 37}, Shape{40, 5}, Shape{2, 70'000}}) {
      double lowest = is_floating(dtype) ? -HUGE_VAL
                      : dtype == i32     ? -0x1p31
                      : dtype == i64     ? -0x1p63
                                         : 0,
             highest = is_floating(dtype) ? HUGE_VAL
                       : dtype == i32     ? 0x1p31 - 1
                       : dtype == i64     ? 0x1p62
                                          : 255;
      auto all = [&](double value) {
        return tensor_of(generate(shape, [&](const Position &) { return Real(value); }), dtype);
      };
      for (const Tensor &y : run_compiled(body, {all(lowest), all(highest)}, Policy::strict))
        for (Real index : array_of(y).values)
          report.require(index == 0, "the first of equal extremes, " + std::string(name_of(dtype)) + to_string(shape));
    }
  for (int64_t n : {1, 16, 100, 70'000}) {
    Array last_nan = generate({2, n}, [&](const Position &p) { return p[1] >= n / 2 ? NAN : Real(1); });
    for (Real index : array_of(argmax(tensor_of(last_nan, f32), 1)).values)
      report.require(index == n / 2, "the first NaN of several among " + std::to_string(n));
    for (int sign : {0, 1, 2}) {
      Array zeros = generate({2, n}, [&](const Position &p) {
        return sign == 2 ? (p[1] % 2 ? -0.L : 0.L) : sign ? -0.L : 0.L;
      });
      Tensor x = tensor_of(zeros, f32);
      for (const Tensor &y : {reduce_max(x, 1), reduce_min(x, 1), reduce_max(x, 0), reduce_min(x, 0)})
        for (Real zero : array_of(y).values)
          report.require(zero == 0 && !std::signbit(zero), "the sign of the extreme of zeros");
    }
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("semantics 55: derivatives of reductions") {
  Report report;
  for (const ReductionRow &row : kReductions) {
    if (!row.differentiable) continue;
    for (const auto &[shape, axes] : std::vector<std::pair<Shape, std::vector<int64_t>>>{
             {{7}, {}}, {{3, 5}, {0}}, {{3, 5}, {1}}, {{2, 3, 4}, {0, 2}}}) {
      Tensor x = tensor_of(sample(shape, f64, -3, 3, 5), f64);
      std::string name = std::string(row.op) + to_string(shape) + " over " + std::to_string(axes.size());
      require_gradients(
          report, name,
          [&, &axes = axes](const Tensors &in) { return etch::square(row.apply(in[0], Axes(axes), false)); }, {x});
    }
    Tensor x = tensor_of(sample({3, 5}, f64, -3, 3, 5), f64);
    require_gradients(report, std::string(row.op) + " keepdims",
                      [&](const Tensors &in) { return row.apply(in[0], 1, true) * in[0]; }, {x});
  }
  // A product with zeros: the others still count.
  for (std::vector<double> values : {std::vector<double>{2, 0, 3, 4}, {0, 2, 0, 3}, {1, 2, 3, 0}})
    require_gradients(report, "reduce_prod of zeros", [](const Tensors &in) { return reduce_prod(in[0]); },
                      {etch::constant(values)});
  require_gradients(report, "mean", [](const Tensors &in) { return mean(etch::exp(in[0]), 0); },
                    {tensor_of(sample({3, 5}, f64, -1, 1, 5), f64)});
  REQUIRE_CLEAN(report);
}

TEST_CASE("mean, and the short names") {
  Report report;
  Array x = sample({5, 7}, f64, -3, 3, 5);
  Tensor input = tensor_of(x, f64);
  Array sums = reduce(x, {1}, false, 0, [](Real a, Real b) -> Real { return a + b; });
  for (Real &value : sums.values) value /= 7;
  require_close(report, "mean", mean(input, 1), sums, 4);
  require_bits(report, "sum", sum(input, 1), reduce_sum(input, 1));
  require_bits(report, "prod", prod(input, 1), reduce_prod(input, 1));
  require_bits(report, "max", etch::max(input, 0), reduce_max(input, 0));
  require_bits(report, "min", etch::min(input, 0), reduce_min(input, 0));
  require_bits(report, "any", any(input > 0.0, 0), reduce_any(input > 0.0, 0));
  require_bits(report, "all", all(input > 0.0, 0), reduce_all(input > 0.0, 0));
  report.require(mean(etch::constant({1, 2})).dtype() == f32, "the mean of integers is f32");
  report.require(std::isnan(mean(zeros({0})).item<float>()), "the mean of nothing is NaN");
  REQUIRE_CLEAN(report);
}

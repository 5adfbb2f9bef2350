// Activations, statistics and normalisation against their formulas in long double, and their derivatives.
#include <catch2/catch.hpp>

#include <numbers>

#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

using Real = long double;

struct Activation {
  const char *name;
  Tensor (*apply)(const Tensor &);
  Real (*oracle)(Real);
  Real error;  ///< in units of epsilon times (1 + |result|)
};

Real normal_distribution(Real x) { return std::erfc(-x / std::numbers::sqrt2_v<Real>) / 2; }
Real softplus_of(Real x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
Real clip(Real x, Real low, Real high) { return x < low ? low : x > high ? high : x; }

const std::vector<Activation> kActivations = {
    {"gelu", [](const Tensor &x) { return gelu(x); }, [](Real x) { return x * normal_distribution(x); }, 4},
    {"gelu by tanh", [](const Tensor &x) { return gelu(x, true); },
     [](Real x) {
       return x / 2 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi_v<Real>) * (x + 0.044715L * x * x * x)));
     },
     8},
    {"silu", [](const Tensor &x) { return silu(x); }, [](Real x) { return x / (1 + std::exp(-x)); }, 4},
    {"swish", [](const Tensor &x) { return swish(x); }, [](Real x) { return x / (1 + std::exp(-x)); }, 4},
    {"softplus", [](const Tensor &x) { return softplus(x); }, softplus_of, 4},
    {"log_sigmoid", [](const Tensor &x) { return log_sigmoid(x); }, [](Real x) { return -softplus_of(-x); }, 4},
    {"elu", [](const Tensor &x) { return elu(x, 0.7); }, [](Real x) { return x > 0 ? x : 0.7L * std::expm1(x); }, 4},
    {"selu", [](const Tensor &x) { return selu(x); },
     [](Real x) { return 1.0507009873554805L * (x > 0 ? x : 1.6732632423543772L * std::expm1(x)); }, 4},
    {"leaky_relu", [](const Tensor &x) { return leaky_relu(x, 0.2); }, [](Real x) { return x > 0 ? x : 0.2L * x; }, 2},
    {"relu6", [](const Tensor &x) { return relu6(x); }, [](Real x) { return clip(x, 0, 6); }, 0},
    {"hard_sigmoid", [](const Tensor &x) { return hard_sigmoid(x); }, [](Real x) { return clip(x + 3, 0, 6) / 6; }, 4},
    {"hard_swish", [](const Tensor &x) { return hard_swish(x); }, [](Real x) { return x * clip(x + 3, 0, 6) / 6; }, 4},
    {"hard_tanh", [](const Tensor &x) { return hard_tanh(x); }, [](Real x) { return clip(x, -1, 1); }, 0},
    {"softsign", [](const Tensor &x) { return softsign(x); }, [](Real x) { return x / (1 + std::fabs(x)); }, 2},
    {"mish", [](const Tensor &x) { return mish(x); }, [](Real x) { return x * std::tanh(softplus_of(x)); }, 8},
};

Array map(const Array &x, const std::function<Real(Real)> &f) {
  Array result = x;
  for (Real &value : result.values) value = f(value);
  return result;
}
Array bound(const Array &expected, DType dtype, Real units) {
  return map(expected, [&](Real v) { return units * epsilon(dtype) * (1 + std::fabs(v)); });
}
/// f of the numbers of each row of a matrix.
Array by_row(const Array &x, bool keepdims, const std::function<Real(const std::vector<Real> &)> &f) {
  const int64_t columns = x.extent(1);
  return generate(keepdims ? Shape{x.extent(0), 1} : Shape{x.extent(0)}, [&](const Position &p) {
    const Real *row = x.values.data() + p[0] * columns;
    return f(std::vector<Real>(row, row + columns));
  });
}
Real mean_of(const std::vector<Real> &row) {
  Real sum = 0;
  for (Real v : row) sum += v;
  return sum / static_cast<Real>(row.size());
}
Real variance_of(const std::vector<Real> &row, Real correction) {
  Real sum = 0, centre = mean_of(row);
  for (Real v : row) sum += (v - centre) * (v - centre);
  return sum / (static_cast<Real>(row.size()) - correction);
}

}  // namespace

TEST_CASE("activations") {
  Report report;
  for (const Activation &row : kActivations) {
    for (DType dtype : {f64, f32})
      for (const Shape &shape : {Shape{}, Shape{0}, Shape{1}, Shape{17}, Shape{5, 33}}) {
        Array x = sample(shape, dtype, -9, 9, 5), expected = map(x, row.oracle);
        Body body = [&](const Tensors &in) { return Tensors{row.apply(in[0])}; };
        Tensors eager = run_eager(body, {tensor_of(x, dtype)}, Policy::strict),
                strict = run_compiled(body, {tensor_of(x, dtype)}, Policy::strict);
        require_within(report, row.name, eager[0], expected, bound(expected, dtype, row.error));
        require_bits(report, std::string(row.name) + " compiled", strict[0], eager[0]);
      }
    require_gradients(report, row.name, [&](const Tensors &in) { return row.apply(in[0]); },
                      {tensor_of(sample({9}, f64, -2.9, 2.9, 6), f64)});
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("activations far out and at 0") {
  Tensor far = etch::constant({-1e4f, 1e4f});
  CHECK(softplus(far).to_vector<float>() == std::vector<float>{0, 1e4f});
  CHECK(log_sigmoid(far).to_vector<float>() == std::vector<float>{-1e4f, 0});
  CHECK(elu(far).to_vector<float>() == std::vector<float>{-1, 1e4f});
  CHECK(std::isnan(softplus(etch::constant(NAN)).item<float>()));
  auto slope = [](Tensor (*f)(const Tensor &), double x) {
    return etch::grad([=](Tensor v) { return f(v); })(etch::constant(x)).item<double>();
  };
  CHECK(slope([](const Tensor &x) { return elu(x); }, 0) == 1);
  CHECK(slope([](const Tensor &x) { return elu(x); }, 800) == 1);
  CHECK(slope([](const Tensor &x) { return softplus(x); }, 0) == 0.5);
  CHECK(slope([](const Tensor &x) { return softplus(x); }, 800) == 1);
  CHECK(slope([](const Tensor &x) { return norm(x); }, 0) == 0);
}

TEST_CASE("moments and norms of rows") {
  Report report;
  for (DType dtype : {f64, f32})
    for (Shape shape : {Shape{1, 2}, Shape{5, 17}, Shape{3, 101}}) {
      Array x = sample(shape, dtype, -3, 3, 2);
      Tensor t = tensor_of(x, dtype);
      struct Item {
        const char *name;
        std::function<Tensor(const Tensor &)> apply;
        Array expected;
      };
      auto sum_of_squares = [](const std::vector<Real> &row) {
        Real sum = 0;
        for (Real v : row) sum += v * v;
        return std::sqrt(sum);
      };
      std::vector<Item> items = {
          {"variance", [](const Tensor &v) { return variance(v, 1); },
           by_row(x, false, [](auto &row) { return variance_of(row, 0); })},
          {"variance, corrected", [](const Tensor &v) { return variance(v, -1, true, 1); },
           by_row(x, true, [](auto &row) { return variance_of(row, 1); })},
          {"standard_deviation", [](const Tensor &v) { return standard_deviation(v, 1); },
           by_row(x, false, [](auto &row) { return std::sqrt(variance_of(row, 0)); })},
          {"norm", [](const Tensor &v) { return norm(v, 1); }, by_row(x, false, sum_of_squares)},
          {"logsumexp", [](const Tensor &v) { return logsumexp(v, 1, true); },
           by_row(x, true,
                  [](auto &row) {
                    Real sum = 0;
                    for (Real v : row) sum += std::exp(v);
                    return std::log(sum);
                  })},
      };
      for (const Item &item : items) {
        Body body = [&](const Tensors &in) { return Tensors{item.apply(in[0])}; };
        Tensors eager = run_eager(body, {t}, Policy::strict), strict = run_compiled(body, {t}, Policy::strict);
        require_within(report, item.name, eager[0], item.expected, bound(item.expected, dtype, 40));
        require_bits(report, std::string(item.name) + " compiled", strict[0], eager[0]);
        if (dtype == f64 && shape == Shape{5, 17})
          require_gradients(report, item.name, [&](const Tensors &in) { return item.apply(in[0]); }, {t});
      }
    }
  CHECK(variance(etch::constant({{1.f, 2.f}, {3.f, 6.f}})).item<float>() == 3.5f);
  CHECK(logsumexp(etch::constant({-INFINITY, -INFINITY})).item<float>() == -INFINITY);
  CHECK(logsumexp(etch::constant({1e4f, 1e4f})).item<float>() == Approx(1e4f + std::log(2.f)));
  CHECK(logsumexp(etch::constant(3.f)).item<float>() == 3.f);
  CHECK(norm(etch::constant({3.f, 4.f})).item<float>() == 5.f);
  auto open = etch::function([](Tensor v) { return variance(v, {0, 1}, false, 1); },
                             {.input_signature = {{f64, {kDynamic, 3}}}});
  CHECK(open(etch::constant({{1., 2., 3.}, {4., 5., 9.}})).item<double>() == Approx(8));
  REQUIRE_CLEAN(report);
}

TEST_CASE("normalisation") {
  Report report;
  Array x = sample({4, 3, 5}, f64, -3, 3, 1), scale = sample({5}, f64, 0.5, 2, 2), offset = sample({5}, f64, -1, 1, 3);
  Tensor t = tensor_of(x, f64), s = tensor_of(scale, f64), o = tensor_of(offset, f64);
  auto row_of = [&](const Position &p) {
    const Real *row = x.values.data() + (p[0] * 3 + p[1]) * 5;
    return std::vector<Real>(row, row + 5);
  };
  Array layer = generate(x.shape, [&](const Position &p) {
    std::vector<Real> row = row_of(p);
    return (x[p] - mean_of(row)) / std::sqrt(variance_of(row, 0) + 1e-5L) * scale[{p[2]}] + offset[{p[2]}];
  });
  Array rms = generate(x.shape, [&](const Position &p) {
    Real sum = 0;
    for (Real v : row_of(p)) sum += v * v;
    return x[p] / std::sqrt(sum / 5 + 1e-5L) * scale[{p[2]}];
  });
  Array batch = generate(x.shape, [&](const Position &p) {
    return (x[p] - offset[{p[2]}]) / std::sqrt(scale[{p[2]}] + 1e-5L) * scale[{p[2]}] + offset[{p[2]}];
  });
  require_within(report, "layer_norm", layer_norm(t, s, o), layer, bound(layer, f64, 40));
  require_within(report, "rms_norm", rms_norm(t, s), rms, bound(rms, f64, 40));
  require_within(report, "batch_norm", batch_norm(t, o, s, s, o), batch, bound(batch, f64, 40));
  require_gradients(report, "layer_norm", [](const Tensors &in) { return layer_norm(in[0], in[1], in[2]); }, {t, s, o},
                    {.rtol = 1e-5});
  require_gradients(report, "rms_norm", [](const Tensors &in) { return rms_norm(in[0], in[1]); }, {t, s},
                    {.rtol = 1e-5});
  // Over the last two axes together.
  Tensor both = layer_norm(t, 1.0, 0.0, 1);
  CHECK(std::abs(mean(both).item<double>()) < 1e-12);
  CHECK(variance(both, {1, 2}).to_vector<double>()[0] == Approx(1).epsilon(1e-4));

  Tensor a = etch::constant({{1., 0.}, {3., 4.}}), b = etch::constant({{0., 2.}, {6., 8.}});
  CHECK(cosine_similarity(a, b).to_vector<double>()[0] == 0);
  CHECK(cosine_similarity(a, b).to_vector<double>()[1] == Approx(1));
  require_gradients(report, "cosine_similarity", [](const Tensors &in) { return cosine_similarity(in[0], in[1]); },
                    {a + 0.5, b});
  REQUIRE_CLEAN(report);
}

// Functions of several ops against closed forms: softmax, losses, stack; unknown extents; sizes that run on many
// threads.
#include <catch2/catch.hpp>

#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

using Real = long double;

Array softmax_reference(const Array &x, bool logarithm) {
  return generate(x.shape, [&](const Position &p) -> Real {
    Position q = p;
    Real top = -HUGE_VALL, sum = 0;
    for (q.back() = 0; q.back() < x.shape[x.rank() - 1]; ++q.back()) top = std::max(top, x[q]);
    for (q.back() = 0; q.back() < x.shape[x.rank() - 1]; ++q.back()) sum += std::exp(x[q] - top);
    return logarithm ? x[p] - top - std::log(sum) : std::exp(x[p] - top) / sum;
  });
}
Array constant_bound(const Shape &shape, Real bound) {
  return generate(shape, [&](const Position &) { return bound; });
}

}  // namespace

TEST_CASE("softmax and log_softmax") {
  Report report;
  for (DType dtype : {f64, f32})
    for (Shape shape : {Shape{1}, Shape{17}, Shape{5, 10}, Shape{2, 3, 33}})
      for (double range : {3.0, 300.0}) {
        Array x = sample(shape, dtype, -range, range, 4);
        Tensor input = tensor_of(x, dtype);
        Real error = 20 * epsilon(dtype);
        std::string name = std::string(name_of(dtype)) + to_string(shape) + " to " + std::to_string(range);
        Body body = [](const Tensors &in) { return Tensors{softmax(in[0]), log_softmax(in[0])}; };
        Tensors eager = run_eager(body, {input}, Policy::strict), strict = run_compiled(body, {input}, Policy::strict);
        require_within(report, "softmax " + name, eager[0], softmax_reference(x, false), constant_bound(shape, error));
        require_within(report, "log_softmax " + name, eager[1], softmax_reference(x, true),
                       constant_bound(shape, error * (2 * range + 1)));
        for (size_t i = 0; i < 2; ++i) require_bits(report, "compiled " + name, strict[i], eager[i]);
      }
  auto random = [](Shape shape, uint64_t seed) { return tensor_of(sample(shape, f64, -2, 2, seed), f64); };
  require_gradients(report, "softmax", [](const Tensors &in) { return softmax(in[0]); }, {random({3, 4}, 1)});
  require_gradients(report, "softmax over columns", [](const Tensors &in) { return softmax(in[0], 0); },
                    {random({3, 4}, 1)});
  require_gradients(report, "log_softmax", [](const Tensors &in) { return log_softmax(in[0]); }, {random({3, 4}, 1)});
  REQUIRE_CLEAN(report);
}

TEST_CASE("losses") {
  Report report;
  Array logits = sample({6, 5}, f64, -3, 3, 1), targets = softmax_reference(sample({6, 5}, f64, -1, 1, 2), false);
  Tensor x = tensor_of(logits, f64), probabilities = tensor_of(targets, f64),
         labels = etch::constant({3, 0, 4, 4, 1, 2});
  Array logs = softmax_reference(logits, true), dense = generate({6}, [](const Position &) { return 0; }),
        sparse = dense;
  std::vector<int64_t> label = {3, 0, 4, 4, 1, 2};
  for_each_position({6, 5}, [&](const Position &p) {
    dense[{p[0]}] -= targets[p] * logs[p];
    if (label[static_cast<size_t>(p[0])] == p[1]) sparse[{p[0]}] = -logs[p];
  });
  require_within(report, "softmax_cross_entropy", softmax_cross_entropy(x, probabilities), dense,
                 constant_bound({6}, 1e-14L));
  require_within(report, "sparse_softmax_cross_entropy", sparse_softmax_cross_entropy(x, labels), sparse,
                 constant_bound({6}, 1e-14L));
  Array error = generate({}, [&](const Position &) {
    Real sum = 0;
    for (size_t i = 0; i < 30; ++i)
      sum += (logits.values[i] - targets.values[i]) * (logits.values[i] - targets.values[i]);
    return sum / 30;
  });
  require_within(report, "mse", mse(x, probabilities), error, constant_bound({}, 1e-13L));
  CHECK(accuracy(etch::constant({{1.f, 2.f}, {3.f, 1.f}, {0.f, 5.f}, {1.f, 0.f}}), etch::constant({1, 1, 1, 0}))
            .item<float>() == 0.75f);
  CHECK(sparse_softmax_cross_entropy(etch::constant({{1.f, 2.f}}), etch::constant({7})).to_vector<float>() ==
        std::vector<float>{0});
  require_gradients(report, "softmax_cross_entropy",
                    [](const Tensors &in) { return softmax_cross_entropy(in[0], in[1]); }, {x, probabilities});
  require_gradients(report, "sparse_softmax_cross_entropy",
                    [&](const Tensors &in) { return sparse_softmax_cross_entropy(in[0], labels); }, {x});
  require_gradients(report, "mse", [](const Tensors &in) { return mse(in[0], in[1]); }, {x, probabilities});
  REQUIRE_CLEAN(report);
}

// Statements 8 and 9: one trace for unknown extents computes what exact shapes compute.
TEST_CASE("unknown extents compute the same bits as exact shapes") {
  Report report;
  auto body = [](Tensor x, Tensor w) {
    Tensor h = tanh(matmul(x, w)) + reduce_sum(x, 1, true);
    return std::vector{h,          reduce_max(h, 0), transpose(h) * 2.f, concatenate({x, x}, 0), x - mean(x, 0, true),
                       softmax(h), reshape(x, {-1})};
  };
  auto open = etch::function(
      body, {.input_signature = {{f32, {kDynamic, kDynamic}}, {f32, {kDynamic, kDynamic}}}, .policy = Policy::strict});
  for (auto [m, k, n] :
       std::vector<std::array<int64_t, 3>>{{3, 5, 7}, {16, 8, 33}, {2, 300, 2}, {0, 3, 4}, {64, 17, 65}, {5, 2, 0}}) {
    Tensor x = tensor_of(sample({m, k}, f32, -1, 1, 1), f32), w = tensor_of(sample({k, n}, f32, -1, 1, 2), f32);
    if (n == 0) continue;  // softmax of nothing
    Tensors dynamic = open(x, w), exact = etch::function(body, {.policy = Policy::strict})(x, w);
    for (size_t i = 0; i < exact.size(); ++i)
      require_bits(report,
                   std::to_string(i) + " of " + std::to_string(m) + "x" + std::to_string(k) + "x" + std::to_string(n),
                   dynamic[i], exact[i]);
  }
  CHECK(open.trace_count() == 1);
  REQUIRE_CLEAN(report);
}

TEST_CASE("large tensors, on many threads") {
  Report report;
  Array x = sample({300007}, f32, -3, 3, 1);
  Tensor input = tensor_of(x, f32);
  Body body = [](const Tensors &in) {
    Tensor y = etch::exp(in[0]) * 2.f + in[0];
    Tensor rows = reshape(in[0][{{0, 300000}}], {600, 500});
    return Tensors{y,
                   reduce_sum(in[0]),
                   reduce_max(y),
                   reduce_sum(rows, 0),
                   reduce_sum(rows, 1),
                   transpose(rows),
                   matmul(rows, rows, false, true),
                   argmax(in[0], 0),
                   reverse(in[0]),
                   take(rows, etch::constant({599, 0, 17, 17}), 0)};
  };
  Tensors eager = run_eager(body, {input}, Policy::strict), strict = run_compiled(body, {input}, Policy::strict);
  for (size_t i = 0; i < eager.size(); ++i) require_bits(report, "result " + std::to_string(i), strict[i], eager[i]);
  Array elementwise = x;
  Real sum = 0, size = 0;
  for (Real &value : elementwise.values) {
    sum += value, size += std::fabs(value);
    value = std::exp(value) * 2 + value;
  }
  require_within(report, "elementwise", eager[0], elementwise, constant_bound(x.shape, 1e-5L));
  require_within(report, "sum", eager[1], {{}, {sum}}, constant_bound({}, 1e-5L * size / 100));
  Array product = array_of(eager[6]);
  for (int64_t i : {0, 299, 599})
    for (int64_t j : {0, 1, 598}) {
      Real dot = 0;
      for (int64_t k = 0; k < 500; ++k)
        dot += x.values[static_cast<size_t>(i * 500 + k)] * x.values[static_cast<size_t>(j * 500 + k)];
      report.require(std::fabs(product[{i, j}] - dot) < 1e-3L,
                     "product " + std::to_string(i) + "," + std::to_string(j));
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("a sum of many numbers keeps their accuracy") {
  // One running f32 sum of 0.1 rounds every addition the same way: sixteen of them are 1 % off after 2*10^7 numbers.
  for (Shape shape : {Shape{20'000'001}, Shape{4'001, 5'003}}) {
    double expected = 0.1 * static_cast<double>(shape.num_elements());
    double got = sum(full(shape, 0.1f)).item<float>();
    INFO(to_string(shape) << ": " << got << ", expected " << expected);
    CHECK(std::abs(got - expected) <= 5e-4 * expected);
  }
}

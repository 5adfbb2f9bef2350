// Loops whose bodies compute with a few elements, which stay in registers: compiled, they must give the bits that the
// host's loop gives under policy strict, however many threads there are.
#include <catch2/catch.hpp>

#include "runtime/cpu/parallel_for.h"
#include "tests/numeric/checks.h"

using namespace etch;
using namespace numeric;

namespace {

Tensor noise(Shape shape, int seed, DType dtype = f32) { return tensor_of(sample(shape, dtype, -1, 1, seed), dtype); }

constexpr int64_t kSteps = 7;

/// for_range of `step`, over one tensor.
Body repeated(const std::function<Tensor(Tensor i, Tensor x, const Tensors &in)> &step) {
  return [step](const Tensors &in) {
    return Tensors{for_range(0, kSteps, in[0], [&](Tensor i, Tensor x) { return step(i, x, in); })};
  };
}

Tensor pendulum_slope(const Tensor &s) { return stack({s[1], -9.81f * sin(s[0]) - 0.1f * s[1]}); }

struct Case {
  std::string name;
  Body body;
  Tensors inputs;
};

std::vector<Case> cases(DType dtype) {
  std::vector<Case> all;
  auto add = [&](const std::string &name, std::vector<Shape> shapes, auto step) {
    Tensors inputs;
    for (const Shape &shape : shapes) inputs.push_back(noise(shape, static_cast<int>(inputs.size()) + 1, dtype));
    all.push_back({name, repeated(step), inputs});
  };
  for (int64_t n : {1, 2, 3, 5, 13, 16, 17}) {
    add("neighbours, " + std::to_string(n), {{n}}, [n](Tensor, Tensor x, const Tensors &) {
      Tensor y = concatenate({x[{Range(n - 1, n)}], x[{Range(0, n - 1)}]});
      return 0.5f * x + 0.25f * reverse(y) - 0.1f * x * y;
    });
    add("sums and extremes, " + std::to_string(n), {{n}}, [](Tensor, Tensor x, const Tensors &) {
      return (x - mean(x)) * 0.9f + 0.01f * max(x) - 0.02f * cast(argmin(x, 0), x.dtype());
    });
    add("functions, " + std::to_string(n), {{n}},
        [](Tensor, Tensor x, const Tensors &) { return tanh(x) + 0.1f * exp(-square(x)) * cos(3.f * x); });
    add("a table, " + std::to_string(n), {{n}, {40}},
        [n](Tensor i, Tensor x, const Tensors &in) { return 0.5f * x + dynamic_slice(in[1], {5 * i}, {n}); });
  }
  add("a pendulum, rk4", {{2}}, [](Tensor, Tensor s, const Tensors &) {
    Tensor k1 = pendulum_slope(s), k2 = pendulum_slope(s + 0.05f * k1), k3 = pendulum_slope(s + 0.05f * k2);
    return s + 0.1f / 6.f * (k1 + 2.f * k2 + 2.f * k3 + pendulum_slope(s + 0.1f * k3));
  });
  add("a product", {{4, 4}, {4, 4}},
      [](Tensor, Tensor a, const Tensors &in) { return matmul(a, in[1]) - 0.5f * transpose(a); });
  add("matrix times vector", {{3}, {3, 3}},
      [](Tensor, Tensor x, const Tensors &in) { return 0.3f * matmul(in[1], x) + x; });
  add("pads and broadcasts", {{3, 5}}, [](Tensor, Tensor x, const Tensors &) {
    Tensor inner = pad(x[{Range(1, 3), Range(1, 4)}], {{1, 0}, {0, 2}}, 0.5f);
    return inner + 0.1f * broadcast_to(expand_dims(sum(x, 1), 1), {3, 5}) - x;
  });
  add("sums of a matrix", {{4, 3}}, [](Tensor, Tensor x, const Tensors &) {
    return 0.5f * x - 0.1f * sum(x) + 0.2f * expand_dims(sum(x, 1), 1) - 0.3f * sum(x, 0) + 0.1f * max(x);
  });
  add("one element at a time", {{6}}, [](Tensor i, Tensor x, const Tensors &) {
    return dynamic_update_slice(x, dynamic_slice(x, {i - 1}, {1}) * 0.5f + 1.f, {i});
  });
  add("blocks of a matrix", {{2, 3}, {9, 7}}, [](Tensor i, Tensor x, const Tensors &in) {
    return 0.5f * x + dynamic_slice(in[1], {i, 5 - i}, {2, 3}) * cast(i, x.dtype());
  });
  add("beside a large tensor", {{8}, {8, 300}}, [](Tensor, Tensor x, const Tensors &in) {
    Tensor y = tanh(in[1] * expand_dims(x, 1));
    return 0.5f * x + mean(y, 1) - 0.1f * reverse(x);
  });
  return all;
}

}  // namespace

TEST_CASE("loops over a few elements give what the host's loop gives") {
  Report report;
  for (DType dtype : {f32, f64})
    for (const Case &each : cases(dtype)) {
      const std::string what = std::string(name_of(dtype)) + " " + each.name;
      const Tensors eager = run_eager(each.body, each.inputs, Policy::strict);
      for (int threads : {1, 2, 8}) {
        const int before = runtime::num_threads();
        set_num_threads(threads);
        const Tensors compiled = run_compiled(each.body, each.inputs, Policy::strict);
        set_num_threads(before);
        for (size_t i = 0; i < eager.size(); ++i)
          require_bits(report, what + ", " + std::to_string(threads) + " threads", compiled[i], eager[i]);
      }
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("loops over a few integers and truth values") {
  Report report;
  auto body = [](const Tensors &in) {
    auto [a, b, p] = for_range(0, 5, std::tuple(in[0], in[1], in[2]), [](Tensor i, Tensor a, Tensor b, Tensor p) {
      Tensor larger = logical_or(a > b, p);
      return std::tuple(where(larger, a - b, reverse(a) + cast(i, i32)), b + a / 3, logical_not(larger));
    });
    return Tensors{a, b, p};
  };
  require_same(report, "of 1 and 3 elements", body,
               {constant({7, -9, 4}), constant({2, 5, -3}), constant({true, false, false})});
  // What the loop runs on for decides how often; nothing is carried out of registers before.
  auto newton = [](const Tensors &in) {
    auto [x, n] = while_loop([&](Tensor x, Tensor) { return max(abs(square(x) - in[0])) > 1e-3f; },
                             [&](Tensor x, Tensor n) { return std::pair(0.5f * (x + in[0] / x), n + 1); },
                             std::pair(in[0], constant(int64_t{0})));
    return Tensors{x, n};
  };
  require_same(report, "square roots", newton, {constant({2.f, 9.f, 0.25f})});
  // A block of a slice, neither of which is in memory before.
  auto block = [](const Tensors &in) {
    Tensor factors = dynamic_slice(slice(in[0], {{1, 4}}), {constant(int64_t{1})}, {2});
    return Tensors{for_range(0, 3, in[1], [&](Tensor, Tensor x) { return x * factors + 1.f; })};
  };
  require_same(report, "a block of a slice", block, {noise({4}, 1), noise({2}, 2)});
  // Two values that change places, and a loop in a loop.
  auto nested = [](const Tensors &in) {
    auto [a, b] = for_range(0, 3, std::pair(in[0], in[1]), [](Tensor, Tensor a, Tensor b) {
      return std::pair(b, for_range(0, 4, a, [&](Tensor j, Tensor x) { return 0.5f * x + b * cast(j, f32); }));
    });
    return Tensors{a, b};
  };
  require_same(report, "a loop in a loop", nested, {noise({3}, 1), noise({3}, 2)});
  REQUIRE_CLEAN(report);
}

TEST_CASE("gradients of loops over a few elements") {
  Report report;
  auto loss = [](const Tensors &in) {
    Tensor last =
        for_range(0, 4, in[0], [&](Tensor, Tensor s) { return s + 0.1f * stack({s[1], s[2] * in[1][0], -sin(s[0])}); });
    return sum(square(last));
  };
  require_gradients(report, "three states", loss, {noise({3}, 1, f64), noise({2}, 2, f64)});
  REQUIRE_CLEAN(report);
}

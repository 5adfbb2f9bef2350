// E1: 10,000 steps of gradient descent on six points, in float32. In strict mode the numbers are those of TensorFlow,
// digit for digit; where multiply-adds may be contracted they stay within 1e-6.
#include <catch2/catch.hpp>

#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

namespace {

Tensor normalised(const Tensor &raw) { return (raw - min(raw)) / (max(raw) - min(raw)); }

struct Regression {
  Tensor x = normalised(constant({2015.f, 2016.f, 2017.f, 2018.f, 2019.f, 2020.f}));
  Tensor y = normalised(constant({12000.f, 14000.f, 15000.f, 16500.f, 17500.f, 19000.f}));
  Variable a{constant(0.f), "a"}, b{constant(0.f), "b"};
  static constexpr float kRate = 1e-3f;

  void apply(const Tensor &da, const Tensor &db) const {
    a.assign_sub(kRate * da);
    b.assign_sub(kRate * db);
  }
  /// The gradient as TensorFlow's tape computes it for 0.5 * sum((a * x + b - y)^2).
  void step_by_tape() const {
    GradientTape tape;
    Tensor loss = sum(square(a * x + b - y));
    auto gradients = tape.gradient(loss, {a, b});
    apply(gradients[0], gradients[1]);
  }
  void step_by_grad() const {
    auto [loss, gradients] = value_and_grad({a, b}, [&] { return sum(square(a * x + b - y)); });
    apply(gradients[0], gradients[1]);
  }
};

constexpr int kSteps = 10000;

}  // namespace

TEST_CASE("E1: linear regression, compiled, strict") {
  PolicyScope strict(Policy::strict);
  Regression regression;
  auto step = function("step", [&] { regression.step_by_grad(); });
  for (int i = 0; i < kSteps; ++i) step();
  CHECK(printed(regression.a) == "0.9591617");
  CHECK(printed(regression.b) == "0.044228815");
  CHECK(step.trace_count() == 1);
}

TEST_CASE("E1: linear regression, compiled with a tape inside, strict") {
  PolicyScope strict(Policy::strict);
  Regression regression;
  auto step = function("step", [&] { regression.step_by_tape(); });
  for (int i = 0; i < kSteps; ++i) step();
  CHECK(printed(regression.a) == "0.9591617");
  CHECK(printed(regression.b) == "0.044228815");
}

TEST_CASE("E1: linear regression, one compiled loop, strict") {
  PolicyScope strict(Policy::strict);
  Regression regression;
  auto train = function("train", [&] {
    for_range(0, kSteps, constant(0), [&](Tensor, Tensor nothing) {
      regression.step_by_grad();
      return nothing;
    });
  });
  train();
  CHECK(printed(regression.a) == "0.9591617");
  CHECK(printed(regression.b) == "0.044228815");
}

TEST_CASE("E1: linear regression, eager, strict") {
  PolicyScope strict(Policy::strict);
  Regression regression;
  for (int i = 0; i < kSteps; ++i) regression.step_by_tape();
  CHECK(printed(regression.a) == "0.9591617");
  CHECK(printed(regression.b) == "0.044228815");
}

TEST_CASE("E1: linear regression, compiled, standard") {
  Regression regression;
  auto step = function("step", [&] { regression.step_by_grad(); });
  for (int i = 0; i < kSteps; ++i) step();
  CHECK(value(regression.a) == Approx(0.9591617).margin(1e-6));
  CHECK(value(regression.b) == Approx(0.044228815).margin(1e-6));
}

// E1 of semantics.md: a line through six house prices by 10,000 steps of gradient descent. In f32 without contraction
// the numbers are TensorFlow's, digit for digit; in f64 NumPy's.
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "etch/etch.h"

using namespace etch;

namespace {

constexpr int kSteps = 10000;

Tensor normalised(const Tensor &x, DType dtype) {
  return cast((x - etch::min(x)) / (etch::max(x) - etch::min(x)), dtype);
}

struct Regression {
  DType dtype;
  Tensor x = normalised(etch::constant({2015., 2016., 2017., 2018., 2019., 2020.}), dtype);
  Tensor y = normalised(etch::constant({12000., 14000., 15000., 16500., 17500., 19000.}), dtype);
  Variable a{zeros({}, dtype), "a"}, b{zeros({}, dtype), "b"};

  explicit Regression(DType dtype) : dtype(dtype) {}

  void update(const Tensor &da, const Tensor &db) const {
    a.assign_sub(1e-3 * da);
    b.assign_sub(1e-3 * db);
  }
  /// The derivatives of sum((a x + b - y)^2), by hand.
  void step() const {
    Tensor error = a * x + b - y;
    update(2 * etch::sum(error * x), 2 * etch::sum(error));
  }
  Tensor loss() const { return etch::sum(etch::square(a * x + b - y)); }

  /// In f32 to the last digit that is printed; in f64 to 1e-9.
  void check(const std::string &how) const {
    INFO(how);
    if (dtype == f32) {
      CHECK(to_numpy_string(a.read()) == "0.9591617");
      CHECK(to_numpy_string(b.read()) == "0.044228815");
      CHECK(a.read().item<float>() == 0.9591617f);
      CHECK(b.read().item<float>() == 0.044228815f);
    } else {
      CHECK(a.read().item<double>() == Approx(0.95917148726).margin(1e-9));
      CHECK(b.read().item<double>() == Approx(0.04422438420).margin(1e-9));
    }
  }
};

}  // namespace

TEST_CASE("regression, eager") {
  PolicyScope strict(Policy::strict);
  for (DType dtype : {f32, f64}) {
    Regression line(dtype);
    for (int i = 0; i < kSteps; ++i) line.step();
    line.check("eager");
  }
}

TEST_CASE("regression, compiled step") {
  for (DType dtype : {f32, f64}) {
    Regression line(dtype);
    auto step = etch::function("step", [&] { line.step(); }, {.policy = Policy::strict});
    for (int i = 0; i < kSteps; ++i) step();
    line.check("compiled");
    CHECK(step.trace_count() == 1);
  }
}

TEST_CASE("regression, all steps in one compiled loop") {
  for (DType dtype : {f32, f64}) {
    Regression line(dtype);
    auto train = etch::function("train",
                                [&](int steps) {
                                  etch::for_range(0, steps, std::tuple{}, [&](Tensor) {
                                    line.step();
                                    return std::tuple{};
                                  });
                                },
                                {.policy = Policy::strict});
    train(kSteps);
    line.check("one loop");
  }
}

TEST_CASE("regression, gradients by value_and_grad in a compiled step") {
  for (DType dtype : {f32, f64}) {
    Regression line(dtype);
    auto step = etch::function("step",
                               [&] {
                                 auto [loss, gradients] =
                                     etch::value_and_grad({line.a, line.b}, [&] { return line.loss(); });
                                 line.update(gradients[0], gradients[1]);
                                 return loss;
                               },
                               {.policy = Policy::strict});
    Tensor loss;
    for (int i = 0; i < kSteps; ++i) loss = step();
    line.check("value_and_grad");
    // The best line, 0.9591836735 x + 0.0442176871, leaves this.
    CHECK(cast(loss, f64).item<double>() == Approx(0.005636540).margin(2e-8));
  }
}

TEST_CASE("regression, gradients by a tape in a compiled step") {
  Regression line(f32);
  auto step = etch::function("step",
                             [&] {
                               GradientTape tape;
                               Tensor loss = line.loss();
                               auto gradients = tape.gradient(loss, std::vector{line.a, line.b});
                               line.update(gradients[0], gradients[1]);
                             },
                             {.policy = Policy::strict});
  for (int i = 0; i < kSteps; ++i) step();
  line.check("tape");
}

TEST_CASE("regression, gradients by an eager tape") {
  PolicyScope strict(Policy::strict);
  for (DType dtype : {f32, f64}) {
    Regression line(dtype);
    for (int i = 0; i < kSteps; ++i) {
      GradientTape tape;
      Tensor loss = line.loss();
      auto gradients = tape.gradient(loss, std::vector{line.a, line.b});
      line.update(gradients[0], gradients[1]);
    }
    line.check("eager tape");
  }
}

TEST_CASE("regression, the standard policy stays within 1e-6") {
  Regression line(f32);
  auto step = etch::function("step", [&] { line.step(); });
  for (int i = 0; i < kSteps; ++i) step();
  CHECK(line.a.read().item<float>() == Approx(0.9591617).margin(1e-6));
  CHECK(line.b.read().item<float>() == Approx(0.044228815).margin(1e-6));
}

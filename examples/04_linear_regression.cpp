// 04: Linear regression, the smallest training there is: house prices by year, y = a x + b, 10,000 steps of gradient
// descent. In the policy `strict` the result is the same to the last bit eagerly, compiled, with derivatives by hand or
// by the compiler, and it is TensorFlow's: a = 0.9591617, b = 0.044228815.
//
//   ./run build 04_linear_regression && build/bin/04_linear_regression [steps]

#include <cstdlib>
#include <iostream>

#include "etch/etch.h"

using etch::Tensor;

namespace {

// To [0, 1], as the data comes in f64 and the model works in f32.
Tensor normalised(const Tensor &x) { return etch::cast((x - etch::min(x)) / (etch::max(x) - etch::min(x)), etch::f32); }

struct Line {
  etch::Variable a{etch::constant(0.f), "a"}, b{etch::constant(0.f), "b"};
};

}  // namespace

int main(int argc, char **argv) {
  const int steps = argc > 1 ? std::atoi(argv[1]) : 10'000;
  Tensor x = normalised(etch::constant({2015., 2016., 2017., 2018., 2019., 2020.}));
  Tensor y = normalised(etch::constant({12000., 14000., 15000., 16500., 17500., 19000.}));
  const float rate = 1e-3f;
  etch::PolicyScope strict(etch::Policy::strict);

  auto print = [&](const char *how, const Line &line) {
    std::cout << how << ": a = " << etch::to_numpy_string(line.a.read())
              << ", b = " << etch::to_numpy_string(line.b.read()) << "\n";
  };

  // Derivatives by hand: dL/da = 2 sum((a x + b - y) x), dL/db = 2 sum(a x + b - y).
  auto by_hand = [&](const Line &line) {
    Tensor error = line.a * x + line.b - y;
    Tensor da = 2.f * etch::sum(error * x), db = 2.f * etch::sum(error);
    line.a.assign_sub(rate * da);
    line.b.assign_sub(rate * db);
  };
  Line eager;
  for (int i = 0; i < steps; ++i) by_hand(eager);
  print("eager         ", eager);

  Line compiled;
  auto step = etch::function("step", [&] { by_hand(compiled); });
  for (int i = 0; i < steps; ++i) step();
  print("compiled      ", compiled);

  // Derivatives by the compiler.
  Line derived;
  auto derived_step = etch::function("derived_step", [&] {
    auto [loss, gradients] = etch::value_and_grad(
        {derived.a, derived.b}, [&] { return etch::sum(etch::square(derived.a * x + derived.b - y)); });
    derived.a.assign_sub(rate * gradients[0]);
    derived.b.assign_sub(rate * gradients[1]);
    return loss;
  });
  for (int i = 0; i < steps; ++i) derived_step();
  print("value_and_grad", derived);

  // All steps in one compiled loop.
  Line looped;
  auto train = etch::function("train", [&](int steps) {
    etch::for_range(0, steps, std::tuple{}, [&](Tensor) {
      by_hand(looped);
      return std::tuple{};
    });
  });
  train(steps);
  print("one loop      ", looped);
}

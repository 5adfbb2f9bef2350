// 03: Gradients. Derivatives are transforms of recorded functions: they nest, go through control flow, and compile.
//
//   ./run build 03_gradients && build/bin/03_gradients

#include <iostream>

#include "etch/etch.h"

using etch::Tensor;

int main() {
  // grad turns a function into the function that computes its derivative. So grad of grad is the second derivative.
  auto cube = [](Tensor x) { return x * x * x; };
  Tensor x = etch::constant(2.f);
  std::cout << "f = x^3 at 2: f' = " << etch::grad(cube)(x) << ", f'' = " << etch::grad(etch::grad(cube))(x) << "\n";

  // Several arguments; the value along with the gradients.
  auto f = [](Tensor x, Tensor y) { return etch::sum(etch::sin(x) * y); };
  auto [value, gradients] = etch::value_and_grad<0, 1>(f)(etch::constant({0.f, 1.f}), etch::constant({2.f, 3.f}));
  std::cout << "value " << value << ", df/dy = " << std::get<1>(gradients) << "\n";

  // A tape records what runs while it lives. The example of the TensorFlow tutorial: L = sum((X w + b - y)^2).
  Tensor X = etch::constant({{1.f, 2.f}, {3.f, 4.f}}), y = etch::constant({{1.f}, {2.f}});
  etch::Variable w(etch::constant({{1.f}, {2.f}}), "w"), b(etch::constant(1.f), "b");
  {
    etch::GradientTape tape;
    Tensor loss = etch::sum(etch::square(etch::matmul(X, w) + b - y));
    std::vector<Tensor> g = tape.gradient(loss, std::vector{w, b});
    std::cout << "L = " << loss << ", dL/dw =\n" << g[0] << "\ndL/db = " << g[1] << "\n";
  }

  // Inside a function, derivatives are compiled with the rest: this is a whole training step.
  auto step = etch::function("step", [&](etch::Scalar rate) {
    auto [loss, g] = etch::value_and_grad({w, b}, [&] { return etch::sum(etch::square(etch::matmul(X, w) + b - y)); });
    w.assign_sub(g[0] * rate);
    b.assign_sub(g[1] * rate);
    return loss;
  });
  float first = step(0.01f).item<float>(), last = first;
  for (int i = 0; i < 200; ++i) last = step(0.01f).item<float>();
  std::cout << "loss falls from " << first << " to below 0.1: " << (last < 0.1f ? "yes" : "no") << ", traces "
            << step.trace_count() << "\n";

  // Forward mode: the derivative in a direction, at the cost of one evaluation.
  auto [y0, dy] = etch::jvp(cube, x, etch::constant(1.f));
  std::cout << "jvp: " << y0 << " and " << dy << "\n";

  // A derivative of your own, and none at all.
  auto clipped = etch::custom_gradient([](Tensor x) { return x * 100.f; },
                                       [](Tensor, Tensor dy) { return etch::clamp(dy * 100.f, -1.f, 1.f); });
  std::cout << "clipped: " << etch::grad([&](Tensor x) { return clipped(x); })(x)
            << ", stopped: " << etch::grad([](Tensor x) { return x * etch::stop_gradient(x); })(x) << "\n";
}

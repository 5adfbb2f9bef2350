// 05: Control flow. An `if` or `for` of C++ decides while tracing. What depends on the values of tensors is written
// with cond, while_loop, for_range and scan: they are compiled to native branches and loops.
//
//   ./run build 05_control_flow && build/bin/05_control_flow

#include <iostream>

#include "etch/etch.h"

using etch::Tensor;

int main() {
  // A branch. Both sides are traced, one runs.
  auto leaky = etch::function(
      "leaky", [](Tensor x) { return etch::cond(x > 0.f, [&] { return x; }, [&] { return x * 0.1f; }); });
  std::cout << "leaky: " << leaky(etch::constant(3.f)) << " and " << leaky(etch::constant(-3.f)) << "\n";

  // A loop with an unknown number of iterations: Collatz.
  auto collatz = etch::function("collatz", [](Tensor n) {
    auto [last, steps] =
        etch::while_loop([](Tensor n, Tensor) { return n != 1; },
                         [](Tensor n, Tensor steps) {
                           Tensor next = etch::cond(n % 2 == 0, [&] { return n / 2; }, [&] { return n * 3 + 1; });
                           return std::tuple{next, steps + 1};
                         },
                         std::tuple{n, etch::constant(0)});
    return steps;
  });
  std::cout << "27 reaches 1 after " << collatz(etch::constant(27)) << " steps, 97 after "
            << collatz(etch::constant(97)) << ", traces " << collatz.trace_count() << "\n";

  // A loop with a counter. What is compiled does not grow with the number of iterations, which may be a tensor.
  auto fibonacci = etch::function("fibonacci", [](Tensor n) {
    auto [a, b] = etch::for_range(0, n, std::tuple{etch::constant(int64_t{0}), etch::constant(int64_t{1})},
                                  [](Tensor, std::tuple<Tensor, Tensor> pair) {
                                    auto [a, b] = pair;
                                    return std::tuple{b, a + b};
                                  });
    return a;
  });
  std::cout << "fibonacci: " << fibonacci(etch::constant(int64_t{10})) << ", " << fibonacci(etch::constant(int64_t{90}))
            << "\n";

  // scan: one step for each element of the first axis, keeping what each returns. A running balance with interest:
  Tensor deposits = etch::constant({100.f, 0.f, 50.f, -30.f});
  auto balance = etch::function("balance", [](Tensor deposits, Tensor rate) {
    auto [last, all] = etch::scan(
        [&](Tensor balance, Tensor deposit) {
          Tensor next = balance * (1.f + rate) + deposit;
          return std::pair{next, next};
        },
        etch::constant(0.f), deposits);
    return all;
  });
  std::cout << "balance: " << balance(deposits, etch::constant(0.5f)) << "\n";

  // Derivatives go through all of it.
  auto final_balance = [&](Tensor rate) { return balance(deposits, rate)[-1]; };
  std::cout << "d(final balance)/d(rate) = " << etch::grad(final_balance)(etch::constant(0.5f)) << "\n";

  // Newton's method to the last bit, and its derivative: d sqrt(x)/dx at 2.
  auto square_root = etch::function("square_root", [](Tensor x) {
    auto [root, change] = etch::while_loop([](Tensor, Tensor change) { return change > 1e-12; },
                                           [&](Tensor root, Tensor) {
                                             Tensor next = 0.5 * (root + x / root);
                                             return std::tuple{next, etch::abs(next - root)};
                                           },
                                           std::tuple{x, etch::constant(1.0)});
    return root;
  });
  std::cout << "sqrt(2) = " << square_root(etch::constant(2.0))
            << ", derivative = " << etch::grad([&](Tensor x) { return square_root(x); })(etch::constant(2.0)) << "\n";

  // An `if` on a tensor inside a function cannot know the value. The error says so, and what to write.
  auto wrong = etch::function("wrong", [](Tensor x) {
    if (x > 0.f) return x;
    return -x;
  });
  try {
    wrong(etch::constant(1.f));
  } catch (const etch::UserError &error) {
    std::string text = error.what();
    std::cout << "an error: " << text.substr(text.find("05_control_flow.cpp")) << "\n";
  }
}

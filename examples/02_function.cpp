// 02: Functions. etch::function runs a C++ callable once for each signature of its arguments, records the ops, compiles
// them, and from then on runs the compiled code.
//
//   ./run build 02_function && build/bin/02_function

#include <iostream>

#include "etch/etch.h"

using etch::Tensor;

int main() {
  // C++ code in the body runs while tracing, only then. So this prints once for each trace.
  auto f = etch::function("f", [](Tensor a, Tensor b, Tensor c) {
    std::cout << "Creating graph !\n";
    Tensor d = a * b + c;
    Tensor e = a * b * c;
    return std::tuple{d, e};
  });

  auto [d, e] = f(etch::constant(2.f), etch::constant(3.f), etch::constant(4.f));  // traces
  std::cout << "d = " << d << ", e = " << e << "\n";
  f(etch::constant(5.f), etch::constant(6.f), etch::constant(7.f));  // the same signature: no trace
  std::cout << "two f32 calls, " << f.trace_count() << " trace\n";

  auto half = [](float value) { return etch::constant(value, etch::f16); };
  f(half(2), half(3), half(4));  // another dtype: another trace
  std::cout << "one f16 call, " << f.trace_count() << " traces:\n" << f.pretty_printed_concrete_signatures();

  // a * b is recorded twice and computed once.
  std::cout << "multiplications after simplification: ";
  std::string ir = f.ir("tensor");
  int multiplications = 0;
  for (size_t at = ir.find("etch.mul"); at != std::string::npos; at = ir.find("etch.mul", at + 1)) ++multiplications;
  std::cout << multiplications << " (a*b, and (a*b)*c)\n";

  // A C++ number is part of the signature and is compiled in; an etch::Scalar may change without a new trace.
  auto power = etch::function("power", [](Tensor x, int exponent) {
    Tensor result = x;
    for (int i = 1; i < exponent; ++i) result = result * x;  // unrolled: the number is known
    return result;
  });
  std::cout << "2^5 = " << power(etch::constant(2.f), 5) << ", 2^3 = " << power(etch::constant(2.f), 3) << ": "
            << power.trace_count() << " traces\n";
  auto scale = etch::function("scale", [](Tensor x, etch::Scalar factor) { return x * factor; });
  std::cout << scale(etch::constant(2.f), 5) << " and " << scale(etch::constant(2.f), 3) << ": " << scale.trace_count()
            << " trace\n";

  // Variables are captured by reference; compiled functions read and assign them.
  etch::Variable counter(etch::constant(0), "counter");
  auto count = etch::function("count", [&] { counter.assign_add(1); });
  for (int i = 0; i < 3; ++i) count();
  std::cout << "counter after three calls: " << counter.read() << "\n";

  // etch::print is part of the program: it prints on every call.
  auto noisy = etch::function("noisy", [](Tensor x) {
    etch::print("running with x = {}", x);
    return x + 1.f;
  });
  noisy(etch::constant(1.f));
  noisy(etch::constant(2.f));

  // For looking inside with a debugger or std::cout: the bodies run directly.
  etch::RunFunctionsEagerly eagerly;
  f(etch::constant(2.f), etch::constant(3.f), etch::constant(4.f));
}

// 06: Speed. What a function was compiled to, what a call of it needs, and the few things that make programs fast.
// docs/performance.md has the same as a list.
//
//   ./run build 06_performance && build/bin/06_performance

#include <iostream>
#include <sstream>
#include <string>

#include "etch/etch.h"

using etch::Tensor;

namespace {

/// Of what explain() and ir("explain") say, the kernels, without the user's lines and how each is made: that depends on
/// the processor ("dot: product in tiles of 14x32").
template <class F> void print_kernels(const F &function) {
  std::istringstream report(function.ir("explain"));
  for (std::string line; std::getline(report, line);)
    if (const size_t end = line.find("), launched "); end != std::string::npos)
      std::cout << line.erase(line.rfind(':', end), end - line.rfind(':', end)) << "\n";
}

}  // namespace

int main() {
  // Eagerly, each op is a kernel and each value goes through memory. Compiled, ops that pass over the same elements are
  // one kernel: a layer norm reads its rows once and writes them once.
  auto layer_norm = etch::function("layer_norm", [](Tensor x, Tensor scale, Tensor offset) {
    Tensor centred = x - etch::mean(x, {1}, true);
    Tensor variance = etch::mean(etch::square(centred), {1}, true);
    return centred * etch::rsqrt(variance + 1e-5f) * scale + offset;
  });
  Tensor x = etch::ones({1024, 256}), scale = etch::ones({256}), offset = etch::zeros({256});
  layer_norm(x, scale, offset);
  std::cout << "layer norm:\n";
  print_kernels(layer_norm);

  // What comes behind a product is computed while its tile is in registers: bias and activation cost no pass.
  auto dense = etch::function(
      "dense", [](Tensor x, Tensor weights, Tensor bias) { return etch::relu(etch::matmul(x, weights) + bias); });
  Tensor weights = etch::ones({256, 128}), bias = etch::zeros({128});
  dense(x, weights, bias);
  std::cout << "dense layer:\n";
  print_kernels(dense);

  // A C++ number is compiled in, so that every new one is a new trace. An etch::Scalar is an argument.
  auto compiled_in = etch::function("compiled_in", [](Tensor x, float rate) { return x * rate; });
  auto argument = etch::function("argument", [](Tensor x, etch::Scalar rate) { return x * rate; });
  for (int i = 1; i <= 3; ++i) {
    compiled_in(x, 0.1f * static_cast<float>(i));
    argument(x, 0.1f * static_cast<float>(i));
  }
  std::cout << "three rates: " << compiled_in.trace_count() << " traces as float, " << argument.trace_count()
            << " as Scalar\n";

  // Extents that change from call to call need not be compiled in either.
  auto each_size = etch::function("each_size", [](Tensor x) { return etch::sum(x * x); });
  auto any_size = etch::function("any_size", [](Tensor x) { return etch::sum(x * x); }, {.reduce_retracing = true});
  for (int64_t n = 4; n < 8; ++n) {
    each_size(etch::ones({n}));
    any_size(etch::ones({n}));
  }
  std::cout << "four sizes: " << each_size.trace_count() << " traces, with reduce_retracing " << any_size.trace_count()
            << "\n";

  // A C++ loop is unrolled into the trace; for_range is a loop of the compiled code, whatever its length.
  auto unrolled = etch::function("unrolled", [](Tensor x) {
    for (int i = 0; i < 100; ++i) x = etch::sin(x) + x;
    return x;
  });
  auto loop = etch::function(
      "loop", [](Tensor x) { return etch::for_range(0, 100, x, [](Tensor, Tensor x) { return etch::sin(x) + x; }); });
  Tensor start = etch::ones({8});
  std::cout << "100 steps: " << unrolled.get_concrete_function(start).op_count() << " ops unrolled, "
            << loop.get_concrete_function(start).op_count() << " as a loop\n";

  // A state that nobody needs afterwards can be given away: the result takes its memory. (Variables always do.)
  auto step = etch::function("step", [](Tensor state) { return state * 0.5f; });
  Tensor state = etch::ones({1024, 1024});
  const size_t kept = step.get_concrete_function(state).memory_stats().peak_bytes();
  const size_t given = step.get_concrete_function(etch::donate(state)).memory_stats().peak_bytes();
  std::cout << "a step's memory: " << kept << " bytes, with donate " << given << "\n";
  for (int i = 0; i < 3; ++i) state = step(etch::donate(state));

  // Threads change times, never results.
  auto total = etch::function("total", [](Tensor x) { return etch::sum(etch::exp(x)); });
  Tensor values = etch::sin(etch::arange(1 << 20, etch::f32));
  etch::set_num_threads(1);
  const auto on_one = total(values).item<float>();
  etch::set_num_threads(2);
  const auto on_two = total(values).item<float>();
  std::cout << "one and two threads give " << (on_one == on_two ? "the same bits" : "different results") << "\n";

  // With `background`, calls run op by op until the code is ready; no call waits for the compiler.
  auto background = etch::function("background", [](Tensor x) { return etch::sum(x * 2.f); }, {.background = true});
  std::cout << "in the background: " << background(x) << "\n";
}

// What a call costs besides the work itself.

#include <time.h>

#include <numeric>
#include <thread>

#include "compiled_body.h"
#include "etch/etch.h"
#include "harness.h"

ETCH_BENCH_REVEAL(etch::Tensor(etch::Tensor, etch::Tensor, etch::Tensor));
ETCH_BENCH_REVEAL(etch::Tensor(etch::Tensor, etch::Scalar));
ETCH_BENCH_REVEAL(etch::Tensor(etch::Tensor, etch::Tensor));
ETCH_BENCH_REVEAL(etch::Tensor(etch::Tensor));

namespace etch::bench {
namespace {

constexpr double kNano = 1e9;

// A call against its compiled body; the budget is on the difference.
void add_overhead(Bench &bench, std::string what, Body call, const CompiledBody &compiled,
                  std::optional<double> budget) {
  Bench::Pair pair = bench.time(call, [&] { compiled(); });
  bench.add({.what = std::move(what),
             .value = pair.seconds * kNano,
             .unit = "ns",
             .reference = "compiled body",
             .reference_value = pair.reference_seconds * kNano,
             .judged_name = "over",
             .judged = (pair.seconds - pair.reference_seconds) * kNano,
             .budget = budget});
}

void cached_call(Bench &bench) {
  Tensor a = ones({8}), b = ones({8}), c = ones({8});
  auto f = function("f", [](Tensor a, Tensor b, Tensor c) { return a * b + c; });
  f(a, b, c);
  CompiledBody body(state_of(f.get_concrete_function(a, b, c)), {a, b, c});
  add_overhead(bench, "cached call, 3 tensors f32[8] in, 1 out", [&] { keep(f(a, b, c)); }, body, 100);
  auto concrete = f.get_concrete_function(a, b, c);
  add_overhead(bench, "the same through its ConcreteFunction", [&] { keep(concrete(a, b, c)); }, body, {});
}

void call_with_variables(Bench &bench) {
  std::vector<Variable> variables;
  for (int i = 0; i < 20; ++i) variables.emplace_back(ones({8}), "v" + std::to_string(i));
  auto step = function("step", [&](Tensor x, Scalar rate) {
    Tensor total = sum(x);
    for (const Variable &variable : variables) variable.assign_sub(variable * rate);
    return total;
  });
  Tensor x = ones({8});
  step(x, 1e-6);
  CompiledBody body(state_of(step.get_concrete_function(x, 1e-6)), {x, constant(1e-6)});
  add_overhead(bench, "call that updates 20 variables f32[8]", [&] { keep(step(x, 1e-6)); }, body, 1000);
}

// Signatures in turn: of up to eight each is tried, of more each is looked up by hash (docs/decisions/0021).
void call_with_signatures(Bench &bench, int count) {
  std::vector<Tensor> tensors;
  for (int i = 0; i < count; ++i) tensors.push_back(ones({8 + i}));
  auto f = function("f", [](Tensor a, Tensor b, Tensor c) { return a * b + c; });
  for (const Tensor &x : tensors) f(x, x, x);
  CompiledBody body(state_of(f.get_concrete_function(tensors[0], tensors[0], tensors[0])), {3, tensors[0]});
  size_t next = 0;
  auto call = [&] {
    const Tensor &x = tensors[next];
    next = next + 1 == tensors.size() ? 0 : next + 1;
    keep(f(x, x, x));
  };
  add_overhead(bench, "the same with " + std::to_string(count) + " signatures in turn", call, body, {});
}

// CPU time of one call by each of `callers` threads that call at once: what they share would make it grow.
double seconds_of_callers(int callers, int calls, Body call) {
  std::vector<double> seconds(static_cast<size_t>(callers));
  auto now = [] {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  std::vector<std::jthread> threads;
  for (double &own : seconds)
    threads.emplace_back([&] {
      call();  // a thread's first call makes its frame
      const double start = now();
      for (int i = 0; i < calls; ++i) call();
      own = (now() - start) / calls;
    });
  threads.clear();
  return std::accumulate(seconds.begin(), seconds.end(), 0.0) / callers;
}

void call_by_threads(Bench &bench) {
  Tensor a = ones({8}), b = ones({8}), c = ones({8});
  auto f = function("f", [](Tensor a, Tensor b, Tensor c) { return a * b + c; });
  auto call = [&] { keep(f(a, b, c)); };
  call();
  const int calls = bench.settings().smoke ? 10 : 200'000;
  std::vector<double> eight, one;
  for (int i = 0; i < bench.settings().samples; ++i) {
    eight.push_back(seconds_of_callers(8, calls, call));
    one.push_back(seconds_of_callers(1, calls, call));
  }
  const double value = median(eight), reference = median(one);
  bench.add({.what = "the same on 8 threads at once, CPU time of a call",
             .value = value * kNano,
             .unit = "ns",
             .reference = "on one",
             .reference_value = reference * kNano,
             .judged_name = "x of it",
             .judged = value / reference});
}

void eager_ops(Bench &bench) {
  Tensor a = ones({8}), b = ones({8}), m = ones({4, 4});
  auto add_compiled = function("add", [](Tensor a, Tensor b) { return a + b; });
  auto dot_compiled = function("dot", [](Tensor a, Tensor b) { return matmul(a, b); });
  auto exp_compiled = function("exp", [](Tensor a) { return exp(a); });
  CompiledBody add_body(state_of(add_compiled.get_concrete_function(a, b)), {a, b});
  CompiledBody dot_body(state_of(dot_compiled.get_concrete_function(m, m)), {m, m});
  CompiledBody exp_body(state_of(exp_compiled.get_concrete_function(a)), {a});
  add_overhead(bench, "eager a + b, f32[8]", [&] { keep(a + b); }, add_body, 1000);
  add_overhead(bench, "eager a + 1.f, f32[8]", [&] { keep(a + 1.f); }, add_body, 1000);
  add_overhead(bench, "eager exp(a), f32[8]", [&] { keep(exp(a)); }, exp_body, 1000);
  add_overhead(bench, "eager matmul(m, m), f32[4,4]", [&] { keep(matmul(m, m)); }, dot_body, 1000);
}

}  // namespace

void bench_calls(Bench &bench) {
  bench.begin_topic("Calls: cost over the compiled code");
  cached_call(bench);
  for (int count : {8, 9, 64}) call_with_signatures(bench, count);
  call_by_threads(bench);
  call_with_variables(bench);
  eager_ops(bench);
}

}  // namespace etch::bench

// What a call costs besides the work itself.

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
  add_overhead(bench, "cached call, 3 tensors f32[8] in, 1 out", [&] { keep(f(a, b, c)); }, body, 200);
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
  add_overhead(bench, "call that updates 20 variables f32[8]", [&] { keep(step(x, 1e-6)); }, body, {});
}

void eager_ops(Bench &bench) {
  Tensor a = ones({8}), b = ones({8}), m = ones({4, 4});
  auto add_compiled = function("add", [](Tensor a, Tensor b) { return a + b; });
  auto dot_compiled = function("dot", [](Tensor a, Tensor b) { return matmul(a, b); });
  auto exp_compiled = function("exp", [](Tensor a) { return exp(a); });
  CompiledBody add_body(state_of(add_compiled.get_concrete_function(a, b)), {a, b});
  CompiledBody dot_body(state_of(dot_compiled.get_concrete_function(m, m)), {m, m});
  CompiledBody exp_body(state_of(exp_compiled.get_concrete_function(a)), {a});
  add_overhead(bench, "eager a + b, f32[8]", [&] { keep(a + b); }, add_body, {});
  add_overhead(bench, "eager a + 1.f, f32[8]", [&] { keep(a + 1.f); }, add_body, {});
  add_overhead(bench, "eager exp(a), f32[8]", [&] { keep(exp(a)); }, exp_body, {});
  add_overhead(bench, "eager matmul(m, m), f32[4,4]", [&] { keep(matmul(m, m)); }, dot_body, {});
}

}  // namespace

void bench_calls(Bench &bench) {
  bench.begin_topic("Calls: cost over the compiled code");
  cached_call(bench);
  call_with_variables(bench);
  eager_ops(bench);
}

}  // namespace etch::bench

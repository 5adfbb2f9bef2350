// semantics.md, tracing and the cache.
#include <optional>
#include <thread>

#include <catch2/catch.hpp>

#include "runtime/base/log.h"
#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

TEST_CASE("semantics 01: the first call with a signature runs the body, the second does not") {
  int runs = 0;
  auto f = function([&](Tensor x) { return ++runs, x + 1.f; });
  CHECK(floats(f(constant({1.f, 2.f}))) == Floats{2, 3});
  CHECK(floats(f(constant({3.f, 4.f}))) == Floats{4, 5});
  CHECK(runs == 1);
  CHECK(f.trace_count() == 1);
}

TEST_CASE("semantics 02: another dtype traces again") {
  int runs = 0;
  auto f = function([&](Tensor a, Tensor b) { return ++runs, a + b; });
  Tensor x = ones({10, 10}), h = ones({10, 10}, f16);
  f(x, x), f(x, x), f(h, h), f(x, x);
  CHECK(runs == 2);
  CHECK(f.trace_count() == 2);
}

TEST_CASE("semantics 03: another rank or extent traces again, another value does not") {
  auto f = function([](Tensor x) { return x * 2.f; });
  CHECK(value(f(constant(1.f))) == 2);
  CHECK(value(f(constant(2.f))) == 4);
  CHECK(f.trace_count() == 1);
  f(constant({1.f})), f(constant({1.f, 2.f})), f(constant({{1.f}}));
  CHECK(f.trace_count() == 4);
}

TEST_CASE("semantics 04: exact match first, then the most specific trace with unknown extents") {
  auto f = function([](Tensor x) { return x + 1.f; });
  auto general = f.get_concrete_function(Spec{f32, {kDynamic, kDynamic}});
  auto rows = f.get_concrete_function(Spec{f32, {2, kDynamic}});
  CHECK(f.trace_count() == 2);
  f(ones({2, 3})), f(ones({3, 3}));
  CHECK(f.trace_count() == 2);
  CHECK(contains(f.explain(), "f32[2,?]) -> (f32[2,?])"));
  auto exact = f.get_concrete_function(ones({2, 3}));
  CHECK(exact == rows);
  CHECK_FALSE(exact == general);
}

TEST_CASE("semantics 05: an input signature shares one trace and refuses other types") {
  auto f = function("f", [](Tensor x) { return sum(x); }, {.input_signature = {Spec{i32, {kDynamic}, "x"}}});
  CHECK(f(constant({1, 2})).item<int>() == 3);
  CHECK(f(constant({1, 2, 3})).item<int>() == 6);
  CHECK(f(constant({1, 2, 3, 4, 5})).item<int>() == 15);
  CHECK(f.trace_count() == 1);
  CHECK(
      contains(message_of<TypeError>([&] { f(constant({{1, 2}})); }), "parameter `x` expected i32[?] but is i32[1,2]"));
  CHECK(contains(message_of<TypeError>([&] { f(constant({1.f})); }), "parameter `x` expected i32[?] but is f32[1]"));
}

TEST_CASE("semantics 06: a missing Spec is an error when the function is made") {
  std::string message =
      message_of([] { function("f", [](Tensor x, Tensor y) { return x + y; }, {.input_signature = {Spec{f32, {}}}}); });
  CHECK(contains(message, "missing type constraint"));
}

TEST_CASE("semantics 07: reduce_retracing makes the second size the last trace") {
  auto f = function([](Tensor x) { return sum(x); }, {.reduce_retracing = true});
  for (int64_t n : {3, 5, 7, 9}) CHECK(value(f(ones({n}))) == static_cast<float>(n));
  CHECK(f.trace_count() == 2);
  CHECK(contains(f.pretty_printed_concrete_signatures(), "f32[?]"));
}

TEST_CASE("a call may have more unknown extents than arguments and results") {
  // On a thread of its own: frames are made by the first call of a thread, and grow with what they are asked for.
  std::thread([] {
    auto f = function([](const std::vector<Tensor> &xs) { return sum(xs.front()) + sum(xs.back()); },
                      {.reduce_retracing = true});
    const std::vector<Tensor> small(40, ones({2, 3})), large(40, ones({4, 5}));
    CHECK(value(f(small)) == 12);
    for (int i = 0; i < 3; ++i) CHECK(value(f(large)) == 40);
    CHECK(f.trace_count() == 2);
  }).join();
}

TEST_CASE("semantics 10: get_concrete_function traces without running, and returns the same object") {
  Variable v(constant(0.f), "v");
  auto f = function([&](Tensor x) { return v.assign_add(x), v.read(); });
  auto a = f.get_concrete_function(constant(1.f));
  CHECK(value(v.read()) == 0);
  auto b = f.get_concrete_function(Spec{f32, {}});
  CHECK(a == b);
  CHECK(value(a(constant(2.f))) == 2);
  CHECK(value(v.read()) == 2);
}

TEST_CASE("semantics 11: a concrete function checks types and static arguments") {
  auto power = function("power", [](Tensor a, int b) {
    Tensor result = a;
    for (int i = 1; i < b; ++i) result = result * a;
    return result;
  });
  auto square = power.get_concrete_function(Spec{f32, {}}, 2);
  CHECK(value(square(constant(10.f))) == 100);
  CHECK(value(square(constant(10.f), 2)) == 100);
  CHECK_THROWS_AS(square(constant(10.f), 3), TypeError);
  CHECK(contains(message_of<TypeError>([&] { square(constant({10.f, 1.f})); }), "expected f32[] but is f32[2]"));
}

TEST_CASE("semantics 12: every trace is listed with names, dtypes, shapes and result") {
  auto f = function("f", [](Tensor x, int k) { return x * k; }, {.argument_names = {"x", "k"}});
  f(constant({1.f, 2.f}), 3);
  CHECK(f.pretty_printed_concrete_signatures() == "f(x: f32[2], k = 3) -> (f32[2])\n");
}

TEST_CASE("semantics 13: a function that creates variables runs its body once") {
  int runs = 0;
  std::optional<Variable> v;
  auto f = function([&](Tensor x) {
    ++runs;
    if (!v) v.emplace(ones({2}), "v");
    return x + *v;
  });
  CHECK(floats(f(constant({1.f, 2.f}))) == Floats{2, 3});
  CHECK(runs == 1);
  CHECK(f.trace_count() == 1);
}

TEST_CASE("semantics 14: two functions of one callable share no traces") {
  auto body = [](Tensor x) { return x + 1.f; };
  auto f = function(body), g = function(body);
  f(constant(1.f));
  CHECK(f.trace_count() == 1);
  CHECK(g.trace_count() == 0);
}

TEST_CASE("semantics 15: frequent retracing warns at most twice and says what differs") {
  std::vector<std::string> warnings;
  LogSink previous = set_log_sink([&](LogLevel, std::string_view text) { warnings.emplace_back(text); });
  auto f = function("f", [](Tensor x) { return x + 1.f; }, {.argument_names = {"x"}});
  for (int64_t n = 2; n < 32; ++n) f.get_concrete_function(ones({n}));
  set_log_sink(previous);
  REQUIRE(warnings.size() == 2);
  CHECK(contains(warnings[0], "argument 'x': shape [5] -> [6]"));
  CHECK(contains(warnings[0], "reduce_retracing"));
}

TEST_CASE("semantics 16: the policy is part of the signature") {
  auto f = function([](Tensor x) { return x * x + x; });
  f(constant(1.f));
  {
    PolicyScope strict(Policy::strict);
    f(constant(1.f));
  }
  f(constant(1.f));
  CHECK(f.trace_count() == 2);
}

TEST_CASE("semantics 16: the policy of a function holds where its body runs inline") {
  std::vector<Policy> seen;
  auto f = function(
      [&](Tensor x) {
        seen.push_back(policy());
        return x;
      },
      {.policy = Policy::strict});
  {
    RunFunctionsEagerly eagerly;
    f(ones({1}));
  }
  CHECK(policy() == Policy::standard);
  auto standard =
      function([&](Tensor x) { return function([](Tensor y) { return y; }, {.policy = Policy::standard})(x); },
               {.policy = Policy::strict});
  standard(ones({1}));  // strict is one of the ways of standard
  f(ones({1}));
  CHECK(seen == std::vector{Policy::strict, Policy::strict});
}

TEST_CASE("semantics 16: the device scope is part of the signature") {
  REQUIRE(list_devices().size() == 1);
  CHECK(list_devices()[0].name() == "cpu:0");
  auto f = function([](Tensor x) { return x * x + x; });
  f(constant(1.f));
  {
    DeviceScope scope("cpu:0");
    CHECK(current_device().name() == "cpu:0");
    CHECK(f(constant(1.f)).device() == list_devices()[0]);
    {
      DeviceScope same("CPU");
      f(constant(1.f));
    }
    f(constant(1.f));
    // Another thread has scopes of its own.
    std::thread([&] { f(constant(1.f)); }).join();
  }
  f(constant(1.f));
  CHECK(f.trace_count() == 2);
  CHECK(contains(f.explain(), "because of: device: any -> cpu:0"));
}

TEST_CASE("the reason of a trace names what appeared, vanished or changed") {
  auto f = function([](Tensor x, std::optional<Tensor> bias) { return bias ? x + *bias : x; },
                    {.argument_names = {"x", "bias"}});
  f(ones({3}), std::nullopt);
  f(ones({3}), ones({3}));
  CHECK(contains(f.explain(), "because of: argument 'bias': absent -> f32[3]"));
  auto g = function([](std::vector<Tensor> xs) { return xs[0]; }, {.argument_names = {"xs"}});
  g({ones({2}), ones({2})});
  g({ones({2})});
  CHECK(contains(g.explain(), "because of: argument 'xs[1]': f32[2] -> absent"));
  auto h = function([](Tensor x) { return x; });
  h(ones({2}));
  PolicyScope strict(Policy::strict);
  h(ones({2}));
  CHECK(contains(h.explain(), "because of: numerics policy: standard -> strict"));
}

TEST_CASE("semantics 17: a failed trace leaves nothing behind, a failed run is not sticky") {
  bool fails = true;
  auto f = function([&](Tensor x) {
    if (fails) throw std::runtime_error("not today");
    return x + 1.f;
  });
  CHECK_THROWS_AS(f(constant(1.f)), std::runtime_error);
  CHECK(f.trace_count() == 0);
  fails = false;
  CHECK(value(f(constant(1.f))) == 2);

  auto positive = function([](Tensor x) {
    check(all(x > 0.f), "must be positive");
    return x;
  });
  CHECK(value(positive(constant(1.f))) == 1);
  CHECK_THROWS_AS(positive(constant(-1.f)), UserError);
  CHECK(value(positive(constant(2.f))) == 2);
  CHECK(positive.trace_count() == 1);
}

TEST_CASE("semantics 18: the cache is bounded") {
  auto f = function([](Tensor x) { return x; }, {.max_traces = 4});
  for (int64_t n = 2; n < 12; ++n) f.get_concrete_function(ones({n}));
  CHECK(f.trace_count() == 10);
  CHECK(count_of(f.pretty_printed_concrete_signatures(), "\n") == 4);
}

TEST_CASE("explain says what runs in which kernel, and why not in fewer") {
  auto f = function("scores", [](Tensor x) {
    Tensor y = softmax(x);
    return matmul(y, x);
  });
  f(ones({4, 4}));
  std::string text = f.explain();
  INFO(text);
  CHECK(contains(text, "reduce_max_sub_exp_reduce_sum_etc (reduce: "));
  CHECK(contains(text, "), launched 1 time: reads 64 B, writes 64 B, 80 flop"));
  CHECK(contains(text, "  reduce_max broadcast_in_dim sub exp reduce_sum broadcast_in_dim div\n"));
  CHECK(contains(text, "frontend_tracing.cpp:"));
  CHECK(contains(text, "dot_general (dot: "));
  CHECK(contains(text, "), launched 1 time: reads 128 B, writes 64 B, 128 flop"));
  CHECK(contains(text, "dot_general is not in the kernel of div ("));
  CHECK(contains(text, "it reads its operands in an order of its own"));
  CHECK(f.ir("explain").size() < text.size());
}

// Mistakes with functions, traces and variables.
#include <catch2/catch.hpp>

#include "tests/error/expect.h"

using namespace etch;
using etch::test::expect_error;

TEST_CASE("reading a value while tracing") {
  auto f = function("f", [](Tensor x) { return x.item<float>() > 0 ? x : -x; });
  expect_error<UserError>([&] { f(constant(1.f)); }, __LINE__ - 1,
                          "[item] reading the value of a tensor while 'f' is being traced");
}

TEST_CASE("a symbolic tensor as a C++ condition") {
  auto f = function("f", [](Tensor x) {
    if (x > 0.f) return x;
    return -x;
  });
  expect_error<UserError>([&] { f(constant(1.f)); }, __LINE__ - 3,
                          "was used as a C++ condition while it is being traced");
}

TEST_CASE("a tensor that leaked from a branch or a loop") {
  auto branch = function([](Tensor x) {
    Tensor inside;
    cond(sum(x) > 0.f, [&] { return inside = x * 2.f; }, [&] { return x; });
    return inside * 3.f;
  });
  expect_error<UserError>([&] { branch(ones({2})); }, __LINE__ - 2,
                          "was used outside of that body, where it has no value. Return it from the body");
  auto adds_up = function([](Tensor x) {
    Tensor total = zeros({});
    for_range(0, 3, x, [&](Tensor i, Tensor y) { return total = total + i, y; });
    return total + 1.f;
  });
  expect_error<UserError>([&] { adds_up(ones({2})); }, __LINE__ - 2, "a tensor made in the body of 'for_range' at");
}

TEST_CASE("extents that turn out not to fit") {
  auto f = function(
      "f", [](Tensor x, Scalar rate, Tensor y) { return x * rate + y; },
      {.argument_names = {"x", "rate", "y"}, .input_signature = {Spec{f32, {kDynamic}}, Spec{f32, {kDynamic}}}});
  const int line = __LINE__ - 2;
  const char *text = "differ in this call; pass tensors whose shapes fit; 'f' was called with x: f32[4], y: f32[5]";
  f(ones({3}), 1.f, ones({3}));
  expect_error<UserError>([&] { f(ones({4}), 1.f, ones({5})); }, line, text);
  auto concrete = f.get_concrete_function(Spec{f32, {kDynamic}}, 1.f, Spec{f32, {kDynamic}});
  expect_error<UserError>([&] { concrete(ones({4}), 1.f, ones({5})); }, line, text);
}

// It was -1, and a mean became its negative.
TEST_CASE("a number of elements that is not known while tracing") {
  Options any_length{.input_signature = {Spec{f32, {kDynamic}}}};
  auto mean = function([](Tensor x) { return sum(x) / x.size(); }, any_length);
  expect_error<UserError>([&] { mean(ones({4})); }, __LINE__ - 1,
                          "[size] the number of elements of f32[?] is not known while tracing; etch::dim(x, axis)");
  CHECK(function([](Tensor x) { return sum(x) / dim(x, 0); }, any_length)(ones({4})).item<float>() == 1);
}

TEST_CASE("a scan over what has no first axis, or no value") {
  auto step = [](Tensor c, Tensor x) { return std::pair{c + x, c}; };
  Tensor zero = constant(0.f);
  expect_error<UserError>([&] { scan(step, zero, zero); }, __LINE__,
                          "[scan] goes along the first axis, and f32[] has none");
  expect_error<UserError>([&] { scan(step, zero, Tensor()); }, __LINE__, "an empty Tensor was used");
}

TEST_CASE("a tensor that leaked from a trace") {
  Tensor leaked;
  function("f", [&](Tensor x) { return leaked = x * 2.f; })(constant(1.f));
  expect_error<UserError>([&] { leaked + 1.f; }, __LINE__, "was used after that trace was over");
}

TEST_CASE("an argument that does not fit the input signature") {
  auto f = function("f", [](Tensor x) { return x; }, {.input_signature = {Spec{f32, {kDynamic}, "x"}}});
  expect_error<TypeError>([&] { f(constant({1, 2})); }, __LINE__, "'f': parameter `x` expected f32[?] but is i32[2]");
}

TEST_CASE("an argument that does not fit a concrete function") {
  auto f = function("f", [](Tensor x, int n) { return x * n; }).get_concrete_function(Spec{f32, {2}}, 3);
  expect_error<TypeError>([&] { f(ones({3})); }, __LINE__, "parameter `arg0` expected f32[2] but is f32[3]");
  expect_error<TypeError>([&] { f(ones({2}), 4); }, __LINE__, "a static argument or the structure");
  expect_error<UserError>([&] { f(Tensor()); }, __LINE__, "an empty Tensor was used");
}

TEST_CASE("a text with more places than values") {
  expect_error<UserError>([] { print("{} and {}", constant(1.f)); }, __LINE__,
                          "[print] the text has 2 places {} for 1");
}

TEST_CASE("a Spec with a negative extent") {
  auto f = function("f", [](Tensor x) { return x; });
  expect_error<UserError>([&] { f.get_concrete_function(Spec{f32, {-5}}); }, __LINE__, "a Spec has the extent -5");
}

TEST_CASE("an exported program that cannot be written") {
  auto f = function("f", [](Tensor x) { return x; }).get_concrete_function(Spec{f32, {2}});
  expect_error<UserError>([&] { f.save("/no such folder/f.mlir"); }, __LINE__, "[save] cannot write");
}

TEST_CASE("an input signature that is too short, or has no extents") {
  expect_error<UserError>(
      [&] { function("f", [](Tensor x) { return x; }, {.input_signature = {Spec{f32, {2, -7}}}}); }, __LINE__,
      "'f': the input_signature has extent -7; extents are 0 or more, or etch::kDynamic where they are unknown");
  expect_error<UserError>(
      [&] { function("f", [](Tensor x, Tensor y) { return x + y; }, {.input_signature = {Spec{}}}); }, __LINE__,
      "missing type constraint");
}

TEST_CASE("a variable that dies with its trace") {
  auto f = function("f", [](Tensor x) { return x + Variable(ones({2}), "w"); });
  expect_error<UserError>([&] { f(ones({2})); }, __LINE__ - 1,
                          "the variable 'w' was created inside 'f' and dies with this call");
}

TEST_CASE("an initial value that depends on an argument") {
  std::vector<Variable> kept;
  auto f = function("f", [&](Tensor x) { kept.emplace_back(x * 2.f, "w"); });
  CHECK_THROWS_WITH(f(ones({2})), Catch::Contains("the initial value depends on an argument or a variable of 'f'"));
}

TEST_CASE("an assigned value of another shape or dtype") {
  Variable v(zeros({2}), "v");
  expect_error<UserError>([&] { v.assign(zeros({3})); }, __LINE__,
                          "[assign] the variable 'v' is f32[2] but the value is f32[3]");
  expect_error<UserError>([&] { v.assign(zeros({2}, f64)); }, __LINE__, "[assign] needs f32; got f64[2]");
}

TEST_CASE("branches that disagree") {
  auto f = function([](Tensor x) { return cond(x > 0.f, [&] { return x; }, [&] { return cast(x, i32); }); });
  expect_error<UserError>([&] { f(constant(1.f)); }, __LINE__ - 1,
                          "f32[] in the true branch but i32[] in the false branch");
}

TEST_CASE("a condition that is no bool") {
  auto f = function([](Tensor x) { return cond(x, [&] { return x; }, [&] { return -x; }); });
  expect_error<UserError>([&] { f(constant(1.f)); }, __LINE__ - 1, "[cond] a condition is one bool; got f32[]");
}

TEST_CASE("a loop that changes the shape of what it carries") {
  auto f =
      function([](Tensor x) { return for_range(0, 3, x, [](Tensor i, Tensor y) { return concatenate({y, y}); }); });
  expect_error<UserError>([&] { f(ones({2})); }, __LINE__ - 1, "f32[2] carried in but f32[4] returned by the body");
  auto widens = [](Tensor x) { return for_range(0, 3, x, [](Tensor, Tensor y) { return cast(y, f64); }); };
  CHECK_THROWS_WITH(f(ones({2})), Catch::Contains("shape_invariants"));
  CHECK_THROWS_WITH(function(widens)(ones({2})), !Catch::Contains("shape_invariants"));
}

// A trace kept the first value, so that it was another program than the eager one.
TEST_CASE("a loop or branch that changes a C++ value") {
  struct Counted {
    Tensor sum;
    int n;
  };
  auto scanned = [](Tensor xs) {
    return scan([](Counted s, Tensor x) { return std::pair{Counted{s.sum + x, s.n + 1}, x}; }, Counted{zeros({}), 0},
                xs)
        .first.sum;
  };
  const int line = __LINE__ - 4;
  for (bool eagerly : {true, false}) {
    RunFunctionsEagerly scope(eagerly);
    expect_error<UserError>([&] { function(scanned)(ones({4})); }, line,
                            "[scan] C++ values or sizes inside the structure differ (0; and 1;)");
    auto counted = [](Tensor x) {
      return for_range(0, 3, Counted{x, 0}, [](Tensor, Counted s) { return Counted{s.sum, s.n + 1}; }).sum;
    };
    expect_error<UserError>([&] { function(counted)(ones({})); }, __LINE__ - 2, "(0; and 1;)");
  }
  auto close = function([](Tensor x) {
    return cond(x > 0.f, [&] { return std::pair{x, 1e-7}; }, [&] { return std::pair{x, 2e-7}; }).first;
  });
  expect_error<UserError>([&] { close(ones({})); }, __LINE__ - 2, "(1e-07; and 2e-07;)");
}

TEST_CASE("a strict function inside one that is not") {
  auto inner = function("inner", [](Tensor x) { return x * x + x; }, {.policy = Policy::strict});
  auto outer = function("outer", [&](Tensor x) { return inner(x); });
  expect_error<UserError>([&] { outer(ones({2})); }, __LINE__ - 1,
                          "'inner' has Policy::strict, but becomes part of 'outer', which has not. Make that strict");
  PolicyScope strict(Policy::strict);
  CHECK(outer(ones({2})).to_vector<float>() == std::vector{2.f, 2.f});
}

TEST_CASE("shape invariants that do not fit the state") {
  auto loop = [](std::vector<Shape> invariants, Tensor x) {
    return for_range(0, 3, x, [](Tensor i, Tensor y) { return concatenate({y, y}); },
                     {.shape_invariants = std::move(invariants)});
  };
  int line = __LINE__ - 3;
  for (bool eager : {true, false}) {
    auto run = [&](std::vector<Shape> invariants) {
      return eager ? loop(invariants, ones({2})) : function([&](Tensor x) { return loop(invariants, x); })(ones({2}));
    };
    expect_error<UserError>([&] { run({{}, {2}}); }, line,
                            "[for_range] shape_invariants has 2 shapes for a state of 1 tensor");
    expect_error<UserError>([&] { run({{kDynamic, 2}}); }, line,
                            "[for_range] tensor 0 starts as f32[2], which its shape invariant [?,2] does not allow");
    expect_error<UserError>([&] { run({{2}}); }, line, "f32[2] carried in but f32[4] returned by the body");
  }
}

TEST_CASE("a check that fails, eagerly and compiled") {
  Tensor x = constant(-1.f);
  expect_error<UserError>([&] { check(x > 0.f, "x must be positive"); }, __LINE__, "x must be positive");
  auto f = function([](Tensor x) { check(x > 0.f, "x must be positive"); });
  expect_error<UserError>([&] { f(x); }, __LINE__ - 1, "x must be positive");
}

TEST_CASE("a gradient with respect to integers") {
  auto df = grad([](Tensor n) { return cast(n, f32); });
  expect_error<UserError>([&] { df(constant(1)); }, __LINE__,
                          "[grad] argument 0 is i32[]; derivatives exist for floating-point values only");
}

TEST_CASE("asking a tape twice") {
  GradientTape tape;
  Tensor x = constant(1.f);
  tape.watch(x);
  Tensor y = x * x;
  tape.gradient(y, x);
  expect_error<UserError>([&] { tape.gradient(y, x); }, __LINE__, "has already answered");
}

TEST_CASE("recursion without an end") {
  std::function<Tensor(Tensor)> body;
  auto f = function("f", [&](Tensor x) { return body(x); });
  body = [&](Tensor x) { return f(x); };
  expect_error<UserError>([&] { f(constant(1.f)); }, __LINE__ - 1, "64 deep while tracing");
}

TEST_CASE("numbers of threads that are none") {
  int before = num_threads();
  expect_error<UserError>([&] { set_num_threads(0); }, __LINE__, "set_num_threads(0): expected 1 to 1024");
  expect_error<UserError>([&] { set_num_threads(1025); }, __LINE__, "set_num_threads(1025): expected 1 to 1024");
  CHECK(num_threads() == before);
}

TEST_CASE("a donated tensor") {
  auto f = function("f", [](Tensor x, Tensor y) { return x + y; }, {.argument_names = {"x", "y"}});
  Tensor x = ones({2}), y = ones({2});
  f(donate(x), y);
  std::string donated_at = "functions.cpp:" + std::to_string(__LINE__ - 1);
  expect_error<UserError>([&] { x + 1.f; }, __LINE__, donated_at);
  expect_error<UserError>([&] { x.item<float>(); }, __LINE__, donated_at);
  expect_error<UserError>([&] { f(x, y); }, __LINE__, donated_at);
  expect_error<UserError>([&] { donate(x); }, __LINE__, donated_at);
  expect_error<UserError>([&] { f(donate(y), y); }, __LINE__, "the argument 'x' of 'f' is passed twice");
  Variable v(ones({2}), "v");
  expect_error<UserError>([&] { f(donate(v.read()), y); }, __LINE__, "is the value of a Variable");
  Tensor held = ones({2});
  auto captures = function([&](Tensor x) { return x + held; });
  expect_error<UserError>([&] { captures(donate(held)); }, __LINE__, "is also captured by the function");
}

TEST_CASE("a captured tensor that was donated since") {
  Tensor held = ones({2, 2}), weights = ones({256, 256});
  auto adds = function([&](Tensor x) { return x + held; });
  auto multiplies = function("multiplies", [&](Tensor x) { return matmul(x, transpose(weights)); });
  Tensor x = ones({2, 2}), rows = ones({64, 256});
  adds(x);
  auto concrete = multiplies.get_concrete_function(rows);
  auto takes = function([](Tensor x) { return x * 2.f; }, {.donate = {0}});
  takes(held), takes(weights);
  expect_error<UserError>([&] { adds(x); }, __LINE__, "a tensor was used that was donated at");
  expect_error<UserError>([&] { multiplies(rows); }, __LINE__, "a tensor was used that was donated at");
  expect_error<UserError>([&] { concrete.save("unwritten.mlir"); }, __LINE__, "a tensor was used that was donated at");
}

TEST_CASE("a function that is none") {
  Function<Tensor(Tensor)> none;
  const std::string text = "an empty Function was used; make it with etch::function";
  Tensor x = ones({2});
  expect_error<UserError>([&] { none(x); }, __LINE__, text);
  expect_error<UserError>([&] { none.get_concrete_function(x); }, __LINE__, text);
  expect_error<UserError>([&] { none.trace_count(); }, __LINE__, text);
  expect_error<UserError>([&] { none.explain(); }, __LINE__, text);
  expect_error<UserError>([&] { none.ir("tensor"); }, __LINE__, text);
  auto outer = function([&](Tensor x) { return none(x); });
  expect_error<UserError>([&] { outer(x); }, __LINE__ - 1, text);
  std::function<Tensor(Tensor)> body;
  expect_error<UserError>([&] { function("f", body); }, __LINE__, "'f': the std::function or pointer is empty");
  expect_error<UserError>([&] { host_call({}, {Spec{f32, {2}}}, {x}); }, __LINE__, "[host_call] the C++ function is");
}

TEST_CASE("a stage that there is not, or no trace to show") {
  auto f = function("f", [](Tensor x) { return x * 2.f; });
  expect_error<UserError>([&] { f.ir("fused"); }, __LINE__, "[ir] 'f' has not been traced yet; call it or use");
  auto concrete = f.get_concrete_function(ones({2}));
  const std::string text = "unknown stage 'fusion'; expected one of trace, grad, tensor, fused";
  expect_error<UserError>([&] { f.ir("fusion"); }, __LINE__, text);
  expect_error<UserError>([&] { concrete.ir("fusion"); }, __LINE__, text);
}

TEST_CASE("options that do not fit the function") {
  auto make = [](Options options, std::source_location at) {
    function("f", [](Tensor x) { return x; }, std::move(options), at);
  };
  auto fails = [&](Options options, const std::string &text) {
    const auto here = std::source_location::current();
    expect_error<UserError>([&] { make(options, here); }, static_cast<int>(here.line()), text);
  };
  fails({.max_traces = 0}, "'f': max_traces is 0; one trace is the least");
  fails({.verify_trace = -1}, "'f': verify_trace is -1; give a number of calls, or 0 for never");
  fails({.argument_names = {"x", "y"}}, "'f': argument_names has 2 names but the function has 1 parameter");
  fails({.donate = {1}}, "'f': donate lists parameter 1 but the function has 1 parameter; they count from 0");
  fails({.donate = {-1}}, "'f': donate lists parameter -1");
}

TEST_CASE("a host function that runs the function that calls it, without an end") {
  Function<Tensor(Tensor)> f;
  auto again = [&](const std::vector<Tensor> &in) { return std::vector{f(in[0])}; };
  std::string line = std::to_string(__LINE__ - 1);
  f = function([&](Tensor x) { return host_call(again, {Spec{f32, {2}}}, {x})[0]; });
  expect_error<UserError>([&] { f(ones({2})); }, std::stoi(line), "calls are nested 256 deep");
  expect_error<UserError>([&] { f(ones({2})); }, std::stoi(line), "calls are nested 256 deep");
}

TEST_CASE("a variable that is none") {
  Variable none;
  const std::string text = "an empty Variable was used; construct it with an initial value";
  expect_error<UserError>([&] { none.read(); }, __LINE__, text);
  expect_error<UserError>([&] { value_and_grad({none}, [] { return ones({}); }); }, __LINE__, text);
  auto f = function([](Variable v, Tensor x) { return x + v; });
  expect_error<UserError>([&] { f(none, ones({})); }, __LINE__, text);
}

TEST_CASE("empty tensors in branches and loops") {
  Tensor x = ones({2}), none;
  auto branches = function([&](Tensor x) { return cond(sum(x) > 0.f, [&] { return x; }, [&] { return none; }); });
  expect_error<UserError>([&] { branches(x); }, __LINE__ - 1, "[cond] tensor 0 in the false branch is empty");
  auto turns = [&] { return for_range(0, 3, none, [&](Tensor, Tensor y) { return y; }); };
  expect_error<UserError>(turns, __LINE__ - 1, "[for_range] tensor 0 to start with is empty");
  auto loses = [&] { return for_range(0, 3, x, [&](Tensor, Tensor) { return none; }); };
  expect_error<UserError>(loses, __LINE__ - 1, "[for_range] tensor 0 returned by the body is empty");
}

TEST_CASE("a loop whose condition is no bool, eagerly") {
  auto positive = [](Tensor x) { return x > 0.f; };
  auto less = [](Tensor x) { return x - 1.f; };
  expect_error<UserError>([&] { while_loop(positive, less, ones({2})); }, __LINE__, "[while_loop] a condition is one");
}

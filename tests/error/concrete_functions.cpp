// Mistakes with calls of one trace.
#include <catch2/catch.hpp>

#include "tests/error/expect.h"

using namespace etch;
using etch::test::expect_error;

TEST_CASE("a variable that does not fit a concrete function") {
  auto f = function("f", [](Variable v, Tensor x, int n) { v.assign_add(x * n); }, {.argument_names = {"v", "x", "n"}});
  Variable big(zeros({4})), small(zeros({2}));
  auto c = f.get_concrete_function(big, ones({4}), 2);
  expect_error<TypeError>([&] { c(small, ones({4})); }, __LINE__,
                          "[f] parameter `v` expected a Variable f32[4] but is a Variable f32[2]; call the function "
                          "itself");
  expect_error<TypeError>([&] { c(small, ones({4}), 2); }, __LINE__, "`v` expected a Variable f32[4]");
}

TEST_CASE("another number of variables than a concrete function has") {
  auto f = function("f", [](std::vector<Variable> list, int n) {
    for (const Variable &each : list) each.assign_add(n);
  });
  Variable v(constant(1.f)), w(constant(2.f));
  auto c = f.get_concrete_function(std::vector<Variable>{v}, 2);
  expect_error<TypeError>([&] { c(std::vector<Variable>{v, w}); }, __LINE__, "[f] expected 1 variable but was given 2");
}

TEST_CASE("another static value in a structure than a concrete function has") {
  struct Power {
    Tensor x;
    int k;
  };
  auto f = function("f", [](Power p, int n) { return p.x * (p.k * n); });
  auto c = f.get_concrete_function(Power{constant(1.f), 2}, 1);
  expect_error<TypeError>([&] { c(Power{constant(1.f), 3}); }, __LINE__,
                          "[f] a static argument or the structure of the arguments differs from what this concrete "
                          "function was made for: f(");
}

TEST_CASE("a concrete function of a captured variable, given another") {
  Variable u(constant(1.f)), v(constant(10.f));
  auto f = function("f", [&](Variable a) { return u + a; });
  auto of_captured = f.get_concrete_function(u), of_other = f.get_concrete_function(v);
  const char *text = "[f] the function captures a variable that it was also given, now or when";
  expect_error<TypeError>([&] { of_captured(v); }, __LINE__, text);
  expect_error<TypeError>([&] { of_other(u); }, __LINE__, text);
}

TEST_CASE("a concrete function inside init_scope, given what is being traced") {
  auto inner = function([](Tensor x) { return x + 1.f; }).get_concrete_function(Spec{f32, {}});
  auto outer = function("outer", [&](Tensor x) { return init_scope([&] { return inner(x); }); });
  expect_error<UserError>([&] { outer(constant(1.f)); }, __LINE__ - 1, "was used where ops run at once");
}

TEST_CASE("a strict concrete function inside a trace that is not") {
  Options strict{.policy = Policy::strict};
  auto inner = function("inner", [](Tensor x) { return x + 1.f; }, strict).get_concrete_function(Spec{f32, {}});
  auto outer = function("outer", [&](Tensor x) { return inner(x); });
  const int line = __LINE__ - 1;
  expect_error<UserError>([&] { outer(constant(1.f)); }, line,
                          "the concrete function 'inner' has Policy::strict, but becomes part of 'outer', which has "
                          "not");
  auto strict_too = function([&](Tensor x) { return inner(x); }, strict);
  CHECK(strict_too(constant(1.f)).item<float>() == 2);
}

TEST_CASE("a Scalar of a tensor that is no number") {
  expect_error<UserError>([&] { Scalar(ones({3})); }, __LINE__,
                          "[Scalar] a Scalar is one number; got f32[3]; index it");
  expect_error<UserError>([&] { Scalar{Tensor()}; }, __LINE__, "an empty Tensor was used");
}

// Calls of one trace: with other variables and static values than it was made for, and inside other traces.
#include <catch2/catch.hpp>

#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

TEST_CASE("a concrete function without its static arguments takes what it was made for") {
  auto f = function([](Variable v, Tensor x, int n, std::string, std::vector<Variable> more, bool) {
    v.assign_add(x * n);
    for (const Variable &each : more) each.assign_add(x);
  });
  Variable v(zeros({2})), other(zeros({2}));
  auto c = f.get_concrete_function(v, ones({2}), 3, "a text of several words", std::vector<Variable>{other}, true);
  c(v, ones({2}), std::vector<Variable>{other});
  c(other, ones({2}), std::vector<Variable>{v});
  CHECK(floats(v) == Floats{4, 4});
  CHECK(floats(other) == Floats{4, 4});
}

TEST_CASE("a concrete function refuses variables of another type or number, and other static values") {
  auto f = function([](Variable v, Tensor x, int n) { v.assign_add(x * n); });
  Variable big(zeros({4096})), small(zeros({2}));
  auto c = f.get_concrete_function(big, ones({4096}), 2);
  CHECK_THROWS_AS(c(small, ones({4096})), TypeError);
  CHECK_THROWS_AS(c(small, ones({4096}), 2), TypeError);
  CHECK(floats(small) == Floats{0, 0});

  auto each = function([](std::vector<Variable> list, int n) {
    for (const Variable &variable : list) variable.assign_add(ones({2}) * n);
  });
  auto of_one = each.get_concrete_function(std::vector<Variable>{small}, 2);
  CHECK_THROWS_AS(of_one(std::vector<Variable>{small, Variable(zeros({2}))}), TypeError);
  CHECK_THROWS_AS(of_one(std::vector<Variable>{}), TypeError);
  // One variable twice is another signature, too.
  auto of_two = each.get_concrete_function(std::vector<Variable>{small, Variable(zeros({2}))}, 2);
  CHECK_THROWS_AS(of_two(std::vector<Variable>{small, small}), TypeError);
  CHECK(floats(small) == Floats{0, 0});

  struct Power {
    Tensor x;
    int k;
  };
  auto power = function([](Power p, int n) { return p.x * (p.k * n); });
  auto twice = power.get_concrete_function(Power{constant(1.f), 2}, 10);
  CHECK(value(twice(Power{constant(1.f), 2})) == 20);
  CHECK_THROWS_AS(twice(Power{constant(1.f), 3}), TypeError);
}

TEST_CASE("a concrete function that captures one of its variables is for no other") {
  Variable u(constant(1.f)), v(constant(10.f));
  auto f = function([&](Variable a) {
    a.assign_add(1.f);
    return u + a;
  });
  auto of_other = f.get_concrete_function(v), of_captured = f.get_concrete_function(u);
  CHECK_THROWS_AS(of_other(u), TypeError);
  CHECK_THROWS_AS(of_captured(v), TypeError);
  CHECK(value(u) == 1);
  CHECK(value(v) == 10);
  CHECK(value(of_captured(u)) == 4);
  CHECK(value(of_other(v)) == 13);
}

TEST_CASE("semantics 40: a concrete function called inside a trace becomes part of it") {
  Variable w(constant(1.f));
  Tensor captured = constant(10.f);
  int printed_lines = 0;
  auto step = function([&](Tensor x, Scalar rate, int n, Variable v) {
    host_call([&](const std::vector<Tensor> &) { return ++printed_lines, std::vector<Tensor>{}; }, {}, {});
    w.assign_add(x * rate);
    v.assign_add(1.f);
    return w * n + captured;
  });
  Variable counter(constant(0.f)), other(constant(0.f));
  auto concrete = step.get_concrete_function(Spec{f32, {}}, 0.5, 2, counter);
  auto twice = function([&](Tensor x, Scalar rate) { return concrete(concrete(x, 0.5, 2, other), rate, counter); });
  CHECK(value(twice(constant(4.f), 0.5)) == (3 + 16 * 0.5f) * 2 + 10);
  CHECK(value(w) == 11);
  CHECK(value(twice(constant(4.f), 0.25)) == (13 + 36 * 0.25f) * 2 + 10);
  CHECK(value(w) == 22);
  CHECK(value(counter) == 2);
  CHECK(value(other) == 2);
  CHECK(printed_lines == 4);
  CHECK(twice.trace_count() == 1);
}

TEST_CASE("semantics 40: derivatives go through a concrete function, also of unknown extents") {
  auto squares = function([](Tensor x) { return x * x; }).get_concrete_function(Spec{f32, {kDynamic}});
  auto f = function([&](Tensor x) { return sum(squares(x)); });
  CHECK(floats(grad(f)(constant({1.f, 2.f, 3.f}))) == Floats{2, 4, 6});
  CHECK(value(f(constant({1.f, 2.f}))) == 5);
  auto any = function([&](Tensor x) { return squares(x); }, {.input_signature = {Spec{f32, {kDynamic}}}});
  CHECK(floats(any(constant({1.f, 2.f, 3.f}))) == Floats{1, 4, 9});
  auto of_three = function([](Tensor x) { return x + 1.f; }).get_concrete_function(Spec{f32, {3}});
  CHECK_THROWS_AS(function([&](Tensor x) { return of_three(x); })(ones({4})), TypeError);
}

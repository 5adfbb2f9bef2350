// semantics.md, gradients: what the frontend adds to the transform. The rule of every op is checked by tests/numeric.
#include <catch2/catch.hpp>

#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

TEST_CASE("semantics 56: grad of a function, function of grad and a tape around a call agree") {
  auto body = [](Tensor x) { return sum(sin(x) * x); };
  auto f = function(body);
  Tensor x = constant({1.f, 2.f, 3.f});
  Floats expected;
  for (float v : {1.f, 2.f, 3.f}) expected.push_back(std::cos(v) * v + std::sin(v));
  auto compiled = function(grad(body));
  GradientTape tape;
  tape.watch(x);
  Tensor y = f(x);
  for (const Tensor &g : {grad(f)(x), compiled(x), grad(body)(x), tape.gradient(y, x)})
    for (size_t i = 0; i < 3; ++i) CHECK(floats(g)[i] == Approx(expected[i]).epsilon(1e-5));
}

TEST_CASE("semantics 57: golden numbers, second and third order") {
  Tensor X = constant({{1.f, 2.f}, {3.f, 4.f}}), y = constant({{5.f}, {6.f}});
  Variable w(constant({{1.f}, {2.f}}), "w"), b(constant(1.f), "b");
  GradientTape tape;
  Tensor loss = sum(square(matmul(X, w) + b - y));
  auto gradients = tape.gradient(loss, {w, b});
  CHECK(value(loss) == 37);
  CHECK(floats(gradients[0]) == Floats{38, 52});
  CHECK(value(gradients[1]) == 14);

  auto cube = [](Tensor x) { return x * x * x; };
  CHECK(value(grad(cube)(constant(1.f))) == 3);
  CHECK(value(grad(grad(cube))(constant(1.f))) == 6);
  CHECK(value(grad(grad(grad(cube)))(constant(1.f))) == 6);
  CHECK(value(function(grad(grad(cube)))(constant(2.f))) == 12);
}

TEST_CASE("nested tapes give the second derivative, eagerly and compiled") {
  auto second = [](Tensor x) {
    GradientTape outer;
    outer.watch(x);
    Tensor first;
    {
      GradientTape inner;
      inner.watch(x);
      Tensor y = x * x * x;
      first = inner.gradient(y, x);
    }
    return outer.gradient(first, x);
  };
  CHECK(value(second(constant(1.f))) == 6);
  CHECK(value(function(second)(constant(2.f))) == 12);
}

TEST_CASE("semantics 58: through a loop with a branch") {
  auto f = [](Tensor x) {
    return for_range(0, 10, constant(3.f), [&](Tensor i, Tensor a) {
      return cond(i > 2, [&] { return a + x * x; }, [&] { return a + 3.f; });
    });
  };
  auto both = function(value_and_grad(f));
  auto [y, dy] = both(constant(2.f));
  CHECK(value(y) == 40);
  CHECK(value(dy) == 28);
}

TEST_CASE("semantics 59: reverse mode through an unbounded while_loop") {
  auto f = [](Tensor x) { return while_loop([](Tensor y) { return y < 100.f; }, [&](Tensor y) { return y * x; }, x); };
  auto g = function(value_and_grad(f));
  auto [y, dy] = g(constant(3.f));  // x^5 = 243
  CHECK(value(y) == 243);
  CHECK(value(dy) == 405);
  auto [y2, dy2] = g(constant(12.f));  // x^2
  CHECK(value(y2) == 144);
  CHECK(value(dy2) == 24);
}

TEST_CASE("semantics 60: a tape answers once unless it is persistent; other targets are summed") {
  Tensor x = constant({1.f, 2.f});
  GradientTape once;
  once.watch(x);
  Tensor y = x * x;
  CHECK(floats(once.gradient(y, x)) == Floats{2, 4});
  CHECK(contains(message_of([&] { once.gradient(y, x); }), "persistent"));
  GradientTape twice({.persistent = true});
  twice.watch(x);
  Tensor z = x * x, u = z * z;
  CHECK(floats(twice.gradient(z, x)) == Floats{2, 4});
  CHECK(floats(twice.gradient(u, x)) == Floats{4, 32});
  CHECK(floats(twice.gradient(u, z)) == Floats{2, 8});
}

TEST_CASE("semantics 61: what is not connected has no gradient") {
  Tensor x = constant({1.f, 2.f}), other = constant(1.f);
  GradientTape tape({.persistent = true});
  tape.watch(x);
  tape.watch(other);
  Tensor y = x * 2.f;
  Tensor whole = cast(cast(x, i32), f32) * 3.f;
  CHECK_FALSE(tape.gradient(y, other).defined());
  CHECK(value(tape.gradient(y, other, GradientTape::Unconnected::zero)) == 0);
  CHECK_FALSE(tape.gradient(whole, x).defined());
  CHECK_FALSE(tape.gradient(y, constant(1.f)).defined());  // not watched
  CHECK(contains(message_of([] { grad([](Tensor n) { return n; })(constant(1)); }), "floating-point"));
  auto traced = function([](Tensor x, Tensor other) {
    GradientTape tape({.persistent = true});
    tape.watch(x);
    tape.watch(other);
    Tensor y = x * 2.f;
    return std::tuple{tape.gradient(y, x), tape.gradient(y, other).defined() ? 1 : 0};
  });
  auto [dx, has_other] = traced(x, other);
  CHECK(floats(dx) == Floats{2, 2});
  CHECK(has_other == 0);
}

TEST_CASE("semantics 61: a step has no gradient") {
  Tensor x = constant({1.25f, -2.75f});
  GradientTape tape({.persistent = true});
  tape.watch(x);
  for (const Tensor &step : {floor(x), ceil(x), round(x), trunc(x), sign(x)})
    CHECK_FALSE(tape.gradient(step, x).defined());
}

TEST_CASE("semantics 62: custom gradients, stop_gradient, and state that blocks") {
  auto clipped =
      custom_gradient([](Tensor x) { return x; }, [](Tensor x, Tensor dy) { return clamp(dy, -0.5f, 0.5f); });
  auto f = [&](Tensor x) { return clipped(x * x); };
  CHECK(value(grad(f)(constant(2.f))) == 2);
  CHECK(value(function(grad(f))(constant(2.f))) == 2);

  Tensor x = constant(2.f), y = constant(3.f);
  GradientTape tape({.persistent = true});
  tape.watch(x);
  tape.watch(y);
  Tensor z = x * x + stop_gradient(y * y);
  CHECK(value(tape.gradient(z, x)) == 4);
  CHECK_FALSE(tape.gradient(z, y).defined());

  Variable v(constant(3.f), "v"), v0(constant(0.f), "v0");
  GradientTape state({.persistent = true});
  v0.assign_add(v);
  Tensor squared = square(v0);
  CHECK_FALSE(state.gradient(squared, v).defined());
}

TEST_CASE("semantics 65: conventions at corners") {
  Tensor zero = constant(0.f);
  CHECK(value(grad([](Tensor x) { return abs(x); })(zero)) == 0);
  CHECK(value(grad([](Tensor x) { return relu(x); })(zero)) == 0);
  CHECK(floats(grad([](Tensor x) { return max(x); })(constant({2.f, 1.f, 2.f}))) == Floats{0.5f, 0, 0.5f});
  CHECK(std::isinf(value(grad([](Tensor x) { return sqrt(x); })(zero))));
}

TEST_CASE("several arguments, structures, auxiliary results, variables") {
  struct Params {
    Tensor w, b;
  };
  auto loss = [](Params p, Tensor x) { return sum(p.w * x + p.b); };
  Params g = grad(loss)(Params{constant({1.f, 2.f}), constant(0.f)}, constant({3.f, 4.f}));
  CHECK(floats(g.w) == Floats{3, 4});
  CHECK(value(g.b) == 2);
  auto product = [](Tensor a, Tensor b) { return a * b; };
  auto [da, db] = grad<0, 1>(product)(constant(2.f), constant(5.f));
  CHECK(value(da) == 5);
  CHECK(value(db) == 2);
  auto with_aux = [](Tensor a) { return std::pair{a * a, a + 1.f}; };
  auto [both, da2] = value_and_grad(with_aux)(constant(3.f));
  CHECK(value(both.first) == 9);
  CHECK(value(both.second) == 4);
  CHECK(value(da2) == 6);

  Variable v(constant(2.f), "v"), unused(constant(1.f), "unused"), count(constant(0), "count");
  auto step = [&] {
    return value_and_grad({v, unused}, [&] {
      count.assign_add(1);
      return v * v * v;
    });
  };
  auto [l, gradients] = step();
  CHECK(value(l) == 8);
  CHECK(value(gradients[0]) == 12);
  CHECK(value(gradients[1]) == 0);
  auto [l2, gradients2] = function(step)();
  CHECK(value(gradients2[0]) == 12);
  CHECK(count.read().item<int>() == 2);
}

TEST_CASE("vjp and jvp") {
  auto f = [](Tensor x) { return x * x * x; };
  auto [y, pullback] = vjp(f, constant({1.f, 2.f}));
  CHECK(floats(y) == Floats{1, 8});
  CHECK(floats(pullback(constant({1.f, 10.f}))[0]) == Floats{3, 120});
  auto [v, dv] = jvp(f, constant({1.f, 2.f}), constant({1.f, 0.5f}));
  CHECK(floats(v) == Floats{1, 8});
  CHECK(floats(dv) == Floats{3, 6});
  auto [p, dp] = jvp([](Tensor a, Tensor b) { return a * b; }, std::tuple{constant(2.f), constant(3.f)},
                     std::tuple{constant(1.f), constant(1.f)});
  CHECK(value(p) == 6);
  CHECK(value(dp) == 5);
}

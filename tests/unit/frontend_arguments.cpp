// semantics.md, static arguments and structure.
#include <cmath>

#include <catch2/catch.hpp>

#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

namespace {

enum class Mode { twice, thrice };
struct Layer {
  Tensor w, b;
};
struct Model {
  std::vector<Layer> layers;
  int repeat = 1;
};
class Hidden {
 public:
  Hidden() = default;
  Hidden(Tensor w, bool flag) : w_(std::move(w)), flag_(flag) {}
  Tensor operator()(Tensor x) const { return flag_ ? x * w_ : x + w_; }
  ETCH_FIELDS(w_, flag_)

 private:
  Tensor w_;
  bool flag_ = false;
};

}  // namespace

TEST_CASE("semantics 19: static arguments are constants, keyed by type and value") {
  int runs = 0;
  auto f = function([&](Tensor x, int n) { return ++runs, x * n; });
  Tensor x = constant(3.f);
  CHECK(value(f(x, 2)) == 6);
  CHECK(value(f(x, 2)) == 6);
  CHECK(value(f(x, 3)) == 9);
  CHECK(runs == 2);
  auto g = function(
      [](Tensor x, Mode mode, const std::string &s, bool b) { return mode == Mode::twice ? x * 2.f : x * 3.f; });
  CHECK(value(g(x, Mode::twice, "a", true)) == 6);
  CHECK(value(g(x, Mode::thrice, "a", true)) == 9);
  g(x, Mode::thrice, "b", true), g(x, Mode::thrice, "b", false), g(x, Mode::thrice, "b", false);
  CHECK(g.trace_count() == 4);
}

TEST_CASE("semantics 20: a Scalar is dynamic") {
  auto f = function([](Tensor x, Scalar rate) { return x * rate; });
  CHECK(value(f(constant(10.f), 0.5f)) == 5);
  CHECK(value(f(constant(10.f), 0.25)) == 2.5f);
  CHECK(f.trace_count() == 1);
  CHECK(f(constant(10.f), 2).dtype() == f32);
  CHECK(f.trace_count() == 2);  // an integer Scalar is another kind
  // A Scalar has no dtype of its own: doubles keep their digits beside f64 tensors.
  CHECK(f(constant(1.0), 0.1).item<double>() == 0.1);
}

TEST_CASE("semantics 21: static floats compare by their bits") {
  auto f = function([](Tensor x, float c) { return x + c; });
  Tensor x = constant(1.f);
  f(x, NAN), f(x, NAN);
  CHECK(f.trace_count() == 1);
  f(x, 0.f), f(x, -0.f);
  CHECK(f.trace_count() == 3);
}

TEST_CASE("semantics 22: structures key on their form and leaf types") {
  auto f = function([](const std::vector<Tensor> &xs) {
    Tensor total = xs[0];
    for (size_t i = 1; i < xs.size(); ++i) total = total + xs[i];
    return total;
  });
  Tensor one = constant(1.f);
  CHECK(value(f({one, one})) == 2);
  CHECK(value(f({one, one})) == 2);
  CHECK(value(f({one, one, one})) == 3);
  CHECK(f.trace_count() == 2);

  auto g = function([](const std::unordered_map<std::string, Tensor> &m) { return m.at("a") - m.at("b"); });
  std::unordered_map<std::string, Tensor> forth{{"a", constant(5.f)}, {"b", constant(3.f)}}, back;
  back.emplace("b", constant(3.f)), back.emplace("a", constant(5.f));
  CHECK(value(g(forth)) == 2);
  CHECK(value(g(back)) == 2);
  CHECK(g.trace_count() == 1);
}

TEST_CASE("structures: aggregates, classes with fields, tuples, optionals, and results of the same kind") {
  auto f = function([](const Model &model, Tensor x) {
    for (int i = 0; i < model.repeat; ++i)
      for (const Layer &layer : model.layers) x = x * layer.w + layer.b;
    return x;
  });
  Model model{{{constant(2.f), constant(1.f)}}, 2};
  CHECK(value(f(model, constant(1.f))) == 7);
  model.repeat = 1;
  CHECK(value(f(model, constant(1.f))) == 3);
  CHECK(f.trace_count() == 2);

  auto g = function([](Hidden h, Tensor x) { return h(x); });
  CHECK(value(g(Hidden(constant(3.f), true), constant(2.f))) == 6);
  CHECK(value(g(Hidden(constant(3.f), false), constant(2.f))) == 5);

  auto h = function([](std::pair<Tensor, std::optional<Tensor>> p, std::array<Tensor, 2> a) {
    return std::tuple{p.second ? *p.second : p.first, std::vector<Tensor>{a[1], a[0]}, 7, std::string("name")};
  });
  auto [t, list, number, name] = h({constant(1.f), std::nullopt}, {constant(2.f), constant(3.f)});
  CHECK(value(t) == 1);
  CHECK(value(list[0]) == 3);
  CHECK(value(list[1]) == 2);
  CHECK(number == 7);
  CHECK(name == "name");
  CHECK(value(std::get<0>(h({constant(1.f), constant(9.f)}, {constant(2.f), constant(3.f)}))) == 9);
}

TEST_CASE("semantics 23: fields of aggregates are counted at compile time") {
  static_assert(detail::count_fields<Model>() == 2);
  static_assert(detail::count_fields<Layer>() == 2);
  static_assert(!std::is_aggregate_v<Hidden> && detail::HasFieldList<Hidden>);
}

TEST_CASE("semantics 24: a tensor may be passed twice; a variable passed twice is one") {
  auto f = function([](Tensor a, Tensor b) { return a + b; });
  Tensor x = constant(2.f);
  CHECK(value(f(x, x)) == 4);
  CHECK(value(f(x, constant(1.f))) == 3);
  CHECK(f.trace_count() == 1);

  auto g = function([](Variable a, Variable b) {
    a.assign_add(1.f);
    return a + b;
  });
  Variable u(constant(10.f), "u"), v(constant(100.f), "v");
  CHECK(value(g(u, v)) == 111);
  CHECK(value(g(v, u)) == 112);
  CHECK(g.trace_count() == 1);
  CHECK(value(g(u, u)) == 24);
  CHECK(g.trace_count() == 2);
  CHECK(value(u.read()) == 12);
}

TEST_CASE("semantics 24: a variable that is both passed and captured is one, too") {
  Variable u(constant(1.f), "u"), v(constant(10.f), "v");
  auto f = function([&](Variable a) {
    a.assign_add(1.f);
    return u + a;
  });
  CHECK(value(f(v)) == 12);
  CHECK(value(f(u)) == 4);
  CHECK(value(f(v)) == 14);
  CHECK(f.trace_count() == 2);
}

TEST_CASE("a variable that was an argument comes back as the one that was passed") {
  auto f = function([](Variable v, Tensor x) {
    v.assign_add(x);
    return v;
  });
  Variable w(constant(1.f)), u(constant(10.f));
  for (float expected : {6.f, 11.f}) {
    Variable result = f(w, constant(5.f));
    CHECK(result == w);
    CHECK(value(result) == expected);
  }
  CHECK(f(u, constant(5.f)) == u);
  CHECK(f.get_concrete_function(w, Spec{f32, {}})(u, constant(5.f)) == u);
  CHECK(value(u) == 20);
  CHECK(f.trace_count() == 1);
}

TEST_CASE("structures with variables come back with those of the call, in their order, beside captured ones") {
  struct Model {
    std::vector<Variable> layers;
    Tensor state;
    Variable shared;
  };
  Variable shared(constant(100.f));
  auto step = function([&](Model m, Tensor x) {
    for (const Variable &layer : m.layers) layer.assign_add(x);
    return Model{{m.layers[1], shared, m.layers[0]}, m.state + x, m.shared};
  });
  Variable a(constant(1.f)), b(constant(2.f)), c(constant(3.f));
  Model m{{a, b}, constant(0.f), c};
  for (int i = 0; i < 2; ++i) {
    Model next = step(m, constant(1.f));
    CHECK(next.layers == std::vector<Variable>{b, shared, a});
    CHECK(next.shared == c);
    CHECK(value(next.state) == 1);
  }
  Model twice = step(Model{{a, a}, constant(0.f), a}, constant(1.f));
  CHECK(twice.layers == std::vector<Variable>{a, shared, a});
  CHECK(twice.shared == a);
  CHECK(value(a) == 5);
}

TEST_CASE("what a function returned of a variable keeps none of its values") {
  auto f = function([](Variable v) { return v; });
  std::weak_ptr<detail::VariableState> alive;
  {
    Variable w(ones({1000}));
    alive = w.state();
    f(w);
  }
  CHECK(alive.expired());
}

TEST_CASE("semantics 20: a Scalar of a tensor is its number, whatever the dtype") {
  auto rate_of = function([](Tensor g) { return Scalar(1.f / (1.f + sum(g))); });
  auto step = function([](Tensor x, Scalar rate) { return x * rate; });
  Scalar rate = rate_of(ones({3}));
  CHECK(rate.value() == 0.25);
  CHECK(floats(step(ones({2}), rate)) == Floats{0.25f, 0.25f});
  CHECK(floats(step(ones({2}), Scalar(constant(0.5f)))) == Floats{0.5f, 0.5f});
  CHECK(floats(step(ones({2}), Scalar(cast(constant(3.f), bf16)))) == Floats{3, 3});
  CHECK(step.trace_count() == 1);
  CHECK(floats(step(ones({2}), Scalar(constant(3)))) == Floats{3, 3});
  CHECK(floats(step(ones({2}), Scalar(constant(true)))) == Floats{1, 1});
  CHECK(step.trace_count() == 3);
  auto inside = function([](Tensor x) { return x * Scalar(sum(x)); });
  CHECK(floats(inside(ones({2}))) == Floats{2, 2});
}

TEST_CASE("a Scalar whose tensor was donated is an error") {
  Tensor number = constant(0.5);
  Scalar rate(number);
  auto step = function([](Tensor x, Scalar rate) { return x * rate; });
  step(ones({2}), rate);
  function([](Tensor x) { return x + 1.; })(donate(number));
  CHECK_THROWS_AS(step(ones({2}), rate), UserError);
}

TEST_CASE("results are values, also of a callable that returns a reference") {
  struct Kept {
    Tensor value = ones({2});
  } kept;
  auto f = function([&](Tensor x) -> const Kept & {
    kept.value = x * 2.f;
    return kept;
  });
  static_assert(std::same_as<decltype(f(ones({2}))), Kept>);
  for (int i = 0; i < 2; ++i) CHECK(floats(f(ones({2})).value) == Floats{2, 2});
}

// semantics.md, effects and ordering.
#include <stdexcept>

#include <catch2/catch.hpp>

#include "runtime/executable/print.h"
#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

namespace {

/// What programs print while it lives.
struct Printed {
  std::string text;
  runtime::PrintSink previous = runtime::set_print_sink([this](std::string_view line) { text += line; });
  ~Printed() { runtime::set_print_sink(previous); }
};

}  // namespace

TEST_CASE("semantics 34: std::cout prints once for each trace, etch::print on every run") {
  int host = 0;
  Printed out;
  auto f = function([&](Tensor x) {
    ++host;
    print("x = {}", x);
    cond(x > 0.f, [&] { print("positive"); }, [&] { print("negative"); });
    for_range(0, 2, x, [&](Tensor i, Tensor y) {
      print("step {}", i);
      return y;
    });
    return x;
  });
  f(constant(1.f)), f(constant(-1.f));
  CHECK(host == 1);
  CHECK(out.text == "x = 1.0\npositive\nstep 0\nstep 1\nx = -1.0\nnegative\nstep 0\nstep 1\n");
}

TEST_CASE("semantics 35: effects run in program order") {
  Printed out;
  Variable v(constant(0.f), "v");
  auto f = function([&] {
    print("{}", v);
    v.assign_add(1.f);
    print("{}", v);
    host_call([](const std::vector<Tensor> &) { return print("host"), std::vector<Tensor>(); }, {}, {});
    print("last");
  });
  f();
  CHECK(out.text == "0.0\n1.0\nhost\nlast\n");
}

TEST_CASE("semantics 36: unused pure ops are dropped and cannot raise") {
  Tensor x = constant({1.f, 2.f});
  CHECK(contains(message_of([&] { take(x, constant({5})); }), "index 5 is outside axis 0 of f32[2]"));
  auto f = function([](Tensor x) {
    take(x, constant({5}));
    return x;
  });
  CHECK(floats(f(x)) == Floats{1, 2});
}

TEST_CASE("semantics 36: a checked function looks at indices, also of what is not used") {
  auto f = function("picks",
                    [](Tensor x, Tensor i) {
                      take(x, i);
                      return x;
                    },
                    {.checked = true});
  const int line = __LINE__ - 4;
  Tensor x = constant({1.f, 2.f});
  CHECK(floats(f(x, constant({0, 1}))) == Floats{1, 2});
  for (Tensor outside : {constant({0, 2}), constant({-1, 0})}) {
    try {
      f(x, outside);
      FAIL("must throw");
    } catch (const UserError &error) {
      CHECK(contains(error.message(), "[take] an index is outside axis 0 of f32[2]"));
      CHECK(error.location().line == static_cast<uint32_t>(line));
    }
  }
  // In what is differentiated, too; and a right call works again.
  auto slope =
      function("slope", [](Tensor x, Tensor i) { return grad([&](Tensor x) { return sum(take(x, i) * 2.f); })(x); },
               {.checked = true});
  CHECK_THROWS_AS(slope(x, constant({0, 5})), UserError);
  CHECK(floats(slope(x, constant({1, 1}))) == Floats{0, 4});
}

TEST_CASE("semantics 36: a checked function looks at indices inside one that is not checked, too") {
  auto pick = function([](Tensor x, Tensor i) { return take(x, i); }, {.checked = true});
  auto f = function([&](Tensor x, Tensor i, Tensor k) { return take(pick(x, i), k); });
  const Tensor x = constant({1.f, 2.f});
  CHECK_THROWS_AS(f(x, constant({0, 2}), constant({0})), UserError);
  CHECK(floats(f(x, constant({0, 1}), constant({7}))) == Floats{2});  // its own ops clamp
}

TEST_CASE("the lines of recorded ops outlive the literals that name their file") {
  char file[] = "plugin.cpp";
  auto pick = function(
      [&](Tensor x, Tensor i) {
        Operand from(x);
        from.at = Location(file, 7, 1);
        return take(from, i);
      },
      {.checked = true});
  CHECK(floats(pick(ones({2}), constant({0}))) == Floats{1});
  file[0] = '?';  // as if its plugin were unloaded
  try {
    pick(ones({2}), constant({5}));
    FAIL("must throw");
  } catch (const UserError &error) {
    CHECK(to_string(error.location()) == "plugin.cpp:7:1");
  }
}

TEST_CASE("semantics 37: a check is never dropped and reports its line") {
  auto f = function([](Tensor x) {
    check(all(x > 0.f), "x must be positive");
    return constant(1.f);
  });
  const int line = __LINE__ - 3;
  CHECK(value(f(constant({1.f, 2.f}))) == 1);
  try {
    f(constant({1.f, -2.f}));
    FAIL("must throw");
  } catch (const UserError &error) {
    CHECK(error.message() == "x must be positive");
    CHECK(error.location().line == static_cast<uint32_t>(line));
  }
}

TEST_CASE("semantics 37: a check says its own message where extents are checked, too") {
  auto f = function(
      [](Tensor x, Tensor y) {
        check(all(x > 0.f), "x must be positive");
        return x + y;
      },
      {.input_signature = {Spec{f32, {kDynamic}}, Spec{f32, {kDynamic}}}});
  CHECK(contains(message_of([&] { f(zeros({2}), ones({2})); }), "x must be positive"));
  CHECK(contains(message_of([&] { f(ones({2}), ones({3})); }), "extents that were unknown"));
}

TEST_CASE("semantics 38: a host call runs on every execution, and may throw") {
  int calls = 0;
  auto f = function([&](Tensor x) {
    return host_call(
               [&](const std::vector<Tensor> &in) {
                 if (value(in[0]) < 0) throw std::runtime_error("negative");
                 ++calls;
                 return std::vector<Tensor>{in[0] * 2.f};
               },
               {Spec{f32, {}}}, {x})[0] +
           1.f;
  });
  CHECK(value(f(constant(3.f))) == 7);
  CHECK(value(f(constant(4.f))) == 9);
  CHECK(calls == 2);
  CHECK_THROWS_WITH(f(constant(-1.f)), "negative");
  CHECK(value(f(constant(1.f))) == 3);
}

TEST_CASE("what a print sink throws comes to the caller, eagerly and compiled") {
  auto previous = runtime::set_print_sink([](std::string_view) { throw std::length_error("no room"); });
  auto shows = [](Tensor x) {
    print("{}", x);
    return x;
  };
  CHECK_THROWS_AS(shows(ones({1})), std::length_error);
  CHECK_THROWS_AS(function(shows)(ones({1})), std::length_error);
  runtime::set_print_sink(previous);
}

TEST_CASE("uniform numbers stay below the upper bound, however they round") {
  // 41 of the first, and about one in 256 of the second, were 1001.
  CHECK(value(max(Generator(1).uniform({1000000}, 1000, 1001))) < 1001);
  const Tensor wide = Generator(1).uniform({100000}, 0x1p52, 0x1p52 + 1, f64);
  CHECK(max(wide).item<double>() < 0x1p52 + 1);
  // The float that is nearest to 0.1 is above it.
  CHECK(static_cast<double>(value(max(Generator(1).uniform({100000}, 0.09999999, 0.1)))) < 0.1);
  CHECK(value(Generator(1).uniform({}, 3, 3)) == 3);
}

TEST_CASE("semantics 39: the same seed gives the same numbers eagerly and compiled") {
  Generator eager(7), compiled(7);
  auto f = function([&] { return std::pair{compiled.uniform({5}), compiled.normal({3})}; });
  for (int i = 0; i < 3; ++i) {
    Tensor u = eager.uniform({5}), n = eager.normal({3});
    auto [cu, cn] = f();
    CHECK(floats(u) == floats(cu));
    for (size_t k = 0; k < 3; ++k) CHECK(floats(n)[k] == Approx(floats(cn)[k]).epsilon(1e-5));
  }
  CHECK(f.trace_count() == 1);
  CHECK(eager.state().read().to_vector<int64_t>() == compiled.state().read().to_vector<int64_t>());
  CHECK(eager.state().read().to_vector<int64_t>() == std::vector<int64_t>{7, 33});
}

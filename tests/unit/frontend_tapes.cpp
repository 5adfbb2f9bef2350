// What a GradientTape sees: the same eagerly and in a trace.
#include <thread>

#include <catch2/catch.hpp>

#include "runtime/executable/print.h"
#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

namespace {

using Unconnected = GradientTape::Unconnected;

/// What programs print while it lives.
struct Printed {
  std::string text;
  runtime::PrintSink previous = runtime::set_print_sink([this](std::string_view line) { text += line; });
  ~Printed() { runtime::set_print_sink(previous); }
};

}  // namespace

TEST_CASE("a variable that was assigned is a source with its new value, eagerly and in a trace") {
  auto two_steps = [](Variable w, Tensor x) {
    for (int k = 0; k < 2; ++k) {
      GradientTape tape;
      Tensor loss = sum(square(w * x));
      w.assign_sub(tape.gradient(loss, w) * 0.125f);
    }
  };
  Variable eager(constant(1.f)), traced(constant(1.f));
  Tensor x = constant({1.f, 0.5f});
  two_steps(eager, x);
  function(two_steps)(traced, x);
  CHECK(value(traced) == value(eager));
  CHECK(value(traced) == 0.6875f * 0.6875f);
}

TEST_CASE("the gradient of a variable is that of all values it was read as") {
  auto all_reads = [](Variable w, Tensor x) {
    GradientTape tape;
    Tensor first = w * x;
    w.assign(first * 10.f);
    cond(sum(x) > 0.f, [&] { w.assign_add(1.f); }, [&] {});
    Tensor second = w * w;
    return tape.gradient(first * 100.f + second, w);
  };
  Variable eager(constant(1.f)), traced(constant(1.f));
  const float expected = 300.f + 2 * 31.f;
  CHECK(value(all_reads(eager, constant(3.f))) == expected);
  CHECK(value(function(all_reads)(traced, constant(3.f))) == expected);
}

TEST_CASE("a variable that a branch may assign is counted once") {
  auto f = [](Variable w, Tensor p) {
    GradientTape tape;
    Tensor before = w * 1.f;
    cond(p > 0.f, [&] { w.assign(constant(5.f)); }, [&] {});
    return tape.gradient(before + w * w, w);
  };
  for (float p : {1.f, -1.f}) {
    Variable eager(constant(2.f)), traced(constant(2.f));
    CHECK(value(f(eager, constant(p))) == (p > 0 ? 11 : 5));
    CHECK(value(function(f)(traced, constant(p))) == (p > 0 ? 11 : 5));
  }
}

TEST_CASE("nn::SGD steps several times in one trace") {
  auto train = [](Variable w, int steps) {
    nn::SGD sgd({w}, 0.25);
    for (int i = 0; i < steps; ++i) {
      GradientTape tape;
      Tensor loss = sum(square(w));
      sgd.apply(tape.gradient(loss, std::vector<Variable>{w}, Unconnected::zero));
    }
  };
  Variable eager(constant({1.f, 2.f})), traced(constant({1.f, 2.f}));
  train(eager, 3);
  function(train)(traced, 3);
  CHECK(floats(eager) == Floats{0.125f, 0.25f});
  CHECK(floats(traced) == Floats{0.125f, 0.25f});
}

TEST_CASE("each source has the whole derivative, also where one is computed from another") {
  auto f = [](Tensor x) {
    GradientTape tape({.persistent = true});
    tape.watch(x);
    Tensor y = x * x, z = y * 2.f, u = z * y + x;
    auto both = tape.gradient(z, {x, y});
    auto three = tape.gradient(u, {z, x, y, x});
    return std::tuple{both, three, tape.gradient(y, {y, x})};
  };
  Tensor x = constant(3.f);
  for (const auto &[both, three, self] : {f(x), function(f)(x)}) {
    CHECK(value(both[0]) == 12);
    CHECK(value(both[1]) == 2);
    CHECK(value(three[0]) == 9);
    CHECK(value(three[1]) == 4 * 2 * 27 + 1);
    CHECK(value(three[2]) == 18 + 2 * 9);
    CHECK(value(three[3]) == 4 * 2 * 27 + 1);
    CHECK(value(self[0]) == 1);
    CHECK(value(self[1]) == 6);
  }
}

TEST_CASE("sources that are computed from others, differentiated again") {
  auto f = [](Tensor x) {
    GradientTape outer({.persistent = true});
    outer.watch(x);
    Tensor y = x * x;
    std::vector<Tensor> first;
    {
      GradientTape inner;
      inner.watch(x);
      inner.watch(y);
      Tensor z = y * y;
      first = inner.gradient(z, {x, y});
    }
    return std::tuple{outer.gradient(first[1], x), outer.gradient(first[1], y)};
  };
  for (const auto &[dx, dy] : {f(constant(3.f)), function(f)(constant(3.f))}) {
    CHECK(value(dx) == 12);
    CHECK(value(dy) == 2);
  }
}

TEST_CASE("what came before a tape or after its end is not recorded") {
  auto stopped = [](Tensor x) {
    GradientTape tape;
    tape.watch(x);
    Tensor y = x * x;
    tape.stop();
    return tape.gradient(y * 3.f, x, Unconnected::zero);
  };
  auto early = [](Tensor x) {
    Tensor y = x * x;
    GradientTape tape;
    tape.watch(x);
    return tape.gradient(y * 3.f + x, x, Unconnected::zero);
  };
  auto watched_late = [](Tensor x) {
    GradientTape tape;
    Tensor y = x * x;
    tape.watch(x);
    return tape.gradient(y + x * 5.f, x, Unconnected::zero);
  };
  auto around = [](Tensor x) {
    GradientTape tape;
    tape.watch(x);
    Tensor y = x * x;
    tape.stop();
    return tape.gradient(y, x);
  };
  Tensor x = constant(2.f);
  for (auto &f : {std::function<Tensor(Tensor)>(stopped), std::function<Tensor(Tensor)>(early),
                  std::function<Tensor(Tensor)>(watched_late), std::function<Tensor(Tensor)>(around)})
    CHECK(value(f(x)) == value(function(f)(x)));
  CHECK(value(function(stopped)(x)) == 0);
  CHECK(value(function(early)(x)) == 1);
  CHECK(value(function(watched_late)(x)) == 5);
  CHECK(value(function(around)(x)) == 4);
}

TEST_CASE("a tape that ended on another thread leaves this one alone") {
  Tensor x = constant(2.f);
  auto tape = std::make_unique<GradientTape>();
  tape->watch(x);
  std::thread([&] { tape.reset(); }).join();
  CHECK(value(x + 1.f) == 3);
  auto stopped = std::make_unique<GradientTape>();
  stopped->watch(x);
  Tensor y = x * x;
  std::thread([&] { stopped->stop(); }).join();
  Tensor z = y * 2.f;
  CHECK(value(stopped->gradient(y, x)) == 4);
  GradientTape next;
  next.watch(x);
  CHECK(value(next.gradient(x * x, x)) == 4);
}

TEST_CASE("a gradient prints nothing again, in no loop, branch or inner derivative") {
  auto body = [](Tensor x) {
    print("start");
    Tensor y = for_range(0, 2, x, [](Tensor, Tensor y) {
      print("step");
      return y * 2.f;
    });
    Tensor z = cond(y > 0.f, [&] { return print("positive"), y * y; }, [&] { return y; });
    return z + grad([](Tensor y) { return print("inner"), y * y * y; })(y);
  };
  auto asked = [&](Tensor x) {
    GradientTape tape;
    tape.watch(x);
    Tensor y = body(x);
    return tape.gradient(y, x);
  };
  Printed out;
  CHECK(value(function(asked)(constant(1.f))) == 32 + 96);
  CHECK(out.text == "start\nstep\nstep\npositive\ninner\n");
  out.text.clear();
  Tensor x = constant(1.f);
  GradientTape tape;
  tape.watch(x);
  Tensor y = function(body)(x);
  CHECK(value(tape.gradient(y, x)) == 32 + 96);
  CHECK(out.text == "start\nstep\nstep\npositive\ninner\n");
}

TEST_CASE("a tape outlives the function that it recorded, and calls no host function again") {
  int calls = 0;
  Tensor x = constant(3.f), y;
  GradientTape tape;
  tape.watch(x);
  {
    auto f = function([&](Tensor x) {
      return x * x + x * host_call([&](const std::vector<Tensor> &in) { return ++calls, in; }, {Spec{f32, {}}}, {x})[0];
    });
    y = f(x);
  }
  CHECK(value(y) == 18);
  CHECK(value(tape.gradient(y, x)) == 6 + 3);
  CHECK(calls == 1);
}

TEST_CASE("effects of a function of unknown extents happen once in its gradient") {
  Printed out;
  int calls = 0;
  auto f = function([&](Tensor x) {
    return grad([&](Tensor x) {
      print("{}", sum(x));
      auto count = [&](const std::vector<Tensor> &in) { return ++calls, in; };
      Tensor factor = host_call(count, {Spec{f32, {}}}, {stop_gradient(sum(x))})[0];
      return concatenate({x, x * factor}, 0);
    })(x);
  });
  auto any = f.get_concrete_function(Spec{f32, {kDynamic}});
  CHECK(floats(any(ones({3}))) == Floats{4, 4, 4});
  CHECK(out.text == "3.0\n");
  CHECK(calls == 1);
  CHECK(floats(any(ones({5}))) == Floats(5, 6));
  CHECK(calls == 2);
}

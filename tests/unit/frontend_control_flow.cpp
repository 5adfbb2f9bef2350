// semantics.md, control flow.
#include <catch2/catch.hpp>

#include "runtime/base/log.h"
#include "runtime/executable/print.h"
#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

TEST_CASE("semantics 47: cond traces both branches once and runs one") {
  std::string order;
  std::string printed;
  auto previous = runtime::set_print_sink([&](std::string_view line) { printed += line; });
  auto f = function([&](Tensor x) {
    order += "before ";
    Tensor y = cond(
        x > 0.f,
        [&] {
          order += "true ";
          print("positive");
          return x * 2.f;
        },
        [&] {
          order += "false ";
          print("negative");
          return -x;
        });
    order += "after";
    return y;
  });
  CHECK(value(f(constant(3.f))) == 6);
  CHECK(value(f(constant(-3.f))) == 3);
  runtime::set_print_sink(previous);
  CHECK(order == "before true false after");
  CHECK(printed == "positive\nnegative\n");
  CHECK(f.trace_count() == 1);
}

TEST_CASE("semantics 47: branches that disagree are named with their types") {
  auto mismatch = [](auto g) {
    return message_of([&] {
      function([&](Tensor x) { return cond(x > 0.f, [&] { return x; }, [&] { return g(x); }); })(constant(1.f));
    });
  };
  std::string shape = mismatch([](Tensor x) { return stack({x, x}); });
  CHECK(contains(shape, "f32[] in the true branch but f32[2] in the false branch"));
  CHECK(contains(mismatch([](Tensor x) { return cast(x, i32); }),
                 "f32[] in the true branch but i32[] in the false branch"));
  CHECK(contains(message_of([] {
                   function([](Tensor x) {
                     return cond(
                         x > 0.f, [&] { return std::vector<Tensor>{x}; }, [&] { return std::vector<Tensor>{x, x}; });
                   })(constant(1.f));
                 }),
                 "differ"));
}

TEST_CASE("cond: branches assign variables, and eager conditions choose on the host") {
  Variable v(constant(0.f), "v"), w(constant(0.f), "w");
  auto f = function([&](Tensor x) {
    cond(x > 0.f, [&] { v.assign_add(1.f); }, [&] { w.assign_add(x); });
    return v - w;
  });
  CHECK(value(f(constant(5.f))) == 1);
  CHECK(value(f(constant(-5.f))) == 6);
  CHECK(value(v.read()) == 1);
  CHECK(value(w.read()) == -5);
  Tensor x = constant(2.f);
  CHECK(value(cond(x > 0.f, [&] { return x; }, [&] { return -x; })) == 2);
}

TEST_CASE("semantics 48: the body of while_loop is traced once, also for no iterations") {
  int bodies = 0;
  auto f = function([&](Tensor n, Tensor x) {
    auto [i, y] = while_loop([&](Tensor i, Tensor) { return i < n; },
                             [&](Tensor i, Tensor y) {
                               ++bodies;
                               return std::tuple{i + 1, y * 2.f};
                             },
                             std::tuple{constant(0), x});
    return y;
  });
  CHECK(value(f(constant(0), constant(3.f))) == 3);
  CHECK(value(f(constant(10), constant(1.f))) == 1024);
  CHECK(bodies == 1);
  std::string message = message_of([] {
    function([](Tensor x) {
      return while_loop([](Tensor y) { return sum(y) < 10.f; }, [](Tensor y) { return concatenate({y, y}); }, x);
    })(ones({2}));
  });
  CHECK(contains(message, "f32[2] carried in but f32[4] returned by the body"));
}

namespace {

/// [0, 2, ..., 2 (n - 1)], made by a loop that appends.
Tensor evens(Tensor n) {
  auto [i, list] = while_loop(
      [=](Tensor i, Tensor) { return i < n; },
      [](Tensor i, Tensor list) { return std::tuple{i + 1, concatenate({list, reshape(cast(i, f32) * 2.f, {1})})}; },
      std::tuple{constant(int64_t{0}), zeros({0})}, {.shape_invariants = {{}, {kDynamic}}});
  return list;
}

}  // namespace

TEST_CASE("semantics 48: a carried shape that is declared unknown may change from one iteration to the next") {
  auto compiled = function(evens);
  for (int64_t n : {0, 1, 5, 200}) {
    Tensor list = compiled(constant(n));
    CHECK(list.shape() == Shape{n});
    CHECK(floats(list) == floats(evens(constant(n))));
  }
  CHECK(compiled.trace_count() == 1);
  // Its elements and its extent go on into other ops.
  auto used = function([](Tensor n) {
    Tensor list = evens(n);
    return sum(list) + mean(concatenate({list, list}));
  });
  CHECK(value(used(constant(int64_t{5}))) == 24);
}

TEST_CASE("semantics 48: values of changing shapes change places, nest and come out of branches") {
  auto fibonacci = function([](Tensor n) {
    auto [i, a, b] = while_loop([=](Tensor i, Tensor, Tensor) { return i < n; },
                                [](Tensor i, Tensor a, Tensor b) { return std::tuple{i + 1, b, concatenate({a, b})}; },
                                std::tuple{constant(int64_t{0}), zeros({1}), ones({1})},
                                {.shape_invariants = {{}, {kDynamic}, {kDynamic}}});
    return std::tuple{a, b};
  });
  auto [a, b] = fibonacci(constant(int64_t{4}));
  CHECK(a.shape() == Shape{5});
  CHECK(b.shape() == Shape{8});
  CHECK(floats(b) == std::vector<float>{1, 0, 1, 0, 1, 1, 0, 1});
  auto triangle = function([](Tensor n) {
    return for_range(0, n, zeros({0}),
                     [](Tensor i, Tensor all) {
                       Tensor row =
                           for_range(0, i, zeros({0}), [](Tensor, Tensor row) { return concatenate({row, ones({1})}); },
                                     {.shape_invariants = {{kDynamic}}});
                       return cond(i < 3, [&] { return concatenate({all, row}); }, [&] { return all + 0.f; });
                     },
                     {.shape_invariants = {{kDynamic}}});
  });
  CHECK(triangle(constant(int64_t{6})).shape() == Shape{3});
}

TEST_CASE("semantics 48: gradients go through lists that grow") {
  // x (1 + x)^n: each time round the list is followed by itself times x.
  auto total = [](Tensor x, Tensor n) {
    return sum(for_range(0, n, reshape(x, {1}), [&](Tensor, Tensor list) { return concatenate({list, list * x}); },
                         {.shape_invariants = {{kDynamic}}}));
  };
  auto slope = function([&](Tensor x, Tensor n) { return grad([&](Tensor x) { return total(x, n); })(x); });
  CHECK(value(slope(constant(2.f), constant(int64_t{3}))) == 81);  // (1 + x)^3 + 3 x (1 + x)^2
  CHECK(value(slope(constant(2.f), constant(int64_t{0}))) == 1);
}

TEST_CASE("semantics 49: for_range, scan and TensorArray record as many ops for any length") {
  auto loop =
      function([](Tensor x, int n) { return for_range(0, n, x, [](Tensor i, Tensor y) { return y + cast(i, f32); }); });
  CHECK(value(loop(constant(0.f), 10)) == 45);
  CHECK(loop.get_concrete_function(Spec{f32, {}}, 3).op_count() ==
        loop.get_concrete_function(Spec{f32, {}}, 1000).op_count());

  auto rnn = function([](Tensor xs, Tensor w) {
    return scan(
        [&](Tensor h, Tensor x) {
          Tensor next = tanh(matmul(h, w) + x);
          return std::pair{next, next};
        },
        zeros({2, 3}), xs);
  });
  Tensor xs = constant(std::vector<float>(4 * 2 * 3, 0.5f), {4, 2, 3}), w = eye(3);
  auto [last, all] = rnn(xs, w);
  CHECK(all.shape() == Shape{4, 2, 3});
  CHECK(floats(all[3]) == floats(last));
  auto [eager_last, eager_all] = scan(
      [&](Tensor h, Tensor x) {
        Tensor next = tanh(matmul(h, w) + x);
        return std::pair{next, next};
      },
      zeros({2, 3}), xs);
  for (size_t i = 0; i < 6; ++i) CHECK(floats(last)[i] == Approx(floats(eager_last)[i]).epsilon(1e-6));

  auto squares = function([](Tensor n) {
    return for_range(0, n, TensorArray::of(5, {}), [](Tensor i, TensorArray a) { return a.write(i, cast(i * i, f32)); })
        .stack();
  });
  CHECK(floats(squares(constant(int64_t{5}))) == Floats{0, 1, 4, 9, 16});
}

TEST_CASE("loops: variables are carried, loops nest, structures are carried, eager loops run on the host") {
  Variable v(constant(0.f), "v"), rate(constant(2.f), "rate");
  auto f = function([&](Tensor x) {
    return for_range(0, 3, std::pair{x, x}, [&](Tensor i, Tensor a, Tensor b) {
      Tensor inner = for_range(0, 2, a, [&](Tensor j, Tensor c) {
        v.assign_add(rate);
        return c + v;
      });
      return std::pair{inner, b + rate};
    });
  });
  auto [a, b] = f(constant(0.f));
  CHECK(value(a) == 2 + 4 + 6 + 8 + 10 + 12);
  CHECK(value(b) == 6);
  CHECK(value(v.read()) == 12);
  v.assign(0.f);
  Tensor eager = for_range(0, 3, constant(0.f), [&](Tensor i, Tensor c) {
    v.assign_add(rate);
    return c + v;
  });
  CHECK(value(eager) == 12);
  CHECK(value(while_loop([](Tensor x) { return x < 10.f; }, [](Tensor x) { return x * 3.f; }, 1.f)) == 27);
}

TEST_CASE("Scalars have no dtype of their own behind loops, branches and functions either") {
  auto loop = [](Tensor x, Scalar r) {
    return for_range(0, 3, std::tuple{x, r}, [](Tensor, Tensor y, Scalar s) { return std::tuple{y * s, s}; });
  };
  auto branch = [](Tensor x, Scalar r) {
    return x * cond(sum(x) > 0.f, [&] { return r; }, [] { return Scalar(1.0); }).tensor();
  };
  const Tensor x = ones({2});
  CHECK(floats(std::get<0>(loop(x, 0.5))) == Floats{0.125f, 0.125f});
  CHECK(floats(std::get<0>(function(loop)(x, 0.5))) == Floats{0.125f, 0.125f});
  CHECK(floats(branch(x, 0.5)) == Floats{0.5f, 0.5f});
  CHECK(floats(function(branch)(x, 0.5)) == Floats{0.5f, 0.5f});
  CHECK(floats(x * function([](Scalar r) { return r; })(0.5)) == Floats{0.5f, 0.5f});
}

TEST_CASE("semantics 51: a host loop unrolls") {
  auto f = function([](Tensor x, int n) {
    for (int i = 0; i < n; ++i) x = x + 1.f;
    return x;
  });
  CHECK(f.get_concrete_function(Spec{f32, {}}, 10).op_count() >
        3 * f.get_concrete_function(Spec{f32, {}}, 3).op_count() - 3);
  std::vector<std::string> warnings;
  LogSink previous = set_log_sink([&](LogLevel, std::string_view text) { warnings.emplace_back(text); });
  f.get_concrete_function(Spec{f32, {}}, 999);
  CHECK(warnings.empty());
  f.get_concrete_function(Spec{f32, {}}, 2500);
  set_log_sink(previous);
  REQUIRE(warnings.size() == 1);
  CHECK(contains(warnings[0], "[add] at " + std::string(__FILE__) + ":" + std::to_string(__LINE__ - 12)));
  CHECK(contains(warnings[0], "1000 times: a C++ loop is unrolled"));
}

TEST_CASE("semantics 53: a branch on a static extent is host code") {
  auto f = function([](Tensor x) { return x.shape()[0] > 2 ? x * 2.f : -x; });
  CHECK(floats(f(constant({1.f, 2.f}))) == Floats{-1, -2});
  CHECK(floats(f(constant({1.f, 2.f, 3.f}))) == Floats{2, 4, 6});
}

TEST_CASE("scan over an empty sequence, traced: the state as it began, and no outputs") {
  auto step = [](Tensor c, Tensor x) { return std::pair{c + sum(x), c * x}; };
  auto all = function([&](Tensor c, Tensor xs) {
    auto [last, ys] = scan(step, c, xs);
    Tensor slope = grad([&](Tensor c) { return scan(step, c, xs).first; })(c);
    return std::tuple{last, ys, slope};
  });
  for (const Shape &shape : {Shape{0, 3}, Shape{2, 3}}) {
    auto [last, ys, slope] = all(constant(5.f), ones(shape));
    CHECK(value(last) == 5 + static_cast<double>(shape.num_elements()));
    CHECK(ys.shape() == shape);
    CHECK(value(slope) == 1);
  }
}

TEST_CASE("scan over sequences of unknown length: they must be of one length") {
  auto step = [](Tensor c, std::pair<Tensor, Tensor> x) { return std::pair{c + x.first * x.second, c}; };
  auto all = function("all", [&](Tensor c, Tensor a, Tensor b) { return scan(step, c, std::pair{a, b}); },
                      {.input_signature = {Spec{f32, {}}, Spec{f32, {kDynamic}}, Spec{f32, {kDynamic}}}});
  const Tensor one = constant(1.f);
  CHECK(value(all(one, ones({5}), ones({5})).first) == 6);
  for (int64_t other : {3, 7})
    CHECK(contains(message_of([&] { all(one, ones({5}), ones({other})); }),
                   "[scan] the sequences need first axes of one length"));
}

TEST_CASE("semantics 54: fizzbuzz is one trace") {
  std::string printed;
  auto previous = runtime::set_print_sink([&](std::string_view line) { printed += line; });
  int bodies = 0;
  auto say = [&](const char *text) {
    return [&bodies, text] {
      ++bodies;
      print(text);
    };
  };
  auto fizzbuzz = function([&](Tensor n) {
    for_range(1, n + 1, constant(0), [&](Tensor i, Tensor nothing) {
      cond((i % 3 == 0) & (i % 5 == 0), say("fizzbuzz"), [&] {
        cond(i % 3 == 0, say("fizz"), [&] { cond(i % 5 == 0, say("buzz"), [&] { ++bodies, print("{}", i); }); });
      });
      return nothing;
    });
  });
  fizzbuzz(constant(int64_t{5}));
  CHECK(printed == "1\n2\nfizz\n4\nbuzz\n");
  printed.clear();
  fizzbuzz(constant(int64_t{20}));
  runtime::set_print_sink(previous);
  CHECK(count_of(printed, "fizzbuzz\n") == 1);
  CHECK(count_of(printed, "\n") == 20);
  CHECK(bodies == 4);
  CHECK(fizzbuzz.trace_count() == 1);
}

TEST_CASE("a scan over an unknown number of elements takes none, too") {
  auto f = function(
      [](Tensor xs, Tensor start) {
        return scan(
            [](Tensor s, Tensor x) {
              Tensor next = s + x;
              return std::pair{next, next};
            },
            start, xs);
      },
      {.input_signature = {Spec{f32, {kDynamic, 3}}, Spec{f32, {3}}}});
  auto [last, all] = f(zeros({0, 3}), ones({3}));
  CHECK(floats(last) == Floats{1, 1, 1});
  CHECK(all.shape() == Shape{0, 3});
  auto [sum, steps] = f(ones({2, 3}), ones({3}));
  CHECK(floats(sum) == Floats{3, 3, 3});
  CHECK(f.trace_count() == 1);
  // A branch that does not run asks for nothing, one that runs does.
  Variable v(constant(0.f), "v");
  auto pick = function(
      [&](Tensor x) {
        v.assign_add(1.f);
        return cond(dim(x, 0) > 0, [&] { return x[0]; }, [&] { return constant(-1.f); });
      },
      {.input_signature = {Spec{f32, {kDynamic}}}});
  CHECK(value(pick(zeros({0}))) == -1);
  CHECK(value(pick(constant({5.f, 6.f}))) == 5);
  CHECK(value(v.read()) == 2);
}

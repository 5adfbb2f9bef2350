// semantics.md, nesting, recursion, threads, lifetime; errors and inspection.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

TEST_CASE("semantics 40: a function called inside a trace agrees in numbers and gradients") {
  auto inner = function([](Tensor x) { return x * x; });
  auto outer = function([&](Tensor x) { return inner(x) + inner(x + 1.f); });
  CHECK(value(outer(constant(2.f))) == 13);
  CHECK(value(grad(outer)(constant(2.f))) == 10);
}

TEST_CASE("semantics 41: recursion on a static argument works, on a tensor it ends in an error") {
  std::function<Tensor(Tensor, int)> recurse;
  auto rec = function("rec", [&](Tensor x, int n) { return recurse(x, n); });
  recurse = [&](Tensor x, int n) -> Tensor { return n == 0 ? x : static_cast<float>(n) * rec(x, n - 1); };
  CHECK(value(rec(constant(1.f), 5)) == 120);
  CHECK(value(grad([&](Tensor x) { return rec(x, 5); })(constant(1.f))) == 120);

  std::function<Tensor(Tensor)> forever;
  auto endless = function("endless", [&](Tensor x) { return forever(x); });
  forever = [&](Tensor x) { return endless(x - 1.f); };
  CHECK(contains(message_of([&] { endless(constant(1.f)); }), "endless -> endless"));
}

TEST_CASE("semantics 42: many threads with one new signature make one trace") {
  std::atomic<int> runs = 0;
  auto f = function([&](Tensor x) { return ++runs, x * 2.f + 1.f; });
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 32; ++t)
    threads.emplace_back([&, t] {
      Tensor x = full({4}, static_cast<float>(t));
      for (int i = 0; i < 20; ++i) right += floats(f(x)) == Floats(4, 2.f * static_cast<float>(t) + 1.f);
    });
  for (std::thread &thread : threads) thread.join();
  CHECK(right == 32 * 20);
  CHECK(runs == 1);
  CHECK(f.trace_count() == 1);
}

TEST_CASE("semantics 45: a concrete function outlives its function, and nothing leaks") {
  auto token = std::make_shared<int>(0);
  std::weak_ptr<int> alive = token;
  std::optional<Function<Tensor(Tensor)>> f;
  f.emplace(function([token](Tensor x) { return x + 1.f; }));
  token.reset();
  auto concrete = f->get_concrete_function(Spec{f32, {}});
  (*f)(constant(1.f));
  f.reset();
  CHECK(alive.expired());
  CHECK(value(concrete(constant(1.f))) == 2);
}

TEST_CASE("semantics 66: errors carry the user's line and column") {
  Tensor a = ones({2, 3}), b = ones({4});
  try {
    a + b;
    FAIL("must throw");
  } catch (const UserError &error) {
    CHECK(error.location().line == __LINE__ - 3);
    CHECK(error.location().column == 5);
    CHECK(contains(error.location().file, "frontend_nesting.cpp"));
    CHECK(contains(error.message(), "[add] shapes [2,3] and [4] do not broadcast"));
  }
}

TEST_CASE("semantics 66: ops inside functions of several ops carry the user's line, too") {
  Generator generator(1);
  nn::Sequential model(nn::Dense(4, 4, nn::Activation::relu, generator));
  nn::SGD sgd(model.parameters(), 0.1, 0.9);
  auto f = function([&](Tensor x, Tensor labels) {
    auto [loss, gradients] =
        value_and_grad(model.parameters(), [&] { return mean(sparse_softmax_cross_entropy(model(x), labels)); });
    sgd.apply(gradients);
    auto last = for_range(0, 3, TensorArray::of(3, {4}), [&](Tensor i, TensorArray a) { return a.write(i, x[0]); });
    auto [carry, all] = scan([](Tensor c, Tensor row) { return std::pair{c + row, c * row}; }, x[1], x);
    return std::tuple{loss,
                      last.read(0),
                      all,
                      stack({x, x}),
                      softmax(x),
                      accuracy(x, labels),
                      generator.normal({3}, 1, 2),
                      generator.integers({3}, 0, 9),
                      x[{{0, 3, 2}, 1}],
                      take(x, cast(labels, u8)),
                      !(x > 0.f)};
  });
  auto path = std::filesystem::temp_directory_path() / "frontend_nesting_lines.mlir";
  f.get_concrete_function(Spec{f32, {3, 4}}, Spec{i32, {3}}).save(path.string());
  std::ifstream file(path);
  std::string text(std::istreambuf_iterator<char>(file), {});
  std::filesystem::remove(path);
  CHECK(contains(text, "frontend_nesting.cpp\":"));
  CHECK_FALSE(contains(text, "frontend/"));
}

TEST_CASE("semantics 67: reading a value while tracing names the remedies") {
  for (auto &read : std::vector<std::function<void(Tensor)>>{[](Tensor x) { x.item<float>(); },
                                                             [](Tensor x) { x.to_vector<float>(); },
                                                             [](Tensor x) { std::ostringstream() << x; }}) {
    auto f = function("f", [&](Tensor x) {
      read(x + 1.f);
      return x;
    });
    std::string message = message_of([&] { f(constant(1.f)); });
    for (const char *remedy : {"etch::print", "run_functions_eagerly", "return it"}) CHECK(contains(message, remedy));
  }
  auto branch = function([](Tensor x) { return x > 0.f ? x : -x; });
  CHECK(contains(message_of([&] { branch(constant(1.f)); }), "etch::cond"));
}

TEST_CASE("semantics 68: functions run eagerly on request, for this thread and block") {
  int runs = 0;
  auto f = function([&](Tensor x) {
    ++runs;
    return x.is_symbolic() ? x : x * x.item<float>();
  });
  {
    RunFunctionsEagerly scope;
    CHECK(value(f(constant(3.f))) == 9);
    CHECK(value(f(constant(4.f))) == 16);
    CHECK(runs == 2);
    std::thread([&] { CHECK(value(f(constant(3.f))) == 3); }).join();
  }
  CHECK(value(f(constant(5.f))) == 5);
  CHECK(f.trace_count() == 1);
}

TEST_CASE("semantics 69: the IR of every stage is the same in every run") {
  auto f = function("f", [](Tensor x) { return sum(x * x); });
  f(constant({1.f, 2.f}));
  for (const char *stage : {"trace", "grad", "tensor", "fused", "buffers", "kernels", "target", "llvm", "asm"}) {
    INFO(stage);
    std::string text = f.ir(stage);
    CHECK_FALSE(text.empty());
    CHECK(text == f.ir(stage));
  }
  CHECK(contains(f.ir("trace"), "etch.mul"));
  CHECK(contains(f.explain(), "kernel"));
  auto path = std::filesystem::temp_directory_path() / "frontend_nesting_saved.mlir";
  f.get_concrete_function(Spec{f32, {2}}).save(path.string());
  std::ifstream file(path);
  CHECK(contains(std::string(std::istreambuf_iterator<char>(file), {}), "etch.mul"));
  std::filesystem::remove(path);
}

TEST_CASE("a saved program brings its captured tensors and the values of its variables") {
  Variable w(constant({1.f, 2.f}), "w");
  Tensor captured = constant({3.f, 4.f});
  auto f = function("f", [&](Tensor x) {
    print("x = {}", x);
    w.assign_add(x * captured);
    return w.read();
  });
  auto path = (std::filesystem::temp_directory_path() / "frontend_nesting_export.mlir").string();
  f.get_concrete_function(Spec{f32, {2}}).save(path);
  std::ifstream file(path);
  std::string text(std::istreambuf_iterator<char>(file), {});
  std::filesystem::remove(path);
  CHECK_FALSE(contains(text, "captured"));
  CHECK(contains(text, "dense<[3.000000e+00, 4.000000e+00]>"));
  CHECK(contains(text, "etch.initial_value = dense<\"0x0000803F00000040\"> : tensor<2xf32>"));
  CHECK(contains(text, "etch.updates = 1"));
  CHECK(contains(text, "etch.print"));

  auto host = function([](Tensor x) { return host_call([](auto &in) { return in; }, {Spec{f32, {2}}}, {x})[0]; });
  CHECK(contains(message_of([&] { host.get_concrete_function(Spec{f32, {2}}).save(path); }), "host_call"));
  auto inside = function([&](Tensor x) {
    return for_range(0, 3, x,
                     [&](Tensor i, Tensor x) { return cond(i > 1, [&] { return host(x); }, [&] { return x; }); });
  });
  CHECK(contains(message_of([&] { inside.get_concrete_function(Spec{f32, {2}}).save(path); }), "host_call"));
}

TEST_CASE("whole numbers that are known when a program is saved wrap") {
  const int64_t least = std::numeric_limits<int64_t>::min();
  auto f = function("f", [&](Tensor x) {
    Tensor wrapped = (zeros({}, i64) + least) / -1;
    return x * cast(wrapped + least, f32) + cast(wrapped * 3 == least, f32);
  });
  auto path = (std::filesystem::temp_directory_path() / "frontend_nesting_wrap.mlir").string();
  f.get_concrete_function(Spec{f32, {}}).save(path);
  CHECK(std::filesystem::remove(path));
  CHECK(value(f(constant(2.f))) == 1);
}

// What has no value, passed to functions of several ops and to what takes more than tensors: the line is the user's.
#include <functional>

#include "tests/error/expect.h"

using namespace etch;

namespace {

struct Use {
  int line;
  std::function<void(const Tensor &)> of;
};

void require_own_lines(const std::vector<Use> &uses, const Tensor &bad, const std::string &text) {
  for (const Use &use : uses) {
    test::expect_error<UserError>([&] { use.of(bad); }, use.line, text);
    const Tensor x = ones({2, 3});
    auto traced = function([&](Tensor) { use.of(bad); });
    test::expect_error<UserError>([&] { traced(x); }, use.line, text);
  }
}

}  // namespace

TEST_CASE("a tensor without a value, wherever it is passed") {
  const Tensor x = ones({2, 3}), n = constant({1, 0}), image = ones({1, 4, 4, 2});
  Variable v(zeros({2, 3}), "v");
  Generator generator(1);
  const nn::Dense dense(3, 2, nn::Activation::softmax, generator);
  const nn::Sequential model(nn::Flatten(), nn::Dense(3, 2, nn::Activation::relu, generator));
  auto add_up = [](Tensor c, Tensor x) { return std::pair{c + x, c}; };
  // clang-format off: a line each
  const std::vector<Use> uses = {
    {__LINE__, [&](Tensor t) { t += x; }},
    {__LINE__, [&](Tensor t) { x *t; }},
    {__LINE__, [&](Tensor t) { stack({x, t}); }},
    {__LINE__, [&](Tensor t) { concatenate({t, x}); }},
    {__LINE__, [&](Tensor t) { split(t, 2); }},
    {__LINE__, [&](Tensor t) { unstack(t); }},
    {__LINE__, [&](Tensor t) { swapaxes(t, 0, 1); }},
    {__LINE__, [&](Tensor t) { moveaxis(t, 0, 1); }},
    {__LINE__, [&](Tensor t) { full({4, 2, 3}, t); }},
    {__LINE__, [&](Tensor t) { pad(x, {{1, 1}, {1, 1}}, t); }},
    {__LINE__, [&](Tensor t) { segment_sum(t, n, 2); }},
    {__LINE__, [&](Tensor t) { scatter_add(x, n, t); }},
    {__LINE__, [&](Tensor t) { einsum("ij,kj->ik", {x, t}); }},
    {__LINE__, [&](Tensor t) { softmax(t); }},
    {__LINE__, [&](Tensor t) { mse(x, t); }},
    {__LINE__, [&](Tensor t) { layer_norm(x, t, 0.f); }},
    {__LINE__, [&](Tensor t) { dense(t); }},
    {__LINE__, [&](Tensor t) { model(t); }},
    {__LINE__, [&](Tensor t) { nn::apply(nn::Activation::linear, t) + 1.f; }},
    {__LINE__, [&](Tensor t) { v.assign(t); }},
    {__LINE__, [&](Tensor t) { v.assign_add(t); }},
    {__LINE__, [&](Tensor t) { print("{} and {}", x, t); }},
    {__LINE__, [&](Tensor t) { scan(add_up, zeros({3}), t); }},
    {__LINE__, [&](Tensor t) { TensorArray{t}.read(0); }},
    {__LINE__, [&](Tensor t) { TensorArray{t}.write(0, ones({3})); }},
    {__LINE__, [&](Tensor t) { grad([](Tensor a) { return a * a; })(t); }},
    {__LINE__, [&](Tensor t) { vjp([](Tensor a) { return a * a; }, x).second(t); }},
    {__LINE__, [&](Tensor t) { jvp([](Tensor a) { return a * a; }, x, t); }},
  };
  // clang-format on
  require_own_lines(uses, Tensor(), "an empty Tensor was used; assign it a value first");

  Tensor leaked, donated = ones({2, 3});
  auto leaks = function([&](Tensor x) { return leaked = x * 2.f; });
  leaks(x);
  require_own_lines(uses, leaked, "was used after that trace was over");
  leaks(donate(donated));
  require_own_lines(uses, donated, "a tensor was used that was donated at");
}

TEST_CASE("a bound, a condition or a source without a value") {
  const Tensor x = ones({2}), empty;
  const char *text = "an empty Tensor was used";
  test::expect_error<UserError>([&] { GradientTape().watch(empty); }, __LINE__, text);
  for (bool traced : {false, true}) {
    auto run = [&](auto body) { traced ? function([&](Tensor) { body(); })(x) : body(); };
    test::expect_error<UserError>([&] { run([&] { check(empty, "no"); }); }, __LINE__, text);
    auto loop = [&] { for_range(0, empty, x, [](Tensor, Tensor y) { return y; }); };
    test::expect_error<UserError>([&] { run(loop); }, __LINE__ - 1, text);
  }
}

// E2 of semantics.md and the other small golden numbers: the tape example, an integer product, numbers of parameters.
#include <catch2/catch.hpp>

#include <sstream>
#include <vector>

#include "etch/etch.h"

using namespace etch;

namespace {

/// The tutorial's loss: the sum of the squares of X w + b - y.
struct TapeExample {
  Tensor x = etch::constant({{1.f, 2.f}, {3.f, 4.f}}), y = etch::constant({{1.f}, {2.f}});
  Variable w{etch::constant({{1.f}, {2.f}}), "w"}, b{etch::constant(1.f), "b"};
  Tensor loss() const { return etch::sum(etch::square(matmul(x, w) + b - y)); }

  void check(const Tensor &loss, const std::vector<Tensor> &gradients) const {
    CHECK(loss.item<float>() == 125.f);
    CHECK(gradients[0].shape() == Shape{2, 1});
    CHECK(gradients[0].to_vector<float>() == std::vector<float>{70, 100});
    CHECK(gradients[1].item<float>() == 30.f);
  }
};

int64_t parameter_count(int64_t hidden) {
  Generator generator(1);
  nn::Sequential model(nn::Flatten(), nn::Dense(784, hidden, nn::Activation::relu, generator),
                       nn::Dense(hidden, 10, nn::Activation::linear, generator));
  int64_t sum = 0;
  for (const Variable &parameter : model.parameters()) sum += parameter.size();
  CHECK(sum == model.parameter_count());
  return sum;
}

}  // namespace

TEST_CASE("tape example: 125, [[70], [100]], 30") {
  TapeExample e;
  SECTION("eager tape") {
    GradientTape tape;
    Tensor loss = e.loss();
    e.check(loss, tape.gradient(loss, std::vector{e.w, e.b}));
  }
  SECTION("tape in a function") {
    auto f = etch::function([&] {
      GradientTape tape;
      Tensor loss = e.loss();
      return std::pair(loss, tape.gradient(loss, std::vector{e.w, e.b}));
    });
    auto [loss, gradients] = f();
    e.check(loss, gradients);
  }
  SECTION("value_and_grad, eager and compiled") {
    auto both = [&] { return etch::value_and_grad({e.w, e.b}, [&] { return e.loss(); }); };
    auto [loss, gradients] = both();
    e.check(loss, gradients);
    auto [compiled_loss, compiled_gradients] = etch::function(both)();
    e.check(compiled_loss, compiled_gradients);
  }
}

TEST_CASE("the derivatives of x cubed at 1: 3, 6, 6, 0") {
  auto f = [](Tensor x) { return x * x * x; };
  Tensor one = etch::constant(1.0);
  CHECK(grad(f)(one).item<double>() == 3);
  CHECK(grad(grad(f))(one).item<double>() == 6);
  CHECK(grad(grad(grad(f)))(one).item<double>() == 6);
  CHECK(grad(grad(grad(grad(f))))(one).item<double>() == 0);
  auto power = [](Tensor x) { return pow(x, 3.0); };
  CHECK(etch::function(grad(grad(power)))(one).item<double>() == 6);
}

TEST_CASE("int32 matrix product") {
  Tensor x = etch::constant({{1, 2}, {3, 4}}), y = etch::constant({{5, 6}, {7, 8}});
  std::ostringstream text;
  text << matmul(x, y);
  CHECK(text.str() == "[[19 22]\n [43 50]] shape=[2,2] dtype=i32");
  auto f = etch::function([](Tensor x, Tensor y) { return matmul(x, y); });
  CHECK(f(x, y).to_vector<int32_t>() == std::vector<int32_t>{19, 22, 43, 50});
}

TEST_CASE("numbers of parameters") {
  CHECK(parameter_count(128) == 101770);
  CHECK(parameter_count(100) == 79510);
}

// E2 and the golden numbers of the first tutorials.
#include <catch2/catch.hpp>

#include "tests/unit/frontend_values.h"

using namespace etch;
using namespace etch::test;

TEST_CASE("E2: gradients of a loss by a tape") {
  auto program = [] {
    Tensor X = constant({{1.f, 2.f}, {3.f, 4.f}}), y = constant({{1.f}, {2.f}});
    Variable w(constant({{1.f}, {2.f}}), "w"), b(constant(1.f), "b");
    GradientTape tape;
    Tensor loss = sum(square(matmul(X, w) + b - y));
    auto gradients = tape.gradient(loss, {w, b});
    return std::tuple{loss, gradients[0], gradients[1]};
  };
  auto [loss, dw, db] = program();
  CHECK(value(loss) == 125);
  CHECK(printed(dw) == "[[ 70.]\n [100.]]");
  CHECK(value(db) == 30);
}

TEST_CASE("E2: the same, compiled") {
  Tensor X = constant({{1.f, 2.f}, {3.f, 4.f}}), y = constant({{1.f}, {2.f}});
  Variable w(constant({{1.f}, {2.f}}), "w"), b(constant(1.f), "b");
  auto program = function([&] { return value_and_grad({w, b}, [&] { return sum(square(matmul(X, w) + b - y)); }); });
  auto [loss, gradients] = program();
  CHECK(value(loss) == 125);
  CHECK(printed(gradients[0]) == "[[ 70.]\n [100.]]");
  CHECK(value(gradients[1]) == 30);
}

// The tutorial's numbers are a product, and the first and last elements of its two gradients; those between are chosen
// so that the product is the tutorial's.
TEST_CASE("E3: A x X = B, 54.0; 20 ... 2; 3 ... 0") {
  auto program = [](Tensor A, Tensor X) {
    GradientTape tape;
    tape.watch(A);
    tape.watch(X);
    Tensor B = matmul(A, X);
    auto gradients = tape.gradient(B, {A, X});
    return std::tuple{B, gradients[0], gradients[1]};
  };
  Tensor A = constant({{3.f, -1.f, 0.f}}), X = constant({{20.f}, {6.f}, {2.f}});
  for (auto [B, dA, dX] : {program(A, X), function(program)(A, X)}) {
    CHECK(printed(B) == "[[54.]]");
    CHECK(printed(dA) == "[[20.  6.  2.]]");
    CHECK(printed(dX) == "[[ 3.]\n [-1.]\n [ 0.]]");
  }
}

TEST_CASE("'Creating graph !' is printed once for two f32 calls and again for f16") {
  int created = 0;
  auto f = function([&](Tensor a, Tensor b) {
    ++created;
    return a + b;
  });
  Tensor x = ones({10, 10});
  f(x, x), f(x, x);
  CHECK(created == 1);
  f(cast(x, f16), cast(x, f16));
  CHECK(created == 2);
}

TEST_CASE("int32 matmul") {
  Tensor x = constant({{1, 2}, {3, 4}}), y = constant({{5, 6}, {7, 8}});
  CHECK(printed(matmul(x, y)) == "[[19 22]\n [43 50]]");
  CHECK(printed(function([](Tensor x, Tensor y) { return matmul(x, y); })(x, y)) == "[[19 22]\n [43 50]]");
}

TEST_CASE("the derivatives of x cubed at 1 are 3, 6, 6 and 0") {
  auto f = [](Tensor x) { return x * x * x; };
  Tensor one = constant(1.0);
  CHECK(grad(f)(one).item<double>() == 3);
  CHECK(grad(grad(f))(one).item<double>() == 6);
  CHECK(grad(grad(grad(f)))(one).item<double>() == 6);
  CHECK(grad(grad(grad(grad(f))))(one).item<double>() == 0);
  CHECK(function(grad(grad([](Tensor x) { return pow(x, 3.0); })))(one).item<double>() == 6);
}

TEST_CASE("parameter counts of the MNIST networks") {
  Generator g(0);
  using nn::Activation;
  CHECK(
      nn::Sequential(nn::Flatten(), nn::Dense(784, 128, Activation::relu, g), nn::Dense(128, 10, Activation::linear, g))
          .parameter_count() == 101770);
  CHECK(nn::Sequential(nn::Flatten(), nn::Dense(784, 100, Activation::relu, g),
                       nn::Dense(100, 10, Activation::softmax, g))
            .parameter_count() == 79510);
  CHECK(nn::Sequential(nn::Dense(20, 20, Activation::relu, g), nn::Dense(20, 10, Activation::relu, g),
                       nn::Dense(10, 1, Activation::linear, g))
            .parameter_count() == 641);
}

TEST_CASE("a small network learns to add twenty numbers") {
  Generator g(1);
  using nn::Activation;
  nn::Sequential model(nn::Dense(20, 20, Activation::relu, g), nn::Dense(20, 10, Activation::relu, g),
                       nn::Dense(10, 1, Activation::linear, g));
  for (bool adam : {false, true}) {
    nn::SGD sgd(model.parameters(), 0.01, 0.9);
    nn::Adam adaptive(model.parameters());
    auto step = function("step", [&](Tensor x, Tensor y) {
      auto [loss, gradients] = value_and_grad(model.parameters(), [&] { return mse(model(x), y); });
      adam ? adaptive.apply(gradients) : sgd.apply(gradients);
      return loss;
    });
    float first = 0, last = 0;
    for (int i = 0; i < 300; ++i) {
      Tensor x = g.uniform({32, 20});
      last = value(step(x, sum(x, 1, true)));
      if (i == 0) first = last;
    }
    CHECK(last < (adam ? 3.f : first / 10));
    CHECK(step.trace_count() == 1);
  }
}

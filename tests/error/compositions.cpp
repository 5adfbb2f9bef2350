// Mistakes that surface inside functions of several ops: the line is the user's, not one of Etch's own.
#include <catch2/catch.hpp>

#include "tests/error/expect.h"

using namespace etch;
using etch::test::expect_error;

TEST_CASE("tensors that do not fit together") {
  Tensor x = ones({2, 3}), y = ones({4});
  expect_error<UserError>([&] { concatenate({x, y}); }, __LINE__, "[concatenate] all extents but that of axis 0");
  expect_error<UserError>([&] { concatenate({}); }, __LINE__, "[concatenate] needs at least one tensor");
  expect_error<UserError>([&] { stack({x, y}); }, __LINE__, "[concatenate] all extents but that of axis 0");
  expect_error<UserError>([&] { iota({2}, 3); }, __LINE__, "[iota] axis 3 is out of range");
}

TEST_CASE("an input that does not fit a layer, eagerly and traced") {
  Generator generator(1);
  nn::Sequential model(nn::Flatten(), nn::Dense(4, 2, nn::Activation::relu, generator));
  const char *text = "[matmul] inner extents 5 of f32[3,5] and 4 of f32[4,2] differ";
  expect_error<UserError>([&] { model(ones({3, 5})); }, __LINE__, text);
  expect_error<UserError>([&] { nn::Dense(4, 2, nn::Activation::relu, generator)(ones({3, 5})); }, __LINE__, text);
  expect_error<UserError>([&] { function([&](Tensor x) { return model(x); })(ones({3, 5})); }, __LINE__, text);
}

TEST_CASE("gradients that are not those of the parameters") {
  Variable w(ones({2}), "w"), b(ones({}), "b");
  nn::SGD sgd({w, b});
  nn::Adam adam({w, b});
  expect_error<UserError>([&] { sgd.apply({ones({2})}); }, __LINE__, "[SGD] was given 1 gradients for 2 parameters");
  expect_error<UserError>([&] { adam.apply({ones({}), ones({2})}); }, __LINE__,
                          "[Adam] gradient 0 is f32[] but the parameter 'w' is f32[2]");
}

TEST_CASE("losses of tensors that do not fit") {
  Tensor x = ones({2, 3}), y = ones({2, 4});
  expect_error<UserError>([&] { mse(x, y); }, __LINE__, "[sub] shapes [2,3] and [2,4] do not broadcast");
  expect_error<UserError>([&] { softmax_cross_entropy(x, y); }, __LINE__, "do not broadcast");
}

TEST_CASE("derivatives that do not exist or do not fit") {
  Tensor x = ones({2});
  auto whole = [](Tensor x) { return cast(x, i32); };
  expect_error<UserError>([&] { vjp(whole, x).second(ones({2}, i32)); }, __LINE__, "[vjp] the result to differentiate");
  auto identity = [](Tensor x) { return x; };
  auto short_of = [](Tensor, Tensor dy) { return sum(dy); };
  expect_error<UserError>([&] { custom_gradient(identity, short_of)(x); }, __LINE__,
                          "[custom_gradient] the gradient of input 0 is f32[] but the input is f32[2]");
}

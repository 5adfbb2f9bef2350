// Mistakes that surface inside functions of several ops: the line is the user's, not one of Etch's own.
#include <catch2/catch.hpp>

#include "tests/error/expect.h"

using namespace etch;
using etch::test::expect_error;

TEST_CASE("tensors that do not fit together") {
  Tensor x = ones({2, 3}), y = ones({4});
  expect_error<UserError>([&] { concatenate({x, x[0]}); }, __LINE__,
                          "[concatenate] needs tensors of one rank; got f32[2,3] and f32[3]");
  expect_error<UserError>([&] { concatenate({x, ones({2, 4})}); }, __LINE__,
                          "[concatenate] all extents but that of axis 0");
  expect_error<UserError>([&] { concatenate({x, {}}); }, __LINE__, "an empty Tensor was used");
  expect_error<UserError>([&] { concatenate({}); }, __LINE__, "[concatenate] needs at least one tensor");
  expect_error<UserError>([&] { stack({x, y}); }, __LINE__, "[stack] all tensors need one shape; got [2,3] and [4]");
  expect_error<UserError>([&] { iota({2}, 3); }, __LINE__, "[iota] axis 3 is out of range");
}

TEST_CASE("an input that does not fit a layer, eagerly and traced") {
  Generator generator(1);
  nn::Sequential model(nn::Flatten(), nn::Dense(4, 2, nn::Activation::relu, generator));
  const char *text = "[Dense] the layer takes 4 features, the last axis of its input; got f32[3,5]";
  expect_error<UserError>([&] { model(ones({3, 5})); }, __LINE__, text);
  expect_error<UserError>([&] { nn::Dense(4, 2, nn::Activation::relu, generator)(ones({3, 5})); }, __LINE__, text);
  expect_error<UserError>([&] { function([&](Tensor x) { return model(x); })(ones({3, 5})); }, __LINE__, text);
}

TEST_CASE("gradients that are not those of the parameters") {
  Variable w(ones({2}), "w"), b(ones({}), "b");
  nn::SGD sgd({w, b});
  nn::Adam adam({w, b});
  expect_error<UserError>([&] { sgd.apply({ones({2})}); }, __LINE__, "[SGD] was given 1 gradient for 2 parameters");
  expect_error<UserError>([&] { adam.apply({ones({}), ones({2})}); }, __LINE__,
                          "[Adam] gradient 0 is f32[] but the parameter 'w' is f32[2]");
  Variable half(ones({2}, f16), "half");
  expect_error<UserError>([&] { nn::SGD({half}).apply({ones({2})}); }, __LINE__,
                          "[SGD] gradient 0 is f32[2] but the parameter 'half' is f16[2]; convert it with etch::cast(");
  expect_error<UserError>([&] { sgd.apply({ones({2}), {}}); }, __LINE__,
                          "[SGD] gradient 1, of the parameter 'b', is an empty Tensor: the loss does not depend on it");
}

TEST_CASE("layers of nothing") {
  Generator generator(1);
  expect_error<UserError>([&] { nn::Dense(0, 2, nn::Activation::relu, generator); }, __LINE__,
                          "[glorot_uniform] needs at least one of each extent of weights; got [0,2]");
  expect_error<UserError>([&] { nn::Conv2D(1, 2, {}, nn::Activation::relu, generator); }, __LINE__,
                          "[Conv2D] window is empty; give one extent or two");
}

TEST_CASE("losses of tensors that do not fit") {
  Tensor x = ones({2, 3}), y = ones({2, 4});
  expect_error<UserError>([&] { mse(x, y); }, __LINE__, "[mse] shapes [2,3] and [2,4] do not broadcast");
  expect_error<UserError>([&] { softmax_cross_entropy(x, y); }, __LINE__,
                          "[softmax_cross_entropy] labels are probabilities, of the shape of the logits f32[2,3]");
}

// They broadcast, and gave a number that means nothing.
TEST_CASE("predictions that meet what they are not compared with") {
  const char *each = "meet in [4,4], each of one with each of the other; bring them to one shape";
  Tensor column = ones({4, 1}), row = ones({4}), logits = ones({3, 3}), classes = constant({0, 1, 2});
  expect_error<UserError>([&] { mse(column, row); }, __LINE__, each);
  expect_error<UserError>([&] { square_error(row, column); }, __LINE__, each);
  auto traced = function([](Tensor p, Tensor y) { return mse(p, y); });
  expect_error<UserError>([&] { traced(column, row); }, __LINE__ - 1, each);
  CHECK(mse(logits, ones({3})).item<float>() == 0);
  CHECK(mse(row, 3.f).item<float>() == 4);
  expect_error<UserError>([&] { softmax_cross_entropy(logits, classes); }, __LINE__,
                          "got i32[3]; numbers of classes are for etch::sparse_softmax_cross_entropy");
  expect_error<UserError>([&] { accuracy(logits, reshape(classes, {3, 1})); }, __LINE__,
                          "[accuracy] labels are integers with one axis less than the logits; got i32[3,1]");
}

TEST_CASE("functions that are ops under another name") {
  Tensor x = ones({2, 3});
  expect_error<UserError>([&] { max(x, 2); }, __LINE__, "[max] axis 2 is out of range for rank 2");
  expect_error<UserError>([&] { reduce_max(x, 2); }, __LINE__, "[reduce_max] axis 2 is out of range for rank 2");
  expect_error<UserError>([&] { where(x, x, x); }, __LINE__, "[where] needs a boolean tensor for pred; got f32[2,3]");
  auto f = function([](Tensor x) { return where(x > 0.f, x, ones({4})); });
  expect_error<UserError>([&] { f(x); }, __LINE__ - 1, "[where] shapes [2,3] and [2,3] and [4] do not broadcast");
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

TEST_CASE("descriptions of einsum that do not fit") {
  Tensor x = ones({2, 3}), y = ones({4, 5});
  expect_error<UserError>([&] { einsum("ij,jk->ik", {x, y}); }, __LINE__,
                          "[einsum] \"ij,jk->ik\" has extents 3 and 4 for j, in f32[2,3] and f32[4,5]");
  expect_error<UserError>([&] { einsum("ij->ij", {x, y}); }, __LINE__, "names 1 operand, but 2 were given");
  expect_error<UserError>([&] { einsum("ijk->i", {x}); }, __LINE__, "gives 3 letters to f32[2,3], which has 2 axes");
  expect_error<UserError>([&] { einsum("i->i", {x}); }, __LINE__, "write '...' for axes without a letter");
  expect_error<UserError>([&] { einsum("i1->i", {x}); }, __LINE__, "has '1', which is neither a letter");
  expect_error<UserError>([&] { einsum("ij->k", {x}); }, __LINE__, "has k in the result but in no operand");
  expect_error<UserError>([&] { einsum("ij->ii", {x}); }, __LINE__, "has i twice in the result");
  expect_error<UserError>([&] { einsum("...j->j", {x}); }, __LINE__, "has '...' in an operand but not in the result");
  expect_error<UserError>([&] { einsum("", {}); }, __LINE__, "needs at least one operand");
  expect_error<UserError>([&] { einsum("i->i", {ones({2}, boolean)}); }, __LINE__, "needs numbers; got bool[2]");
}

TEST_CASE("results of more axes than tensors have") {
  const std::string text = "the result would have rank 9; at most 8 axes are supported";
  Tensor x = ones({1, 1, 1, 1, 1, 1, 1, 1}), v = ones({2});
  expect_error<UserError>([&] { expand_dims(x, 0); }, __LINE__, "[expand_dims] " + text);
  expect_error<UserError>([&] { stack({x, x}); }, __LINE__, "[stack] " + text);
  expect_error<UserError>([&] { one_hot(cast(x, i32), 3); }, __LINE__, "[one_hot] " + text);
  expect_error<UserError>([&] { tile(x, {1, 1, 1, 1, 1, 1, 1, 1, 2}); }, __LINE__, "[tile] " + text);
  expect_error<UserError>([&] { einsum("abcdefgh,i->abcdefghi", {x, v}); }, __LINE__, "[einsum] " + text);
  expect_error<UserError>([&] { TensorArray::of(3, x.shape()); }, __LINE__, "[TensorArray::of] " + text);
  auto stacks =
      function([&](Tensor x) { return scan([](Tensor c, Tensor) { return std::pair{c, c}; }, x, ones({3})).second; });
  expect_error<UserError>([&] { stacks(x); }, __LINE__ - 1, "[scan] " + text);
}

TEST_CASE("elements that an array of tensors does not hold") {
  TensorArray array = TensorArray::of(2, {3}), none;
  expect_error<UserError>([&] { array.write(0, 1.f); }, __LINE__,
                          "[TensorArray::write] f32[] is no element of f32[2,3]");
  expect_error<UserError>([&] { array.read(2); }, __LINE__,
                          "[TensorArray::read] index 2 is outside axis 0 of f32[2,3]");
  expect_error<UserError>([&] { array.write(2, ones({3})); }, __LINE__,
                          "[TensorArray::write] index 2 is outside axis 0 of f32[2,3]");
  expect_error<UserError>([&] { array.write(0.5f, ones({3})); }, __LINE__, "[TensorArray::write] indices are integers");
  auto checked = function([&](Tensor i) { return array.write(i, ones({3})).stack(); }, {.checked = true});
  expect_error<UserError>([&] { checked(constant(-1)); }, __LINE__ - 1,
                          "[TensorArray::write] an index is outside axis 0 of f32[2,3]; indices are 0 to extent - 1");
  expect_error<UserError>([&] { none.read(0); }, __LINE__, "an empty Tensor was used");
  expect_error<UserError>([&] { none.write(0, ones({3})); }, __LINE__, "an empty Tensor was used");
}

TEST_CASE("arrangements that cannot be") {
  Tensor x = ones({2, 3});
  expect_error<UserError>([&] { split(x, 2, 1); }, __LINE__,
                          "[split] axis 1 of f32[2,3] cannot be split into 2 equal parts");
  expect_error<UserError>([&] { split(x, {1, 1}, 1); }, __LINE__, "do not make up extent 3 of axis 1 of f32[2,3]");
  expect_error<UserError>([&] { tile(x, {-1}); }, __LINE__, "[tile] repeats an axis -1 times");
  expect_error<UserError>([&] { repeat(x, -1); }, __LINE__, "[repeat] repeats elements -1 times");
  expect_error<UserError>([&] { flip(x, {0, 0}); }, __LINE__, "[flip] axis 0 is listed twice");
  expect_error<UserError>([&] { one_hot(constant({0}), -1); }, __LINE__, "[one_hot] depth is -1; expected 0 or more");
  expect_error<UserError>([&] { tril(ones({2})); }, __LINE__, "[tril] needs at least 2 axes; got f32[2]");
  expect_error<UserError>([&] { unstack(ones({})); }, __LINE__, "[unstack] needs at least 1 axis; got f32[]");
  expect_error<UserError>([&] { gelu(ones({2}, i32)); }, __LINE__, "[gelu] needs a floating-point tensor; got i32[2]");
  expect_error<UserError>([&] { variance(x, 2); }, __LINE__, "[variance] axis 2 is out of range for rank 2");
}

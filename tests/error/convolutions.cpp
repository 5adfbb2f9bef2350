// Mistakes with convolutions and pooling: the function, the shapes and the user's line.
#include <catch2/catch.hpp>

#include <limits>

#include "tests/error/expect.h"

using namespace etch;
using etch::test::expect_error;

TEST_CASE("operands of conv2d that do not fit") {
  Tensor x = ones({1, 8, 8, 3}), w = ones({3, 3, 3, 4});
  expect_error<UserError>([&] { conv2d(ones({8, 8, 3}), w); }, __LINE__,
                          "[conv2d] needs x and filters of rank 4 (batch, 2 spatial axes, channels); got f32[8,8,3]");
  expect_error<UserError>([&] { conv1d(x, w); }, __LINE__, "[conv1d] needs x and filters of rank 3");
  expect_error<UserError>([&] { conv2d(x, ones({3, 3, 2, 4})); }, __LINE__,
                          "[conv2d] f32[1,8,8,3] has 3 channels, but filters f32[3,3,2,4] take 2");
  expect_error<UserError>([&] { conv2d(x, w, {.data_format = DataFormat::channels_first}); }, __LINE__,
                          "[conv2d] f32[1,8,8,3] has 8 channels");
  expect_error<UserError>([&] { conv2d(x, 2.f); }, __LINE__, "[conv2d] needs two tensors");
  expect_error<UserError>([&] { conv2d(cast(x, boolean), cast(w, boolean)); }, __LINE__, "needs tensors of numbers");
  expect_error<UserError>([&] { function([&](Tensor x) { return conv2d(x, w); })(ones({1, 8, 8, 2})); }, __LINE__,
                          "[conv2d] f32[1,8,8,2] has 2 channels");
  expect_error<UserError>([&] { depthwise_conv2d(x, ones({3, 3, 2, 1})); }, __LINE__,
                          "[depthwise_conv2d] f32[1,8,8,3] has 3 channels");
  expect_error<UserError>([&] { conv2d_transpose(x, w); }, __LINE__, "[conv2d_transpose] f32[1,8,8,3] has 3 channels");
}

TEST_CASE("strides, paddings, dilations and groups that are none") {
  Tensor x = ones({1, 8, 8, 4}), w = ones({3, 3, 4, 6});
  expect_error<UserError>([&] { conv2d(x, w, {.strides = {1, 2, 3}}); }, __LINE__,
                          "[conv2d] strides has 3 entries; give one for each of the 2 spatial axes, or one for all");
  expect_error<UserError>([&] { conv2d(x, w, {.strides = {0}}); }, __LINE__,
                          "[conv2d] strides must be at least 1; got 0");
  expect_error<UserError>([&] { conv2d(x, w, {.dilations = {-1}}); }, __LINE__,
                          "[conv2d] dilations must be at least 1");
  expect_error<UserError>([&] { conv2d(x, w, {.padding = {{1, 1}}}); }, __LINE__, "[conv2d] padding has 1 entries");
  expect_error<UserError>([&] { conv2d(x, w, {.padding = {{-1, 1}, {0, 0}}}); }, __LINE__,
                          "[conv2d] padding adds at the two ends and is not negative");
  expect_error<UserError>([&] { conv2d(x, ones({3, 3, 2, 5}), {.groups = 2}); }, __LINE__,
                          "[conv2d] 5 output channels of filters f32[3,3,2,5] do not divide into 2 groups");
  expect_error<UserError>([&] { conv2d(x, w, {.groups = 0}); }, __LINE__, "[conv2d] groups must be at least 1; got 0");
  expect_error<UserError>([&] { conv2d(x, w, {.groups = 2}); }, __LINE__, "take 4 in each of 2 groups");
  expect_error<UserError>([&] { conv2d_transpose(x, ones({3, 3, 6, 4}), {.padding = {{1, 1}, {1, 1}}}); }, __LINE__,
                          "[conv2d_transpose] takes no groups");
  expect_error<UserError>([&] { convolution(x, w, {.strides = {1}}); }, __LINE__,
                          "[convolution] strides needs one entry for each of 2 spatial axes; got [1]");
}

TEST_CASE("windows that do not fit") {
  Tensor x = ones({1, 8, 8, 4});
  expect_error<UserError>([&] { max_pool2d(ones({8, 8}), {2}); }, __LINE__, "[max_pool2d] needs x of rank 4");
  expect_error<UserError>([&] { max_pool2d(x, {}); }, __LINE__, "[max_pool2d] needs the extents of the window");
  expect_error<UserError>([&] { avg_pool2d(x, {2, 2, 2}); }, __LINE__, "[avg_pool2d] window has 3 entries");
  expect_error<UserError>([&] { max_pool2d(x, {2}, {.padding = {{2, 0}, {0, 0}}}); }, __LINE__,
                          "[max_pool2d] padding 2 is not smaller than the window 2");
  expect_error<UserError>([&] { max_pool2d(x > 0.f, {2}); }, __LINE__, "[max_pool2d] needs numbers; got bool[1,8,8,4]");
  expect_error<UserError>([&] { reduce_window_max(x, {.extents = {2}}); }, __LINE__,
                          "[reduce_window_max] extents has 1 entries; give one for each axis of f32[1,8,8,4]");
  expect_error<UserError>([&] { reduce_window_sum(x, {.extents = {1, 0, 2, 1}}); }, __LINE__,
                          "[reduce_window_sum] axis 1 of f32[1,8,8,4]: window 0 is not positive");
  expect_error<UserError>([&] { select_and_gather(x, ones({1, 8, 8, 3}), {.extents = {1, 2, 2, 1}}); }, __LINE__,
                          "[select_and_gather] needs values like f32[1,8,8,4]");
}

// The result was empty, and its mean NaN.
TEST_CASE("windows that are larger than what they move over") {
  Tensor x = ones({8, 2, 5, 4}), w = ones({3, 3, 4, 6});
  expect_error<UserError>([&] { conv2d(x, w); }, __LINE__,
                          "[conv2d] the window reaches over 3 elements of axis 1 of f32[8,2,5,4], which has 2 with its "
                          "padding; use a smaller window, or Border::same");
  expect_error<UserError>([&] { conv2d(x, w, {.dilations = {1, 3}, .padding = {{1, 0}, {0, 1}}}); }, __LINE__,
                          "reaches over 7 elements of axis 2 of f32[8,2,5,4], which has 6");
  expect_error<UserError>([&] { max_pool2d(x, {3}); }, __LINE__, "[max_pool2d] the window reaches over 3 elements");
  CHECK(conv2d(x, w, {.padding = Border::same}).shape() == Shape{8, 2, 5, 6});
  CHECK(conv2d(zeros({0, 0, 5, 4}), w).shape() == Shape{0, 0, 3, 6});
}

TEST_CASE("steps longer than any extent") {
  constexpr int64_t kLongest = std::numeric_limits<int64_t>::max();
  Tensor x = ones({1, 8, 8, 3}), w = ones({3, 3, 3, 4});
  expect_error<UserError>([&] { conv2d(x, w, {.strides = {kLongest}, .padding = Border::same}); }, __LINE__,
                          "[conv2d] strides must be at most 2147483648; got 9223372036854775807");
  expect_error<UserError>([&] { conv2d(x, w, {.dilations = {kLongest}}); }, __LINE__,
                          "[conv2d] dilations must be at most 2147483648; got 9223372036854775807");
  expect_error<UserError>([&] { conv2d_transpose(x, ones({3, 3, 4, 3}), {.strides = {kLongest}}); }, __LINE__,
                          "[conv2d_transpose] strides must be at most 2147483648");
}

TEST_CASE("what needs extents that are unknown while tracing") {
  Options options;
  options.input_signature = std::vector<Spec>{{f32, {1, kDynamic, kDynamic, 3}}};
  auto f = function([](Tensor x) { return conv2d(x, ones({3, 3, 3, 4}), {.strides = {2}, .padding = Border::same}); },
                    options);
  try {
    f(ones({1, 8, 8, 3}));
    FAIL_CHECK("nothing was thrown");
  } catch (const UserError &error) {
    CHECK_THAT(error.message(), Catch::Contains("[conv2d] Border::same with a stride depends on extents"));
  }
}

TEST_CASE("a layer whose channels do not divide into groups") {
  Generator generator(1);
  auto make = [&](int64_t groups, std::source_location at = std::source_location::current()) {
    nn::Conv2D(3, 4, {3}, nn::Activation::relu, generator, {.groups = groups}, "conv", at);
  };
  expect_error<UserError>([&] { make(2); }, __LINE__, "[Conv2D] 3 inputs and 4 outputs do not divide into 2 groups");
  expect_error<UserError>([&] { make(0); }, __LINE__, "[Conv2D] 3 inputs and 4 outputs do not divide into 0 groups");
}

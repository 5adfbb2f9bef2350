// Sizes that no machine has: told at the user's line, never rounded to something small.
#include <catch2/catch.hpp>

#include <limits>

#include "tests/error/expect.h"

using namespace etch;
using etch::test::expect_error;

namespace {

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max(), kSmallest = std::numeric_limits<int64_t>::min();
/// So many f32 have 2^64 + 4 bytes, which a word shows as 4.
constexpr int64_t kWraps = (int64_t{1} << 62) + 1;
constexpr int64_t kMany = int64_t{1} << 45;

}  // namespace

TEST_CASE("new tensors of more bytes than can be counted") {
  expect_error<UserError>([&] { zeros({kWraps}); }, __LINE__,
                          "[zeros] f32[4611686018427387905] would have more than 2^63 bytes");
  expect_error<UserError>([&] { ones({kWraps}); }, __LINE__,
                          "[ones] f32[4611686018427387905] would have more than 2^63");
  expect_error<UserError>([&] { zeros({kMany, kMany}); }, __LINE__,
                          "[zeros] shape [35184372088832,35184372088832] has");
  expect_error<UserError>([&] { iota({kWraps}); }, __LINE__, "[iota] the result would be i64[4611686018427387905], of");
  expect_error<UserError>([&] { arange(kLargest); }, __LINE__,
                          "[arange] i64[9223372036854775807] would have more than");
  expect_error<UserError>([&] { eye(kMany); }, __LINE__,
                          "[eye] shape [35184372088832,35184372088832] has more than 2^63");
  auto f = function([](const Tensor &x) { return x + zeros({kWraps}); });
  expect_error<UserError>([&] { f(ones({1})); }, __LINE__ - 1, "[zeros] f32[4611686018427387905] would have more");
}

TEST_CASE("new tensors for which there is no memory") {
  expect_error<UserError>([&] { zeros({kMany}); }, __LINE__,
                          "[zeros] out of memory: a buffer of 140737488355328 bytes");
  expect_error<UserError>([&] { arange(kMany); }, __LINE__,
                          "[arange] out of memory: a buffer of 281474976710656 bytes");
}

TEST_CASE("results of more bytes than can be counted") {
  Tensor x = ones({2, 3});
  expect_error<UserError>([&] { broadcast_to(ones({}), {kWraps}); }, __LINE__,
                          "[broadcast_in_dim] the result would be f32[4611686018427387905], of more than 2^63 bytes");
  expect_error<UserError>([&] { tile(x, {kWraps, 1}); }, __LINE__,
                          "[tile] extent 2 taken 4611686018427387905 times is more");
  expect_error<UserError>([&] { repeat(x, kWraps); }, __LINE__, "[repeat] extent 2 taken 4611686018427387905 times is");
  expect_error<UserError>([&] { split(x, {kLargest, kLargest, 4}); }, __LINE__, "[split]");
  expect_error<UserError>([&] { pad(x, {{kWraps, 0}, {0, 0}}); }, __LINE__,
                          "[pad] the result would be f32[46116860184");
  // 2^64 wraps to 0, which is as many as there are.
  expect_error<UserError>([&] { reshape(ones({0}), {int64_t{1} << 32, int64_t{1} << 32}); }, __LINE__,
                          "[reshape] shape [4294967296,4294967296] has more than 2^63 elements");
  expect_error<UserError>([&] { reshape(x, {int64_t{1} << 32, int64_t{1} << 32, -1}); }, __LINE__,
                          "[reshape] shape [4294967296,4294967296] has more than 2^63 elements");
  auto f = function([](const Tensor &x) { return reduce_sum(broadcast_to(x, {kWraps}) + 1.f); });
  expect_error<UserError>([&] { f(ones({1})); }, __LINE__ - 1, "the result would be f32[4611686018427387905], of more");
}

TEST_CASE("a range of more numbers than can be counted") {
  expect_error<UserError>([&] { arange(0., 1e300, 1.); }, __LINE__, "[arange] would have more than 2^62 elements");
  expect_error<UserError>([&] { arange(0., 1., 1e-300); }, __LINE__, "[arange] would have more than 2^62 elements");
  Generator generator(1);
  expect_error<UserError>(
      [&] { generator.integers({2}, kSmallest, kLargest); }, __LINE__,
      "[integers] the range [-9223372036854775808, 9223372036854775807) has more than 2^63 numbers");
  expect_error<UserError>([&] { generator.uniform({kMany, kMany}); }, __LINE__,
                          "[uniform] shape [35184372088832,351843");
  expect_error<UserError>([&] { generator.normal({kMany, kMany}); }, __LINE__,
                          "[normal] shape [35184372088832,3518437");
}

TEST_CASE("a diagonal far outside is empty") {
  CHECK(diagonal(ones({2, 3}), kSmallest).shape() == Shape{0});
  CHECK(diagonal(ones({2, 3}), kLargest).shape() == Shape{0});
}

TEST_CASE("memory between arguments and results that cannot be counted") {
  const Tensor x = ones({1 << 16});
  // Sums of a tensor of 2^64 elements, which a word shows as none.
  auto f = function("outer",
                    [](Tensor a, Tensor b, Tensor c, Tensor d) {
                      Tensor left = reshape(a, {-1, 1}) * reshape(b, {1, -1});
                      Tensor right = reshape(c, {-1, 1}) * reshape(d, {1, -1});
                      return sum(cumsum(expand_dims(expand_dims(left, 2), 3) * right, 3));
                    },
                    {.input_signature = {Spec{f32, {kDynamic}}, Spec{f32, {kDynamic}}, Spec{f32, {kDynamic}},
                                         Spec{f32, {kDynamic}}}});
  CHECK(f(ones({2}), ones({3}), ones({4}), ones({5})).item<float>() == 2 * 3 * 4 * 15);
  CHECK_THROWS_WITH(f(x, x, x, x), Catch::Contains("'outer' needs 72057594037927936 bytes or more") &&
                                       Catch::Contains("pass smaller tensors"));
}

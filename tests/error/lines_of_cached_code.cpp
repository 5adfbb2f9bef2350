// Code that is found again names the line of this call, not the line that it was compiled for.
#include <catch2/catch.hpp>

#include "tests/error/expect.h"

using namespace etch;
using etch::test::expect_error;

TEST_CASE("an op that ran before fails at another line") {
  Tensor a = ones({2, 3}), b = ones({3, 4}), p = ones({7, 5});
  concatenate({a, ones({4, 3})});
  matmul(a, b);
  a + a;
  where(a > 0.f, a, a);
  slice(ones({5, 5}), {{0, 3}, {0, 3}});
  einsum("ij,jk->ik", {a, b});
  conv2d(ones({2, 8, 8, 3}), ones({3, 3, 3, 8}));
  take(ones({5, 5}), constant({1, 2}), 0);
  check(all(a > 0.f), "positive");
  reshape(a, {3, 2});
  linear_scan(a, a);
  scatter_add(ones({5, 4}), constant({1, 2}), ones({2, 4}));
  dot_general(a, b, {.lhs_contract = {1}, .rhs_contract = {0}});
  layer_norm(a, ones({3}), ones({3}));
  rms_norm(a, ones({3}));
  batch_norm(a, ones({3}), ones({3}), ones({3}), ones({3}));
  stack({a, a});
  diag(ones({3}));
  cosine_similarity(a, a);
  Tensor zero = constant(int64_t{0});
  dynamic_slice(ones({5, 5}), {zero, zero}, {3, 3});
  dynamic_update_slice(ones({5, 5}), ones({3, 3}), {zero, zero});
  segment_sum(ones({5, 5}), constant({0, 1, 0, 1, 0}), 2);
  for (int again = 0; again < 2; ++again) {
    expect_error<UserError>([&] { concatenate({a, ones({4, 5})}); }, __LINE__, "[concatenate]");
    expect_error<UserError>([&] { matmul(a, p); }, __LINE__,
                            "[matmul] inner extents 3 of f32[2,3] and 7 of f32[7,5] differ");
    expect_error<UserError>([&] { a + ones({2, 4}); }, __LINE__, "[add]");
    expect_error<UserError>([&] { where(a > 0.f, a, ones({2, 4})); }, __LINE__, "[where]");
    expect_error<UserError>([&] { slice(ones({2, 2}), {{0, 3}, {0, 3}}); }, __LINE__, "[slice]");
    expect_error<UserError>([&] { einsum("ij,jk->ik", {a, p}); }, __LINE__, "[einsum]");
    expect_error<UserError>([&] { conv2d(ones({2, 8, 8, 3}), ones({3, 3, 4, 8})); }, __LINE__, "[conv");
    expect_error<UserError>([&] { take(ones({0, 5}), constant({1, 2}), 0); }, __LINE__, "[take]");
    expect_error<UserError>([&] { check(all(a > 2.f), "positive"); }, __LINE__, "positive");
    expect_error<UserError>([&] { reshape(a, {7, 2}); }, __LINE__, "[reshape]");
    expect_error<UserError>([&] { linear_scan(a, ones({2, 5})); }, __LINE__, "[linear_scan]");
    expect_error<UserError>([&] { scatter_add(ones({5, 4}), constant({1, 2}), ones({2, 5})); }, __LINE__,
                            "[scatter_add]");
    expect_error<UserError>([&] { dot_general(a, p, {.lhs_contract = {1}, .rhs_contract = {0}}); }, __LINE__,
                            "[dot_general]");
    expect_error<UserError>([&] { layer_norm(a, ones({5}), ones({5})); }, __LINE__,
                            "[layer_norm] shapes [2,3] and [5] do not broadcast");
    expect_error<UserError>([&] { rms_norm(a, ones({5})); }, __LINE__,
                            "[rms_norm] shapes [2,3] and [5] do not broadcast");
    expect_error<UserError>([&] { batch_norm(a, ones({5}), ones({3}), ones({3}), ones({3})); }, __LINE__,
                            "[batch_norm] shapes [2,3] and [5] do not broadcast");
    expect_error<UserError>([&] { stack({a, p}); }, __LINE__, "[stack]");
    expect_error<UserError>([&] { cosine_similarity(a, p); }, __LINE__, "[cosine_similarity]");
    expect_error<UserError>([&] { dynamic_slice(ones({2, 2}), {zero, zero}, {3, 3}); }, __LINE__, "[dynamic_slice]");
    expect_error<UserError>([&] { dynamic_update_slice(ones({2, 2}), ones({3, 3}), {zero, zero}); }, __LINE__,
                            "[dynamic_update_slice]");
    expect_error<UserError>([&] { segment_sum(ones({5, 5}), constant({0, 1, 0}), 2); }, __LINE__, "[segment_sum]");
  }
}

TEST_CASE("a gradient whose code is shared fails at its own line") {
  Tensor good = constant({1.f, 2.f}), bad = constant({1.f, -2.f});
  int line = 0;
  auto first = [](Tensor x) {
    check(all(x > 0.f), "positive");
    return sum(x * x);
  };
  grad(first)(good);
  auto second = [&](Tensor x) {
    check(all(x > 0.f), "positive"), line = __LINE__;
    return sum(x * x);
  };
  grad(second)(good);
  expect_error<UserError>([&] { grad(second)(bad); }, line, "positive");
  expect_error<UserError>([&] { grad(first)(bad); }, line - 5, "positive");
}

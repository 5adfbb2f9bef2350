// Result types of attention.
#include <catch2/catch.hpp>

#include "tests/unit/infer_text.h"

using namespace etch;
using namespace etch::ir;
using namespace infer_test;

namespace {

std::string attention(const Types &operands, int64_t causal = 0) {
  return inferred(OpCode::dot_product_attention, operands, {{"causal", causal}});
}
std::string gradient(const Types &operands) {
  return inferred(OpCode::dot_product_attention_gradient, operands, {{"causal", int64_t{0}}});
}

}  // namespace

TEST_CASE("attention gives a row and a number for each query") {
  CHECK(attention({{f32, {2, 5, 8}}, {f32, {2, 7, 8}}, {f32, {2, 7, 3}}}) == "f32[2,5,3] f32[2,5]");
  CHECK(attention({{f64, {5, 8}}, {f64, {0, 8}}, {f64, {0, 3}}}, 1) == "f64[5,3] f64[5]");
  CHECK(attention({{f32, {U, U, 8}}, {f32, {2, U, U}}, {f32, {U, 7, U}}}) == "f32[2,?,?] f32[2,?]");
}

TEST_CASE("attention takes masks of the scores' extents, or 1") {
  const TensorType q{f32, {2, 5, 8}}, k{f32, {2, 7, 8}};
  for (const Shape &shape : {Shape{2, 5, 7}, Shape{1, 5, 7}, Shape{2, 1, 7}, Shape{1, 1, U}, Shape{U, U, 7}})
    CHECK(attention({q, k, k, {boolean, shape}}) == "f32[2,5,8] f32[2,5]");
  CHECK(attention({q, k, k, {f32, {2, 5, 1}}}) ==
        "error: mask f32[2,5,1] does not fit the scores, f32[2,5,7]: each axis but the last may be 1");
  CHECK(attention({q, k, k, {i32, {2, 5, 7}}}) == "error: a mask is of bool or of f32; got i32[2,5,7]");
}

TEST_CASE("attention refuses what does not fit") {
  const TensorType q{f32, {2, 5, 8}};
  CHECK(attention({q, q}) == "error: takes 3 operands and a mask; got 2");
  CHECK(attention({{f16, {5, 8}}, {f16, {5, 8}}, {f16, {5, 8}}}) == "error: needs f32 or f64; got f16[5,8]");
  CHECK(attention({q, q, q}, 2) == "error: causal is 0 or 1; got 2");
}

TEST_CASE("gradients of attention are like the operands") {
  const TensorType q{f32, {5, 8}}, k{f32, {7, 8}}, v{f32, {7, 3}}, g{f32, {5, 3}}, n{f32, {5}};
  CHECK(gradient({q, k, v, g, n, n}) == "f32[5,8] f32[7,8] f32[7,3]");
  CHECK(gradient({q, k, v, g, n, n, {boolean, {1, 7}}}) == "f32[5,8] f32[7,8] f32[7,3]");
  CHECK(gradient({q, k, v, v, n, n}) == "error: the cotangent is like the result, f32[5,3]; got f32[7,3]");
  CHECK(gradient({q, k, v, g, n, {f32, {7}}}) == "error: delta is one number a query, f32[5]; got f32[7]");
}

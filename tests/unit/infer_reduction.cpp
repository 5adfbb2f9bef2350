// Result types of reductions.
#include <catch2/catch.hpp>

#include "tests/unit/infer_text.h"

using namespace etch;
using namespace etch::ir;
using namespace infer_test;

TEST_CASE("reductions remove their axes") {
  for (OpCode op : {OpCode::reduce_sum, OpCode::reduce_prod, OpCode::reduce_max, OpCode::reduce_min}) {
    INFO(mnemonic_of(op));
    CHECK(inferred(op, {{f32, {2, 3, 4}}}, {{"axes", List{1}}}) == "f32[2,4]");
    CHECK(inferred(op, {{i32, {2, 3, 4}}}, {{"axes", List{2, 0}}}) == "i32[3]");
    CHECK(inferred(op, {{f32, {U, 3}}}, {{"axes", List{1}}}) == "f32[?]");
    CHECK(inferred(op, {{f32, {2, 3}}}, {{"axes", List{}}}) == "f32[2,3]");
    CHECK(inferred(op, {{f32, {0, 3}}}, {{"axes", List{0, 1}}}) == "f32[]");
    CHECK(inferred(op, {{boolean, {2}}}, {{"axes", List{0}}}) == "error: needs a tensor of numbers; got bool[2]");
  }
  for (OpCode op : {OpCode::reduce_any, OpCode::reduce_all}) {
    INFO(mnemonic_of(op));
    CHECK(inferred(op, {{boolean, {2, 3}}}, {{"axes", List{0}}}) == "bool[3]");
    CHECK(inferred(op, {{f32, {2}}}, {{"axes", List{0}}}) == "error: needs a boolean tensor; got f32[2]");
  }
}

TEST_CASE("axes of reductions are in range and unique") {
  CHECK(inferred(OpCode::reduce_sum, {{f32, {2, 3}}}, {{"axes", List{2}}}) ==
        "error: axis 2 is out of range for f32[2,3]");
  CHECK(inferred(OpCode::reduce_sum, {{f32, {2, 3}}}, {{"axes", List{-1}}}) ==
        "error: axis -1 is out of range for f32[2,3]");
  CHECK(inferred(OpCode::reduce_sum, {{f32, {}}}, {{"axes", List{0}}}) == "error: axis 0 is out of range for f32[]");
  CHECK(inferred(OpCode::reduce_sum, {{f32, {2, 3}}}, {{"axes", List{1, 1}}}) == "error: axis 1 is listed twice");
  CHECK(inferred(OpCode::reduce_sum, {}, {{"axes", List{}}}) == "error: takes 1 operand; got 0");
}

TEST_CASE("argmax and argmin give i64 and need an element") {
  for (OpCode op : {OpCode::argmax, OpCode::argmin}) {
    INFO(mnemonic_of(op));
    CHECK(inferred(op, {{f32, {2, 3}}}, {{"axis", int64_t{1}}}) == "i64[2]");
    CHECK(inferred(op, {{u8, {U, 3}}}, {{"axis", int64_t{0}}}) == "i64[3]");
    CHECK(inferred(op, {{f32, {0, 3}}}, {{"axis", int64_t{1}}}) == "i64[0]");
    CHECK(inferred(op, {{f32, {2, 3}}}, {{"axis", int64_t{2}}}) == "error: axis 2 is out of range for f32[2,3]");
    CHECK(inferred(op, {{boolean, {2}}}, {{"axis", int64_t{0}}}) == "error: needs a tensor of numbers; got bool[2]");
  }
  CHECK(inferred(OpCode::argmax, {{f32, {2, 0}}}, {{"axis", int64_t{1}}}) ==
        "error: axis 1 of f32[2,0] is empty: it has no largest element");
  CHECK(inferred(OpCode::argmin, {{f32, {2, 0}}}, {{"axis", int64_t{1}}}) ==
        "error: axis 1 of f32[2,0] is empty: it has no smallest element");
}

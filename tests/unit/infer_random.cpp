// Result types of random numbers.
#include <catch2/catch.hpp>

#include "tests/unit/infer_text.h"

using namespace etch;
using namespace etch::ir;
using namespace infer_test;

namespace {

const TensorType state{i64, {2}}, size{i64, {}};

std::string draw(OpCode op, const Types &operands, const List &shape, DType dtype) {
  return inferred(op, operands, {{"shape", shape}, {"dtype", dtype}});
}

}  // namespace

TEST_CASE("random ops have the type asked for") {
  CHECK(draw(OpCode::random_bits, {state}, {2, 3}, i32) == "i32[2,3]");
  CHECK(draw(OpCode::random_bits, {state, size}, {U}, i64) == "i64[?]");
  CHECK(draw(OpCode::random_uniform, {state}, {}, f32) == "f32[]");
  CHECK(draw(OpCode::random_uniform, {{i64, {U}}}, {4}, f64) == "f64[4]");

  CHECK(draw(OpCode::random_bits, {state}, {2}, f32) == "error: draws i32 or i64; got f32");
  CHECK(draw(OpCode::random_uniform, {state}, {2}, f16) == "error: draws f32 or f64; got f16");
}

TEST_CASE("random ops need a state and sizes") {
  for (OpCode op : {OpCode::random_bits, OpCode::random_uniform}) {
    INFO(mnemonic_of(op));
    const DType dtype = op == OpCode::random_bits ? i32 : f32;
    CHECK(draw(op, {{i64, {3}}}, {2}, dtype) == "error: needs a state i64[2]; got i64[3]");
    CHECK(draw(op, {{i32, {2}}}, {2}, dtype) == "error: needs a state i64[2]; got i32[2]");
    CHECK(draw(op, {{i64, {}}}, {2}, dtype) == "error: needs a state i64[2]; got i64[]");
    CHECK(draw(op, {state}, {U}, dtype) == "error: shape [-1] needs one size operand for each -1; got 0");
    CHECK(draw(op, {state, {i32, {}}}, {U}, dtype) == "error: needs i64[] scalars as sizes; got i32[]");
    CHECK(draw(op, {}, {2}, dtype) == "error: takes a state and sizes; got 0 operands");
  }
}

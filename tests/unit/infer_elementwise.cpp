// Result types of elementwise ops, and what they say about operands that do not fit.
#include <catch2/catch.hpp>

#include "tests/unit/infer_text.h"

using namespace etch;
using namespace etch::ir;
using namespace infer_test;

TEST_CASE("elementwise ops keep shape and dtype") {
  for (OpCode op : {OpCode::abs, OpCode::neg, OpCode::sign, OpCode::square, OpCode::relu}) {
    INFO(mnemonic_of(op));
    CHECK(inferred(op, {{f32, {2, 3}}}) == "f32[2,3]");
    CHECK(inferred(op, {{u8, {U, 3}}}) == "u8[?,3]");
    CHECK(inferred(op, {{boolean, {3}}}) == "error: needs a tensor of numbers; got bool[3]");
  }
  for (OpCode op : {OpCode::exp,   OpCode::exp2,    OpCode::expm1,  OpCode::log,     OpCode::log2,     OpCode::log10,
                    OpCode::log1p, OpCode::sqrt,    OpCode::rsqrt,  OpCode::cbrt,    OpCode::sin,      OpCode::cos,
                    OpCode::tan,   OpCode::asin,    OpCode::acos,   OpCode::atan,    OpCode::sinh,     OpCode::cosh,
                    OpCode::tanh,  OpCode::asinh,   OpCode::acosh,  OpCode::atanh,   OpCode::sigmoid,  OpCode::erf,
                    OpCode::erfc,  OpCode::erf_inv, OpCode::lgamma, OpCode::digamma, OpCode::trigamma, OpCode::floor,
                    OpCode::ceil,  OpCode::round,   OpCode::trunc}) {
    INFO(mnemonic_of(op));
    CHECK(inferred(op, {{f16, {}}}) == "f16[]");
    CHECK(inferred(op, {{bf16, {}}}) == "bf16[]");
    CHECK(inferred(op, {{f64, {U}}}) == "f64[?]");
    CHECK(inferred(op, {{i32, {3}}}) == "error: needs a floating-point tensor; got i32[3]");
  }
  CHECK(inferred(OpCode::logical_not, {{boolean, {2, U}}}) == "bool[2,?]");
  CHECK(inferred(OpCode::logical_not, {{u8, {2}}}) == "error: needs a boolean tensor; got u8[2]");
  CHECK(inferred(OpCode::stop_gradient, {{boolean, {2}}}) == "bool[2]");
}

TEST_CASE("classes of floats are bools") {
  for (OpCode op : {OpCode::is_finite, OpCode::is_nan, OpCode::is_inf}) {
    CHECK(inferred(op, {{f32, {2, U}}}) == "bool[2,?]");
    CHECK(inferred(op, {{i64, {}}}) == "error: needs a floating-point tensor; got i64[]");
  }
}

TEST_CASE("bitwise ops take integers") {
  for (OpCode op : {OpCode::bitwise_not, OpCode::popcnt}) {
    CHECK(inferred(op, {{u8, {2, U}}}) == "u8[2,?]");
    CHECK(inferred(op, {{f32, {2}}}) == "error: needs an integer tensor; got f32[2]");
  }
  for (OpCode op : {OpCode::bitwise_and, OpCode::bitwise_or, OpCode::bitwise_xor, OpCode::shift_left,
                    OpCode::shift_right_arithmetic, OpCode::shift_right_logical}) {
    CHECK(inferred(op, {{i64, {3}}, {i64, {3}}}) == "i64[3]");
    CHECK(inferred(op, {{boolean, {3}}, {boolean, {3}}}) == "error: needs an integer tensor; got bool[3]");
  }
}

TEST_CASE("cast gives the dtype asked for") {
  CHECK(inferred(OpCode::cast, {{f32, {2, U}}}, {{"dtype", i64}}) == "i64[2,?]");
  CHECK(inferred(OpCode::cast, {{boolean, {}}}, {{"dtype", f16}}) == "f16[]");
  CHECK(inferred(OpCode::cast, {}, {{"dtype", f16}}) == "error: takes 1 operand; got 0");
}

TEST_CASE("binary ops need one shape and one dtype") {
  for (OpCode op : {OpCode::add, OpCode::sub, OpCode::mul, OpCode::div, OpCode::rem, OpCode::pow, OpCode::maximum,
                    OpCode::minimum, OpCode::atan2}) {
    INFO(mnemonic_of(op));
    CHECK(inferred(op, {{f32, {2, 3}}, {f32, {2, 3}}}) == "f32[2,3]");
    CHECK(inferred(op, {{f32, {2, 3}}, {f32, {3, 2}}}) ==
          "error: operands have different shapes: f32[2,3] and f32[3,2]");
    CHECK(inferred(op, {{f32, {3}}, {f32, {1, 3}}}) == "error: operands have different shapes: f32[3] and f32[1,3]");
    CHECK(inferred(op, {{f32, {3}}, {f64, {3}}}) == "error: operands have different dtypes: f32[3] and f64[3]");
    CHECK(inferred(op, {{f32, {3}}}) == "error: takes 2 operands; got 1");
  }
  CHECK(inferred(OpCode::add, {{f32, {3}}, {i32, {3}}}) == "error: operands have different dtypes: f32[3] and i32[3]");
  CHECK(inferred(OpCode::add, {{f32, {3}}, {boolean, {3}}}) == "error: needs a tensor of numbers; got bool[3]");
  CHECK(inferred(OpCode::atan2, {{i32, {3}}, {i32, {3}}}) == "error: needs a floating-point tensor; got i32[3]");
  for (OpCode op : {OpCode::logical_and, OpCode::logical_or, OpCode::logical_xor}) {
    CHECK(inferred(op, {{boolean, {3}}, {boolean, {3}}}) == "bool[3]");
    CHECK(inferred(op, {{boolean, {3}}, {f32, {3}}}) == "error: needs a boolean tensor; got f32[3]");
  }
}

TEST_CASE("an unknown extent takes a known one") {
  CHECK(inferred(OpCode::add, {{f32, {U, 3}}, {f32, {2, U}}}) == "f32[2,3]");
  CHECK(inferred(OpCode::add, {{f32, {U, 3}}, {f32, {U, 3}}}) == "f32[?,3]");
  CHECK(inferred(OpCode::add, {{f32, {U, 3}}, {f32, {U, 4}}}) ==
        "error: operands have different shapes: f32[?,3] and f32[?,4]");
}

TEST_CASE("comparisons give bool") {
  for (OpCode op :
       {OpCode::equal, OpCode::not_equal, OpCode::less, OpCode::less_equal, OpCode::greater, OpCode::greater_equal}) {
    INFO(mnemonic_of(op));
    CHECK(inferred(op, {{i64, {2, U}}, {i64, {2, 5}}}) == "bool[2,5]");
    CHECK(inferred(op, {{boolean, {2}}, {boolean, {2}}}) == "bool[2]");
    CHECK(inferred(op, {{i64, {2}}, {i32, {2}}}) == "error: operands have different dtypes: i64[2] and i32[2]");
  }
}

TEST_CASE("select picks by a boolean tensor of the same shape") {
  CHECK(inferred(OpCode::select, {{boolean, {2}}, {i32, {2}}, {i32, {2}}}) == "i32[2]");
  CHECK(inferred(OpCode::select, {{boolean, {U}}, {i32, {U}}, {i32, {2}}}) == "i32[2]");
  CHECK(inferred(OpCode::select, {{f32, {2}}, {f32, {2}}, {f32, {2}}}) ==
        "error: needs a boolean tensor for pred; got f32[2]");
  CHECK(inferred(OpCode::select, {{boolean, {2}}, {f32, {2}}, {i32, {2}}}) ==
        "error: on_true and on_false have different dtypes: f32[2] and i32[2]");
  CHECK(inferred(OpCode::select, {{boolean, {3}}, {f32, {2}}, {f32, {2}}}) ==
        "error: operands have different shapes: bool[3] and f32[2]");
}

TEST_CASE("clamp needs its bounds in the shape and dtype of x") {
  CHECK(inferred(OpCode::clamp, {{f32, {U}}, {f32, {4}}, {f32, {U}}}) == "f32[4]");
  CHECK(inferred(OpCode::clamp, {{boolean, {}}, {boolean, {}}, {boolean, {}}}) ==
        "error: needs a tensor of numbers; got bool[]");
  // The two that clash are named, also when they met through an unknown extent.
  CHECK(inferred(OpCode::clamp, {{f32, {U}}, {f32, {2}}, {f32, {4}}}) ==
        "error: operands have different shapes: f32[2] and f32[4]");
}

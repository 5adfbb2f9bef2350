// Result types of running results along an axis.
#include <catch2/catch.hpp>

#include "tests/unit/infer_text.h"

using namespace etch;
using namespace etch::ir;
using namespace infer_test;

namespace {

std::string cumsum(const TensorType &x, int64_t axis, int64_t exclusive = 0, int64_t reverse = 0) {
  return inferred(OpCode::cumsum, {x}, {{"axis", axis}, {"exclusive", exclusive}, {"reverse", reverse}});
}
std::string linear_scan(const Types &operands, int64_t axis) {
  return inferred(OpCode::linear_scan, operands, {{"axis", axis}, {"reverse", int64_t{0}}});
}

}  // namespace

TEST_CASE("running results have the type of their operand") {
  CHECK(cumsum({f32, {2, U}}, 1) == "f32[2,?]");
  CHECK(cumsum({u8, {0}}, 0, 1, 1) == "u8[0]");
  CHECK(cumsum({boolean, {3}}, 0) == "error: needs a tensor of numbers; got bool[3]");
  CHECK(cumsum({f32, {3}}, 1) == "error: axis 1 is out of range for f32[3]");
  CHECK(cumsum({f32, {}}, 0) == "error: axis 0 is out of range for f32[]");
  CHECK(cumsum({f32, {3}}, 0, 2) == "error: exclusive is 0 or 1; got 2");
  CHECK(cumsum({f32, {3}}, 0, 0, -1) == "error: reverse is 0 or 1; got -1");
}

TEST_CASE("linear_scan joins what its operands know") {
  CHECK(linear_scan({{f64, {U, 3}}, {f64, {4, U}}}, 0) == "f64[4,3]");
  CHECK(linear_scan({{f32, {3}}, {f64, {3}}}, 0) == "error: factors and terms differ: f32[3] and f64[3]");
  CHECK(linear_scan({{f32, {3}}, {f32, {1}}}, 0) == "error: factors and terms differ: f32[3] and f32[1]");
  CHECK(linear_scan({{i32, {3}}, {i32, {3}}}, 0) == "error: needs floating-point tensors; got i32[3]");
  CHECK(linear_scan({{f32, {3}}}, 0) == "error: takes 2 operands; got 1");
}

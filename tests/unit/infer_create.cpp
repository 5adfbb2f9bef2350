// Result types of ops that make tensors from nothing.
#include <catch2/catch.hpp>

#include "tests/unit/infer_text.h"

using namespace etch;
using namespace etch::ir;
using namespace infer_test;

namespace {

const TensorType size{i64, {}};

std::string iota(const Types &sizes, const List &shape, int64_t axis, DType dtype) {
  return inferred(OpCode::iota, sizes, {{"shape", shape}, {"axis", axis}, {"dtype", dtype}});
}

}  // namespace

TEST_CASE("constant has the type of its literal") {
  const Literal literal{{f32, {2, 3}}, std::make_shared<std::vector<std::byte>>(4), true};
  CHECK(inferred(OpCode::constant, {}, {{"value", literal}}) == "f32[2,3]");
}

TEST_CASE("iota has the type asked for") {
  CHECK(iota({}, {2, 3}, 1, i64) == "i64[2,3]");
  CHECK(iota({size}, {2, U}, 0, f32) == "f32[2,?]");

  CHECK(iota({}, {2}, 0, boolean) == "error: needs a dtype of numbers; got bool");
  CHECK(iota({}, {2, 3}, 2, i64) == "error: axis 2 is out of range for i64[2,3]");
  CHECK(iota({}, {}, 0, i64) == "error: axis 0 is out of range for i64[]");
  CHECK(iota({}, {U}, 0, i64) == "error: shape [-1] needs one size operand for each -1; got 0");
  CHECK(iota({{f32, {}}}, {U}, 0, i64) == "error: needs i64[] scalars as sizes; got f32[]");
  CHECK(iota({}, {-3}, 0, i64) == "error: extent -3 of axis 0 in shape [-3] is negative");
  CHECK(iota({}, {1, 1, 1, 1, 1, 1, 1, 1, 1}, 0, i64) ==
        "error: shape [1,1,1,1,1,1,1,1,1] has rank 9; at most 8 axes are supported");
}

// Result types of ops whose source or target depends on index values.
#include <catch2/catch.hpp>

#include "tests/unit/infer_text.h"

using namespace etch;
using namespace etch::ir;
using namespace infer_test;

namespace {

const TensorType start{i64, {}};

std::string take(const Types &operands, int64_t axis) { return inferred(OpCode::take, operands, {{"axis", axis}}); }
std::string scatter_add(const Types &operands, int64_t axis) {
  return inferred(OpCode::scatter_add, operands, {{"axis", axis}});
}
std::string dynamic_slice(const Types &operands, const List &sizes) {
  return inferred(OpCode::dynamic_slice, operands, {{"sizes", sizes}});
}
std::string dynamic_update_slice(const Types &operands) { return inferred(OpCode::dynamic_update_slice, operands); }

}  // namespace

TEST_CASE("take puts the shape of the indices in place of the axis") {
  CHECK(take({{f32, {2, 3, 4}}, {i32, {5, 6}}}, 1) == "f32[2,5,6,4]");
  CHECK(take({{boolean, {3}}, {i64, {}}}, 0) == "bool[]");
  CHECK(take({{f32, {U, 4}}, {i64, {U}}}, 0) == "f32[?,4]");

  CHECK(take({{f32, {3}}, {f32, {2}}}, 0) == "error: needs i32 or i64 indices; got f32[2]");
  CHECK(take({{f32, {3}}, {u8, {2}}}, 0) == "error: needs i32 or i64 indices; got u8[2]");
  CHECK(take({{f32, {3}}, {i32, {2}}}, 1) == "error: axis 1 is out of range for f32[3]");
  CHECK(take({{f32, {}}, {i32, {2}}}, 0) == "error: axis 0 is out of range for f32[]");
  CHECK(take({{f32, {1, 1, 1, 1, 1}}, {i32, {1, 1, 1, 1, 1}}}, 0) ==
        "error: slices of f32[1,1,1,1,1] at indices i32[1,1,1,1,1] have rank 9; at most 8 axes are supported");
  CHECK(take({{f32, {3}}}, 0) == "error: takes 2 operands; got 1");
}

// Clamping an index into an empty axis would read before it.
TEST_CASE("take from an empty axis takes nothing") {
  CHECK(take({{f32, {0, 4}}, {i32, {2}}}, 0) == "error: axis 0 of f32[0,4] is empty: there is nothing to take");
  CHECK(take({{f32, {0, 4}}, {i32, {0}}}, 0) == "f32[0,4]");
  CHECK(take({{f32, {0, 4}}, {i32, {U}}}, 0) == "f32[?,4]");
}

TEST_CASE("scatter_add needs updates of the shape take would pick") {
  CHECK(scatter_add({{f32, {2, 3, 4}}, {i32, {5}}, {f32, {2, 5, 4}}}, 1) == "f32[2,3,4]");
  CHECK(scatter_add({{f32, {U, 4}}, {i64, {U}}, {f32, {6, U}}}, 0) == "f32[?,4]");
  CHECK(scatter_add({{f32, {0}}, {i64, {2}}, {f32, {2}}}, 0) == "f32[0]");

  CHECK(scatter_add({{boolean, {3}}, {i32, {2}}, {boolean, {2}}}, 0) ==
        "error: needs a tensor of numbers; got bool[3]");
  CHECK(scatter_add({{f32, {3}}, {f32, {2}}, {f32, {2}}}, 0) == "error: needs i32 or i64 indices; got f32[2]");
  CHECK(scatter_add({{f32, {3}}, {i32, {2}}, {f32, {2}}}, 1) == "error: axis 1 is out of range for f32[3]");
  CHECK(scatter_add({{f32, {3}}, {i32, {2}}, {f64, {2}}}, 0) ==
        "error: operand and updates have different dtypes: f32[3] and f64[2]");
  CHECK(scatter_add({{f32, {3, 4}}, {i32, {2}}, {f32, {4, 2}}}, 0) ==
        "error: updates at indices i32[2] along axis 0 of f32[3,4] are f32[2,4]; got f32[4,2]");
  CHECK(scatter_add({{f32, {1, 1, 1, 1, 1}}, {i32, {1, 1, 1, 1, 1}}, {f32, {1}}}, 0) ==
        "error: slices of f32[1,1,1,1,1] at indices i32[1,1,1,1,1] have rank 9; at most 8 axes are supported");
}

TEST_CASE("dynamic_slice") {
  CHECK(dynamic_slice({{f32, {4, 5}}, start, start}, {2, 5}) == "f32[2,5]");
  CHECK(dynamic_slice({{f32, {}}}, {}) == "f32[]");
  CHECK(dynamic_slice({{f32, {U}}, start}, {3}) == "f32[3]");

  CHECK(dynamic_slice({{f32, {4, 5}}, start}, {2, 5}) == "error: needs one start for each axis of f32[4,5]; got 1");
  CHECK(dynamic_slice({{f32, {4}}, {i32, {}}}, {2}) == "error: needs i64[] scalars as starts; got i32[]");
  CHECK(dynamic_slice({{f32, {4}}, {i64, {1}}}, {2}) == "error: needs i64[] scalars as starts; got i64[1]");
  CHECK(dynamic_slice({{f32, {4}}, start}, {2, 2}) == "error: sizes needs one entry for each axis of f32[4]; got 2");
  CHECK(dynamic_slice({{f32, {4}}, start}, {-1}) == "error: size -1 of axis 0 is negative");
  CHECK(dynamic_slice({{f32, {4}}, start}, {5}) == "error: size 5 of axis 0 is above the extent 4 of f32[4]");
  CHECK(dynamic_slice({}, {}) == "error: takes 1 operand and starts; got 0");
}

TEST_CASE("dynamic_update_slice") {
  CHECK(dynamic_update_slice({{f32, {4, 5}}, {f32, {2, 5}}, start, start}) == "f32[4,5]");
  CHECK(dynamic_update_slice({{f32, {U, 5}}, {f32, {2, U}}, start, start}) == "f32[?,5]");

  CHECK(dynamic_update_slice({{f32, {4}}, {i32, {2}}, start}) ==
        "error: operand and update have different dtypes: f32[4] and i32[2]");
  CHECK(dynamic_update_slice({{f32, {4}}, {f32, {2, 1}}, start}) ==
        "error: operand and update have different ranks: f32[4] and f32[2,1]");
  CHECK(dynamic_update_slice({{f32, {4}}, {f32, {5}}, start}) ==
        "error: extent 5 of axis 0 of update f32[5] is above the extent 4 of f32[4]");
  CHECK(dynamic_update_slice({{f32, {4}}, {f32, {2}}}) == "error: needs one start for each axis of f32[4]; got 0");
  CHECK(dynamic_update_slice({{f32, {4}}, {f32, {2}}, {f32, {}}}) == "error: needs i64[] scalars as starts; got f32[]");
  CHECK(dynamic_update_slice({{f32, {4}}}) == "error: takes 2 operands and starts; got 1");
}

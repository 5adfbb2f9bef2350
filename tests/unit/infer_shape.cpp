// Result types of ops that move elements.
#include <catch2/catch.hpp>

#include "tests/unit/infer_text.h"

using namespace etch;
using namespace etch::ir;
using namespace infer_test;

namespace {

const TensorType size{i64, {}};

std::string broadcast(const Types &operands, const List &shape, const List &dims) {
  return inferred(OpCode::broadcast_in_dim, operands, {{"shape", shape}, {"dims", dims}});
}
std::string reshape(const Types &operands, const List &shape) {
  return inferred(OpCode::reshape, operands, {{"shape", shape}});
}
std::string transpose(const TensorType &operand, const List &permutation) {
  return inferred(OpCode::transpose, {operand}, {{"permutation", permutation}});
}
std::string concatenate(const Types &operands, int64_t axis) {
  return inferred(OpCode::concatenate, operands, {{"axis", axis}});
}
std::string slice(const TensorType &operand, const List &starts, const List &limits, const List &strides) {
  return inferred(OpCode::slice, {operand}, {{"starts", starts}, {"limits", limits}, {"strides", strides}});
}
std::string pad(const TensorType &operand, const TensorType &value, const List &low, const List &high,
                const List &interior) {
  return inferred(OpCode::pad, {operand, value}, {{"low", low}, {"high", high}, {"interior", interior}});
}

}  // namespace

TEST_CASE("broadcast_in_dim") {
  CHECK(broadcast({{f32, {3}}}, {2, 3}, {1}) == "f32[2,3]");
  CHECK(broadcast({{f32, {}}}, {2, 3}, {}) == "f32[2,3]");
  CHECK(broadcast({{f32, {1, 3}}}, {3, 2}, {1, 0}) == "f32[3,2]");
  CHECK(broadcast({{f32, {U}}}, {2, 3}, {1}) == "f32[2,3]");
  CHECK(broadcast({{f32, {3}}, size, size}, {U, 3, U}, {1}) == "f32[?,3,?]");
  // A size operand decides, so the extent stays unknown.
  CHECK(broadcast({{f32, {3}}, size}, {U}, {0}) == "f32[?]");

  CHECK(broadcast({{f32, {3}}}, {2, 4}, {1}) ==
        "error: extent 3 of axis 0 of f32[3] does not broadcast to extent 4 of axis 1 of f32[2,4]");
  CHECK(broadcast({{f32, {2, 3}}}, {2, 3}, {1}) == "error: dims needs one entry for each axis of f32[2,3]; got [1]");
  CHECK(broadcast({{f32, {3}}}, {2, 3}, {2}) == "error: axis 2 is out of range for f32[2,3] in dims [2]");
  CHECK(broadcast({{f32, {3}}}, {2, 3}, {-1}) == "error: axis -1 is out of range for f32[2,3] in dims [-1]");
  CHECK(broadcast({{f32, {3, 3}}}, {2, 3}, {1, 1}) == "error: axis 1 is listed twice in dims [1,1]");
}

TEST_CASE("shapes with sizes") {
  CHECK(broadcast({{f32, {}}}, {2, -2}, {}) == "error: extent -2 of axis 1 in shape [2,-2] is negative");
  CHECK(broadcast({{f32, {}}}, {2, U}, {}) == "error: shape [2,-1] needs one size operand for each -1; got 0");
  CHECK(broadcast({{f32, {}}, size}, {2}, {}) == "error: shape [2] needs one size operand for each -1; got 1");
  CHECK(broadcast({{f32, {}}, {i32, {}}}, {U}, {}) == "error: needs i64[] scalars as sizes; got i32[]");
  CHECK(broadcast({{f32, {}}, {i64, {1}}}, {U}, {}) == "error: needs i64[] scalars as sizes; got i64[1]");
  CHECK(broadcast({{f32, {}}}, {1, 1, 1, 1, 1, 1, 1, 1, 1}, {}) ==
        "error: shape [1,1,1,1,1,1,1,1,1] has rank 9; at most 8 axes are supported");
  CHECK(broadcast({}, {}, {}) == "error: takes 1 operand and sizes; got 0");
}

TEST_CASE("reshape") {
  CHECK(reshape({{f32, {2, 6}}}, {3, 4}) == "f32[3,4]");
  CHECK(reshape({{f32, {1, 1}}}, {}) == "f32[]");
  CHECK(reshape({{f32, {0, 3}}}, {5, 0}) == "f32[5,0]");
  CHECK(reshape({{f32, {U, 6}}}, {3, 4}) == "f32[3,4]");
  CHECK(reshape({{f32, {U, 6}}, size}, {U, 3}) == "f32[?,3]");

  CHECK(reshape({{f32, {2, 6}}}, {3, 5}) == "error: f32[2,6] has 12 elements, but shape [3,5] has 15");
  CHECK(reshape({{f32, {2}}}, {1ll << 62, 1ll << 62}) ==
        "error: f32[2] has 2 elements, but shape [4611686018427387904,4611686018427387904] has more than 2^63");
  CHECK(reshape({{f32, {2, 6}}}, {3, U}) == "error: shape [3,-1] needs one size operand for each -1; got 0");
  CHECK(reshape({{f32, {1}}}, {1, 1, 1, 1, 1, 1, 1, 1, 1}) ==
        "error: shape [1,1,1,1,1,1,1,1,1] has rank 9; at most 8 axes are supported");
}

TEST_CASE("transpose") {
  CHECK(transpose({f32, {2, U, 4}}, {2, 0, 1}) == "f32[4,2,?]");
  CHECK(transpose({f32, {}}, {}) == "f32[]");
  CHECK(transpose({f32, {2, 3}}, {1}) == "error: permutation needs one entry for each axis of f32[2,3]; got [1]");
  CHECK(transpose({f32, {2, 3}}, {1, 2}) == "error: axis 2 is out of range for f32[2,3] in permutation [1,2]");
  CHECK(transpose({f32, {2, 3}}, {0, 0}) == "error: axis 0 is listed twice in permutation [0,0]");
}

TEST_CASE("concatenate") {
  CHECK(concatenate({{f32, {2, 3}}, {f32, {2, 4}}, {f32, {2, 0}}}, 1) == "f32[2,7]");
  CHECK(concatenate({{boolean, {2}}}, 0) == "bool[2]");
  CHECK(concatenate({{f32, {2, U}}, {f32, {U, 4}}}, 0) == "f32[?,4]");
  CHECK(concatenate({{f32, {2, U}}, {f32, {U, 4}}}, 1) == "f32[2,?]");

  CHECK(concatenate({}, 0) == "error: needs at least one tensor");
  CHECK(concatenate({{f32, {2}}, {i32, {2}}}, 0) == "error: operands have different dtypes: f32[2] and i32[2]");
  CHECK(concatenate({{f32, {2}}, {f32, {2, 1}}}, 0) == "error: operands have different ranks: f32[2] and f32[2,1]");
  CHECK(concatenate({{f32, {2}}, {f32, {2}}}, 1) == "error: axis 1 is out of range for f32[2]");
  CHECK(concatenate({{f32, {}}, {f32, {}}}, 0) == "error: axis 0 is out of range for f32[]");
  CHECK(concatenate({{f32, {2, 3}}, {f32, {2, 4}}}, 0) ==
        "error: extents of axis 1 differ: 3 in f32[2,3] and 4 in f32[2,4]");
  CHECK(concatenate({{f32, {2, U}}, {f32, {2, 4}}, {f32, {2, 5}}}, 0) ==
        "error: extents of axis 1 differ: 4 in f32[2,4] and 5 in f32[2,5]");
  CHECK(concatenate({{u8, {INT64_MAX}}, {u8, {1}}}, 0) == "error: the extent of axis 0 would be more than 2^63");
}

TEST_CASE("slice") {
  CHECK(slice({f32, {10, 4}}, {1, 0}, {9, 4}, {3, 1}) == "f32[3,4]");
  CHECK(slice({f32, {10}}, {2}, {2}, {5}) == "f32[0]");
  CHECK(slice({f32, {10}}, {0}, {10}, {INT64_MAX}) == "f32[1]");
  CHECK(slice({f32, {U, U}}, {1, 0}, {4, U}, {2, 1}) == "f32[2,?]");

  CHECK(slice({f32, {10}}, {}, {5}, {1}) == "error: starts needs one entry for each axis of f32[10]; got []");
  CHECK(slice({f32, {10}}, {0}, {5, 5}, {1}) == "error: limits needs one entry for each axis of f32[10]; got [5,5]");
  CHECK(slice({f32, {10}}, {0}, {5}, {}) == "error: strides needs one entry for each axis of f32[10]; got []");
  CHECK(slice({f32, {10}}, {0}, {5}, {0}) == "error: axis 0 of f32[10]: stride 0 is not positive");
  CHECK(slice({f32, {10}}, {-1}, {5}, {1}) == "error: axis 0 of f32[10]: start -1 is negative");
  CHECK(slice({f32, {2, 10}}, {0, 6}, {2, 5}, {1, 1}) == "error: axis 1 of f32[2,10]: start 6 is above limit 5");
  CHECK(slice({f32, {10}}, {0}, {11}, {1}) == "error: axis 0 of f32[10]: limit 11 is above the extent 10");
  CHECK(slice({f32, {10}}, {0}, {U}, {1}) ==
        "error: axis 0 of f32[10]: limit -1 is for unknown extents; the end of this axis is 10");
  CHECK(slice({f32, {U}}, {0}, {-2}, {1}) == "error: axis 0 of f32[?]: start 0 is above limit -2");
}

TEST_CASE("pad") {
  const TensorType zero{f32, {}};
  CHECK(pad({f32, {2, 3}}, zero, {1, 0}, {2, 0}, {0, 2}) == "f32[5,7]");
  CHECK(pad({f32, {4}}, zero, {-1}, {-2}, {0}) == "f32[1]");
  CHECK(pad({f32, {0}}, zero, {0}, {3}, {5}) == "f32[3]");
  CHECK(pad({f32, {U, 1}}, zero, {1, 1}, {1, 1}, {1, 1}) == "f32[?,3]");

  CHECK(pad({f32, {2}}, {f64, {}}, {1}, {1}, {0}) == "error: needs a scalar f32[] to pad f32[2] with; got f64[]");
  CHECK(pad({f32, {2}}, {f32, {1}}, {1}, {1}, {0}) == "error: needs a scalar f32[] to pad f32[2] with; got f32[1]");
  CHECK(pad({f32, {2}}, zero, {}, {1}, {0}) == "error: low needs one entry for each axis of f32[2]; got []");
  CHECK(pad({f32, {2}}, zero, {1}, {}, {0}) == "error: high needs one entry for each axis of f32[2]; got []");
  CHECK(pad({f32, {2}}, zero, {1}, {1}, {}) == "error: interior needs one entry for each axis of f32[2]; got []");
  CHECK(pad({f32, {2}}, zero, {1}, {1}, {-1}) == "error: axis 0 of f32[2]: interior padding -1 is negative");
  CHECK(pad({f32, {2}}, zero, {-3}, {0}, {0}) ==
        "error: axis 0 of f32[2]: low -3, high 0 and interior 0 make the extent negative");
  CHECK(pad({f32, {3}}, zero, {0}, {0}, {INT64_MAX}) ==
        "error: axis 0 of f32[3]: low 0, high 0 and interior 9223372036854775807 make the extent more than 2^63");
}

TEST_CASE("reverse and dim") {
  CHECK(inferred(OpCode::reverse, {{f32, {2, U}}}, {{"axes", List{1, 0}}}) == "f32[2,?]");
  CHECK(inferred(OpCode::reverse, {{f32, {2}}}, {{"axes", List{1}}}) == "error: axis 1 is out of range for f32[2]");
  CHECK(inferred(OpCode::reverse, {{f32, {2}}}, {{"axes", List{0, 0}}}) == "error: axis 0 is listed twice");
  CHECK(inferred(OpCode::dim, {{f32, {2, U}}}, {{"axis", int64_t{1}}}) == "i64[]");
  CHECK(inferred(OpCode::dim, {{f32, {2, U}}}, {{"axis", int64_t{2}}}) == "error: axis 2 is out of range for f32[2,?]");
}

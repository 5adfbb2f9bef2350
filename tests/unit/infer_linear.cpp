// Result types of contractions.
#include <catch2/catch.hpp>

#include "tests/unit/infer_text.h"

using namespace etch;
using namespace etch::ir;
using namespace infer_test;

namespace {

struct Axes {
  List lhs_batch, rhs_batch, lhs_contract, rhs_contract;
};

std::string dot(const Types &operands, const Axes &axes) {
  return inferred(OpCode::dot_general, operands,
                  {{"lhs_batch", axes.lhs_batch},
                   {"rhs_batch", axes.rhs_batch},
                   {"lhs_contract", axes.lhs_contract},
                   {"rhs_contract", axes.rhs_contract}});
}

const Axes matmul{{}, {}, {1}, {0}};

}  // namespace

TEST_CASE("dot_general: batch axes, then free axes of lhs, then of rhs") {
  CHECK(dot({{f32, {2, 3}}, {f32, {3, 4}}}, matmul) == "f32[2,4]");
  CHECK(dot({{f32, {3}}, {f32, {3}}}, {{}, {}, {0}, {0}}) == "f32[]");
  CHECK(dot({{i32, {2}}, {i32, {3}}}, {}) == "i32[2,3]");
  CHECK(dot({{f64, {5, 2, 3}}, {f64, {3, 5, 4}}}, {{0}, {1}, {2}, {0}}) == "f64[5,2,4]");
  CHECK(dot({{f32, {5, 6, 2}}, {f32, {6, 5, 4}}}, {{1, 0}, {0, 1}, {}, {}}) == "f32[6,5,2,4]");
}

TEST_CASE("dot_general: unknown extents") {
  CHECK(dot({{f32, {U, U}}, {f32, {3, 4}}}, matmul) == "f32[?,4]");
  CHECK(dot({{f32, {U, 2}}, {f32, {5, 4}}}, {{0}, {0}, {}, {}}) == "f32[5,2,4]");
  CHECK(dot({{f32, {U, 2}}, {f32, {U, 4}}}, {{0}, {0}, {}, {}}) == "f32[?,2,4]");
}

TEST_CASE("dot_general: what does not fit") {
  CHECK(dot({{boolean, {3}}, {boolean, {3}}}, {}) == "error: needs tensors of numbers; got bool[3]");
  CHECK(dot({{f32, {2, 3}}, {f64, {3, 4}}}, matmul) == "error: operands have different dtypes: f32[2,3] and f64[3,4]");
  CHECK(dot({{f32, {2, 3}}, {f32, {3, 4}}}, {{0}, {}, {}, {}}) ==
        "error: numbers of batch axes differ: 1 of lhs and 0 of rhs");
  CHECK(dot({{f32, {2, 3}}, {f32, {3, 4}}}, {{}, {}, {1}, {}}) ==
        "error: numbers of contracting axes differ: 1 of lhs and 0 of rhs");
  CHECK(dot({{f32, {2, 3}}, {f32, {3, 4}}}, {{}, {}, {2}, {0}}) == "error: axis 2 is out of range for lhs f32[2,3]");
  CHECK(dot({{f32, {2, 3}}, {f32, {3, 4}}}, {{}, {}, {1}, {-1}}) == "error: axis -1 is out of range for rhs f32[3,4]");
  CHECK(dot({{f32, {2, 3}}, {f32, {2, 3}}}, {{0}, {0}, {0}, {1}}) == "error: axis 0 of lhs is listed twice");
  CHECK(dot({{f32, {2, 3}}, {f32, {2, 3}}}, {{0}, {0}, {1}, {0}}) == "error: axis 0 of rhs is listed twice");
  CHECK(dot({{f32, {2, 3}}, {f32, {4, 5}}}, matmul) ==
        "error: contracting extents differ: 3 (axis 1 of lhs f32[2,3]) and 4 (axis 0 of rhs f32[4,5])");
  CHECK(dot({{f32, {2, 3}}, {f32, {4, 3}}}, {{0}, {0}, {1}, {1}}) ==
        "error: batch extents differ: 2 (axis 0 of lhs f32[2,3]) and 4 (axis 0 of rhs f32[4,3])");
  CHECK(dot({{f32, {1, 1, 1, 1, 1}}, {f32, {1, 1, 1, 1}}}, {}) ==
        "error: the product of f32[1,1,1,1,1] and f32[1,1,1,1] has rank 9; at most 8 axes are supported");
  CHECK(dot({{f32, {2}}}, {}) == "error: takes 2 operands; got 1");
}

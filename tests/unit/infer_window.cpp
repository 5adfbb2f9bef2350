// Result types of convolutions and pooling.
#include <catch2/catch.hpp>

#include "tests/unit/infer_text.h"

using namespace etch;
using namespace etch::ir;
using namespace infer_test;

namespace {

/// A convolution over one spatial axis: [batch, spatial, feature] with [spatial, input, output].
struct Line {
  int64_t stride = 1, low = 0, high = 0, lhs_dilation = 1, rhs_dilation = 1, feature_groups = 1, batch_groups = 1;
};
std::string line(const Types &operands, const Line &c) {
  return inferred(OpCode::convolution, operands,
                  {{"strides", List{c.stride}},
                   {"low", List{c.low}},
                   {"high", List{c.high}},
                   {"lhs_dilation", List{c.lhs_dilation}},
                   {"rhs_dilation", List{c.rhs_dilation}},
                   {"lhs_axes", List{0, 2, 1}},
                   {"rhs_axes", List{2, 1, 0}},
                   {"result_axes", List{0, 2, 1}},
                   {"feature_groups", c.feature_groups},
                   {"batch_groups", c.batch_groups}});
}

std::string window(OpCode op, const Types &operands, int64_t extent, int64_t stride, int64_t low, int64_t high) {
  return inferred(op, operands,
                  {{"window", List{extent}},
                   {"strides", List{stride}},
                   {"low", List{low}},
                   {"high", List{high}},
                   {"base_dilation", List{1}},
                   {"window_dilation", List{1}}});
}

}  // namespace

TEST_CASE("convolution: how many places a window takes") {
  const Types operands{{f32, {2, 9, 3}}, {f32, {4, 3, 5}}};
  CHECK(line(operands, {}) == "f32[2,6,5]");
  CHECK(line(operands, {.stride = 2}) == "f32[2,3,5]");
  CHECK(line(operands, {.stride = 2, .low = 1, .high = 2}) == "f32[2,5,5]");
  CHECK(line(operands, {.rhs_dilation = 3}) == "f32[2,0,5]");
  CHECK(line(operands, {.high = 1, .rhs_dilation = 3}) == "f32[2,1,5]");
  CHECK(line(operands, {.lhs_dilation = 2}) == "f32[2,14,5]");
  CHECK(line(operands, {.low = -5}) == "f32[2,1,5]");
  CHECK(line({{f32, {2, 0, 3}}, {f32, {1, 3, 5}}}, {.low = 1, .high = 1}) == "f32[2,2,5]");
}

TEST_CASE("convolution: groups and unknown extents") {
  CHECK(line({{f32, {2, 9, 6}}, {f32, {1, 3, 4}}}, {.feature_groups = 2}) == "f32[2,9,4]");
  CHECK(line({{f32, {6, 9, 3}}, {f32, {1, 3, 4}}}, {.batch_groups = 2}) == "f32[3,9,4]");
  CHECK(line({{f32, {U, U, 3}}, {f32, {4, 3, 5}}}, {.stride = 2}) == "f32[?,?,5]");
  CHECK(line({{f32, {2, 9, U}}, {f32, {U, 3, U}}}, {}) == "f32[2,?,?]");
}

TEST_CASE("convolution: what does not fit") {
  const Types operands{{f32, {2, 9, 3}}, {f32, {4, 3, 5}}};
  CHECK(line({{boolean, {2, 9, 3}}, {boolean, {4, 3, 5}}}, {}) == "error: needs tensors of numbers; got bool[2,9,3]");
  CHECK(line(operands, {.lhs_dilation = 0}) == "error: spatial axis 0 of f32[2,9,3]: dilation 0 is not positive");
  CHECK(line(operands, {.rhs_dilation = -1}) == "error: spatial axis 0 of f32[2,9,3]: dilation -1 is not positive");
  CHECK(line(operands, {.feature_groups = 0}) == "error: groups must be positive; got 0 and 1");
  CHECK(line(operands, {.batch_groups = 3}) == "error: 2 batches of f32[2,9,3] do not divide into 3 groups");
  CHECK(line({{f32, {2, 9, 6}}, {f32, {4, 3, 5}}}, {.feature_groups = 2}) ==
        "error: 5 output features of f32[4,3,5] do not divide into 2 groups");
  CHECK(line({{f32, {2, 9, 4}}, {f32, {4, 3, 4}}}, {.feature_groups = 2}) ==
        "error: filters f32[4,3,4] take 3 input features in each of 2 groups; f32[2,9,4] has 4");
  CHECK(line({{f32, {2, 9, 3}}}, {}) == "error: takes 2 operands; got 1");
}

TEST_CASE("pooling: one number for each window, and back") {
  for (OpCode op : {OpCode::reduce_window_sum, OpCode::reduce_window_max}) {
    CHECK(window(op, {{f32, {9}}}, 2, 2, 0, 0) == "f32[4]");
    CHECK(window(op, {{f16, {U}}}, 2, 2, 0, 0) == "f16[?]");
    CHECK(window(op, {{f32, {9}}}, 3, 1, 1, 1) == "f32[9]");
    CHECK(window(op, {{f32, {1}}}, 3, 1, 0, 0) == "f32[0]");
    CHECK(window(op, {{boolean, {9}}}, 2, 2, 0, 0) == "error: needs a tensor of numbers; got bool[9]");
    CHECK(window(op, {{f32, {9}}}, -1, 1, 0, 0) == "error: axis 0 of f32[9]: window -1 is not positive");
  }
  CHECK(window(OpCode::select_and_scatter_add, {{f32, {9}}, {f32, {4}}}, 2, 2, 0, 0) == "f32[9]");
  CHECK(window(OpCode::select_and_scatter_add, {{f32, {9}}, {f64, {4}}}, 2, 2, 0, 0) ==
        "error: needs one number for each window, f32[4] for f32[9]; got f64[4]");
  CHECK(window(OpCode::select_and_gather, {{f32, {9}}, {f32, {9}}}, 2, 2, 0, 0) == "f32[4]");
  CHECK(window(OpCode::select_and_gather, {{f32, {9}}, {f32, {4}}}, 2, 2, 0, 0) ==
        "error: needs values like f32[9]; got f32[4]");
}

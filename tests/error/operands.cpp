// Mistakes with the operands of ops: the type of error, its text, and the line it points to.
#include <limits>

#include <catch2/catch.hpp>

#include "tests/error/expect.h"

using namespace etch;
using etch::test::expect_error;

TEST_CASE("shapes that do not broadcast") {
  Tensor a = ones({2, 3}), b = ones({4});
  expect_error<UserError>([&] { a *b; }, __LINE__,
                          "[mul] shapes [2,3] and [4] do not broadcast: axis -1 (from the end) has extents 3 and 4");
  auto f = function([&](Tensor x) { return x - b; });
  expect_error<UserError>([&] { f(a); }, __LINE__ - 1, "[sub] shapes [2,3] and [4] do not broadcast");
}

// It took the lowest bits: u8 above 300 was u8 above 44.
TEST_CASE("a number that the dtype does not hold") {
  Tensor bytes = ones({2}, u8), numbers = ones({2}, i32);
  expect_error<UserError>([&] { greater(bytes, 300); }, __LINE__,
                          "[greater] the number 300 does not fit u8, which holds 0 to 255; a larger dtype holds it");
  expect_error<UserError>([&] { bytes * -1; }, __LINE__, "[mul] the number -1 does not fit u8");
  expect_error<UserError>([&] { numbers + (int64_t{1} << 31); }, __LINE__,
                          "[add] the number 2147483648 does not fit i32, which holds -2147483648 to 2147483647");
  expect_error<UserError>([&] { constant({1, 256}, u8); }, __LINE__, "[constant] the number 256 does not fit u8");
  expect_error<UserError>([&] { full({2}, -1, u8); }, __LINE__, "[full] the number -1 does not fit u8");
  expect_error<UserError>([&] { Variable(bytes).assign(256); }, __LINE__, "[assign] the number 256 does not fit u8");
  CHECK(bitwise_and(numbers, 0xFFFFFFFF).to_vector<int>() == std::vector{1, 1});
  CHECK((bytes + 255).to_vector<uint8_t>() == std::vector<uint8_t>{0, 0});
}

TEST_CASE("a number that i64 does not hold") {
  const uint64_t most = std::numeric_limits<uint64_t>::max();
  expect_error<UserError>([&] { ones({2}, f64) + most; }, __LINE__,
                          "the number 18446744073709551615 does not fit i64, the widest integer dtype");
  expect_error<UserError>([&] { Scalar{most}; }, __LINE__, "write it as a floating-point number");
  CHECK((ones({1}, i64) + (most >> 1)).to_vector<int64_t>()[0] == std::numeric_limits<int64_t>::min());
}

TEST_CASE("a function that needs floats") {
  Tensor n = constant({1, 2});
  expect_error<UserError>([&] { exp(n); }, __LINE__,
                          "[exp] needs a floating-point tensor; got i32[2]; convert it with etch::cast(x, etch::f32)");
}

TEST_CASE("arithmetic on bools") {
  Tensor p = constant({true, false});
  expect_error<UserError>([&] { p *p; }, __LINE__,
                          "[mul] needs a tensor of numbers; got bool[2]; convert it with etch::cast(x, etch::i32)");
}

TEST_CASE("logic on numbers") {
  Tensor x = constant({1.f});
  expect_error<UserError>([&] { x & x; }, __LINE__,
                          "[logical_and] needs a boolean tensor; got f32[1]; compare first, as in x != 0");
}

TEST_CASE("an empty tensor") {
  Tensor empty;
  expect_error<UserError>([&] { empty + 1.f; }, __LINE__, "an empty Tensor was used");
}

TEST_CASE("an axis out of range") {
  Tensor x = ones({2, 3});
  expect_error<UserError>([&] { sum(x, 2); }, __LINE__, "[sum] axis 2 is out of range for rank 2; use -2 to 1");
  expect_error<UserError>([&] { cumsum(x, -3); }, __LINE__, "[cumsum] axis -3 is out of range for rank 2; use -2 to 1");
  expect_error<UserError>([&] { expand_dims(x, 5); }, __LINE__, "[expand_dims] axis 5 is out of range for rank 3");
}

// The message advised to convert to another dtype.
TEST_CASE("updates of another shape than indices pick") {
  Tensor x = ones({2, 3});
  auto mistake = [&] { scatter_add(x, constant({0, 1}), ones({2, 4})); };
  expect_error<UserError>(
      [&] { scatter_add(x, constant({0, 1}), ones({2, 4})); }, __LINE__,
      "[scatter_add] updates at indices i32[2] along axis 0 of f32[2,3] are f32[2,3]; got f32[2,4]");
  CHECK_THROWS_WITH(mistake(), !Catch::Contains("cast"));
}

TEST_CASE("an index out of range") {
  Tensor x = ones({2, 3});
  expect_error<UserError>([&] { x[2]; }, __LINE__, "index 2 is out of range; use -2 to 1");
  expect_error<UserError>([&] { x[0][0][0]; }, __LINE__, "[slice] f32[] is a scalar, which has no parts");
  expect_error<UserError>([&] { take(ones({0}), constant({0})); }, __LINE__,
                          "[take] index 0 is outside axis 0 of f32[0], which is empty");
  expect_error<UserError>([&] { take(x, constant({0, 3}), 1); }, __LINE__,
                          "[take] index 3 is outside axis 1 of f32[2,3]; indices are 0 to 2");
}

TEST_CASE("a matrix product that does not fit") {
  expect_error<UserError>([&] { matmul(ones({2, 3}), ones({2, 3})); }, __LINE__,
                          "[matmul] inner extents 3 of f32[2,3] and 2 of f32[2,3] differ");
  expect_error<UserError>([&] { matmul(ones({2}), 2.f); }, __LINE__, "use * to multiply by a number");
}

TEST_CASE("a reshape that changes the number of elements") {
  expect_error<UserError>([&] { reshape(ones({2, 3}), {4}); }, __LINE__,
                          "[reshape] f32[2,3] has 6 elements, which do not fill shape [4]; the product");
  expect_error<UserError>(
      [&] { reshape(ones({2, 3}), {4, -1}); }, __LINE__,
      "[reshape] f32[2,3] has 6 elements, which do not fill shape [4,?]; they are no multiple of 4");
  expect_error<UserError>([&] { reshape(ones({2, 3}), {-1, -1}); }, __LINE__,
                          "[reshape] only one extent may be left open with -1");
}

TEST_CASE("rows of different lengths") {
  expect_error<UserError>([&] { constant({{1, 2}, {3}}); }, __LINE__,
                          "[constant] lists of different lengths at depth 1: 2 and 1");
}

TEST_CASE("the wrong C++ type, or more than one element, in item") {
  Tensor x = constant({1.f, 2.f});
  expect_error<UserError>([&] { x.to_vector<double>(); }, __LINE__,
                          "[to_vector] the tensor is f32[2] but f64 was asked for");
  expect_error<UserError>([&] { x.item<float>(); }, __LINE__,
                          "[item] needs a tensor with one element; this one is f32[2]");
}

TEST_CASE("labels of the wrong kind") {
  expect_error<UserError>([&] { sparse_softmax_cross_entropy(ones({2, 3}), ones({2})); }, __LINE__,
                          "labels are integers");
}

// A limit that became -1 passed for an unknown one.
TEST_CASE("ranges that are not inside") {
  Tensor x = ones({2, 3});
  expect_error<UserError>([&] { x[{Range(0, 9)}]; }, __LINE__,
                          "[slice] axis 0 of f32[2,3]: the range from 0 to 9 is not inside");
  expect_error<UserError>([&] { x[{Range(0, -3)}]; }, __LINE__,
                          "axis 0 of f32[2,3]: the range from 0 to -3 is not inside");
  expect_error<UserError>([&] { x[{Range(-9, 2)}]; }, __LINE__, "the range from -9 to 2 is not inside");
  expect_error<UserError>([&] { x[{Range(3, Range::kEnd)}]; }, __LINE__, "the range from 3 to the end is not inside");
  expect_error<UserError>([&] { x[{Range(2, 1)}]; }, __LINE__,
                          "the range from 2 to 1 ends before it begins; use etch::reverse for the other direction");
  expect_error<UserError>([&] { ones({0})[0]; }, __LINE__, "index 0 is out of range; there are no elements");
}

TEST_CASE("negative extents") {
  Generator generator(1);
  expect_error<UserError>([&] { zeros({-3}); }, __LINE__, "[zeros] extent -3 in [-3] is negative");
  expect_error<UserError>([&] { broadcast_to(ones({2}), {-3, 2}); }, __LINE__, "extent -3 in [-3,2] is negative");
  expect_error<UserError>([&] { generator.uniform({-3}); }, __LINE__, "extent -3 in [-3] is negative");
  expect_error<UserError>([&] { zeros({-1}); }, __LINE__, "[zeros] shape [?] has an unknown extent");
}

TEST_CASE("paddings that are not one for each axis") {
  expect_error<UserError>([&] { pad(ones({6}), {{1, 0}, {1, 1}}); }, __LINE__,
                          "[pad] 2 paddings for f32[6], which has rank 1; give one for each axis");
}

TEST_CASE("an index in braces out of range") {
  expect_error<UserError>([&] { ones({2, 3})[{5}]; }, __LINE__, "5");
}

TEST_CASE("conditions and negations, which have no room for their line, name that of their operand") {
  Tensor many = ones({2}) > 0.f;
  int line = __LINE__ - 1;
  expect_error<UserError>([&] { static_cast<void>(static_cast<bool>(many)); }, line, "reduce it first");
  Tensor number = ones({2}) + 1.f;
  line = __LINE__ - 1;
  expect_error<UserError>([&] { !number; }, line, "logical_not");
}

TEST_CASE("a cotangent that does not fit, of a function of three or four arguments") {
  auto f = [](Tensor a, Tensor b, Tensor c) { return a * b + c; };
  expect_error<UserError>([&] { vjp(f, ones({2}), ones({2}), ones({2})).second(ones({3})); }, __LINE__, "[3]");
  auto g = [](Tensor a, Tensor b, Tensor c, Tensor d) { return a * b + c * d; };
  expect_error<UserError>([&] { vjp(g, ones({2}), ones({2}), ones({2}), ones({2})).second(ones({3})); }, __LINE__,
                          "[3]");
}

TEST_CASE("a device that does not exist") {
  expect_error<DeviceError>([&] { DeviceScope scope("gpu:0"); }, __LINE__,
                            "there is no device 'gpu:0'; this machine has cpu:0");
  CHECK(current_device().name() == "cpu:0");
}

TEST_CASE("the truth of many elements") {
  CHECK_THROWS_WITH(static_cast<bool>(ones({2}) > 0.f), Catch::Contains("reduce it first with etch::any or etch::all"));
}

TEST_CASE("running results of what has none") {
  expect_error<UserError>([&] { cumprod(constant({true})); }, __LINE__,
                          "[cumprod] needs a tensor of numbers; got bool[1]");
  expect_error<UserError>([&] { linear_scan(ones({3}), ones({4})); }, __LINE__,
                          "[linear_scan] factors and terms differ: f32[3] and f32[4]");
}

TEST_CASE("segments that do not fit") {
  expect_error<UserError>([&] { segment_sum(ones({3, 2}), constant({0, 1}), 2); }, __LINE__,
                          "[segment_sum] segments i32[2] are not the leading axes of f32[3,2]");
  expect_error<UserError>([&] { segment_sum(ones({3}), constant({0, 1, 2}), -1); }, __LINE__,
                          "[segment_sum] num_segments is -1; expected 0 or more");
}

TEST_CASE("attention over what does not fit") {
  const std::string name = "[dot_product_attention] ";
  expect_error<UserError>([&] { dot_product_attention(constant({{1}}), ones({1, 1}), ones({1, 1})); }, __LINE__,
                          name + "needs a floating-point tensor; got i32[1,1]");
  expect_error<UserError>([&] { dot_product_attention(ones({2}), ones({2}), ones({2})); }, __LINE__,
                          name + "query, key and value need one rank of at least 2; got f32[2], f32[2] and f32[2]");
  expect_error<UserError>([&] { dot_product_attention(ones({2, 3}), ones({4, 5}), ones({4, 5})); }, __LINE__,
                          name + "query f32[2,3] and key f32[4,5] differ in their last axis, the depth");
  expect_error<UserError>([&] { dot_product_attention(ones({2, 3}), ones({4, 3}), ones({5, 3})); }, __LINE__,
                          name + "key f32[4,3] and value f32[5,3] differ in their length, axis 0");
  expect_error<UserError>([&] { dot_product_attention(ones({4, 2, 3}), ones({3, 2, 3}), ones({3, 2, 3})); }, __LINE__,
                          name + "the 4 heads of query f32[4,2,3] are no multiple of the 3 of key f32[3,2,3]");
  const Tensor one = ones({1, 4, 2, 3});
  expect_error<UserError>([&] { dot_product_attention(ones({5, 4, 2, 3}), one, one); }, __LINE__,
                          name + "axis 0 of query, key and value differs: f32[5,4,2,3], f32[1,4,2,3] and f32[1,4,2,3]");
  const Tensor x = ones({2, 3}), y = ones({4, 3});
  expect_error<UserError>([&] { dot_product_attention(x, y, y, {.mask = constant({1, 0, 1, 1})}); }, __LINE__,
                          name + "a mask is of bool or floating-point; got i32[4]; compare first, as in mask != 0");
  expect_error<UserError>([&] { dot_product_attention(x, y, y, {.mask = ones({3, 4})}); }, __LINE__,
                          name + "mask f32[3,4] does not fit the scores, f32[2,4]: each axis but the last may be 1");
  expect_error<UserError>([&] { dot_product_attention(x, y, y, {.mask = ones({1, 2, 4})}); }, __LINE__,
                          name + "mask f32[1,2,4] does not fit the scores, f32[2,4]");
}

TEST_CASE("attention over extents that turn out not to fit") {
  Options options;
  options.input_signature = {Spec{f32, {kDynamic, 3}}, Spec{f32, {kDynamic, kDynamic}}};
  auto f = function([](Tensor q, Tensor k) { return dot_product_attention(q, k, k); }, options);
  CHECK(f(ones({2, 3}), ones({4, 3})).shape() == Shape{2, 3});
  CHECK_THROWS_WITH(f(ones({2, 3}), ones({4, 5})), Catch::Contains("depths of queries and keys"));
}

TEST_CASE("tensors that do not stack") {
  Tensor x = ones({2}), none;
  expect_error<UserError>([&] { stack({}); }, __LINE__, "[stack] needs at least one tensor");
  expect_error<UserError>([&] { stack({x, ones({3})}); }, __LINE__,
                          "[stack] all tensors need one shape; got [2] and [3]");
  expect_error<UserError>([&] { stack({x, none}); }, __LINE__, "an empty Tensor was used");
  expect_error<UserError>([&] { stack({x, x}, 2); }, __LINE__, "[stack] axis 2 is out of range for rank 2");
  auto f = function([](Tensor x, Tensor y) { return stack({x, y}); });
  expect_error<UserError>([&] { f(x, ones({3})); }, __LINE__ - 1, "[stack] all tensors need one shape");
}

TEST_CASE("elements that do not fill a shape") {
  std::vector<float> six(6);
  expect_error<UserError>([&] { from_vector(six, {5}); }, __LINE__, "[constant] 6 elements do not fill shape [5]");
  expect_error<UserError>([&] { from_vector(six, {-1, 6}); }, __LINE__,
                          "[constant] 6 elements do not fill shape [?,6]");
  expect_error<UserError>([&] { from_vector(six, {-2, -3}); }, __LINE__, "[constant] 6 elements do not fill shape");
}

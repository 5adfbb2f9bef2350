// einsum against sums written out: every index of every label, in long double.
#include <catch2/catch.hpp>

#include <map>

#include "tests/numeric/row.h"

using namespace etch;
using namespace numeric;

namespace {

using Real = long double;

struct Case {
  std::string text;  // with letters only and an explicit result
  std::vector<Shape> shapes;
};

/// The sum over all assignments of indices to letters.
Array einsum_reference(const Case &test, const std::vector<Array> &operands) {
  std::vector<std::string> terms(1);
  std::string result;
  for (size_t i = 0; i < test.text.size(); ++i) {
    if (test.text[i] == '-') {
      result = test.text.substr(i + 2);
      break;
    }
    if (test.text[i] == ',')
      terms.emplace_back();
    else
      terms.back() += test.text[i];
  }
  std::map<char, int64_t> extents;
  for (size_t i = 0; i < terms.size(); ++i)
    for (size_t axis = 0; axis < terms[i].size(); ++axis)
      extents[terms[i][axis]] = test.shapes[i][static_cast<int>(axis)];
  Shape shape, all;
  std::string letters;
  for (char c : result) shape.push_back(extents[c]);
  for (auto [letter, extent] : extents) letters += letter, all.push_back(extent);
  Array sum = generate(shape, [](const Position &) { return 0; });
  for_each_position(all, [&](const Position &p) {
    auto at = [&](const std::string &term) {
      Position own;
      for (char c : term) own.push_back(p[letters.find(c)]);
      return own;
    };
    Real product = 1;
    for (size_t i = 0; i < terms.size(); ++i) product *= operands[i][at(terms[i])];
    sum[at(result)] += product;
  });
  return sum;
}

const std::vector<Case> kCases = {
    {"ij,jk->ik", {{3, 17}, {17, 5}}},
    {"ij,jk->ki", {{3, 4}, {4, 5}}},
    {"ij,kj->ik", {{3, 4}, {5, 4}}},
    {"bij,bjk->bik", {{2, 3, 4}, {2, 4, 5}}},
    {"bqhd,bkhd->bhqk", {{2, 3, 2, 7}, {2, 5, 2, 7}}},
    {"bhqk,bkhd->bqhd", {{2, 2, 3, 5}, {2, 5, 2, 7}}},
    {"i,i->", {{33}, {33}}},
    {"i,j->ij", {{3}, {4}}},
    {"ij,j->ij", {{3, 4}, {4}}},
    {"ij->ji", {{3, 4}}},
    {"ij->", {{3, 4}}},
    {"ij->j", {{3, 4}}},
    {"ii->i", {{5, 5}}},
    {"ii->", {{5, 5}}},
    {"iij->ji", {{3, 3, 4}}},
    {"ijij->ij", {{2, 3, 2, 3}}},
    {"ij,jk,kl->il", {{2, 3}, {3, 4}, {4, 5}}},
    {"ij,ik->jk", {{6, 2}, {6, 3}}},
    {"ij,k->ik", {{3, 4}, {5}}},
    {"abc,cd,bd->ad", {{2, 3, 4}, {4, 5}, {3, 5}}},
    {"i,i,i->i", {{7}, {7}, {7}}},
    {",ij->ij", {{}, {2, 3}}},
    {"ij,jk->ik", {{3, 0}, {0, 5}}},
    {"i->i", {{1}}},
};

std::string name_of_case(const Case &test) {
  std::string name = test.text;
  for (const Shape &shape : test.shapes) name += " " + to_string(shape);
  return name;
}

}  // namespace

TEST_CASE("einsum is the sum it stands for") {
  Report report;
  for (const Case &test : kCases)
    for (DType dtype : {f64, f32, i32}) {
      std::vector<Array> operands;
      Tensors inputs;
      for (size_t i = 0; i < test.shapes.size(); ++i) {
        operands.push_back(sample(test.shapes[i], dtype, -3, 3, 7 + i));
        inputs.push_back(tensor_of(operands.back(), dtype));
      }
      Array expected = einsum_reference(test, operands);
      Body body = [&](const Tensors &in) { return Tensors{einsum(test.text, Operands(in.begin(), in.end()))}; };
      Tensors eager = run_eager(body, inputs, Policy::strict), strict = run_compiled(body, inputs, Policy::strict);
      Real error = dtype == i32 ? 0 : 400 * epsilon(dtype);
      require_within(report, name_of_case(test), eager[0], expected,
                     generate(expected.shape, [&](const Position &) { return error; }));
      require_bits(report, name_of_case(test) + " compiled", strict[0], eager[0]);
    }
  REQUIRE_CLEAN(report);
}

TEST_CASE("derivatives of einsum") {
  Report report;
  for (const Case &test : kCases) {
    Tensors inputs;
    for (size_t i = 0; i < test.shapes.size(); ++i)
      inputs.push_back(tensor_of(sample(test.shapes[i], f64, -1, 1, 3 + i), f64));
    if (inputs[0].size() > 40 || inputs[0].size() == 0) continue;
    require_gradients(
        report, name_of_case(test),
        [&](const Tensors &in) { return einsum(test.text, Operands(in.begin(), in.end())); }, inputs);
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("einsum's short forms") {
  Report report;
  PolicyScope strict(Policy::strict);
  Tensor a = tensor_of(sample({2, 3, 4}, f64, -1, 1, 1), f64), b = tensor_of(sample({4, 5}, f64, -1, 1, 2), f64),
         square = tensor_of(sample({3, 3}, f64, -1, 1, 3), f64), c = tensor_of(sample({2, 4, 5}, f64, -1, 1, 4), f64);
  require_bits(report, "no result", einsum("ij,jk", {square, square}), einsum("ij,jk->ik", {square, square}));
  require_bits(report, "alphabetical", einsum("ba", {square}), transpose(square));
  require_bits(report, "trace", einsum("ii", {square}), einsum("ii->", {square}));
  require_bits(report, "spaces", einsum(" i j , j k -> i k ", {square, square}), einsum("ij,jk->ik", {square, square}));
  require_bits(report, "open axes", einsum("...j,jk->...k", {a, b}), einsum("xyj,jk->xyk", {a, b}));
  require_bits(report, "open axes of both", einsum("...ij,...jk->...ik", {a, c}), einsum("bij,bjk->bik", {a, c}));
  require_bits(report, "open axes, no result", einsum("...ij,...jk", {a, c}), einsum("bij,bjk->bik", {a, c}));
  require_bits(report, "open axes of one", einsum("...ij,jk->...ik", {a, b}), einsum("bij,jk->bik", {a, b}));
  CHECK(einsum("i,i", {etch::constant({1, 2}), etch::constant({0.5f, 1.f})}).item<float>() == 2.5f);
  // Unknown extents.
  auto open = etch::function(
      [](Tensor x, Tensor y) { return einsum("ij,jk->ki", {x, y}); },
      {.input_signature = {{f64, {kDynamic, kDynamic}}, {f64, {kDynamic, kDynamic}}}, .policy = Policy::strict});
  require_bits(report, "unknown extents", open(square, square), einsum("ij,jk->ki", {square, square}));
  REQUIRE_CLEAN(report);
}

// AttributeView, and which ops have a rule.
#include <catch2/catch.hpp>

#include "ir/infer/infer.h"

using namespace etch;
using namespace etch::ir;

TEST_CASE("attributes are found by name and checked by kind") {
  const Literal literal{{f32, {2}}, std::make_shared<std::vector<std::byte>>(8), false};
  const Attribute attributes[] = {{"axis", int64_t{3}},
                                  {"axes", std::vector<int64_t>{0, 1}},
                                  {"format", std::string("{}")},
                                  {"dtype", i32},
                                  {"value", literal}};
  const AttributeView view(attributes);
  CHECK(view.integer("axis") == 3);
  CHECK(view.integers("axes") == std::vector<int64_t>{0, 1});
  CHECK(view.string("format") == "{}");
  CHECK(view.dtype("dtype") == i32);
  CHECK(view.literal("value") == literal);

  CHECK_THROWS_AS(view.integer("sizes"), InternalError);
  CHECK_THROWS_WITH(view.integer("sizes"), Catch::Contains("attribute 'sizes' is missing"));
  CHECK_THROWS_WITH(view.integer("axes"), Catch::Contains("attribute 'axes' is not an integer"));
  CHECK_THROWS_WITH(view.integers("axis"), Catch::Contains("attribute 'axis' is not a list of integers"));
  CHECK_THROWS_WITH(view.string("axis"), Catch::Contains("attribute 'axis' is not a string"));
  CHECK_THROWS_WITH(view.dtype("axis"), Catch::Contains("attribute 'axis' is not a dtype"));
  CHECK_THROWS_WITH(view.literal("axis"), Catch::Contains("attribute 'axis' is not a literal"));
}

// Every op of the seven families has a rule: without operands it says what it takes, or asks for its attributes.
TEST_CASE("ops that compute have a rule, ops that hold others have none") {
  struct {
    OpCode op;
    const char *name;
  } const ops[] = {
#define ETCH_OP(mnemonic, family) {OpCode::mnemonic, #mnemonic},
#define ETCH_OP_KEYWORD(identifier, mnemonic, family) {OpCode::identifier, #mnemonic},
#include "ir/tape/op_codes.inc"
#undef ETCH_OP
#undef ETCH_OP_KEYWORD
  };
  for (const auto &[op, name] : ops) {
    INFO(name);
    std::string message;
    try {
      message = infer(op, {}, AttributeView({})).error;
      CHECK_FALSE(message.empty());
    } catch (const InternalError &error) {
      message = error.message();
    }
    const Family family = family_of(op);
    if (family == Family::Control || family == Family::State || family == Family::Schedule)
      CHECK_THAT(message, Catch::Contains(std::string(name) + " has no rule for its result types"));
    else
      CHECK_THAT(message, Catch::StartsWith("takes ") || Catch::StartsWith("needs ") || Catch::Contains("is missing"));
  }
}

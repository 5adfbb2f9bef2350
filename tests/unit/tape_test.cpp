// The tape: ids, what hash and equality see, and the listing.
#include "ir/tape/tape.h"

#include <catch2/catch.hpp>

using namespace etch;
using namespace etch::ir;

namespace {

const TensorType vec{f32, {2}}, flag{boolean, {}}, count{i64, {}};

Node node(OpCode op, std::vector<ValueId> operands, std::vector<Attribute> attributes = {}) {
  Node result;
  result.op = op;
  result.operands = std::move(operands);
  result.attributes = std::move(attributes);
  return result;
}

Literal literal(float a, float b) {
  const float elements[] = {a, b};
  auto *bytes = reinterpret_cast<const std::byte *>(elements);
  return {vec, std::make_shared<std::vector<std::byte>>(bytes, bytes + sizeof(elements)), false};
}

/// f(x) = x op x.
std::shared_ptr<Tape> doubled(OpCode op = OpCode::add) {
  auto tape = std::make_shared<Tape>();
  tape->name = "doubled";
  const ValueId x = tape->add_argument(vec, Argument::Kind::parameter, "x");
  tape->results = {tape->add_node(node(op, {x, x}), {vec})};
  tape->updates = {-1};
  return tape;
}

/// A region that yields `outer + outer`.
std::unique_ptr<Tape> adding_region(ValueId outer, OpCode op = OpCode::add) {
  auto region = std::make_unique<Tape>();
  const ValueId x = region->add_capture(outer, vec);
  region->results = {region->add_node(node(op, {x, x}), {vec})};
  return region;
}

/// f(p, x) = p ? x + x : x op x.
std::shared_ptr<Tape> branching(OpCode op = OpCode::mul) {
  auto tape = std::make_shared<Tape>();
  const ValueId p = tape->add_argument(flag, Argument::Kind::parameter, "p");
  const ValueId x = tape->add_argument(vec, Argument::Kind::parameter, "x");
  Node branch = node(OpCode::if_, {p});
  branch.regions.push_back(adding_region(x));
  branch.regions.push_back(adding_region(x, op));
  tape->results = {tape->add_node(std::move(branch), {vec})};
  return tape;
}

/// f(x) = callee(x).
std::shared_ptr<Tape> calling(std::shared_ptr<const Tape> callee) {
  auto tape = std::make_shared<Tape>();
  const ValueId x = tape->add_argument(vec, Argument::Kind::parameter, "x");
  tape->results = {tape->add_node(node(OpCode::call, {x}, {{"callee", std::move(callee)}}), {vec})};
  return tape;
}

/// f(x) = op(x) with one attribute.
std::shared_ptr<Tape> attributed(AttributeValue value, const char *name = "value") {
  auto tape = std::make_shared<Tape>();
  const ValueId x = tape->add_argument(vec, Argument::Kind::parameter, "x");
  tape->results = {tape->add_node(node(OpCode::cast, {x}, {{name, std::move(value)}}), {vec})};
  return tape;
}

void check_same(const Tape &a, const Tape &b) {
  CHECK(a.equals(b));
  CHECK(b.equals(a));
  CHECK(a.hash() == b.hash());
}

void check_different(const Tape &a, const Tape &b) {
  CHECK_FALSE(a.equals(b));
  CHECK_FALSE(b.equals(a));
  CHECK(a.hash() != b.hash());
}

}  // namespace

TEST_CASE("op codes know their names and families") {
  CHECK(mnemonic_of(OpCode::reduce_sum) == "reduce_sum");
  CHECK(mnemonic_of(OpCode::while_) == "while");
  CHECK(family_of(OpCode::reduce_sum) == Family::Reduction);
  CHECK(family_of(OpCode::for_) == Family::Control);
  CHECK(family_of(OpCode::launch) == Family::Schedule);
}

TEST_CASE("values are numbered in the order they appear") {
  Tape tape;
  CHECK(tape.add_argument(vec, Argument::Kind::parameter, "x") == 0);
  CHECK(tape.add_node(node(OpCode::exp, {0}), {vec}) == 1);
  CHECK(tape.add_argument(flag, Argument::Kind::captured, "late") == 2);
  CHECK(tape.add_node(node(OpCode::while_, {0, 1}), {vec, count}) == 3);
  CHECK(tape.add_node(node(OpCode::print, {3}), {}) == 5);
  CHECK(tape.types == std::vector<TensorType>{vec, vec, flag, vec, count});
  CHECK(tape.nodes[1].first_result == 3);
  CHECK(tape.nodes[1].num_results == 2);
  CHECK(tape.nodes[2].num_results == 0);
}

TEST_CASE("a region captures an outer value once") {
  Tape region;
  CHECK(region.add_argument(count, Argument::Kind::parameter, "i") == 0);
  CHECK(region.add_capture(7, vec) == 1);
  CHECK(region.add_capture(9, flag) == 2);
  CHECK(region.add_capture(7, vec) == 1);
  CHECK(region.captures.size() == 2);
  CHECK(region.types == std::vector<TensorType>{count, vec, flag});
}

TEST_CASE("tapes recorded alike are equal") {
  check_same(*doubled(), *doubled());
  check_same(*branching(), *branching());
  check_same(*calling(doubled()), *calling(doubled()));
  check_same(Tape(), Tape());
}

// Two calls from different lines of a program, or through differently named parameters, share compiled code.
TEST_CASE("names and locations make no difference") {
  auto tape = doubled();
  tape->name = "other";
  tape->location = Location("model.cpp", 3, 1);
  tape->arguments[0].name = "y";
  tape->nodes[0].location = Location("model.cpp", 4, 2);
  check_same(*doubled(), *tape);
}

TEST_CASE("what a tape computes makes a difference") {
  check_different(*doubled(OpCode::add), *doubled(OpCode::mul));

  auto result = doubled();
  result->results = {0};
  check_different(*doubled(), *result);

  auto update = doubled();
  update->updates = {0};
  check_different(*doubled(), *update);

  auto variable = doubled();
  variable->arguments[0].kind = Argument::Kind::variable;
  check_different(*doubled(), *variable);

  auto shape = doubled();
  shape->types[0].shape = {kDynamic};
  check_different(*doubled(), *shape);

  auto dtype = doubled();
  dtype->types[0].dtype = i32;  // as many bytes
  check_different(*doubled(), *dtype);

  auto unused = doubled();
  unused->add_node(node(OpCode::print, {0}, {{"format", std::string("{}")}}), {});
  check_different(*doubled(), *unused);
}

TEST_CASE("operands and their segments make a difference") {
  auto tape = [](std::vector<ValueId> operands, std::vector<int32_t> segments) {
    auto result = std::make_shared<Tape>();
    for (const char *name : {"x", "y"}) result->add_argument(vec, Argument::Kind::parameter, name);
    Node vjp = node(OpCode::vjp, std::move(operands));
    vjp.segments = std::move(segments);
    result->results = {result->add_node(std::move(vjp), {vec})};
    return result;
  };
  check_same(*tape({0, 1}, {1, 1}), *tape({0, 1}, {1, 1}));
  check_different(*tape({0, 1}, {1, 1}), *tape({1, 0}, {1, 1}));
  check_different(*tape({0, 1}, {1, 1}), *tape({0, 1}, {2, 0}));
}

TEST_CASE("attributes of every kind make a difference") {
  const std::pair<AttributeValue, AttributeValue> pairs[] = {
      {int64_t{1}, int64_t{2}},
      {std::vector<int64_t>{0, 1}, std::vector<int64_t>{1, 0}},
      {std::vector<int64_t>{}, std::vector<int64_t>{0}},
      {std::string("{}"), std::string("{} ")},
      {f32, f64},
      {int64_t{1}, std::vector<int64_t>{1}},
      {literal(1, 2), literal(1, 3)},
      {literal(0.f, 2), literal(-0.f, 2)},
      {std::shared_ptr<const Tape>(doubled()), std::shared_ptr<const Tape>(doubled(OpCode::mul))},
  };
  for (const auto &[a, b] : pairs) {
    INFO("kinds " << a.index() << " and " << b.index());
    check_same(*attributed(a), *attributed(a));
    check_different(*attributed(a), *attributed(b));
  }
  CHECK_FALSE(attributed(int64_t{1}, "axis")->equals(*attributed(int64_t{1}, "id")));
}

TEST_CASE("literals are compared by their bytes") {
  CHECK(literal(1, 2) == literal(1, 2));
  CHECK_FALSE(literal(1, 2) == literal(2, 1));
  check_same(*attributed(literal(1, 2)), *attributed(literal(1, 2)));

  Literal splat = literal(1, 1), other_type = literal(1, 2);
  splat.splat = true;
  other_type.type = {i32, {2}};
  CHECK_FALSE(splat == literal(1, 1));
  CHECK_FALSE(other_type == literal(1, 2));
  check_different(*attributed(splat), *attributed(literal(1, 1)));
  check_different(*attributed(other_type), *attributed(literal(1, 2)));
}

TEST_CASE("regions and callees make a difference") {
  check_different(*branching(OpCode::mul), *branching(OpCode::sub));
  check_different(*calling(doubled(OpCode::add)), *calling(doubled(OpCode::mul)));
  check_different(*calling(calling(doubled(OpCode::add))), *calling(calling(doubled(OpCode::mul))));

  // The same region, of another outer value.
  auto region_of = [](ValueId outer) {
    auto tape = std::make_shared<Tape>();
    for (const char *name : {"x", "y"}) tape->add_argument(vec, Argument::Kind::parameter, name);
    tape->add_argument(flag, Argument::Kind::parameter, "p");
    Node branch = node(OpCode::if_, {2});
    for (int i = 0; i < 2; ++i) branch.regions.push_back(adding_region(outer));
    tape->results = {tape->add_node(std::move(branch), {vec})};
    return tape;
  };
  check_same(*region_of(0), *region_of(0));
  check_different(*region_of(0), *region_of(1));
}

// The hash is a key on disk: another process must find it.
TEST_CASE("the hash does not depend on addresses") {
  auto callee = doubled();
  check_same(*calling(callee), *calling(doubled()));
  CHECK(branching()->hash() == branching()->hash());
}

TEST_CASE("listing of a function") {
  CHECK(to_string(*doubled()) ==
        "%0 = argument x : f32[2]\n"
        "%1 = add %0, %0 : f32[2]\n"
        "return %1\n");
  CHECK(to_string(*calling(doubled())) ==
        "%0 = argument x : f32[2]\n"
        "%1 = call %0 : f32[2]\n"
        "return %1\n");
}

TEST_CASE("listing of regions, of ops with several results and with none") {
  CHECK(to_string(*branching()) ==
        "%0 = argument p : bool[]\n"
        "%1 = argument x : f32[2]\n"
        "%2 = if %0 : f32[2]\n"
        "  %0 = outer %1\n"
        "  %1 = add %0, %0 : f32[2]\n"
        "  return %1\n"
        "  %0 = outer %1\n"
        "  %1 = mul %0, %0 : f32[2]\n"
        "  return %1\n"
        "return %2\n");

  Tape tape;
  tape.add_argument(vec, Argument::Kind::parameter, "x");
  tape.add_node(node(OpCode::print, {0}), {});
  tape.results = {tape.add_node(node(OpCode::call, {0}), {vec, count}), 2};
  CHECK(to_string(tape) ==
        "%0 = argument x : f32[2]\n"
        "print %0\n"
        "%1, %2 = call %0 : f32[2]\n"
        "return %1 %2\n");
}

// Finding an op's line in a tape that is equal but for its lines.
#include "ir/tape/tape_lines.h"

#include <catch2/catch.hpp>

using namespace etch;
using namespace etch::ir;

namespace {

const TensorType vec{f32, {2}};

Node node_at(OpCode op, std::vector<ValueId> operands, uint32_t line) {
  Node node;
  node.op = op;
  node.operands = std::move(operands);
  node.location = Location("model.cpp", line, 1);
  return node;
}

/// Ops at `first`, `first` + 1 (in a callee), `first` + 2 (in a region), `first` + 3.
std::unique_ptr<Tape> tape_from(uint32_t first) {
  auto tape = std::make_unique<Tape>();
  tape->location = Location("main.cpp", first, 1);
  const ValueId x = tape->add_argument(vec, Argument::Kind::parameter, "x");
  const ValueId y = tape->add_node(node_at(OpCode::add, {x, x}, first), {vec});
  auto callee = std::make_shared<Tape>();
  const ValueId a = callee->add_argument(vec, Argument::Kind::parameter, "a");
  callee->results = {callee->add_node(node_at(OpCode::neg, {a}, first + 1), {vec})};
  Node call = node_at(OpCode::call, {y}, first + 3);
  call.attributes = {{"callee", std::shared_ptr<const Tape>(callee)}};
  Node branch = node_at(OpCode::if_, {x}, first + 3);
  branch.regions.push_back(std::make_unique<Tape>());
  const ValueId inner = branch.regions[0]->add_capture(y, vec);
  branch.regions[0]->results = {branch.regions[0]->add_node(node_at(OpCode::exp, {inner}, first + 2), {vec})};
  // The callee and the region come before their ops' own lines are met again.
  tape->add_node(std::move(call), {vec});
  tape->results = {tape->add_node(std::move(branch), {vec})};
  return tape;
}

}  // namespace

TEST_CASE("an op's line in an equal tape") {
  auto known = tape_from(10), now = tape_from(50);
  REQUIRE(now->equals(*known));
  for (uint32_t op : {0u, 1u, 2u, 3u}) {
    const Location found = line_in(*now, *known, Location("model.cpp", 10 + op, 1));
    CHECK(found == Location("model.cpp", 50 + op, 1));
  }
  CHECK(line_in(*now, *known, known->location) == now->location);
  const Location elsewhere("callback.cpp", 3, 1);
  CHECK(line_in(*now, *known, elsewhere) == elsewhere);
}

// The key of a tape: everything that compiled code depends on, and no place in the user's files.
#include "ir/tape/tape_key.h"

#include <catch2/catch.hpp>

#include <functional>
#include <set>

using namespace etch;
using namespace etch::ir;

namespace {

const TensorType vec{f32, {2}};

Literal literal(std::vector<float> elements, bool splat = false) {
  auto *bytes = reinterpret_cast<const std::byte *>(elements.data());
  return {vec, std::make_shared<std::vector<std::byte>>(bytes, bytes + elements.size() * sizeof(float)), splat};
}

std::shared_ptr<Tape> callee() {
  auto tape = std::make_shared<Tape>();
  tape->name = "callee";
  tape->results = {tape->add_argument(vec, Argument::Kind::parameter, "a")};
  return tape;
}

/// A tape with one of everything, changed by `change`.
TapeKey key_with(const std::function<void(Tape &)> &change = [](Tape &) {}) {
  Tape tape;
  tape.name = "f";
  tape.location = Location("model.cpp", 1, 1);
  const ValueId x = tape.add_argument(vec, Argument::Kind::parameter, "x");
  const ValueId v = tape.add_argument(vec, Argument::Kind::variable, "v");
  Node sum;
  sum.op = OpCode::add;
  sum.operands = {x, v};
  sum.location = Location("model.cpp", 2, 1);
  const ValueId y = tape.add_node(std::move(sum), {vec});
  Node constant;
  constant.op = OpCode::constant;
  constant.attributes = {{"value", literal({0.f, 1.f})}};
  constant.location = Location("model.cpp", 3, 1);
  tape.add_node(std::move(constant), {vec});
  Node call;
  call.op = OpCode::call;
  call.operands = {y};
  call.attributes = {{"callee", std::shared_ptr<const Tape>(callee())}, {"axes", std::vector<int64_t>{0, 1}}};
  call.location = Location("model.cpp", 2, 1);
  tape.add_node(std::move(call), {vec});
  Node branch;
  branch.op = OpCode::if_;
  branch.operands = {x};
  branch.segments = {1, 0};
  branch.regions.push_back(std::make_unique<Tape>());
  branch.regions[0]->results = {branch.regions[0]->add_capture(y, vec)};
  branch.location = Location("model.cpp", 4, 1);
  tape.results = {tape.add_node(std::move(branch), {vec}), y};
  tape.result_names = {"out", "v"};
  tape.updates = {-1, 1};
  change(tape);
  return key_of(tape);
}

}  // namespace

TEST_CASE("each part of a tape is in its key") {
  const std::vector<std::function<void(Tape &)>> changes = {
      [](Tape &) {},
      [](Tape &t) { t.name = "g"; },
      [](Tape &t) { t.types[0].dtype = f64; },
      [](Tape &t) { t.types[0].shape = {3}; },
      [](Tape &t) { t.types[0].shape = {kDynamic}; },
      [](Tape &t) { t.types[0].shape = {2, 1}; },
      [](Tape &t) { t.arguments[0].name = "z"; },
      [](Tape &t) { t.arguments[0].kind = Argument::Kind::captured; },
      [](Tape &t) { std::swap(t.arguments[0], t.arguments[1]); },
      [](Tape &t) { t.nodes[0].op = OpCode::mul; },
      [](Tape &t) { t.nodes[0].operands = {1, 0}; },
      [](Tape &t) { t.nodes[1].attributes[0].value = literal({-0.f, 1.f}); },
      [](Tape &t) { t.nodes[1].attributes[0].value = literal({0.f}, true); },
      [](Tape &t) { t.nodes[1].attributes[0].value = int64_t{0}; },
      [](Tape &t) { t.nodes[1].attributes[0].name = "other"; },
      [](Tape &t) { t.nodes[2].attributes[1].value = std::vector<int64_t>{0}; },
      [](Tape &t) { t.nodes[2].attributes[1].value = std::vector<int64_t>{1, 0}; },
      [](Tape &t) { t.nodes[2].attributes[1].value = std::string("01"); },
      [](Tape &t) { t.nodes[2].attributes[1].value = DType::f32; },
      [](Tape &t) {
        auto other = callee();
        other->arguments[0].name = "b";
        t.nodes[2].attributes[0].value = std::shared_ptr<const Tape>(other);
      },
      [](Tape &t) { t.nodes[3].segments = {0, 1}; },
      [](Tape &t) { t.nodes[3].regions[0]->captures[0].outer = 0; },
      [](Tape &t) { t.results = {t.results[1], t.results[0]}; },
      [](Tape &t) { t.result_names[0] = "result"; },
      [](Tape &t) { t.updates = {1, -1}; },
      // Which ops share a line decides which line an error of fused ops names.
      [](Tape &t) { t.nodes[2].location = Location("model.cpp", 9, 1); },
      [](Tape &t) { t.nodes[1].location = t.nodes[0].location; },
  };
  std::set<std::string> keys;
  for (const auto &change : changes) keys.insert(key_with(change).bytes);
  CHECK(keys.size() == changes.size());
}

TEST_CASE("equal calls of one callee differ from calls of two equal ones") {
  auto twice = [](bool same) {
    return key_with([&](Tape &t) {
      Node call;
      call.op = OpCode::call;
      auto first = std::get<std::shared_ptr<const Tape>>(t.nodes[2].attributes[0].value);
      call.attributes = {{"callee", same ? first : std::shared_ptr<const Tape>(callee())}};
      t.add_node(std::move(call), {vec});
    });
  };
  CHECK(twice(true).bytes != twice(false).bytes);
  CHECK(twice(true).bytes == twice(true).bytes);
}

TEST_CASE("a program that moves in its file keeps its key, and its lines are the new ones") {
  const TapeKey before = key_with(), after = key_with([](Tape &t) {
                                       t.location = Location("renamed.cpp", 11, 1);
                                       for (Node &node : t.nodes)
                                         node.location = Location("renamed.cpp", node.location.line + 10, 7);
                                     });
  CHECK(before.bytes == after.bytes);
  REQUIRE(before.lines.size() == after.lines.size());
  CHECK(before.lines[1] == Location("model.cpp", 2, 1));
  CHECK(after.lines[1] == Location("renamed.cpp", 12, 7));
}

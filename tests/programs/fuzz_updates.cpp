// Random programs that write in place: variables, donated arguments, blocks and rows of values, while what was there
// before is still read. (fuzz_graphs.cpp tells how to run more of them, or one again.)
#include <catch2/catch.hpp>

#include "tests/programs/random/check.h"

using namespace etch;
using namespace random_program;

namespace {

Kinds updating() {
  Kinds kinds;
  kinds.variables = kinds.updating = true;
  kinds.dtypes = {f32, f32, f32, f32, f32, bf16, i32, u8};
  kinds.extents = {1, 2, 3, 4, 8, 16, 17, 33};
  return kinds;
}

/// The same elements in memory of their own.
Tensor copy_of(const Tensor &x) {
  Tensor flat = reshape(x, {x.size()});
  return reshape(concatenate({flat, slice(flat, {{0, 0}})}), x.shape());
}

}  // namespace

TEST_CASE("random updates in place give the bits of copies", "[fuzz]") {
  const Kinds kinds = updating();
  fuzz("updates", 25, [&](uint64_t seed, std::string &text) {
    Program program = make_program(seed, kinds, 25);
    // The same tensor twice, for some programs.
    if (seed % 3 == 0) program.inputs.back() = program.inputs[program.inputs.size() - 2];
    return check_program(program, text);
  });
}

TEST_CASE("random updates in place under policy standard, in loops and branches", "[fuzz]") {
  Kinds kinds = updating();
  kinds.control_flow = true;
  kinds.max_elements = 500;
  kinds.dtypes = {i32, i32, i32, u8, i64, boolean};  // numbers without roundings
  fuzz("updates in loops", 25, [&](uint64_t seed, std::string &text) {
    return check_program(make_program(seed, kinds, 18), text, Options{.policy = Policy::standard});
  });
}

TEST_CASE("random large updates in place give the bits of copies", "[fuzz]") {
  Kinds kinds = updating();
  kinds.max_elements = 400000;
  kinds.extents = {1, 3, 16, 100, 257, 1000, 4099};
  fuzz("large updates", 15,
       [&](uint64_t seed, std::string &text) { return check_program(make_program(seed, kinds, 14), text); });
}

TEST_CASE("random donations give the bits of copies", "[fuzz]") {
  const Kinds kinds = [] {
    Kinds kinds = updating();
    kinds.variables = false;
    return kinds;
  }();
  fuzz("donations", 20, [&](uint64_t seed, std::string &text) -> std::string {
    const Program program = make_program(seed, kinds, 18);
    text = program.text();
    shows(text);
    Dice dice(seed);
    State none;
    Options options = strict_options();
    options.donate = {0};
    // What is given away is what results can take the place of; the rest stays.
    const Values eager = program.block.run(program.inputs, none);
    std::vector<bool> is_taken(eager.size()), is_given;
    for (const Tensor &input : program.inputs) {
      size_t i = 0;
      while (i < eager.size() && (is_taken[i] || eager[i].type() != input.type())) ++i;
      is_given.push_back(i < eager.size() && dice.chance(80));
      if (is_given.back()) is_taken[i] = true;
    }
    auto f = etch::function(
        [&](Values given, Values rest) {
          Values inputs;
          for (size_t i = 0, next[2] = {}; i < is_given.size(); ++i)
            inputs.push_back((is_given[i] ? given : rest)[next[is_given[i]]++]);
          return program.block.run(inputs, none);
        },
        options);
    for (int round = 0; round < 2; ++round) {
      Values given, rest;
      for (size_t i = 0; i < is_given.size(); ++i)
        is_given[i] ? given.push_back(copy_of(program.inputs[i])) : rest.push_back(program.inputs[i]);
      if (std::string wrong = compare(eager, f(given, rest), "result"); !wrong.empty()) return wrong;
    }
    return compare(eager, program.block.run(program.inputs, none), "what was not given away changed: result");
  });
}

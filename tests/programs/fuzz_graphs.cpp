// Random programs of public ops: what runs op by op must give the same bits compiled as one function.
//
// A program is made while it runs eagerly: every step picks an op that fits the values there are. The recorded steps
// are then run inside etch::function. The policy is strict, so nothing may differ but the bits of a NaN.
//
//     ETCH_FUZZ_SEEDS=5000 build/bin/etch-programs "[fuzz]"      more programs of every kind
//     ETCH_FUZZ_FIRST=17 ETCH_FUZZ_SEEDS=1 ...                   one program again
//     ETCH_FUZZ_SHOW=1 ...                                       the text of every program, before it runs
#include <catch2/catch.hpp>

#include <cmath>

#include "tests/programs/random/check.h"

using namespace etch;
using namespace random_program;

TEST_CASE("random graphs give the same bits eagerly and compiled", "[fuzz]") {
  fuzz("graph", 60, [](uint64_t seed, std::string &text) { return check_program(make_program(seed, {}, 25), text); });
}

TEST_CASE("random graphs that move elements again and again give the same bits eagerly and compiled", "[fuzz]") {
  Kinds kinds;
  kinds.moving = true;
  kinds.extents = {1, 2, 3, 4, 5, 8, 16, 17, 33};
  fuzz("moves", 60,
       [&](uint64_t seed, std::string &text) { return check_program(make_program(seed, kinds, 15), text); });
}

TEST_CASE("random graphs of points and their coordinates give the same bits eagerly and compiled", "[fuzz]") {
  Kinds kinds;
  kinds.joining = true;
  kinds.max_elements = 100000;
  kinds.extents = {1, 2, 3, 3, 4, 16, 33, 300, 3000, 12000};
  fuzz("points", 40,
       [&](uint64_t seed, std::string &text) { return check_program(make_program(seed, kinds, 20), text); });
}

TEST_CASE("random graphs of numbers of all dtypes, at their edges, give the same bits eagerly and compiled", "[fuzz]") {
  Kinds kinds;
  kinds.mixed = true;
  kinds.dtypes = {f32, f32, f64, f16, bf16, i32, i64, u8, boolean};
  kinds.max_elements = 300;
  fuzz("mixed", 20,
       [&](uint64_t seed, std::string &text) { return check_program(make_program(seed, kinds, 30), text); });
}

TEST_CASE("random graphs that assign variables give the same bits eagerly and compiled", "[fuzz]") {
  Kinds kinds;
  kinds.variables = true;
  fuzz("variables", 40,
       [&](uint64_t seed, std::string &text) { return check_program(make_program(seed, kinds, 20), text); });
}

TEST_CASE("random branches and loops give the same bits eagerly and compiled", "[fuzz]") {
  Kinds kinds;
  kinds.variables = true;
  kinds.control_flow = true;
  kinds.max_elements = 300;
  fuzz("control flow", 40,
       [&](uint64_t seed, std::string &text) { return check_program(make_program(seed, kinds, 15), text); });
}

TEST_CASE("random graphs over large tensors give the same bits split over threads", "[fuzz]") {
  Kinds kinds;
  kinds.max_elements = 600000;
  kinds.extents = {1, 3, 17, 128, 1000, 4099};
  fuzz("large", 15,
       [&](uint64_t seed, std::string &text) { return check_program(make_program(seed, kinds, 12), text); });
}

TEST_CASE("random graphs under policy standard give the same bits on any number of threads", "[fuzz]") {
  Kinds kinds;
  kinds.max_elements = 600000;
  kinds.extents = {1, 3, 17, 64, 128, 1000, 4099};
  fuzz("standard", 15, [&](uint64_t seed, std::string &text) -> std::string {
    const Program program = make_program(seed, kinds, 12);
    text = program.text();
    shows(text);
    State state;
    auto f = etch::function([&](Values inputs) { return program.block.run(inputs, state); },
                            Options{.policy = Policy::standard});
    const int threads = num_threads();
    set_num_threads(1);
    const Values alone = f(program.inputs);
    std::string wrong;
    for (int count : {2, 8})
      if (wrong.empty()) {
        set_num_threads(count);
        wrong = compare(alone, f(program.inputs), "result");
      }
    set_num_threads(threads);
    return wrong;
  });
}

// Numbers in f64 whose roundings are far below what a wrong kernel would do.
TEST_CASE("random graphs under policy standard differ from strict ones by roundings only", "[fuzz]") {
  Kinds kinds;
  kinds.tame = true;
  kinds.max_elements = 20000;
  kinds.extents = {1, 2, 3, 16, 33, 40, 64, 100};
  fuzz("roundings", 60, [&](uint64_t seed, std::string &text) -> std::string {
    const Program program = make_program(seed, kinds, 14);
    text = program.text();
    shows(text);
    State state;
    auto run = [&](const Values &inputs) { return program.block.run(inputs, state); };
    auto strict = etch::function(run, strict_options()),
         standard = etch::function(run, Options{.policy = Policy::standard});
    const Values expected = strict(program.inputs), actual = standard(program.inputs);
    for (size_t i = 0; i < expected.size(); ++i) {
      auto x = cast(expected[i], f64).to_vector<double>(), y = cast(actual[i], f64).to_vector<double>();
      double largest = 0;
      for (double value : x)
        if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
      for (size_t j = 0; j < x.size(); ++j) {
        if (std::isnan(x[j]) && std::isnan(y[j])) continue;
        if (x[j] == y[j] || std::fabs(x[j] - y[j]) <= 1e-9 * largest) continue;
        return "result " + std::to_string(i) + " at " + std::to_string(j) + ": strict " + std::to_string(x[j]) +
               ", standard " + std::to_string(y[j]);
      }
    }
    return "";
  });
}

TEST_CASE("random derivatives are the same bits eagerly and compiled", "[fuzz]") {
  Kinds kinds;
  kinds.differentiable = true;
  kinds.control_flow = true;
  kinds.max_elements = 300;
  kinds.variables = true;
  fuzz("gradient", 30, [&](uint64_t seed, std::string &text) -> std::string {
    Program program = make_program(seed, kinds, 12);
    text = program.text();
    shows(text);
    State plain = program.fresh_state(), traced = program.fresh_state();
    auto with_gradients = [&](const Values &inputs, State &state) {
      auto [value, gradients] = value_and_grad(state.variables, [&] {
        Tensor loss = constant(0.f);
        Values values = inputs;
        for (const Variable &variable : state.variables) values.push_back(variable.read());
        for (const Tensor &result : program.block.run(inputs, state))
          if (is_floating(result.dtype())) loss = loss + reduce_sum(cast(result, f32));
        for (const Variable &variable : state.variables)
          if (is_floating(variable.dtype())) loss = loss + reduce_sum(cast(variable.read() * variable.read(), f32));
        return loss;
      });
      Values all{value};
      for (Tensor &gradient : gradients) all.push_back(gradient);
      return all;
    };
    for (const Variable &variable : plain.variables)
      if (!is_floating(variable.dtype())) {
        shows("skipped");
        return "";
      }
    Values eager;
    try {
      eager = with_gradients(program.inputs, plain);
    } catch (const UserError &error) {
      shows(std::string("skipped: ") + error.what());
      return "";  // not differentiable
    }
    auto f = etch::function([&](Values inputs) { return with_gradients(inputs, traced); }, strict_options());
    return compare(eager, f(program.inputs), "gradient");
  });
}

TEST_CASE("random graphs of unknown extents give the bits of known ones", "[fuzz]") {
  Kinds kinds;
  kinds.extents = {0, 1, 2, 3, 5, 7, 16, 17, 33};
  kinds.inputs = 3;
  kinds.control_flow = true;
  fuzz("unknown extents", 40, [&](uint64_t seed, std::string &text) -> std::string {
    Program program = make_program(seed, kinds, 15);
    text = program.text();
    shows(text);
    Dice dice(seed);
    State plain, state;
    Options options = strict_options();
    for (const Tensor &input : program.inputs) {
      Shape shape = input.shape();
      for (int axis = 0; axis < shape.rank(); ++axis)
        if (shape[axis] != 1 && dice.chance(70)) shape[axis] = kDynamic;
      options.input_signature.push_back({input.dtype(), shape});
    }
    auto f = etch::function(
        [&](Tensor a, Tensor b, Tensor c, Tensor d, Tensor e) { return program.block.run({a, b, c, d, e}, state); },
        options);
    Values eager = program.block.run(program.inputs, plain);
    const Values &in = program.inputs;
    try {
      return compare(eager, f(in[0], in[1], in[2], in[3], in[4]), "result");
    } catch (const UserError &error) {
      // Constants of the program (a target shape, a limit) need not fit what is unknown while tracing.
      shows(std::string("refused: ") + error.what());
      return "";
    }
  });
}

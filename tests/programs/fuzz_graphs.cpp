// Random programs of public ops: what runs op by op must give the same bits compiled as one function.
//
// A program is made while it runs eagerly: every step picks an op that fits the values there are. The recorded steps
// are then run inside etch::function. The policy is strict, so nothing may differ but the bits of a NaN.
//
//     ETCH_FUZZ_SEEDS=5000 build/bin/etch-programs "[fuzz]"      more programs of every kind
//     ETCH_FUZZ_FIRST=17 ETCH_FUZZ_SEEDS=1 ...                   one program again
//     ETCH_FUZZ_SHOW=1 ...                                       the text of every program, before it runs
#include <catch2/catch.hpp>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <iostream>

#include "runtime/base/env.h"
#include "tests/programs/random/program.h"
#include "tests/unit/frontend_values.h"

using namespace etch;

using namespace random_program;

namespace {

//===-- Comparing ------------------------------------------------------------------------------------------------===//

template <class T> bool same_bits(const T *x, const T *y, int64_t count, int64_t &where) {
  for (where = 0; where < count; ++where) {
    if (std::memcmp(x + where, y + where, sizeof(T)) == 0) continue;
    if (x[where] != x[where] && y[where] != y[where]) continue;
    return false;
  }
  return true;
}

std::string difference(const Tensor &eager, const Tensor &compiled) {
  if (eager.dtype() != compiled.dtype() || eager.shape() != compiled.shape()) return "types differ";
  int64_t where = 0;
  bool same = true;
  const void *x = eager.data(), *y = compiled.data();
  switch (eager.dtype()) {
    case DType::f32:
      same = same_bits(static_cast<const float *>(x), static_cast<const float *>(y), eager.size(), where);
      break;
    case DType::f64:
      same = same_bits(static_cast<const double *>(x), static_cast<const double *>(y), eager.size(), where);
      break;
    case DType::f16:
    case DType::bf16: {
      auto as_float = [](const Tensor &t) { return cast(t, f32).to_vector<float>(); };
      auto p = as_float(eager), q = as_float(compiled);
      same = same_bits(p.data(), q.data(), eager.size(), where);
      break;
    }
    default:
      for (; where < eager.size(); ++where)
        if (std::memcmp(static_cast<const char *>(x) + where * static_cast<int64_t>(size_of(eager.dtype())),
                        static_cast<const char *>(y) + where * static_cast<int64_t>(size_of(eager.dtype())),
                        size_of(eager.dtype())) != 0) {
          same = false;
          break;
        }
  }
  if (same) return "";
  Tensor a = reshape(eager, {eager.size()})[where], b = reshape(compiled, {eager.size()})[where];
  return std::string(name_of(eager.dtype())) + to_string(eager.shape()) + " at " + std::to_string(where) + ": eager " +
         to_numpy_string(a) + ", compiled " + to_numpy_string(b);
}

bool shows() { return env::flag("ETCH_FUZZ_SHOW", false); }

struct Program {
  Block block;
  Values inputs;
  std::vector<Tensor> initial;  // of variables
  std::string text() const {
    std::string all;
    for (size_t i = 0; i < inputs.size(); ++i)
      all += "  t" + std::to_string(i) + ":" + std::string(name_of(inputs[i].dtype())) + to_string(inputs[i].shape()) +
             "\n";
    for (size_t i = 0; i < initial.size(); ++i)
      all += "  v" + std::to_string(i) + ":" + std::string(name_of(initial[i].dtype())) +
             to_string(initial[i].shape()) + "\n";
    return all + block.text();
  }
  State fresh_state() const {
    State state;
    for (const Tensor &value : initial) state.variables.emplace_back(value);
    return state;
  }
};

Program make_program(uint64_t seed, const Kinds &kinds, int steps) {
  Dice dice(seed);
  Program program;
  State state;
  Maker maker(dice, kinds, state);
  for (int64_t n = kinds.inputs ? kinds.inputs : dice.between(2, 5); n > 0; --n)
    program.inputs.push_back(random_values(dice, maker.dtype(), maker.shape(), kinds.differentiable || kinds.tame));
  // A shape of their own makes it likely that values meet.
  for (int i = 0; i < 2; ++i)
    program.inputs.push_back(
        random_values(dice, program.inputs[0].dtype(), program.inputs[0].shape(), kinds.differentiable || kinds.tame));
  if (kinds.variables)
    for (int64_t n = dice.between(1, 3); n > 0; --n) {
      const Tensor &like = dice.pick(program.inputs);
      program.initial.push_back(random_values(dice, like.dtype(), like.shape(), kinds.differentiable));
    }
  state = program.fresh_state();
  Values values = program.inputs;
  maker.grow(program.block, values, steps, 0);
  auto total = static_cast<int64_t>(values.size());
  if (kinds.moving)
    program.block.results.push_back(values.size() - 1);
  else
    for (int64_t n = dice.between(1, 6); n > 0; --n)
      program.block.results.push_back(static_cast<size_t>(
          dice.chance(50) ? total - 1 - dice.below(std::min<int64_t>(8, total)) : dice.below(total)));
  return program;
}

/// Runs programs of one kind. `check` returns what differs, "" if nothing.
void fuzz(const char *kind, int64_t count, const std::function<std::string(uint64_t seed, std::string &text)> &check) {
  PolicyScope strict(Policy::strict);
  count = env::integer("ETCH_FUZZ_SEEDS", count, 1, 1 << 30);
  int64_t first = env::integer("ETCH_FUZZ_FIRST", 0, 0, 1 << 30);
  for (int64_t seed = first; seed < first + count; ++seed) {
    std::string text, wrong;
    try {
      wrong = check(static_cast<uint64_t>(seed), text);
    } catch (const std::exception &error) {
      wrong = std::string("throws ") + error.what();
    }
    if (!wrong.empty()) FAIL_CHECK(kind << ", seed " << seed << ": " << wrong << "\n" << text);
  }
  SUCCEED();
}

Options strict_options() {
  Options options;
  options.policy = Policy::strict;
  return options;
}

std::string compare(const Values &eager, const Values &compiled, const char *what) {
  for (size_t i = 0; i < eager.size(); ++i)
    if (std::string wrong = difference(eager[i], compiled[i]); !wrong.empty())
      return std::string(what) + " " + std::to_string(i) + ": " + wrong;
  return "";
}

std::string check_program(const Program &program, std::string &text, const Options &options = strict_options()) {
  text = program.text();
  if (shows()) std::cerr << text << std::endl;
  State plain = program.fresh_state(), traced = program.fresh_state();
  auto f = etch::function([&](Values inputs) { return program.block.run(inputs, traced); }, options);
  // Twice: variables go on from their new values, and scratch memory is no longer fresh.
  for (int round = 0; round < 2; ++round) {
    Values eager = program.block.run(program.inputs, plain);
    Values compiled = f(program.inputs);
    std::string wrong = compare(eager, compiled, round ? "second call, result" : "result");
    for (size_t i = 0; i < plain.variables.size() && wrong.empty(); ++i)
      if (std::string d = difference(plain.variables[i].read(), traced.variables[i].read()); !d.empty())
        wrong = "variable " + std::to_string(i) + ": " + d;
    if (!wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace

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
    if (shows()) std::cerr << text << std::endl;
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
    if (shows()) std::cerr << text << std::endl;
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
    if (shows()) std::cerr << text << std::endl;
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
        if (shows()) std::cerr << "skipped" << std::endl;
        return "";
      }
    Values eager;
    try {
      eager = with_gradients(program.inputs, plain);
    } catch (const UserError &error) {
      if (shows()) std::cerr << "skipped: " << error.what() << std::endl;
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
    if (shows()) std::cerr << text << std::endl;
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
      if (shows()) std::cerr << "refused: " << error.what() << std::endl;
      return "";
    }
  });
}

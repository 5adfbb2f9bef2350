#include "tests/programs/random/check.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <iostream>

#include "runtime/base/env.h"

namespace random_program {

namespace {

template <class T> bool same_bits(const T *x, const T *y, int64_t count, int64_t &where) {
  for (where = 0; where < count; ++where) {
    if (std::memcmp(x + where, y + where, sizeof(T)) == 0) continue;
    if (x[where] != x[where] && y[where] != y[where]) continue;
    return false;
  }
  return true;
}

std::vector<std::string> bytes_of(const Values &values) {
  std::vector<std::string> all;
  for (const Tensor &value : values)
    all.emplace_back(static_cast<const char *>(value.data()),
                     static_cast<size_t>(value.size()) * size_of(value.dtype()));
  return all;
}

}  // namespace

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

std::string Program::text() const {
  std::string all;
  for (size_t i = 0; i < inputs.size(); ++i)
    all +=
        "  t" + std::to_string(i) + ":" + std::string(name_of(inputs[i].dtype())) + to_string(inputs[i].shape()) + "\n";
  for (size_t i = 0; i < initial.size(); ++i)
    all += "  v" + std::to_string(i) + ":" + std::string(name_of(initial[i].dtype())) + to_string(initial[i].shape()) +
           "\n";
  return all + block.text();
}

State Program::fresh_state() const {
  State state;
  for (const Tensor &value : initial) state.variables.emplace_back(value);
  return state;
}

namespace {

void collect(Block &block, std::vector<Block *> &all) {
  all.push_back(&block);
  for (Step &step : block.steps)
    for (const auto &body : step.bodies) collect(*body, all);
}

/// A step that makes values of the same types from nothing.
Step given(const Step &step) {
  Values values;
  for (const TensorType &type : step.types) {
    std::vector<double> numbers(static_cast<size_t>(type.shape.num_elements()));
    for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<double>(i % 7) - 2;
    values.push_back(cast(from_vector(numbers, type.shape), type.dtype));
  }
  return {step.text.substr(0, step.text.find(" = ")) + " = given", [values](const Values &, State &) { return values; },
          step.types};
}

}  // namespace

Program shrunk(Program program, const std::function<bool(const Program &)> &fails) {
  auto still_fails = [&] {
    try {
      return fails(program);
    } catch (const std::exception &) {
      return false;
    }
  };
  for (size_t i = program.block.results.size(); i-- > 0 && program.block.results.size() > 1;) {
    auto all = program.block.results;
    program.block.results.erase(program.block.results.begin() + static_cast<long>(i));
    if (!still_fails()) program.block.results = all;
  }
  std::vector<Step> left_out;  // own bodies that `blocks` still name
  for (bool changed = true; changed;) {
    changed = false;
    std::vector<Block *> blocks;
    collect(program.block, blocks);
    for (Block *block : blocks)
      for (size_t i = block->steps.size(); i-- > 0;) {
        Step step = block->steps[i];
        const auto at = block->steps.begin() + static_cast<long>(i);
        if (step.text.ends_with(" = given")) continue;
        if (step.types.empty())
          block->steps.erase(at);
        else
          *at = given(step);
        if (still_fails()) {
          changed = true;
          left_out.push_back(std::move(step));
          continue;
        }
        if (step.types.empty())
          block->steps.insert(block->steps.begin() + static_cast<long>(i), step);
        else
          block->steps[i] = step;
      }
  }
  return program;
}

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

bool shows(const std::string &text) {
  const bool asked = env::flag("ETCH_FUZZ_SHOW", false);
  if (asked) std::cerr << text << std::endl;
  return asked;
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

namespace {

std::string run_both(const Program &program, const Options &options) {
  State plain = program.fresh_state(), traced = program.fresh_state();
  auto f = etch::function([&](Values inputs) { return program.block.run(inputs, traced); }, options);
  // What a call must leave as it is: its arguments, results of earlier calls, values that variables had.
  Values kept = program.inputs;
  for (const Variable &variable : traced.variables) kept.push_back(variable.read());
  std::vector<std::string> bytes = bytes_of(kept);
  // Twice: variables go on from their new values, and scratch memory is no longer fresh.
  for (int round = 0; round < 2; ++round) {
    Values eager = program.block.run(program.inputs, plain);
    Values compiled = f(program.inputs);
    std::string wrong = compare(eager, compiled, round ? "second call, result" : "result");
    for (size_t i = 0; i < plain.variables.size() && wrong.empty(); ++i)
      if (std::string d = difference(plain.variables[i].read(), traced.variables[i].read()); !d.empty())
        wrong = "variable " + std::to_string(i) + ": " + d;
    if (wrong.empty() && bytes_of(kept) != bytes) wrong = "a call wrote to its arguments or to values from before it";
    if (!wrong.empty()) return wrong;
    for (const Tensor &result : compiled) kept.push_back(result);
    for (const Variable &variable : traced.variables) kept.push_back(variable.read());
    bytes = bytes_of(kept);
  }
  return "";
}

}  // namespace

std::string check_program(const Program &program, std::string &text,
                          const std::function<std::string(const Program &)> &check) {
  text = program.text();
  shows(text);
  const std::string wrong = check(program);
  if (!wrong.empty()) text = shrunk(program, [&](const Program &p) { return !check(p).empty(); }).text();
  return wrong;
}

std::string check_program(const Program &program, std::string &text, const Options &options) {
  return check_program(program, text, [&](const Program &p) { return run_both(p, options); });
}

}  // namespace random_program

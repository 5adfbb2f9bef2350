#pragma once
// Random programs: made step by step from public ops that fit the values there are, and run again as often as wanted.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <etch/etch.h>

#include "tests/programs/random/dice.h"

namespace random_program {

using namespace etch;

using Values = std::vector<Tensor>;

/// What the steps of a program work on besides values.
struct State {
  std::vector<Variable> variables;
};

struct Block;

struct Step {
  std::string text;
  std::function<Values(const Values &, State &)> run;
  std::vector<TensorType> types = {};               // of the values it makes
  std::vector<std::shared_ptr<Block>> bodies = {};  // that it runs
};

/// A program, or the body of a branch or loop of one: steps append to the values they are given.
struct Block {
  std::vector<Step> steps;
  std::vector<size_t> results;

  Values run(Values values, State &state) const {
    for (const Step &step : steps)
      for (Tensor &value : step.run(values, state)) values.push_back(std::move(value));
    Values out;
    for (size_t result : results) out.push_back(values[result]);
    return out;
  }
  std::string text(const std::string &indent = "  ") const;
};

struct Kinds {
  int64_t max_elements = 2000;
  bool control_flow = false, variables = false, differentiable = false;
  bool moving = false;    // chains of ops most of which move elements, and there are some
  bool updating = false;  // variables and blocks of values overwritten again and again, and read as they were
  bool joining = false;   // rows of a few elements, made of columns and taken apart again
  bool mixed = false;     // elementwise ops of all dtypes on each other, numbers at the edges, constants
  bool tame = false;      // numbers of few magnitudes and no special values, f64 unless `dtypes` says otherwise
  bool relative = false;  // reshapes and slices that follow the extents of what they take
  bool smooth = false;    // continuous ops that are finite at numbers of any size
  std::vector<DType> dtypes = {};  // that inputs, casts and numbers have; none: as the above asks
  int64_t inputs = 0;              // besides two of the first one's type; 0: some
  std::vector<int64_t> extents = {0, 1, 1, 2, 3, 5, 7, 16, 17, 33};
};

Tensor random_values(Dice &dice, DType dtype, const Shape &shape, bool tame);

/// Makes the steps of a program. Each add_... appends a step that takes value number x, if one can be made of what
/// there is and it fails for none; says whether it did.
class Maker {
 public:
  Maker(Dice &dice, const Kinds &kinds, State &state) : dice(dice), kinds(kinds), state(state) {}

  /// Adds `count` steps to `block`, running them on `values`.
  void grow(Block &block, Values &values, int count, int depth);

  Shape shape();
  DType dtype();

 private:
  Dice &dice;
  Kinds kinds;
  State &state;

  bool add_step(Block &block, Values &values, int depth);

  // arithmetic.cpp
  bool add_unary(Block &block, Values &values, size_t x);
  bool add_binary(Block &block, Values &values, size_t x);
  bool add_select(Block &block, Values &values, size_t x);
  bool add_cast(Block &block, Values &values, size_t x);
  bool add_reduction(Block &block, Values &values, size_t x);
  bool add_dot(Block &block, Values &values, size_t x);
  bool add_one_hot(Block &block, Values &values, size_t x);
  bool add_numbers(Block &block, Values &values, size_t x);

  // mixed.cpp
  bool add_any_unary(Block &block, Values &values, size_t x);
  bool add_any_binary(Block &block, Values &values, size_t x);
  bool add_weak(Block &block, Values &values, size_t x);
  bool add_constant(Block &block, Values &values, size_t x);
  bool add_clamp(Block &block, Values &values, size_t x);
  bool add_any_select(Block &block, Values &values, size_t x);

  // smooth.cpp
  bool add_smooth_unary(Block &block, Values &values, size_t x);
  bool add_smooth_binary(Block &block, Values &values, size_t x);
  bool add_smooth_reduction(Block &block, Values &values, size_t x);
  bool add_smooth_running(Block &block, Values &values, size_t x);
  bool add_smooth_dot(Block &block, Values &values, size_t x);
  bool add_layer(Block &block, Values &values, size_t x);

  // moves.cpp
  bool add_transpose(Block &block, Values &values, size_t x);
  bool add_slice(Block &block, Values &values, size_t x);
  bool add_pad(Block &block, Values &values, size_t x);
  bool add_reverse(Block &block, Values &values, size_t x);
  bool add_concatenate(Block &block, Values &values, size_t x);
  /// Values side by side along a new last axis, and one of those.
  bool add_stack(Block &block, Values &values, size_t x);
  bool add_column(Block &block, Values &values, size_t x);
  bool add_take(Block &block, Values &values, size_t x);
  bool add_broadcast(Block &block, Values &values, size_t x);
  bool add_reshape(Block &block, Values &values, size_t x);
  /// To fewer axes, of which one takes what the others leave.
  bool add_relative_reshape(Block &block, Values &values, size_t x);
  /// dynamic_slice and dynamic_update_slice.
  bool add_block_move(Block &block, Values &values, size_t x);
  bool add_scatter(Block &block, Values &values, size_t x);

  // layers.cpp
  bool add_running(Block &block, Values &values, size_t x);
  bool add_norm(Block &block, Values &values, size_t x);
  bool add_window(Block &block, Values &values, size_t x);
  bool add_convolution(Block &block, Values &values, size_t x);
  bool add_pool(Block &block, Values &values, size_t x);
  bool add_attention(Block &block, Values &values, size_t x);

  // control.cpp
  bool add_variable(Block &block, Values &values);
  bool add_control(Block &block, Values &values, int depth);
  /// A value of the type of each of `wanted`, among `values`, the later ones more often.
  std::vector<size_t> of_types(const Values &values, const Values &wanted);

  //===-- Of use to all ----------------------------------------------------------------------------------------===//

  using Run = std::function<Values(const Values &, State &)>;
  bool add(Block &block, Values &values, std::string text, Run run, std::vector<std::shared_ptr<Block>> bodies = {});
  bool unary(Block &block, Values &values, size_t x, const char *name, Tensor (*f)(Operand));
  bool binary(Block &block, Values &values, size_t x, size_t y, const char *name, Tensor (*f)(Operand, Operand));

  bool fits(const Shape &shape) const { return shape.rank() <= 5 && shape.num_elements() <= kinds.max_elements; }
  /// A value, the later ones more often.
  size_t any(const Values &values);
  std::optional<size_t> like(const Values &values, const std::function<bool(const Tensor &)> &wanted);
  static std::string t(size_t i) { return "t" + std::to_string(i); }
  static std::string list(const std::vector<int64_t> &numbers);
  std::vector<int64_t> some_axes(int rank, int percent);
  std::vector<int64_t> shuffled(int rank);
};

}  // namespace random_program

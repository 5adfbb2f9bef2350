#pragma once
// Random programs of ops that move, pick, sum and compare elements, every value of which is also made by plain loops
// while the program is: what tells whether an op is right, and not only whether it is the same eagerly and compiled.
//
// Elements are whole numbers that the dtype of a value holds, and so do all sums on the way: nothing is rounded, in no
// order, under no policy.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "etch/etch.h"
#include "tests/numeric/reference.h"
#include "tests/programs/random/dice.h"

namespace random_program {

using numeric::Array;
using numeric::Position;

class PlainProgram {
 public:
  using Tensors = std::vector<etch::Tensor>;

  /// `count` steps, on a few inputs.
  PlainProgram(uint64_t seed, int count, int64_t max_elements, std::vector<int64_t> extents);

  /// All values, or what `wanted` lists of them.
  Tensors run(const Tensors &inputs) const;
  Tensors inputs() const;
  std::string text() const;
  /// "" if what `run` gave is what plain loops give, else the first difference.
  std::string check(const Tensors &results) const;

  /// Whether `take` meets an index outside: compiled code clamps it, eager and checked code throws.
  bool takes_outside() const { return takes_outside_; }

  std::vector<size_t> wanted;

 private:
  struct Value {
    etch::DType dtype;
    Array array;
  };
  struct Step {
    std::string text;
    std::function<etch::Tensor(const Tensors &)> run;
  };
  using Run = std::function<etch::Tensor(const Tensors &)>;

  void add_input();
  bool add_step();
  /// Appends a value with its step. Not one that is too large, or that its dtype does not hold.
  bool add(std::string text, etch::DType dtype, Array array, Run run);

  // plain_moves.cpp
  bool add_slice(size_t x);
  bool add_pad(size_t x);
  bool add_reverse(size_t x);
  bool add_concatenate(size_t x);
  bool add_transpose(size_t x);
  bool add_broadcast(size_t x);
  bool add_reshape(size_t x);
  bool add_take(size_t x);
  bool add_scatter(size_t x);
  bool add_block(size_t x);

  // plain_windows.cpp
  bool add_window(size_t x);
  bool add_place_of_maximum(size_t x);
  bool add_convolution(size_t x);
  bool add_running(size_t x);
  bool add_reduction(size_t x);

  // plain.cpp
  bool add_elementwise(size_t x);
  bool add_comparison(size_t x);
  bool add_cast(size_t x);

  //===-- Of use to all ----------------------------------------------------------------------------------------===//

  const etch::Shape &shape(size_t x) const { return values_[x].array.shape; }
  etch::DType dtype(size_t x) const { return values_[x].dtype; }
  const Array &array(size_t x) const { return values_[x].array; }
  size_t any();
  std::optional<size_t> like(const std::function<bool(size_t)> &wanted);
  etch::Shape some_shape(int64_t least_rank);
  /// Whether sums of `count` elements of x stay below what its dtype holds; integers may wrap.
  bool sums_are_exact(size_t x, int64_t count) const;
  static std::string t(size_t i) { return "t" + std::to_string(i); }
  static std::string list(const std::vector<int64_t> &numbers);

  Dice dice_;
  int64_t max_elements_;
  std::vector<int64_t> extents_;
  size_t num_inputs_ = 0;
  bool takes_outside_ = false;
  std::vector<Value> values_;
  std::vector<Step> steps_;
};

/// The largest number up to which a dtype holds every whole number; what integers hold before they wrap.
long double largest_whole(etch::DType dtype);

}  // namespace random_program

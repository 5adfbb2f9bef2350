#pragma once
// Random programs: made step by step from public ops that fit the values there are, and run again as often as wanted.

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <etch/etch.h>

namespace random_program {

using namespace etch;

using Values = std::vector<Tensor>;

struct Dice {
  uint64_t state;
  explicit Dice(uint64_t seed) : state(seed * 0x9E3779B97F4A7C15ull + 0x1234567) {}
  uint64_t next() {
    uint64_t z = (state += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  int64_t below(int64_t n) { return static_cast<int64_t>(next() % static_cast<uint64_t>(n)); }
  int64_t between(int64_t low, int64_t high) { return low + below(high - low + 1); }
  bool chance(int percent) { return below(100) < percent; }
  template <class T> const T &pick(const std::vector<T> &list) {
    return list[static_cast<size_t>(below(static_cast<int64_t>(list.size())))];
  }
};

/// What the steps of a program work on besides values.
struct State {
  std::vector<Variable> variables;
};

struct Step {
  std::string text;
  std::function<Values(const Values &, State &)> run;
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
  std::string text(const std::string &indent = "  ") const {
    std::string all;
    for (const Step &step : steps) all += indent + step.text + "\n";
    all += indent + "return";
    for (size_t result : results) all += " t" + std::to_string(result);
    return all + "\n";
  }
};

struct Kinds {
  int64_t max_elements = 2000;
  bool control_flow = false, variables = false, differentiable = false;
  bool tame = false;   // f64 of few magnitudes and no special values
  int64_t inputs = 0;  // besides two of the first one's type; 0: some
  std::vector<int64_t> extents = {0, 1, 1, 2, 3, 5, 7, 16, 17, 33};
};

inline Tensor random_values(Dice &dice, DType dtype, const Shape &shape, bool tame) {
  auto count = static_cast<size_t>(shape.num_elements());
  std::vector<double> numbers(count);
  for (double &x : numbers) {
    int kind = static_cast<int>(dice.below(20));
    x = static_cast<double>(dice.between(-1000, 1000)) / 256;
    if (tame) continue;
    if (kind == 0) x = static_cast<double>(dice.between(-3, 3));
    if (kind == 1) x = -0.0;
    if (kind == 2 && is_floating(dtype))
      x = dice.pick(std::vector<double>{NAN, INFINITY, -INFINITY, 1e-40, 65000, 1e30});
    if (kind == 3) x = static_cast<double>(dice.between(-100000, 100000));
  }
  Tensor wide = from_vector(numbers, shape);
  return dtype == f64 ? wide : cast(wide, dtype);
}

class Maker {
 public:
  Maker(Dice &dice, const Kinds &kinds, State &state) : dice(dice), kinds(kinds), state(state) {}

  /// Adds `count` steps to `block`, running them on `values`.
  void grow(Block &block, Values &values, int count, int depth) {
    for (int made = 0, tries = 0; made < count && tries < 20 * count; ++tries) made += add_step(block, values, depth);
  }

  Shape shape() {
    for (;;) {
      std::vector<int64_t> extents(static_cast<size_t>(dice.below(5)));
      for (int64_t &extent : extents) extent = dice.pick(kinds.extents);
      Shape shape(extents);
      if (shape.num_elements() <= kinds.max_elements) return shape;
    }
  }
  DType dtype() {
    if (kinds.tame) return f64;
    if (kinds.differentiable) return dice.chance(80) ? f32 : dice.pick(std::vector<DType>{f64, f64, f64, f16, bf16});
    return dice.pick(std::vector<DType>{f32, f32, f32, f32, f64, f16, bf16, i32, i64, u8, boolean});
  }

 private:
  Dice &dice;
  Kinds kinds;
  State &state;

  bool fits(const Shape &shape) const { return shape.rank() <= 5 && shape.num_elements() <= kinds.max_elements; }

  /// A value, the later ones more often.
  size_t any(const Values &values) {
    auto n = static_cast<int64_t>(values.size());
    return static_cast<size_t>(dice.chance(60) ? n - 1 - dice.below(std::min<int64_t>(n, 6)) : dice.below(n));
  }
  std::optional<size_t> like(const Values &values, const std::function<bool(const Tensor &)> &wanted) {
    for (int tries = 0; tries < 12; ++tries)
      if (size_t i = any(values); wanted(values[i])) return i;
    return {};
  }

  bool add(Block &block, Values &values, std::string text, std::function<Values(const Values &, State &)> run) {
    Values made;
    try {
      made = run(values, state);
    } catch (const UserError &error) {
      return false;  // what fails eagerly is not a program
    }
    for (const Tensor &value : made)
      if (!fits(value.shape())) return false;
    std::string line;
    for (size_t i = 0; i < made.size(); ++i)
      line += (i ? ", t" : "t") + std::to_string(values.size() + i) + ":" + std::string(name_of(made[i].dtype())) +
              to_string(made[i].shape());
    block.steps.push_back({line + " = " + std::move(text), std::move(run)});
    for (Tensor &value : made) values.push_back(std::move(value));
    return true;
  }
  static std::string t(size_t i) { return "t" + std::to_string(i); }
  static std::string list(const std::vector<int64_t> &numbers) {
    std::string text = "{";
    for (int64_t n : numbers) text += (text.size() > 1 ? "," : "") + std::to_string(n);
    return text + "}";
  }
  std::vector<int64_t> some_axes(int rank, int percent) {
    std::vector<int64_t> axes;
    for (int64_t axis = 0; axis < rank; ++axis)
      if (dice.chance(percent)) axes.push_back(axis);
    return axes;
  }
  std::vector<int64_t> shuffled(int rank) {
    std::vector<int64_t> order(static_cast<size_t>(rank));
    for (int64_t i = 0; i < rank; ++i) order[static_cast<size_t>(i)] = i;
    for (int64_t i = rank - 1; i > 0; --i)
      std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(dice.below(i + 1))]);
    return order;
  }

  bool unary(Block &block, Values &values, size_t x, const char *name, Tensor (*f)(Operand)) {
    return add(block, values, std::string(name) + "(" + t(x) + ")",
               [x, f](const Values &v, State &) { return Values{f(Operand(v[x], std::source_location::current()))}; });
  }
  bool binary(Block &block, Values &values, size_t x, size_t y, const char *name, Tensor (*f)(Operand, Operand)) {
    return add(block, values, std::string(name) + "(" + t(x) + ", " + t(y) + ")",
               [x, y, f](const Values &v, State &) { return Values{f(v[x], v[y])}; });
  }

  bool add_step(Block &block, Values &values, int depth) {
    size_t x = any(values);
    const Tensor &a = values[x];
    int rank = a.rank();
    int64_t what = dice.below(kinds.control_flow && depth < 2 ? 112 : 100);
    if (what >= 100) return add_control(block, values, depth);
    if (kinds.variables && dice.chance(15)) return add_variable(block, values);
    if (what < 18) return add_unary(block, values, x);
    if (what < 42) return add_binary(block, values, x);
    if (what < 46) {
      auto p = like(values, [&](const Tensor &v) { return v.dtype() == boolean; });
      auto y = like(values, [&](const Tensor &v) { return v.dtype() == a.dtype(); });
      if (!p || !y) return false;
      return add(block, values, "select(" + t(*p) + ", " + t(x) + ", " + t(*y) + ")",
                 [p = *p, x, y = *y](const Values &v, State &) { return Values{select(v[p], v[x], v[y])}; });
    }
    if (what < 49) {
      DType to = dtype();
      return add(block, values, "cast(" + t(x) + ", " + std::string(name_of(to)) + ")",
                 [x, to](const Values &v, State &) { return Values{cast(v[x], to)}; });
    }
    if (what < 53) {
      auto order = shuffled(rank);
      return add(block, values, "transpose(" + t(x) + ", " + list(order) + ")",
                 [x, order](const Values &v, State &) { return Values{transpose(v[x], Axes(order))}; });
    }
    if (what < 57) {  // slice
      std::vector<Range> ranges;
      std::string text;
      for (int axis = 0; axis < rank; ++axis) {
        int64_t n = a.shape()[axis], low = dice.between(0, n), high = dice.between(low, n);
        if (dice.chance(40)) low = 0, high = n;
        ranges.push_back(Range(low, high, dice.chance(70) ? 1 : dice.between(1, 3)));
        text += " " + std::to_string(low) + ":" + std::to_string(high) + ":" + std::to_string(ranges.back().stride);
      }
      return add(block, values, "slice(" + t(x) + "," + text + ")",
                 [x, ranges](const Values &v, State &) { return Values{slice(v[x], ranges)}; });
    }
    if (what < 60) {  // pad
      auto value = like(values, [&](const Tensor &v) { return v.dtype() == a.dtype() && v.rank() == 0; });
      std::vector<Padding> padding;
      std::string text;
      for (int axis = 0; axis < rank; ++axis) {
        padding.push_back({dice.between(-1, 3), dice.between(-1, 3), dice.chance(70) ? 0 : dice.between(1, 2)});
        if (dice.chance(30)) padding.back() = {};
        text += " " + std::to_string(padding.back().low) + "/" + std::to_string(padding.back().high) + "/" +
                std::to_string(padding.back().interior);
      }
      if (value)
        return add(
            block, values, "pad(" + t(x) + ", " + t(*value) + "," + text + ")",
            [x, padding, value = *value](const Values &v, State &) { return Values{pad(v[x], padding, v[value])}; });
      if (a.dtype() == boolean) return false;
      return add(block, values, "pad(" + t(x) + "," + text + ")",
                 [x, padding](const Values &v, State &) { return Values{pad(v[x], padding, 3)}; });
    }
    if (what < 62) {
      auto axes = some_axes(rank, 50);
      if (axes.empty()) return false;
      return add(block, values, "reverse(" + t(x) + ", " + list(axes) + ")",
                 [x, axes](const Values &v, State &) { return Values{reverse(v[x], Axes(axes))}; });
    }
    if (what < 65) {  // concatenate
      if (rank == 0) return false;
      int64_t axis = dice.below(rank);
      std::vector<size_t> parts{x};
      for (int64_t n = dice.between(0, 2); n > 0; --n)
        if (auto y = like(values, [&](const Tensor &v) {
              if (v.dtype() != a.dtype() || v.rank() != rank) return false;
              for (int i = 0; i < rank; ++i)
                if (i != axis && v.shape()[i] != a.shape()[i]) return false;
              return true;
            }))
          parts.push_back(*y);
      std::string text;
      for (size_t part : parts) text += " " + t(part);
      return add(block, values, "concatenate(axis " + std::to_string(axis) + "," + text + ")",
                 [parts, axis](const Values &v, State &) {
                   Values tensors;
                   for (size_t part : parts) tensors.push_back(v[part]);
                   return Values{concatenate(tensors, axis)};
                 });
    }
    if (what < 68) {  // take
      if (rank == 0) return false;
      int64_t axis = dice.below(rank), n = a.shape()[static_cast<int>(axis)];
      if (n == 0) return false;
      std::vector<int64_t> picks(static_cast<size_t>(dice.between(0, 5)));
      for (int64_t &pick : picks) pick = dice.below(n);
      bool matrix = picks.size() == 4 && dice.chance(50);
      Tensor indices = from_vector(picks, matrix ? Shape{2, 2} : Shape{static_cast<int64_t>(picks.size())});
      if (dice.chance(50)) indices = cast(indices, i32);
      if (picks.size() == 1 && dice.chance(50)) indices = reshape(indices, {});
      return add(
          block, values,
          "take(" + t(x) + ", " + list(picks) + to_string(indices.shape()) + ", axis " + std::to_string(axis) + ")",
          [x, indices, axis](const Values &v, State &) { return Values{take(v[x], indices, axis)}; });
    }
    if (what < 78) return add_reduction(block, values, x);
    if (what < 84) return add_dot(block, values, x);
    if (what < 86) {
      if (!is_integer(a.dtype())) return false;
      int64_t depth_of = dice.pick(std::vector<int64_t>{1, 3, 17});
      return add(block, values, "one_hot(" + t(x) + ", " + std::to_string(depth_of) + ")",
                 [x, depth_of](const Values &v, State &) { return Values{one_hot(v[x], depth_of)}; });
    }
    if (what < 90) return add_reshape(block, values, x);
    if (what < 92) {  // broadcast
      std::vector<int64_t> target = a.shape().to_vector();
      for (int64_t &extent : target)
        if (extent == 1) extent = dice.pick(kinds.extents);
      for (int64_t n = dice.between(0, 2); n > 0; --n) target.insert(target.begin(), dice.pick(kinds.extents));
      Shape wanted(target);
      if (!fits(wanted)) return false;
      return add(block, values, "broadcast_to(" + t(x) + ", " + to_string(wanted) + ")",
                 [x, wanted](const Values &v, State &) { return Values{broadcast_to(v[x], wanted)}; });
    }
    if (what < 94) {  // numbers from nothing
      Shape wanted = shape();
      if (dice.chance(50)) {
        auto from =
            like(values, [&](const Tensor &v) { return v.dtype() == i64 && v.rank() == 1 && v.shape()[0] == 2; });
        DType to = dice.chance(50) ? f32 : f64;
        if (from)
          return add(block, values, "random_uniform(" + t(*from) + ", " + to_string(wanted) + ")",
                     [from = *from, wanted, to](const Values &v, State &) {
                       return Values{random_uniform(v[from], wanted, to)};
                     });
        int64_t key = dice.below(100);
        return add(block, values, "state(" + std::to_string(key) + ")",
                   [key](const Values &, State &) { return Values{constant({key, key + 1}) * int64_t{3}}; });
      }
      if (wanted.rank() == 0) return false;
      DType to = dtype();
      if (to == boolean) return false;
      int64_t axis = dice.below(wanted.rank());
      return add(block, values, "iota(" + to_string(wanted) + ", axis " + std::to_string(axis) + ")",
                 [wanted, axis, to](const Values &, State &) { return Values{iota(wanted, axis, to)}; });
    }
    if (what < 98) return add_block_move(block, values, x);
    return add_scatter(block, values, x);
  }

  bool add_unary(Block &block, Values &values, size_t x) {
    DType of = values[x].dtype();
    if (of == boolean) return unary(block, values, x, "logical_not", logical_not);
    struct Entry {
      const char *name;
      Tensor (*f)(Operand);
    };
    static const std::vector<Entry> numbers = {{"abs", abs},       {"neg", neg},   {"sign", sign},
                                               {"square", square}, {"relu", relu}, {"stop_gradient", stop_gradient}};
    static const std::vector<Entry> reals = {
        {"exp", exp},     {"expm1", expm1}, {"log", log},         {"log1p", log1p}, {"sqrt", sqrt},
        {"rsqrt", rsqrt}, {"tanh", tanh},   {"sigmoid", sigmoid}, {"sin", sin},     {"cos", cos},
        {"erf", erf},     {"floor", floor}, {"ceil", ceil},       {"round", round}, {"is_finite", is_finite}};
    const Entry &entry = is_floating(of) && dice.chance(70) ? dice.pick(reals) : dice.pick(numbers);
    return unary(block, values, x, entry.name, entry.f);
  }

  bool add_binary(Block &block, Values &values, size_t x) {
    DType of = values[x].dtype();
    struct Entry {
      const char *name;
      Tensor (*f)(Operand, Operand);
    };
    static const std::vector<Entry> numbers = {{"add", etch::add},   {"add", etch::add},
                                               {"sub", sub},         {"mul", mul},
                                               {"mul", mul},         {"div", etch::div},
                                               {"maximum", maximum}, {"minimum", minimum},
                                               {"rem", rem},         {"pow", pow},
                                               {"less", less},       {"greater_equal", greater_equal},
                                               {"equal", equal},     {"not_equal", not_equal}};
    static const std::vector<Entry> truths = {
        {"and", logical_and}, {"or", logical_or}, {"xor", logical_xor}, {"equal", equal}};
    const Shape &shape = values[x].shape();
    auto y = like(values, [&](const Tensor &v) {
      return v.dtype() == of && (v.shape() == shape || (dice.chance(40) && v.rank() <= shape.rank()));
    });
    if (!y) return false;
    const Entry &entry = of == boolean ? dice.pick(truths) : dice.pick(numbers);
    return dice.chance(50) ? binary(block, values, x, *y, entry.name, entry.f)
                           : binary(block, values, *y, x, entry.name, entry.f);
  }

  bool add_reduction(Block &block, Values &values, size_t x) {
    const Tensor &a = values[x];
    int rank = a.rank();
    if (rank == 0) return false;
    bool keep = dice.chance(40);
    using Reduction = Tensor (*)(Operand, Axes, bool);
    struct Entry {
      const char *name;
      Reduction f;
    };
    static const std::vector<Entry> numbers = {{"reduce_sum", reduce_sum},   {"reduce_sum", reduce_sum},
                                               {"reduce_prod", reduce_prod}, {"reduce_max", reduce_max},
                                               {"reduce_min", reduce_min},   {"mean", mean}};
    static const std::vector<Entry> truths = {{"reduce_any", reduce_any}, {"reduce_all", reduce_all}};
    auto axes = some_axes(rank, 50);
    if (a.dtype() != boolean && dice.chance(15)) {
      int64_t axis = dice.below(rank);
      bool max = dice.chance(50);
      return add(block, values,
                 std::string(max ? "argmax(" : "argmin(") + t(x) + ", axis " + std::to_string(axis) +
                     (keep ? ", keepdims)" : ")"),
                 [x, axis, keep, max](const Values &v, State &) {
                   return Values{max ? argmax(v[x], axis, keep) : argmin(v[x], axis, keep)};
                 });
    }
    const Entry &entry = a.dtype() == boolean ? dice.pick(truths) : dice.pick(numbers);
    return add(block, values, std::string(entry.name) + "(" + t(x) + ", " + list(axes) + (keep ? ", keepdims)" : ")"),
               [x, axes, keep, f = entry.f](const Values &v, State &) { return Values{f(v[x], Axes(axes), keep)}; });
  }

  bool add_dot(Block &block, Values &values, size_t x) {
    const Tensor &a = values[x];
    if (a.dtype() == boolean || a.rank() == 0) return false;
    if (dice.chance(35)) {
      bool tx = dice.chance(30), ty = dice.chance(30);
      auto y = like(values, [&](const Tensor &v) { return v.dtype() == a.dtype() && v.rank() > 0; });
      if (!y) return false;
      return add(block, values, "matmul(" + t(x) + ", " + t(*y) + (tx ? ", tx" : "") + (ty ? ", ty" : "") + ")",
                 [x, y = *y, tx, ty](const Values &v, State &) { return Values{matmul(v[x], v[y], tx, ty)}; });
    }
    auto y = like(values, [&](const Tensor &v) { return v.dtype() == a.dtype(); });
    if (!y) return false;
    const Tensor &c = values[*y];
    DotAxes axes;
    std::vector<bool> used(static_cast<size_t>(c.rank()));
    for (int64_t axis : shuffled(a.rank())) {
      if (dice.chance(35)) continue;
      for (int64_t other : shuffled(c.rank())) {
        if (used[static_cast<size_t>(other)] || c.shape()[static_cast<int>(other)] != a.shape()[static_cast<int>(axis)])
          continue;
        used[static_cast<size_t>(other)] = true;
        bool batch = dice.chance(40);
        (batch ? axes.lhs_batch : axes.lhs_contract).push_back(axis);
        (batch ? axes.rhs_batch : axes.rhs_contract).push_back(other);
        break;
      }
    }
    // Outer products of large values are known to be too large before there is memory for them.
    int64_t elements = 1;
    for (int axis = 0; axis < a.rank(); ++axis)
      if (std::count(axes.lhs_contract.begin(), axes.lhs_contract.end(), axis) == 0) elements *= a.shape()[axis];
    for (int axis = 0; axis < c.rank(); ++axis)
      if (!used[static_cast<size_t>(axis)]) elements *= c.shape()[axis];
    if (elements > kinds.max_elements) return false;
    return add(block, values,
               "dot_general(" + t(x) + ", " + t(*y) + ", batch " + list(axes.lhs_batch) + list(axes.rhs_batch) +
                   " contract " + list(axes.lhs_contract) + list(axes.rhs_contract) + ")",
               [x, y = *y, axes](const Values &v, State &) { return Values{dot_general(v[x], v[y], axes)}; });
  }

  bool add_reshape(Block &block, Values &values, size_t x) {
    std::vector<int64_t> extents = values[x].shape().to_vector();
    for (int64_t n = dice.between(1, 3); n > 0; --n) {
      auto rank = static_cast<int64_t>(extents.size());
      if (rank >= 2 && dice.chance(60)) {
        auto at = static_cast<size_t>(dice.below(rank - 1));
        extents[at] *= extents[at + 1];
        extents.erase(extents.begin() + static_cast<long>(at) + 1);
      } else if (rank < 5) {
        extents.insert(extents.begin() + dice.below(rank + 1), 1);
      }
    }
    Shape wanted(extents);
    return add(block, values, "reshape(" + t(x) + ", " + to_string(wanted) + ")",
               [x, wanted](const Values &v, State &) { return Values{reshape(v[x], wanted)}; });
  }

  /// dynamic_slice and dynamic_update_slice.
  bool add_block_move(Block &block, Values &values, size_t x) {
    const Tensor &a = values[x];
    std::vector<int64_t> sizes, starts;
    for (int axis = 0; axis < a.rank(); ++axis) {
      sizes.push_back(dice.between(0, a.shape()[axis]));
      if (dice.chance(50)) sizes.back() = a.shape()[axis];
      starts.push_back(dice.between(-2, a.shape()[axis] + 2));
    }
    Values begin;
    for (int64_t start : starts) begin.push_back(constant(start));
    if (dice.chance(50))
      return add(
          block, values, "dynamic_slice(" + t(x) + ", " + list(starts) + ", " + list(sizes) + ")",
          [x, begin, sizes](const Values &v, State &) { return Values{dynamic_slice(v[x], begin, Shape(sizes))}; });
    auto y = like(values, [&](const Tensor &v) {
      if (v.dtype() != a.dtype() || v.rank() != a.rank()) return false;
      for (int i = 0; i < a.rank(); ++i)
        if (v.shape()[i] > a.shape()[i]) return false;
      return true;
    });
    if (!y) return false;
    return add(
        block, values, "dynamic_update_slice(" + t(x) + ", " + t(*y) + ", " + list(starts) + ")",
        [x, y = *y, begin](const Values &v, State &) { return Values{dynamic_update_slice(v[x], v[y], begin)}; });
  }

  bool add_scatter(Block &block, Values &values, size_t x) {
    const Tensor &a = values[x];
    if (a.rank() == 0 || a.dtype() == boolean) return false;
    auto axis = static_cast<int>(dice.below(a.rank()));
    auto y = like(values, [&](const Tensor &v) {
      if (v.dtype() != a.dtype() || v.rank() != a.rank()) return false;
      for (int i = 0; i < a.rank(); ++i)
        if (i != axis && v.shape()[i] != a.shape()[i]) return false;
      return true;
    });
    if (!y) return false;
    std::vector<int64_t> picks(static_cast<size_t>(values[*y].shape()[axis]));
    for (int64_t &pick : picks) pick = dice.between(-1, a.shape()[axis]);
    Tensor indices = from_vector(picks, {static_cast<int64_t>(picks.size())});
    return add(block, values,
               "scatter_add(" + t(x) + ", " + list(picks) + ", " + t(*y) + ", axis " + std::to_string(axis) + ")",
               [x, y = *y, indices, axis](const Values &v, State &) {
                 return Values{scatter_add(v[x], indices, v[y], axis)};
               });
  }

  bool add_variable(Block &block, Values &values) {
    if (state.variables.empty()) return false;
    auto which = static_cast<size_t>(dice.below(static_cast<int64_t>(state.variables.size())));
    const Variable &variable = state.variables[which];
    if (dice.chance(40))
      return add(block, values, "read v" + std::to_string(which),
                 [which](const Values &, State &s) { return Values{s.variables[which].read()}; });
    auto y =
        like(values, [&](const Tensor &v) { return v.dtype() == variable.dtype() && v.shape() == variable.shape(); });
    if (!y) return false;
    return add(block, values, "v" + std::to_string(which) + ".assign(" + t(*y) + ")",
               [which, y = *y](const Values &v, State &s) {
                 s.variables[which].assign(v[y]);
                 return Values{};
               });
  }

  //===-- Branches and loops -----------------------------------------------------------------------------------===//

  static bool same_type(const Tensor &a, const Tensor &b) { return a.dtype() == b.dtype() && a.shape() == b.shape(); }

  /// A value of the type of each of `wanted`, among `values`, the later ones more often.
  std::vector<size_t> of_types(const Values &values, const Values &wanted) {
    std::vector<size_t> found;
    for (const Tensor &type : wanted) {
      std::vector<size_t> fitting;
      for (size_t i = 0; i < values.size(); ++i)
        if (same_type(values[i], type)) fitting.push_back(i);
      auto n = static_cast<int64_t>(fitting.size());
      found.push_back(
          fitting[static_cast<size_t>(dice.chance(70) ? n - 1 - dice.below(std::min<int64_t>(n, 3)) : dice.below(n))]);
    }
    return found;
  }

  bool add_control(Block &block, Values &values, int depth) {
    std::vector<size_t> inits;
    for (int64_t n = dice.between(1, 3); n > 0; --n) inits.push_back(any(values));
    Values carried;
    std::string names;
    for (size_t init : inits) {
      carried.push_back(values[init]);
      names += " " + t(init);
    }
    // Bodies are made on the variables' values of now; what making them assigns is undone, because they run again at
    // once.
    std::vector<Tensor> saved;
    for (const Variable &variable : state.variables) saved.push_back(variable.read());
    auto undo = [&] {
      for (size_t i = 0; i < saved.size(); ++i) state.variables[i].assign(saved[i]);
    };
    auto gather = [inits](const Values &v) {
      Values out;
      for (size_t init : inits) out.push_back(v[init]);
      return out;
    };
    auto body = [&](const Values &parameters) {
      auto inner = std::make_shared<Block>();
      Values local = values;
      local.insert(local.end(), parameters.begin(), parameters.end());
      grow(*inner, local, static_cast<int>(dice.between(1, 5)), depth + 1);
      inner->results = of_types(local, carried);
      undo();
      return inner;
    };
    std::string indent(static_cast<size_t>(2 * depth + 4), ' ');
    int64_t kind = dice.below(4);
    if (kind == 0) {
      auto yes = body({}), no = body({});
      auto pred = like(values, [](const Tensor &v) { return v.dtype() == boolean && v.rank() == 0; });
      if (!pred) {
        auto number = like(values, [](const Tensor &v) { return v.dtype() != boolean && v.size() > 0; });
        if (!number) return false;
        add(block, values, "sum(" + t(*number) + ") > 0",
            [number = *number](const Values &v, State &) { return Values{reduce_sum(v[number]) > 0}; });
        pred = values.size() - 1;
        // The branches were made before this value; their own values are numbered from here on.
        yes = body({}), no = body({});
      }
      return add(block, values, "cond(" + t(*pred) + ")\n" + yes->text(indent) + indent + "else\n" + no->text(indent),
                 [pred = *pred, yes, no](const Values &v, State &s) {
                   return cond(v[pred], [&] { return yes->run(v, s); }, [&] { return no->run(v, s); });
                 });
    }
    if (kind == 1) {
      int64_t trips = dice.below(4);
      Values parameters{constant(int64_t{0})};
      parameters.insert(parameters.end(), carried.begin(), carried.end());
      auto inner = body(parameters);
      return add(block, values, "for_range(0, " + std::to_string(trips) + "," + names + ")\n" + inner->text(indent),
                 [trips, inner, gather](const Values &v, State &s) {
                   return for_range(0, trips, gather(v), [&](Tensor i, const Values &now) {
                     Values local = v;
                     local.push_back(i);
                     local.insert(local.end(), now.begin(), now.end());
                     return inner->run(local, s);
                   });
                 });
    }
    if (kind == 2) {
      int trips = static_cast<int>(dice.below(4));
      Values parameters{constant(0)};
      parameters.insert(parameters.end(), carried.begin(), carried.end());
      auto inner = body(parameters);
      return add(block, values, "while(i < " + std::to_string(trips) + "," + names + ")\n" + inner->text(indent),
                 [trips, inner, gather](const Values &v, State &s) {
                   Values init{constant(0)};
                   for (Tensor &value : gather(v)) init.push_back(value);
                   return while_loop([&](const Values &now) { return now[0] < trips; },
                                     [&](const Values &now) {
                                       Values local = v;
                                       local.insert(local.end(), now.begin(), now.end());
                                       Values next{now[0] + 1};
                                       for (Tensor &value : inner->run(local, s)) next.push_back(value);
                                       return next;
                                     },
                                     init);
                 });
    }
    auto xs = like(values, [](const Tensor &v) { return v.rank() > 0 && v.shape()[0] > 0 && v.shape()[0] < 8; });
    if (!xs) return false;
    Values parameters = carried;
    parameters.push_back(values[*xs][0]);
    auto inner = body(parameters);
    size_t shown = inner->results[0];
    inner->results.push_back(shown);
    return add(block, values, "scan(" + t(*xs) + "," + names + ")\n" + inner->text(indent),
               [xs = *xs, inner, gather](const Values &v, State &s) {
                 auto [last, all] = scan(
                     [&](const Values &now, const Tensor &x) {
                       Values local = v;
                       local.insert(local.end(), now.begin(), now.end());
                       local.push_back(x);
                       Values next = inner->run(local, s);
                       Tensor y = next.back();
                       next.pop_back();
                       return std::pair{next, y};
                     },
                     gather(v), v[xs]);
                 Values out = last;
                 out.push_back(all);
                 return out;
               });
  }
};

}  // namespace random_program

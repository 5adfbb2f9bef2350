// Steps that compute: elementwise ops, reductions, products, numbers from nothing.
#include <algorithm>

#include "tests/programs/random/program.h"

namespace random_program {

bool Maker::add_unary(Block &block, Values &values, size_t x) {
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

bool Maker::add_binary(Block &block, Values &values, size_t x) {
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

bool Maker::add_select(Block &block, Values &values, size_t x) {
  const Tensor &a = values[x];
  auto p = like(values, [&](const Tensor &v) { return v.dtype() == boolean; });
  auto y = like(values, [&](const Tensor &v) { return v.dtype() == a.dtype(); });
  if (!p || !y) return false;
  return add(block, values, "select(" + t(*p) + ", " + t(x) + ", " + t(*y) + ")",
             [p = *p, x, y = *y](const Values &v, State &) { return Values{select(v[p], v[x], v[y])}; });
}

bool Maker::add_cast(Block &block, Values &values, size_t x) {
  DType to = dtype();
  return add(block, values, "cast(" + t(x) + ", " + std::string(name_of(to)) + ")",
             [x, to](const Values &v, State &) { return Values{cast(v[x], to)}; });
}

bool Maker::add_reduction(Block &block, Values &values, size_t x) {
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

bool Maker::add_dot(Block &block, Values &values, size_t x) {
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

bool Maker::add_one_hot(Block &block, Values &values, size_t x) {
  const Tensor &a = values[x];
  if (!is_integer(a.dtype())) return false;
  int64_t depth_of = dice.pick(std::vector<int64_t>{1, 3, 17});
  return add(block, values, "one_hot(" + t(x) + ", " + std::to_string(depth_of) + ")",
             [x, depth_of](const Values &v, State &) { return Values{one_hot(v[x], depth_of)}; });
}

bool Maker::add_numbers(Block &block, Values &values, size_t x) {
  Shape wanted = shape();
  if (dice.chance(50)) {
    auto from = like(values, [&](const Tensor &v) { return v.dtype() == i64 && v.rank() == 1 && v.shape()[0] == 2; });
    DType to = dice.chance(50) ? f32 : f64;
    if (from)
      return add(
          block, values, "random_uniform(" + t(*from) + ", " + to_string(wanted) + ")",
          [from = *from, wanted, to](const Values &v, State &) { return Values{random_uniform(v[from], wanted, to)}; });
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

}  // namespace random_program

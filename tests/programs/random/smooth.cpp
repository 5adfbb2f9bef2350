// Steps that are continuous and finite wherever they are asked, so that roundings stay small and derivatives exist.
#include "tests/programs/random/program.h"

namespace random_program {

bool Maker::add_smooth_unary(Block &block, Values &values, size_t x) {
  struct Entry {
    const char *name;
    Tensor (*f)(Operand);
  };
  static const std::vector<Entry> all = {{"sin", sin},
                                         {"cos", cos},
                                         {"tanh", tanh},
                                         {"sigmoid", sigmoid},
                                         {"erf", erf},
                                         {"softplus", softplus},
                                         {"silu", silu},
                                         {"atan", atan},
                                         {"softsign", softsign},
                                         {"neg", neg},
                                         {"asinh", asinh},
                                         {"relu", relu},
                                         {"abs", abs},
                                         {"mish", mish},
                                         {"relu", relu},
                                         {"tanh", tanh},
                                         {"leaky_relu", [](Operand v) { return leaky_relu(v); }},
                                         {"gelu", [](Operand v) { return gelu(v); }},
                                         {"1 / (1 + square)", [](Operand v) { return 1 / (1 + square(v)); }},
                                         {"exp(-square)", [](Operand v) { return exp(-square(v)); }},
                                         {"sqrt(1 + square)", [](Operand v) { return sqrt(1 + square(v)); }},
                                         {"log(1 + square)", [](Operand v) { return log(1 + square(v)); }},
                                         {"0.5 * _ - 0.25", [](Operand v) { return 0.5 * v - 0.25; }}};
  if (!is_floating(values[x].dtype())) return false;
  const Entry &entry = dice.pick(all);
  return unary(block, values, x, entry.name, entry.f);
}

bool Maker::add_smooth_binary(Block &block, Values &values, size_t x) {
  struct Entry {
    const char *name;
    Tensor (*f)(Operand, Operand);
  };
  static const std::vector<Entry> all = {
      {"add", etch::add},
      {"add", etch::add},
      {"sub", sub},
      {"mul", mul},
      {"mul", mul},
      {"maximum", maximum},
      {"minimum", minimum},
      {"_ / (1 + square(_))", [](Operand a, Operand b) { return a / (1 + square(b)); }},
      {"_ * sigmoid(_)", [](Operand a, Operand b) { return a * sigmoid(b); }},
      {"square_error", square_error}};
  const DType of = values[x].dtype();
  if (!is_floating(of)) return false;
  const Shape &shape = values[x].shape();
  auto y = like(values, [&](const Tensor &v) {
    return v.dtype() == of && (v.shape() == shape || (dice.chance(40) && v.rank() <= shape.rank()));
  });
  if (!y) return false;
  const Entry &entry = dice.pick(all);
  return dice.chance(50) ? binary(block, values, x, *y, entry.name, entry.f)
                         : binary(block, values, *y, x, entry.name, entry.f);
}

bool Maker::add_smooth_reduction(Block &block, Values &values, size_t x) {
  using Reduction = Tensor (*)(Operand, Axes, bool);
  struct Entry {
    const char *name;
    Reduction f;
  };
  static const std::vector<Entry> all = {
      {"reduce_sum", reduce_sum},
      {"mean", mean},
      {"reduce_max", reduce_max},
      {"reduce_min", reduce_min},
      {"logsumexp", logsumexp},
      {"variance", [](Operand v, Axes axes, bool keep) { return variance(v, axes, keep); }},
      {"mean", mean},
      {"reduce_sum", reduce_sum}};
  const Tensor &a = values[x];
  const auto axes = some_axes(a.rank(), 50);
  if (axes.empty() || !is_floating(a.dtype()) || a.size() == 0) return false;
  const bool keep = dice.chance(50);
  const Entry &entry = dice.pick(all);
  return add(block, values, std::string(entry.name) + "(" + t(x) + ", " + list(axes) + (keep ? ", keepdims)" : ")"),
             [x, axes, keep, f = entry.f](const Values &v, State &) { return Values{f(v[x], Axes(axes), keep)}; });
}

/// Running sums, and recurrences whose factors keep them small.
bool Maker::add_smooth_running(Block &block, Values &values, size_t x) {
  const Tensor &a = values[x];
  if (a.rank() == 0 || !is_floating(a.dtype())) return false;
  const int64_t axis = dice.below(a.rank()), kind = dice.below(4);
  const bool reverse = dice.chance(40);
  static const char *const names[] = {"cumsum", "cummax", "linear_scan(sigmoid, _)", "cumsum, exclusive,"};
  return add(block, values,
             std::string(names[kind]) + "(" + t(x) + ", axis " + std::to_string(axis) + (reverse ? ", reverse)" : ")"),
             [=](const Values &v, State &) {
               switch (kind) {
                 case 0: return Values{cumsum(v[x], axis, false, reverse)};
                 case 1: return Values{cummax(v[x], axis, reverse)};
                 case 2: return Values{linear_scan(sigmoid(v[x]), v[x], axis, reverse)};
                 default: return Values{cumsum(v[x], axis, true, reverse)};
               }
             });
}

/// Layers as models have them: a product with rows of another value as columns, a bias, an activation.
bool Maker::add_layer(Block &block, Values &values, size_t x) {
  const Tensor &a = values[x];
  if (a.rank() < 2 || !is_floating(a.dtype()) || a.size() == 0) return false;
  const int64_t depth = a.shape()[a.rank() - 1];
  const bool transposed = dice.chance(40);
  auto weight = like(values, [&](const Tensor &v) {
    return v.dtype() == a.dtype() && v.rank() == 2 && v.shape()[transposed ? 1 : 0] == depth;
  });
  if (!weight) return false;
  const int64_t width = values[*weight].shape()[transposed ? 0 : 1], kind = dice.below(6);
  auto bias = like(values, [&](const Tensor &v) {
    return v.dtype() == a.dtype() && (v.rank() == 0 || (v.shape()[v.rank() - 1] == width && v.rank() <= a.rank()));
  });
  if (!bias || a.size() / depth * width > kinds.max_elements) return false;
  static const char *const names[] = {"relu", "gelu", "tanh", "softmax", "none", "sigmoid"};
  return add(
      block, values,
      "layer(" + t(x) + ", " + t(*weight) + (transposed ? "^T" : "") + ", bias " + t(*bias) + ", " + names[kind] + ")",
      [=, weight = *weight, bias = *bias](const Values &v, State &) {
        Tensor y = matmul(v[x], v[weight], false, transposed) * (1.0 / static_cast<double>(depth)) + v[bias];
        switch (kind) {
          case 0: return Values{relu(y)};
          case 1: return Values{gelu(y)};
          case 2: return Values{tanh(y)};
          case 3: return Values{softmax(y, -1)};
          case 4: return Values{y};
          default: return Values{sigmoid(y)};
        }
      });
}

bool Maker::add_smooth_dot(Block &block, Values &values, size_t x) {
  return is_floating(values[x].dtype()) && add_dot(block, values, x);
}

}  // namespace random_program

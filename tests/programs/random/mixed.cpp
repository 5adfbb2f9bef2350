// Steps on every dtype at once: promotion, weak numbers, bits, constants, the edges of what numbers can be.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tests/programs/random/program.h"

namespace random_program {

namespace {

struct Unary {
  const char *name;
  Tensor (*f)(Operand);
};
struct Binary {
  const char *name;
  Tensor (*f)(Operand, Operand);
};

const std::vector<Binary> &number_functions() {
  static const std::vector<Binary> all = {{"add", etch::add},   {"sub", sub},
                                          {"mul", mul},         {"div", etch::div},
                                          {"maximum", maximum}, {"minimum", minimum},
                                          {"rem", etch::rem},   {"pow", etch::pow},
                                          {"less", less},       {"less_equal", less_equal},
                                          {"greater", greater}, {"greater_equal", greater_equal},
                                          {"equal", equal},     {"not_equal", not_equal}};
  return all;
}

/// Numbers at which rules of simplification and casts change their minds.
double edge(Dice &dice) {
  static const std::vector<double> edges = {
      0,       -0.0, 1,      -1,    2,     0.5,          -0.5,          3,
      7,       8,    31,     32,    63,    64,           127,           128,
      255,     256,  -128,   65504, 65520, 2147483647.0, -2147483648.0, 9.3e18,
      -9.3e18, 1e-8, 5.9e-8, 1e-40, 1e300, NAN,          INFINITY,      -INFINITY};
  return dice.pick(edges);
}

std::string number_text(double x) {
  char text[40];
  std::snprintf(text, sizeof text, "%g", x);
  return text;
}

}  // namespace

bool Maker::add_any_unary(Block &block, Values &values, size_t x) {
  static const std::vector<Unary> all = {{"abs", abs},           {"neg", neg},           {"sign", sign},
                                         {"square", square},     {"relu", relu},         {"acos", acos},
                                         {"acosh", acosh},       {"asin", asin},         {"asinh", asinh},
                                         {"atan", atan},         {"atanh", atanh},       {"cbrt", cbrt},
                                         {"ceil", ceil},         {"cos", cos},           {"cosh", cosh},
                                         {"digamma", digamma},   {"erf", erf},           {"erf_inv", erf_inv},
                                         {"erfc", erfc},         {"exp", exp},           {"exp2", exp2},
                                         {"expm1", expm1},       {"floor", floor},       {"is_finite", is_finite},
                                         {"is_inf", is_inf},     {"is_nan", is_nan},     {"lgamma", lgamma},
                                         {"log", log},           {"log10", log10},       {"log1p", log1p},
                                         {"log2", log2},         {"round", round},       {"rsqrt", rsqrt},
                                         {"sigmoid", sigmoid},   {"sin", sin},           {"sinh", sinh},
                                         {"sqrt", sqrt},         {"tan", tan},           {"tanh", tanh},
                                         {"trigamma", trigamma}, {"trunc", trunc},       {"softplus", softplus},
                                         {"silu", silu},         {"mish", mish},         {"log_sigmoid", log_sigmoid},
                                         {"selu", selu},         {"softsign", softsign}, {"hard_swish", hard_swish}};
  static const std::vector<Unary> bits = {
      {"bitwise_not", bitwise_not}, {"popcnt", popcnt}, {"neg", neg}, {"abs", abs}, {"sign", sign},
      {"square", square},           {"relu", relu}};
  const DType of = values[x].dtype();
  if (of == boolean) return unary(block, values, x, "logical_not", logical_not);
  const Unary &entry = is_integer(of) ? dice.pick(bits) : dice.pick(all);
  return unary(block, values, x, entry.name, entry.f);
}

bool Maker::add_any_binary(Block &block, Values &values, size_t x) {
  static const std::vector<Binary> bits = {{"bitwise_and", bitwise_and},
                                           {"bitwise_or", bitwise_or},
                                           {"bitwise_xor", bitwise_xor},
                                           {"shift_left", shift_left},
                                           {"shift_right_arithmetic", shift_right_arithmetic},
                                           {"shift_right_logical", shift_right_logical}};
  static const std::vector<Binary> truths = {
      {"and", logical_and}, {"or", logical_or}, {"xor", logical_xor}, {"equal", equal}, {"not_equal", not_equal}};
  const DType of = values[x].dtype();
  const bool both_truths = of == boolean && dice.chance(70), both_integers = is_integer(of) && dice.chance(50);
  auto y = like(values, [&](const Tensor &v) {
    if (both_truths) return v.dtype() == boolean;
    if (both_integers) return is_integer(v.dtype());
    return v.dtype() != boolean;
  });
  if (!y) return false;
  const Binary &entry = dice.pick(both_truths ? truths : both_integers ? bits : number_functions());
  if (is_floating(of) && dice.chance(8)) return binary(block, values, x, *y, "atan2", atan2);
  return dice.chance(50) ? binary(block, values, x, *y, entry.name, entry.f)
                         : binary(block, values, *y, x, entry.name, entry.f);
}

/// A C++ number at either side: it has no dtype of its own.
bool Maker::add_weak(Block &block, Values &values, size_t x) {
  const Binary &entry = dice.pick(number_functions());
  const bool first = dice.chance(40);
  const double number = edge(dice);
  const bool whole = dice.chance(50) && std::abs(number) < 1e9;
  const std::string text = whole ? std::to_string(static_cast<int>(number)) : number_text(number) + "f";
  return add(block, values,
             std::string(entry.name) + (first ? "(" + text + ", " + t(x) + ")" : "(" + t(x) + ", " + text + ")"),
             [=, f = entry.f](const Values &v, State &) {
               auto with = [&](Operand other) { return Values{first ? f(other, v[x]) : f(v[x], other)}; };
               return whole ? with(static_cast<int>(number)) : with(number);
             });
}

/// Elements that are known while tracing.
bool Maker::add_constant(Block &block, Values &values, size_t x) {
  const bool splat = dice.chance(50);
  const Shape wanted = dice.chance(60) ? values[x].shape() : shape();
  if (!fits(wanted)) return false;
  const DType of = dice.chance(60) ? values[x].dtype() : dtype();
  std::vector<double> numbers(static_cast<size_t>(splat ? 1 : wanted.num_elements()));
  for (double &number : numbers) number = dice.chance(60) ? edge(dice) : static_cast<double>(dice.between(-9, 9));
  std::string text = splat ? "full(" + number_text(numbers[0]) : "constant(";
  for (size_t i = 0; !splat && i < std::min<size_t>(numbers.size(), 12); ++i) text += " " + number_text(numbers[i]);
  return add(block, values, text + ", " + to_string(wanted) + ")", [=](const Values &, State &) {
    return Values{splat ? full(wanted, numbers[0], of) : cast(from_vector(numbers, wanted), of)};
  });
}

bool Maker::add_clamp(Block &block, Values &values, size_t x) {
  auto number = [&](const Tensor &v) { return v.dtype() != boolean; };
  auto low = like(values, number), high = like(values, number);
  if (!low || !high || values[x].dtype() == boolean) return false;
  return add(block, values, "clamp(" + t(x) + ", " + t(*low) + ", " + t(*high) + ")",
             [x, low = *low, high = *high](const Values &v, State &) { return Values{clamp(v[x], v[low], v[high])}; });
}

bool Maker::add_any_select(Block &block, Values &values, size_t x) {
  auto p = like(values, [&](const Tensor &v) { return v.dtype() == boolean; });
  const size_t y = any(values);
  if (!p) return false;
  return add(block, values, "select(" + t(*p) + ", " + t(x) + ", " + t(y) + ")",
             [p = *p, x, y](const Values &v, State &) { return Values{select(v[p], v[x], v[y])}; });
}

}  // namespace random_program

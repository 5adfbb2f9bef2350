#include "tests/programs/random/program.h"

#include <cmath>

namespace random_program {

Tensor random_values(Dice &dice, DType dtype, const Shape &shape, bool tame) {
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

std::string Block::text(const std::string &indent) const {
  std::string all;
  for (const Step &step : steps) {
    all += indent + step.text + "\n";
    for (const auto &body : step.bodies)
      all += (&body == &step.bodies[0] ? "" : indent + "or\n") + body->text(indent + "    ");
  }
  all += indent + "return";
  for (size_t result : results) all += " t" + std::to_string(result);
  return all + "\n";
}

void Maker::grow(Block &block, Values &values, int count, int depth) {
  for (int made = 0, tries = 0; made < count && tries < 20 * count; ++tries) made += add_step(block, values, depth);
}

Shape Maker::shape() {
  for (;;) {
    std::vector<int64_t> extents(static_cast<size_t>(dice.below(5)));
    for (int64_t &extent : extents) extent = dice.pick(kinds.extents);
    Shape shape(extents);
    if (shape.num_elements() <= kinds.max_elements) return shape;
  }
}
DType Maker::dtype() {
  if (!kinds.dtypes.empty()) return dice.pick(kinds.dtypes);
  if (kinds.tame) return f64;
  if (kinds.differentiable) return dice.chance(80) ? f32 : dice.pick(std::vector<DType>{f64, f64, f64, f16, bf16});
  return dice.pick(std::vector<DType>{f32, f32, f32, f32, f64, f16, bf16, i32, i64, u8, boolean});
}

size_t Maker::any(const Values &values) {
  auto n = static_cast<int64_t>(values.size());
  if (kinds.moving && dice.chance(80)) return values.size() - 1;
  return static_cast<size_t>(dice.chance(60) ? n - 1 - dice.below(std::min<int64_t>(n, 6)) : dice.below(n));
}

std::optional<size_t> Maker::like(const Values &values, const std::function<bool(const Tensor &)> &wanted) {
  for (int tries = 0; tries < 12; ++tries)
    if (size_t i = any(values); wanted(values[i])) return i;
  return {};
}

bool Maker::add(Block &block, Values &values, std::string text, Run run, std::vector<std::shared_ptr<Block>> bodies) {
  Values made;
  try {
    made = run(values, state);
  } catch (const UserError &error) {
    return false;  // what fails eagerly is not a program
  }
  for (const Tensor &value : made)
    if (!fits(value.shape()) || (kinds.moving && value.size() == 0)) return false;
  std::string line;
  for (size_t i = 0; i < made.size(); ++i)
    line += (i ? ", t" : "t") + std::to_string(values.size() + i) + ":" + std::string(name_of(made[i].dtype())) +
            to_string(made[i].shape());
  Step step{line + " = " + std::move(text), std::move(run), {}, std::move(bodies)};
  for (const Tensor &value : made) step.types.push_back(value.type());
  block.steps.push_back(std::move(step));
  for (Tensor &value : made) values.push_back(std::move(value));
  return true;
}

std::string Maker::list(const std::vector<int64_t> &numbers) {
  std::string text = "{";
  for (int64_t n : numbers) text += (text.size() > 1 ? "," : "") + std::to_string(n);
  return text + "}";
}

std::vector<int64_t> Maker::some_axes(int rank, int percent) {
  std::vector<int64_t> axes;
  for (int64_t axis = 0; axis < rank; ++axis)
    if (dice.chance(percent)) axes.push_back(axis);
  return axes;
}

std::vector<int64_t> Maker::shuffled(int rank) {
  std::vector<int64_t> order(static_cast<size_t>(rank));
  for (int64_t i = 0; i < rank; ++i) order[static_cast<size_t>(i)] = i;
  for (int64_t i = rank - 1; i > 0; --i)
    std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(dice.below(i + 1))]);
  return order;
}

bool Maker::unary(Block &block, Values &values, size_t x, const char *name, Tensor (*f)(Operand)) {
  return add(block, values, std::string(name) + "(" + t(x) + ")",
             [x, f](const Values &v, State &) { return Values{f(Operand(v[x], std::source_location::current()))}; });
}

bool Maker::binary(Block &block, Values &values, size_t x, size_t y, const char *name, Tensor (*f)(Operand, Operand)) {
  return add(block, values, std::string(name) + "(" + t(x) + ", " + t(y) + ")",
             [x, y, f](const Values &v, State &) { return Values{f(v[x], v[y])}; });
}

bool Maker::add_step(Block &block, Values &values, int depth) {
  using Add = bool (Maker::*)(Block &, Values &, size_t);
  struct Kind {
    int weight;
    Add add;
  };
  static const std::vector<Kind> all = {
      {18, &Maker::add_unary},     {24, &Maker::add_binary},     {4, &Maker::add_select},  {3, &Maker::add_cast},
      {10, &Maker::add_reduction}, {6, &Maker::add_dot},         {2, &Maker::add_one_hot}, {2, &Maker::add_numbers},
      {4, &Maker::add_transpose},  {4, &Maker::add_slice},       {3, &Maker::add_pad},     {2, &Maker::add_reverse},
      {3, &Maker::add_take},       {3, &Maker::add_concatenate}, {4, &Maker::add_reshape}, {2, &Maker::add_broadcast},
      {4, &Maker::add_block_move}, {2, &Maker::add_scatter},     {4, &Maker::add_running}, {4, &Maker::add_norm},
      {8, &Maker::add_window},     {2, &Maker::add_attention}};
  // Half of the steps compute, so that kernels find both in turn.
  static const std::vector<Kind> moving = {
      {12, &Maker::add_unary},     {4, &Maker::add_binary},      {1, &Maker::add_select},  {1, &Maker::add_reduction},
      {2, &Maker::add_transpose},  {2, &Maker::add_slice},       {2, &Maker::add_pad},     {2, &Maker::add_reverse},
      {1, &Maker::add_take},       {4, &Maker::add_concatenate}, {1, &Maker::add_reshape}, {1, &Maker::add_broadcast},
      {2, &Maker::add_block_move}, {2, &Maker::add_scatter}};
  static const std::vector<Kind> joining = {
      {8, &Maker::add_unary},     {14, &Maker::add_binary}, {2, &Maker::add_select}, {3, &Maker::add_reduction},
      {8, &Maker::add_stack},     {8, &Maker::add_column},  {3, &Maker::add_slice},  {2, &Maker::add_concatenate},
      {2, &Maker::add_broadcast}, {1, &Maker::add_reshape}, {1, &Maker::add_pad},    {1, &Maker::add_transpose}};
  static const std::vector<Kind> mixed = {
      {14, &Maker::add_any_unary},  {18, &Maker::add_any_binary}, {12, &Maker::add_weak}, {8, &Maker::add_constant},
      {3, &Maker::add_clamp},       {6, &Maker::add_any_select},  {8, &Maker::add_cast},  {5, &Maker::add_reduction},
      {2, &Maker::add_running},     {2, &Maker::add_transpose},   {2, &Maker::add_slice}, {2, &Maker::add_broadcast},
      {2, &Maker::add_concatenate}, {2, &Maker::add_pad},         {2, &Maker::add_take},  {1, &Maker::add_reshape}};
  static const std::vector<Kind> smooth = {{12, &Maker::add_smooth_unary},
                                           {14, &Maker::add_smooth_binary},
                                           {8, &Maker::add_smooth_reduction},
                                           {3, &Maker::add_smooth_running},
                                           {6, &Maker::add_smooth_dot},
                                           {8, &Maker::add_layer},
                                           {3, &Maker::add_select},
                                           {3, &Maker::add_transpose},
                                           {2, &Maker::add_slice},
                                           {2, &Maker::add_pad},
                                           {1, &Maker::add_reverse},
                                           {2, &Maker::add_take},
                                           {2, &Maker::add_concatenate},
                                           {3, &Maker::add_reshape},
                                           {2, &Maker::add_broadcast},
                                           {3, &Maker::add_block_move},
                                           {2, &Maker::add_scatter},
                                           {5, &Maker::add_norm},
                                           {7, &Maker::add_window},
                                           {3, &Maker::add_attention}};
  static const std::vector<Kind> updating = {
      {6, &Maker::add_unary},       {8, &Maker::add_binary},      {2, &Maker::add_select},  {2, &Maker::add_reduction},
      {3, &Maker::add_transpose},   {3, &Maker::add_slice},       {1, &Maker::add_pad},     {3, &Maker::add_reverse},
      {2, &Maker::add_take},        {3, &Maker::add_concatenate}, {2, &Maker::add_reshape}, {1, &Maker::add_broadcast},
      {14, &Maker::add_block_move}, {10, &Maker::add_scatter},    {1, &Maker::add_running}, {2, &Maker::add_dot}};
  const std::vector<Kind> &table = kinds.moving     ? moving
                                   : kinds.joining  ? joining
                                   : kinds.mixed    ? mixed
                                   : kinds.updating ? updating
                                   : kinds.smooth   ? smooth
                                                    : all;
  int64_t total = 0;
  for (const Kind &kind : table) total += kind.weight;
  if (kinds.control_flow && depth < 2 && dice.chance(10)) return add_control(block, values, depth);
  if (kinds.variables && dice.chance(kinds.updating ? 30 : 15)) return add_variable(block, values);
  int64_t number = dice.below(total);
  for (const Kind &kind : table)
    if ((number -= kind.weight) < 0) return (this->*kind.add)(block, values, any(values));
  return false;
}

}  // namespace random_program

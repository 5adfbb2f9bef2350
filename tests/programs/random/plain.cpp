#include "tests/programs/random/plain.h"

#include <algorithm>
#include <cmath>

namespace random_program {

using namespace etch;

long double largest_whole(DType dtype) {
  switch (dtype) {
    case DType::boolean: return 1;
    case DType::u8: return 255;
    case DType::i32: return 0x7fffffff;
    case DType::bf16: return 256;
    case DType::f16: return 2048;
    case DType::f32: return 1 << 24;
    default: return 0x1p53L;  // i64, too: what is beyond does not occur
  }
}

PlainProgram::PlainProgram(uint64_t seed, int count, int64_t max_elements, std::vector<int64_t> extents)
    : dice_(seed), max_elements_(max_elements), extents_(std::move(extents)) {
  for (int64_t n = dice_.between(2, 5); n > 0; --n) add_input();
  num_inputs_ = values_.size();
  for (int made = 0, tries = 0; made < count && tries < 20 * count; ++tries) made += add_step();
  const auto total = static_cast<int64_t>(values_.size());
  for (int64_t n = dice_.between(1, 6); n > 0; --n)
    wanted.push_back(static_cast<size_t>(dice_.chance(60) ? total - 1 - dice_.below(std::min<int64_t>(6, total))
                                                          : dice_.below(total)));
}

void PlainProgram::add_input() {
  const DType dtype = dice_.pick(std::vector<DType>{f32, f32, f32, f64, f16, bf16, i32, i64, u8, boolean});
  // Now and then numbers of which integers wrap.
  const bool is_large = dice_.chance(10) && largest_whole(dtype) > 300;
  const auto high = static_cast<int64_t>(std::min<long double>(largest_whole(dtype), is_large ? 1000000 : 9));
  const Shape shape =
      !values_.empty() && dice_.chance(40) ? dice_.pick(values_).array.shape : some_shape(values_.empty() ? 2 : 0);
  values_.push_back({dtype, numeric::generate(shape, [&](const Position &) -> long double {
                       return static_cast<long double>(
                           dice_.between(dtype == u8 || dtype == boolean ? 0 : -high, high));
                     })});
}

bool PlainProgram::add_step() {
  using Add = bool (PlainProgram::*)(size_t);
  using P = PlainProgram;
  static const std::vector<Add> adds = {
      &P::add_slice,      &P::add_pad,         &P::add_reverse,     &P::add_concatenate, &P::add_transpose,
      &P::add_transpose,  &P::add_broadcast,   &P::add_reshape,     &P::add_reshape,     &P::add_take,
      &P::add_scatter,    &P::add_block,       &P::add_block,       &P::add_window,      &P::add_place_of_maximum,
      &P::add_window,     &P::add_convolution, &P::add_convolution, &P::add_convolution, &P::add_running,
      &P::add_running,    &P::add_reduction,   &P::add_reduction,   &P::add_elementwise, &P::add_elementwise,
      &P::add_comparison, &P::add_cast};
  return (this->*dice_.pick(adds))(any());
}

bool PlainProgram::add(std::string text, DType dtype, Array array, Run run) {
  if (array.shape.rank() > 5 || array.shape.num_elements() > max_elements_) return false;
  if (array.values.size() <= 1 && dice_.chance(80)) return false;  // few, or soon there is nothing else
  for (long double &value : array.values) {
    if (!is_floating(dtype)) value = numeric::stored(value, dtype);
    if (std::fabs(value) > largest_whole(dtype)) return false;
  }
  text = t(values_.size()) + ":" + std::string(name_of(dtype)) + to_string(array.shape) + " = " + std::move(text);
  values_.push_back({dtype, std::move(array)});
  steps_.push_back({std::move(text), std::move(run)});
  return true;
}

bool PlainProgram::add_elementwise(size_t x) {
  if (dtype(x) == boolean) return false;
  auto y = like([&](size_t i) {
    if (dtype(i) != dtype(x)) return false;
    for (int axis = 1; axis <= std::min(shape(i).rank(), shape(x).rank()); ++axis) {
      const int64_t a = shape(i)[shape(i).rank() - axis], b = shape(x)[shape(x).rank() - axis];
      if (a != b && a != 1 && b != 1) return false;
    }
    return true;
  });
  if (!y) return false;
  static const char *const names[] = {"add", "sub", "mul", "maximum", "minimum"};
  const auto kind = dice_.below(5);
  auto combine = [kind](long double a, long double b) {
    switch (kind) {
      case 0: return a + b;
      case 1: return a - b;
      case 2: return a * b;
      case 3: return std::max(a, b);
      default: return std::min(a, b);
    }
  };
  Array made = numeric::generate(numeric::broadcast_shape(shape(x), shape(*y)), [&](const Position &p) {
    return combine(numeric::broadcast_read(array(x), p), numeric::broadcast_read(array(*y), p));
  });
  return add(std::string(names[kind]) + "(" + t(x) + ", " + t(*y) + ")", dtype(x), std::move(made),
             [x, y = *y, kind](const Tensors &v) {
               switch (kind) {
                 case 0: return v[x] + v[y];
                 case 1: return v[x] - v[y];
                 case 2: return v[x] * v[y];
                 case 3: return maximum(v[x], v[y]);
                 default: return minimum(v[x], v[y]);
               }
             });
}

bool PlainProgram::add_comparison(size_t x) {
  auto y = like([&](size_t i) { return dtype(i) == dtype(x) && shape(i) == shape(x); });
  if (!y) return false;
  const bool picks = dice_.chance(60);
  if (!picks && dtype(x) == boolean) return false;
  auto pred = like([&](size_t i) { return dtype(i) == boolean && shape(i) == shape(x); });
  if (picks && !pred) return false;
  if (!picks)
    return add("less(" + t(x) + ", " + t(*y) + ")", boolean,
               numeric::generate(shape(x), [&](const Position &p) { return array(x)[p] < array(*y)[p]; }),
               [x, y = *y](const Tensors &v) { return less(v[x], v[y]); });
  return add(
      "select(" + t(*pred) + ", " + t(x) + ", " + t(*y) + ")", dtype(x),
      numeric::generate(shape(x), [&](const Position &p) { return array(*pred)[p] ? array(x)[p] : array(*y)[p]; }),
      [x, y = *y, pred = *pred](const Tensors &v) { return select(v[pred], v[x], v[y]); });
}

bool PlainProgram::add_cast(size_t x) {
  const DType to = dice_.pick(std::vector<DType>{f32, f64, bf16, f16, i32, i64, u8, boolean});
  // From float to integer casts saturate; those are not made here.
  for (long double value : array(x).values)
    if (std::fabs(value) > largest_whole(to) || (to == u8 && value < 0))
      if (to != boolean && is_floating(dtype(x))) return false;
  Array made = array(x);
  if (to == boolean)
    for (long double &value : made.values) value = value != 0;
  return add("cast(" + t(x) + ")", to, std::move(made), [x, to](const Tensors &v) { return cast(v[x], to); });
}

PlainProgram::Tensors PlainProgram::inputs() const {
  Tensors all;
  for (size_t i = 0; i < num_inputs_; ++i) all.push_back(numeric::tensor_of(values_[i].array, values_[i].dtype));
  return all;
}

PlainProgram::Tensors PlainProgram::run(const Tensors &inputs) const {
  Tensors all = inputs, results;
  for (const Step &step : steps_) all.push_back(step.run(all));
  for (size_t i : wanted) results.push_back(all[i]);
  return results;
}

std::string PlainProgram::check(const Tensors &results) const {
  for (size_t i = 0; i < wanted.size(); ++i) {
    const Value &value = values_[wanted[i]];
    const std::string name = t(wanted[i]) + ":" + std::string(name_of(value.dtype)) + to_string(value.array.shape);
    if (results[i].dtype() != value.dtype || results[i].shape() != value.array.shape)
      return name + ": the type is " + to_string(results[i].type());
    const Array actual = numeric::array_of(results[i]);
    for (size_t j = 0; j < actual.values.size(); ++j)
      if (actual.values[j] != value.array.values[j])
        return name + " at " + std::to_string(j) + ": " + std::to_string(static_cast<double>(actual.values[j])) +
               " instead of " + std::to_string(static_cast<double>(value.array.values[j]));
  }
  return "";
}

std::string PlainProgram::text() const {
  std::string all;
  for (size_t i = 0; i < num_inputs_; ++i)
    all += "  " + t(i) + ":" + std::string(name_of(dtype(i))) + to_string(shape(i)) + "\n";
  for (const Step &step : steps_) all += "  " + step.text + "\n";
  all += "  return";
  for (size_t i : wanted) all += " " + t(i);
  return all + "\n";
}

size_t PlainProgram::any() {
  const auto n = static_cast<int64_t>(values_.size());
  return static_cast<size_t>(dice_.chance(60) ? n - 1 - dice_.below(std::min<int64_t>(n, 4)) : dice_.below(n));
}

std::optional<size_t> PlainProgram::like(const std::function<bool(size_t)> &wanted) {
  for (int tries = 0; tries < 16; ++tries)
    if (size_t i = any(); wanted(i)) return i;
  return {};
}

Shape PlainProgram::some_shape(int64_t least_rank) {
  for (;;) {
    std::vector<int64_t> extents(static_cast<size_t>(dice_.between(least_rank, 4)));
    for (int64_t &extent : extents) extent = dice_.pick(extents_);
    Shape shape(extents);
    if (shape.num_elements() <= max_elements_ && shape.num_elements() > (least_rank ? 8 : -1)) return shape;
  }
}

bool PlainProgram::sums_are_exact(size_t x, int64_t count) const {
  long double largest = 0;
  for (long double value : array(x).values) largest = std::max(largest, std::fabs(value));
  return largest * static_cast<long double>(count) <= (is_floating(dtype(x)) ? largest_whole(dtype(x)) : 0x1p53L);
}

std::string PlainProgram::list(const std::vector<int64_t> &numbers) {
  std::string all = "{";
  for (int64_t number : numbers) all += (all.size() > 1 ? ", " : "") + std::to_string(number);
  return all + "}";
}

}  // namespace random_program

// Steps that sum or compare elements: windows, convolutions, running results, reductions, with their plain loops.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/numeric/window_reference.h"
#include "tests/programs/random/plain.h"

namespace random_program {

using namespace etch;
using numeric::generate;

namespace {

size_t at(int64_t i) { return static_cast<size_t>(i); }
using List = std::vector<int64_t>;

Array zeros_like(const Shape &shape) {
  return generate(shape, [](const Position &) -> long double { return 0; });
}

Padding some_padding(Dice &dice) {
  if (dice.chance(40)) return {};
  return {dice.between(-1, 3), dice.between(-1, 3), 0};
}

/// Paddings that cut more than there is are an error.
bool cuts_too_much(int64_t extent, const Padding &padding) {
  return (extent ? (extent - 1) * (padding.interior + 1) + 1 : 0) + padding.low + padding.high < 0;
}

std::string text_of(const std::vector<Padding> &padding) {
  std::string text;
  for (const Padding &p : padding)
    text += " " + std::to_string(p.low) + "/" + std::to_string(p.high) + "/" + std::to_string(p.interior);
  return text;
}

/// A window over an array of this shape; along most axes one element only.
Window some_window(Dice &dice, const Shape &shape, bool is_dilated) {
  Window window;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const bool slides = dice.chance(60);
    window.extents.push_back(slides ? dice.between(1, dice.chance(15) ? 9 : 4) : 1);
    window.strides.push_back(dice.chance(50) ? 1 : dice.between(1, 4));
    window.dilations.push_back(dice.chance(80) ? 1 : dice.between(1, 3));
    window.padding.push_back(slides ? some_padding(dice) : Padding{});
    if (is_dilated && dice.chance(20)) window.padding.back().interior = dice.between(1, 2);
    if (cuts_too_much(shape[axis], window.padding.back())) window.padding.back() = {};
  }
  return window;
}

std::string text_of(const Window &window, const std::string &extents, const std::string &strides,
                    const std::string &dilations) {
  return " window " + extents + " strides " + strides + " dilations " + dilations + " padding" +
         text_of(window.padding);
}

}  // namespace

bool PlainProgram::add_window(size_t x) {
  if (dtype(x) == boolean || array(x).values.empty()) return false;
  const bool is_sum = dice_.chance(50);
  const Window window = some_window(dice_, shape(x), is_sum);
  const int64_t count = Shape(window.extents).num_elements();
  if (is_sum && !sums_are_exact(x, count)) return false;
  const numeric::WindowReference reference(shape(x), window);
  if (reference.result.num_elements() * count > 20 * max_elements_) return false;
  Array made = zeros_like(reference.result);
  std::vector<bool> is_seen(made.values.size());
  reference.for_each_element([&](size_t from, size_t to) {
    const long double value = array(x).values[from];
    made.values[to] = is_sum ? made.values[to] + value : is_seen[to] ? std::max(made.values[to], value) : value;
    is_seen[to] = true;
  });
  // A maximum of nothing is no whole number.
  if (!is_sum && std::find(is_seen.begin(), is_seen.end(), false) != is_seen.end()) return false;
  return add(std::string("reduce_window_") + (is_sum ? "sum(" : "max(") + t(x) +
                 text_of(window, list(window.extents), list(window.strides), list(window.dilations)) + ")",
             dtype(x), std::move(made), [x, window, is_sum](const Tensors &v) {
               return is_sum ? reduce_window_sum(v[x], window) : reduce_window_max(v[x], window);
             });
}

bool PlainProgram::add_place_of_maximum(size_t x) {
  if (dtype(x) == boolean || array(x).values.empty()) return false;
  const Window window = some_window(dice_, shape(x), false);
  const numeric::WindowReference reference(shape(x), window);
  const bool gathers = dice_.chance(50);
  auto y = like([&](size_t i) { return dtype(i) == dtype(x) && shape(i) == (gathers ? shape(x) : reference.result); });
  if (!y || reference.result.num_elements() * Shape(window.extents).num_elements() > 20 * max_elements_) return false;
  if (!gathers && !sums_are_exact(*y, Shape(window.extents).num_elements())) return false;
  std::vector<std::optional<size_t>> places(at(reference.result.num_elements()));
  reference.for_each_element([&](size_t from, size_t to) {
    if (!places[to] || array(x).values[from] > array(x).values[*places[to]]) places[to] = from;
  });
  Array made = zeros_like(gathers ? reference.result : shape(x));
  for (size_t i = 0; i < places.size(); ++i)
    if (places[i] && gathers)
      made.values[i] = array(*y).values[*places[i]];
    else if (places[i])
      made.values[*places[i]] += array(*y).values[i];
  return add(std::string("select_and_") + (gathers ? "gather(" : "scatter_add(") + t(x) + ", " + t(*y) +
                 text_of(window, list(window.extents), list(window.strides), list(window.dilations)) + ")",
             dtype(x), std::move(made), [x, y = *y, window, gathers](const Tensors &v) {
               return gathers ? select_and_gather(v[x], v[y], window) : select_and_scatter_add(v[x], v[y], window);
             });
}

/// Any order of axes, any groups; the filters are what a value holds.
bool PlainProgram::add_convolution(size_t x) {
  const int rank = shape(x).rank();
  if (rank < 3 || dtype(x) == boolean || array(x).values.empty()) return false;
  auto y = like([&](size_t i) { return dtype(i) == dtype(x) && !array(i).values.empty(); });
  if (!y) return false;
  const auto spatial = at(rank - 2);
  Convolution options;
  auto some_axes = [&] {
    List order(at(rank));
    std::iota(order.begin(), order.end(), 0);
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[at(dice_.below(static_cast<int64_t>(i)))]);
    return ConvolutionAxes{order[0], order[1], List(order.begin() + 2, order.end())};
  };
  ConvolutionAxes defaults{0, rank - 1, List(spatial)}, filter_defaults{rank - 1, rank - 2, List(spatial)};
  std::iota(defaults.spatial.begin(), defaults.spatial.end(), 1);
  std::iota(filter_defaults.spatial.begin(), filter_defaults.spatial.end(), 0);
  const bool is_usual = dice_.chance(50);
  options.x_axes = is_usual ? defaults : some_axes();
  options.filter_axes = is_usual ? filter_defaults : some_axes();
  options.result_axes = is_usual ? defaults : some_axes();
  auto extent = [&](int64_t axis) { return shape(x)[static_cast<int>(axis)]; };
  const int64_t inputs = extent(options.x_axes.feature), batch = extent(options.x_axes.batch);
  auto some_divisor = [&](int64_t n) {
    int64_t by = dice_.chance(50) ? n : dice_.between(1, n);
    while (n % by != 0) --by;
    return by;
  };
  if (dice_.chance(40)) options.feature_groups = some_divisor(inputs);
  if (options.feature_groups == 1 && dice_.chance(30)) options.batch_groups = some_divisor(batch);
  const int64_t groups = options.feature_groups * options.batch_groups;
  Shape filters(List(at(rank), 1));
  int64_t products = inputs / options.feature_groups;
  filters[static_cast<int>(options.filter_axes.feature)] = products;
  filters[static_cast<int>(options.filter_axes.batch)] = groups * dice_.between(1, dice_.chance(30) ? 20 : 4);
  for (size_t i = 0; i < spatial; ++i) {
    const int64_t window = dice_.between(1, dice_.chance(10) ? 8 : 3);
    filters[static_cast<int>(options.filter_axes.spatial[i])] = window;
    products *= window;
    options.strides.push_back(dice_.chance(60) ? 1 : dice_.between(1, 3));
    options.dilations.push_back(dice_.chance(75) ? 1 : dice_.between(1, 3));
    options.padding.push_back(some_padding(dice_));
    if (dice_.chance(20)) options.padding.back().interior = dice_.between(1, 2);
    if (cuts_too_much(extent(options.x_axes.spatial[i]), options.padding.back())) options.padding.back() = {};
  }
  if (filters.num_elements() > max_elements_) return false;
  // Filters of small numbers, or sums would not be exact.
  List picks(at(filters.num_elements()));
  for (int64_t &pick : picks) pick = dice_.below(static_cast<int64_t>(array(*y).values.size()));
  Array filter_array = generate(filters, [](const Position &) -> long double { return 0; });
  long double largest = 0;
  for (size_t i = 0; i < picks.size(); ++i) {
    filter_array.values[i] = array(*y).values[at(picks[i])];
    largest = std::max(largest, std::fabs(filter_array.values[i]));
  }
  if (largest > 0x1p20L || !sums_are_exact(x, products * static_cast<int64_t>(largest))) return false;
  const numeric::ConvolutionReference reference(shape(x), filters, options);
  if (reference.result.num_elements() > max_elements_ || reference.result.num_elements() * products > 2000000)
    return false;
  Array made = reference.forward(array(x), filter_array);
  const Tensor indices = from_vector(picks, {static_cast<int64_t>(picks.size())});
  auto axes_text = [](const ConvolutionAxes &axes) {
    return "b" + std::to_string(axes.batch) + "f" + std::to_string(axes.feature) + list(axes.spatial);
  };
  return add("convolution(" + t(x) + ", elements of " + t(*y) + " as " + to_string(filters) + " axes " +
                 axes_text(options.x_axes) + " " + axes_text(options.filter_axes) + " " +
                 axes_text(options.result_axes) + " strides " + list(options.strides) + " dilations " +
                 list(options.dilations) + " padding" + text_of(options.padding) + " groups " +
                 std::to_string(options.feature_groups) + "x" + std::to_string(options.batch_groups) + ")",
             dtype(x), std::move(made), [x, y = *y, options, indices, filters](const Tensors &v) {
               return convolution(v[x], reshape(take(reshape(v[y], {v[y].size()}), indices, 0), filters), options);
             });
}

bool PlainProgram::add_running(size_t x) {
  const int rank = shape(x).rank();
  if (rank == 0 || dtype(x) == boolean) return false;
  const auto axis = static_cast<int>(dice_.below(rank));
  const int64_t kind = dice_.below(4), n = shape(x)[axis];
  const bool exclusive = kind < 2 && dice_.chance(30), reverse = dice_.chance(40);
  if (kind == 0 && !sums_are_exact(x, n)) return false;
  auto join = [kind](long double a, long double b) {
    return kind == 0 ? a + b : kind == 1 ? a * b : kind == 2 ? std::max(a, b) : std::min(a, b);
  };
  Array made = array(x);
  bool is_exact = true;
  numeric::for_each_position(shape(x), [&](Position p) {
    const size_t axis_at = at(axis);
    if (p[axis_at] != 0) return;
    std::optional<long double> so_far;
    if (kind < 2) so_far = kind;
    for (int64_t i = 0; i < n; ++i) {
      p[axis_at] = reverse ? n - 1 - i : i;
      const long double value = array(x)[p];
      if (exclusive) made[p] = *so_far;
      so_far = so_far ? join(*so_far, value) : value;
      // Products are not taken in order.
      if (kind == 1 && std::fabs(*so_far) > (is_floating(dtype(x)) ? largest_whole(dtype(x)) : 0x1p53L))
        is_exact = false;
      if (!exclusive) made[p] = *so_far;
    }
  });
  if (kind == 1)
    for (long double value : array(x).values)
      if (std::fabs(value) > 1 && n > 3) is_exact = false;
  if (!is_exact) return false;
  static const char *const names[] = {"cumsum(", "cumprod(", "cummax(", "cummin("};
  return add(names[kind] + t(x) + ", axis " + std::to_string(axis) + (exclusive ? ", exclusive" : "") +
                 (reverse ? ", reverse)" : ")"),
             dtype(x), std::move(made), [x, kind, axis, exclusive, reverse](const Tensors &v) {
               switch (kind) {
                 case 0: return cumsum(v[x], axis, exclusive, reverse);
                 case 1: return cumprod(v[x], axis, exclusive, reverse);
                 case 2: return cummax(v[x], axis, reverse);
                 default: return cummin(v[x], axis, reverse);
               }
             });
}

bool PlainProgram::add_reduction(size_t x) {
  const int rank = shape(x).rank();
  if (dtype(x) == boolean) return false;
  const int64_t kind = dice_.below(5);
  const bool keepdims = dice_.chance(40), is_place = kind >= 3;
  if (is_place && rank == 0) return false;
  List axes;
  for (int64_t axis = 0; axis < rank; ++axis)
    if (dice_.chance(50)) axes.push_back(axis);
  if (is_place) axes = {dice_.below(rank)};
  if (axes.empty()) return false;
  int64_t count = 1;
  List kept;
  for (int64_t axis = 0; axis < rank; ++axis) {
    const bool is_reduced = std::find(axes.begin(), axes.end(), axis) != axes.end();
    if (is_reduced) count *= shape(x)[static_cast<int>(axis)];
    if (!is_reduced || keepdims) kept.push_back(is_reduced ? 1 : shape(x)[static_cast<int>(axis)]);
  }
  if (kind == 0 ? !sums_are_exact(x, count) : count == 0) return false;
  Array made = zeros_like(Shape(kept)), best = made;
  std::vector<bool> is_seen(made.values.size());
  numeric::for_each_position(shape(x), [&](const Position &p) {
    Position q;
    for (int64_t axis = 0; axis < rank; ++axis) {
      const bool is_reduced = std::find(axes.begin(), axes.end(), axis) != axes.end();
      if (!is_reduced || keepdims) q.push_back(is_reduced ? 0 : p[at(axis)]);
    }
    const size_t i = made.offset(q);
    const long double value = array(x)[p];
    const bool is_max = kind == 1 || kind == 3;
    if (kind == 0) {
      made.values[i] += value;
    } else if (!is_seen[i] || (is_max ? value > best.values[i] : value < best.values[i])) {
      best.values[i] = value;
      made.values[i] = is_place ? static_cast<long double>(p[at(axes[0])]) : value;
    }
    is_seen[i] = true;
  });
  static const char *const names[] = {"reduce_sum(", "reduce_max(", "reduce_min(", "argmax(", "argmin("};
  return add(names[kind] + t(x) + ", " + list(axes) + (keepdims ? ", keepdims)" : ")"), is_place ? i64 : dtype(x),
             std::move(made), [x, kind, axes, keepdims](const Tensors &v) {
               switch (kind) {
                 case 0: return reduce_sum(v[x], Axes(axes), keepdims);
                 case 1: return reduce_max(v[x], Axes(axes), keepdims);
                 case 2: return reduce_min(v[x], Axes(axes), keepdims);
                 case 3: return argmax(v[x], axes[0], keepdims);
                 default: return argmin(v[x], axes[0], keepdims);
               }
             });
}

}  // namespace random_program

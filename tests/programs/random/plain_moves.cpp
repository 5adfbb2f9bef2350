// Steps that move elements, with their plain loops.
#include <algorithm>
#include <numeric>

#include "tests/programs/random/plain.h"

namespace random_program {

using namespace etch;
using numeric::generate;

namespace {

size_t at(int64_t i) { return static_cast<size_t>(i); }
using List = std::vector<int64_t>;

}  // namespace

bool PlainProgram::add_slice(size_t x) {
  std::vector<Range> ranges;
  List starts, strides, extents;
  std::string text = "slice(" + t(x);
  for (int64_t n : shape(x)) {
    int64_t low = dice_.between(0, n), high = dice_.between(low, n);
    if (dice_.chance(50)) low = 0, high = n;
    const int64_t stride = dice_.chance(70) ? 1 : dice_.between(1, 4);
    text += " " + std::to_string(low) + ":" + std::to_string(high) + ":" + std::to_string(stride);
    // Positions may count from the end.
    ranges.emplace_back(low < n && low > 0 && dice_.chance(20) ? low - n : low,
                        high < n && high > 0 && dice_.chance(20) ? high - n : high, stride);
    starts.push_back(low), strides.push_back(stride), extents.push_back((high - low + stride - 1) / stride);
  }
  Array made = generate(Shape(extents), [&](Position p) {
    for (size_t i = 0; i < p.size(); ++i) p[i] = starts[i] + p[i] * strides[i];
    return array(x)[p];
  });
  return add(text + ")", dtype(x), std::move(made), [x, ranges](const Tensors &v) { return slice(v[x], ranges); });
}

bool PlainProgram::add_pad(size_t x) {
  std::vector<Padding> padding;
  List extents;
  std::string text = "pad(" + t(x);
  for (int64_t n : shape(x)) {
    Padding p{dice_.between(-2, 3), dice_.between(-2, 3), dice_.chance(70) ? 0 : dice_.between(1, 2)};
    if (dice_.chance(40)) p = {};
    const int64_t extent = (n ? (n - 1) * (p.interior + 1) + 1 : 0) + p.low + p.high;
    if (extent < 0) return false;
    extents.push_back(extent), padding.push_back(p);
    text += " " + std::to_string(p.low) + "/" + std::to_string(p.high) + "/" + std::to_string(p.interior);
  }
  const bool around = dtype(x) == boolean ? dice_.chance(50) : true;
  const auto value = dtype(x) == boolean ? static_cast<int64_t>(around) : dice_.between(0, 5);
  Array made = generate(Shape(extents), [&](Position p) -> long double {
    for (size_t i = 0; i < p.size(); ++i) {
      const int64_t gap = padding[i].interior + 1;
      p[i] -= padding[i].low;
      if (p[i] < 0 || p[i] % gap != 0 || p[i] / gap >= shape(x)[static_cast<int>(i)])
        return static_cast<long double>(value);
      p[i] /= gap;
    }
    return array(x)[p];
  });
  return add(text + ", " + std::to_string(value) + ")", dtype(x), std::move(made),
             [x, padding, value, is_bool = dtype(x) == boolean](const Tensors &v) {
               return is_bool ? pad(v[x], padding, value != 0) : pad(v[x], padding, value);
             });
}

bool PlainProgram::add_reverse(size_t x) {
  List axes;
  for (int64_t axis = 0; axis < shape(x).rank(); ++axis)
    if (dice_.chance(50)) axes.push_back(dice_.chance(20) ? axis - shape(x).rank() : axis);
  if (axes.empty()) return false;
  Array made = generate(shape(x), [&](Position p) {
    for (int64_t axis : axes) {
      const int64_t own = axis < 0 ? axis + shape(x).rank() : axis;
      p[at(own)] = shape(x)[static_cast<int>(own)] - 1 - p[at(own)];
    }
    return array(x)[p];
  });
  return add("reverse(" + t(x) + ", " + list(axes) + ")", dtype(x), std::move(made),
             [x, axes](const Tensors &v) { return reverse(v[x], Axes(axes)); });
}

bool PlainProgram::add_concatenate(size_t x) {
  const int rank = shape(x).rank();
  if (rank == 0) return false;
  const auto axis = static_cast<int>(dice_.below(rank));
  std::vector<size_t> parts{x};
  for (int64_t n = dice_.between(1, 3); n > 0; --n) {
    auto y = like([&](size_t i) {
      if (dtype(i) != dtype(x) || shape(i).rank() != rank) return false;
      for (int k = 0; k < rank; ++k)
        if (k != axis && shape(i)[k] != shape(x)[k]) return false;
      return true;
    });
    if (y) parts.push_back(*y);
  }
  if (dice_.chance(50)) std::swap(parts.front(), parts.back());
  Shape extents = shape(x);
  extents[axis] = 0;
  std::string text = "concatenate(axis " + std::to_string(axis);
  for (size_t part : parts) extents[axis] += shape(part)[axis], text += " " + t(part);
  Array made = generate(extents, [&](Position p) -> long double {
    for (size_t part : parts) {
      if (p[at(axis)] < shape(part)[axis]) return array(part)[p];
      p[at(axis)] -= shape(part)[axis];
    }
    return 0;
  });
  return add(text + ")", dtype(x), std::move(made), [parts, axis](const Tensors &v) {
    Tensors all;
    for (size_t part : parts) all.push_back(v[part]);
    return concatenate(all, axis);
  });
}

bool PlainProgram::add_transpose(size_t x) {
  List order(at(shape(x).rank()));
  std::iota(order.begin(), order.end(), 0);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[at(dice_.below(static_cast<int64_t>(i)))]);
  List extents;
  for (int64_t axis : order) extents.push_back(shape(x)[static_cast<int>(axis)]);
  Array made = generate(Shape(extents), [&](const Position &p) {
    Position q(p.size());
    for (size_t i = 0; i < p.size(); ++i) q[at(order[i])] = p[i];
    return array(x)[q];
  });
  return add("transpose(" + t(x) + ", " + list(order) + ")", dtype(x), std::move(made),
             [x, order](const Tensors &v) { return transpose(v[x], Axes(order)); });
}

bool PlainProgram::add_broadcast(size_t x) {
  List target = shape(x).to_vector();
  for (int64_t &extent : target)
    if (extent == 1) extent = dice_.pick(extents_);
  for (int64_t n = dice_.between(0, 2); n > 0; --n) target.insert(target.begin(), dice_.pick(extents_));
  const Shape wanted(target);
  if (wanted.rank() > 5 || wanted.num_elements() > max_elements_) return false;
  Array made = generate(wanted, [&](const Position &p) { return numeric::broadcast_read(array(x), p); });
  return add("broadcast_to(" + t(x) + ")", dtype(x), std::move(made),
             [x, wanted](const Tensors &v) { return broadcast_to(v[x], wanted); });
}

bool PlainProgram::add_reshape(size_t x) {
  List extents = shape(x).to_vector();
  for (int64_t n = dice_.between(1, 3); n > 0; --n) {
    const auto rank = static_cast<int64_t>(extents.size());
    const auto i = rank ? at(dice_.below(rank)) : 0;
    if (rank >= 2 && i + 1 < extents.size() && dice_.chance(50)) {
      extents[i] *= extents[i + 1];
      extents.erase(extents.begin() + static_cast<long>(i) + 1);
    } else if (const int64_t by = dice_.between(2, 4); rank && rank < 5 && extents[i] && extents[i] % by == 0) {
      extents[i] /= by;
      extents.insert(extents.begin() + static_cast<long>(i) + dice_.below(2), by);
    } else if (rank < 5) {
      extents.insert(extents.begin() + dice_.below(rank + 1), 1);
    }
  }
  const Shape wanted(extents);
  return add("reshape(" + t(x) + ")", dtype(x), Array{wanted, array(x).values},
             [x, wanted](const Tensors &v) { return reshape(v[x], wanted); });
}

bool PlainProgram::add_take(size_t x) {
  const int rank = shape(x).rank();
  if (rank == 0) return false;
  const auto axis = static_cast<int>(dice_.below(rank));
  const int64_t n = shape(x)[axis];
  if (n == 0) return false;
  // Indices are constants, or values that were computed; compiled code clamps them.
  auto own = like([&](size_t i) {
    return (dtype(i) == i32 || dtype(i) == i64 || dtype(i) == u8) && shape(i).rank() <= 2 && i != x;
  });
  const bool is_computed = own && dice_.chance(60);
  Array indices =
      is_computed ? array(*own) : generate(Shape{dice_.between(0, 9)}, [&](const Position &) -> long double {
        return static_cast<long double>(dice_.between(-1, n));
      });
  const Shape &is = indices.shape;
  List extents = shape(x).to_vector();
  extents.erase(extents.begin() + axis);
  extents.insert(extents.begin() + axis, is.begin(), is.end());
  if (Shape(extents).num_elements() > max_elements_) return false;
  Array made = generate(Shape(extents), [&](const Position &p) {
    const Position index(p.begin() + axis, p.begin() + axis + is.rank());
    Position q(p.begin(), p.begin() + axis);
    q.push_back(std::clamp<int64_t>(static_cast<int64_t>(indices[index]), 0, n - 1));
    q.insert(q.end(), p.begin() + axis + is.rank(), p.end());
    return array(x)[q];
  });
  // (A result without elements reads nothing.)
  const bool is_outside = std::any_of(indices.values.begin(), indices.values.end(), [&](long double index) {
    return index < 0 || index >= static_cast<long double>(n);
  });
  const Tensor constants = is_computed ? Tensor() : numeric::tensor_of(indices, dice_.chance(50) ? i64 : i32);
  const bool is_added = add("take(" + t(x) + ", " + (is_computed ? t(*own) : "constants" + to_string(is)) + ", axis " +
                                std::to_string(axis) + ")",
                            dtype(x), std::move(made), [x, constants, own = own.value_or(0), axis](const Tensors &v) {
                              return take(v[x], constants.defined() ? constants : v[own], axis);
                            });
  takes_outside_ |= is_added && is_outside;
  return is_added;
}

bool PlainProgram::add_scatter(size_t x) {
  const int rank = shape(x).rank();
  if (rank == 0 || dtype(x) == boolean) return false;
  const auto axis = static_cast<int>(dice_.below(rank));
  auto y = like([&](size_t i) {
    if (dtype(i) != dtype(x) || shape(i).rank() != rank) return false;
    for (int k = 0; k < rank; ++k)
      if (k != axis && shape(i)[k] != shape(x)[k]) return false;
    return true;
  });
  if (!y) return false;
  const int64_t count = shape(*y)[axis];
  if (!sums_are_exact(*y, 2 * count + 2) || !sums_are_exact(x, 2)) return false;
  auto own = like(
      [&](size_t i) { return (dtype(i) == i32 || dtype(i) == i64 || dtype(i) == u8) && shape(i) == Shape{count}; });
  const bool is_computed = own && dice_.chance(60);
  Array indices = is_computed ? array(*own) : generate(Shape{count}, [&](const Position &) -> long double {
    return static_cast<long double>(dice_.between(-1, shape(x)[axis]));
  });
  Array made = array(x);
  numeric::for_each_position(shape(*y), [&](Position p) {
    const long double added = array(*y)[p];
    p[at(axis)] = static_cast<int64_t>(indices.values[at(p[at(axis)])]);
    if (p[at(axis)] >= 0 && p[at(axis)] < shape(x)[axis]) made[p] += added;
  });
  const Tensor constants = is_computed ? Tensor() : numeric::tensor_of(indices, dice_.chance(50) ? i64 : i32);
  return add("scatter_add(" + t(x) + ", " + (is_computed ? t(*own) : "constants") + ", " + t(*y) + ", axis " +
                 std::to_string(axis) + ")",
             dtype(x), std::move(made), [x, y = *y, constants, own = own.value_or(0), axis](const Tensors &v) {
               return scatter_add(v[x], constants.defined() ? constants : v[own], v[y], axis);
             });
}

bool PlainProgram::add_block(size_t x) {
  const int rank = shape(x).rank();
  const bool is_update = dice_.chance(50);
  List sizes, starts;
  size_t y = x;
  if (is_update) {
    auto found = like([&](size_t i) {
      if (dtype(i) != dtype(x) || shape(i).rank() != rank) return false;
      for (int k = 0; k < rank; ++k)
        if (shape(i)[k] > shape(x)[k]) return false;
      return true;
    });
    if (!found) return false;
    y = *found;
    sizes = shape(y).to_vector();
  }
  // Each start is a constant or a number of the program.
  std::vector<std::optional<size_t>> computed;
  std::string text;
  for (int axis = 0; axis < rank; ++axis) {
    const int64_t n = shape(x)[axis];
    if (!is_update) sizes.push_back(dice_.chance(40) ? n : dice_.between(0, n));
    starts.push_back(dice_.between(-2, n + 2));
    computed.push_back(like([&](size_t i) { return (dtype(i) == i32 || dtype(i) == i64) && shape(i).rank() == 0; }));
    if (computed.back()) starts.back() = static_cast<int64_t>(array(*computed.back()).values[0]);
    text += " " + (computed.back() ? t(*computed.back()) : std::to_string(starts.back()));
  }
  List clamped = starts;
  for (int axis = 0; axis < rank; ++axis)
    clamped[at(axis)] = std::clamp<int64_t>(starts[at(axis)], 0, shape(x)[axis] - sizes[at(axis)]);
  auto moved = [&](Position p) {
    for (size_t i = 0; i < p.size(); ++i) p[i] += clamped[i];
    return p;
  };
  Array made;
  if (is_update) {
    made = array(x);
    numeric::for_each_position(shape(y), [&](const Position &p) { made[moved(p)] = array(y)[p]; });
  } else {
    made = generate(Shape(sizes), [&](const Position &p) { return array(x)[moved(p)]; });
  }
  const Shape block(sizes);
  return add(is_update ? "dynamic_update_slice(" + t(x) + ", " + t(y) + "," + text + ")"
                       : "dynamic_slice(" + t(x) + "," + text + ", " + to_string(block) + ")",
             dtype(x), std::move(made), [x, y, is_update, starts, computed, block](const Tensors &v) {
               Tensors begin;
               for (size_t i = 0; i < starts.size(); ++i)
                 begin.push_back(computed[i] ? v[*computed[i]] : constant(starts[i]));
               return is_update ? dynamic_update_slice(v[x], v[y], begin) : dynamic_slice(v[x], begin, block);
             });
}

}  // namespace random_program

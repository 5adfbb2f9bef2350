// Steps that move elements.
#include "tests/programs/random/program.h"

namespace random_program {

bool Maker::add_transpose(Block &block, Values &values, size_t x) {
  const int rank = values[x].rank();
  auto order = shuffled(rank);
  return add(block, values, "transpose(" + t(x) + ", " + list(order) + ")",
             [x, order](const Values &v, State &) { return Values{transpose(v[x], Axes(order))}; });
}

bool Maker::add_slice(Block &block, Values &values, size_t x) {
  const Tensor &a = values[x];
  const int rank = a.rank();
  std::vector<Range> ranges;
  std::string text;
  for (int axis = 0; axis < rank; ++axis) {
    int64_t n = a.shape()[axis], low = dice.between(0, n), high = dice.between(low, n);
    if (dice.chance(40)) low = 0, high = n;
    if (kinds.relative) low = dice.between(0, 2), high = dice.chance(70) ? Range::kEnd : -1;
    ranges.push_back(Range(low, high, dice.chance(70) ? 1 : dice.between(1, 3)));
    text += " " + std::to_string(low) + ":" + std::to_string(high) + ":" + std::to_string(ranges.back().stride);
  }
  return add(block, values, "slice(" + t(x) + "," + text + ")",
             [x, ranges](const Values &v, State &) { return Values{slice(v[x], ranges)}; });
}

bool Maker::add_pad(Block &block, Values &values, size_t x) {
  const Tensor &a = values[x];
  const int rank = a.rank();
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
    return add(block, values, "pad(" + t(x) + ", " + t(*value) + "," + text + ")",
               [x, padding, value = *value](const Values &v, State &) { return Values{pad(v[x], padding, v[value])}; });
  if (a.dtype() == boolean) return false;
  return add(block, values, "pad(" + t(x) + "," + text + ")",
             [x, padding](const Values &v, State &) { return Values{pad(v[x], padding, 3)}; });
}

bool Maker::add_reverse(Block &block, Values &values, size_t x) {
  const int rank = values[x].rank();
  auto axes = some_axes(rank, 50);
  if (axes.empty()) return false;
  return add(block, values, "reverse(" + t(x) + ", " + list(axes) + ")",
             [x, axes](const Values &v, State &) { return Values{reverse(v[x], Axes(axes))}; });
}

bool Maker::add_concatenate(Block &block, Values &values, size_t x) {
  const Tensor &a = values[x];
  const int rank = a.rank();
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
  if (parts.size() == 1 && dice.chance(80)) parts.push_back(x);
  std::string text;
  for (size_t part : parts) text += " " + t(part);
  return add(block, values, "concatenate(axis " + std::to_string(axis) + "," + text + ")",
             [parts, axis](const Values &v, State &) {
               Values tensors;
               for (size_t part : parts) tensors.push_back(v[part]);
               return Values{concatenate(tensors, axis)};
             });
}

bool Maker::add_stack(Block &block, Values &values, size_t x) {
  const Tensor &a = values[x];
  std::vector<size_t> parts{x};
  for (int64_t n = dice.between(1, 4); n > 0; --n)
    if (auto y = like(values, [&](const Tensor &v) { return v.dtype() == a.dtype() && v.shape() == a.shape(); }))
      parts.push_back(*y);
  std::string text;
  for (size_t part : parts) text += " " + t(part);
  return add(block, values, "stack(axis -1," + text + ")", [parts](const Values &v, State &) {
    Values tensors;
    for (size_t part : parts) tensors.push_back(v[part]);
    return Values{stack(tensors, -1)};
  });
}

bool Maker::add_column(Block &block, Values &values, size_t x) {
  const int last = values[x].rank() - 1;
  if (last < 0 || values[x].shape()[last] == 0) return false;
  const int64_t column = dice.below(values[x].shape()[last]);
  return add(block, values, t(x) + "[..., " + std::to_string(column) + "]",
             [x, last, column](const Values &v, State &) {
               std::vector<Range> ranges(static_cast<size_t>(last) + 1);
               ranges.back() = Range(column);
               return Values{slice(v[x], ranges)};
             });
}

bool Maker::add_take(Block &block, Values &values, size_t x) {
  const Tensor &a = values[x];
  const int rank = a.rank();
  if (rank == 0) return false;
  int64_t axis = dice.below(rank), n = a.shape()[static_cast<int>(axis)];
  if (n == 0) return false;
  std::vector<int64_t> picks(static_cast<size_t>(dice.between(0, 5)));
  for (int64_t &pick : picks) pick = dice.below(n);
  bool matrix = picks.size() == 4 && dice.chance(50);
  Tensor indices = from_vector(picks, matrix ? Shape{2, 2} : Shape{static_cast<int64_t>(picks.size())});
  if (dice.chance(50)) indices = cast(indices, i32);
  if (picks.size() == 1 && dice.chance(50)) indices = reshape(indices, {});
  return add(block, values,
             "take(" + t(x) + ", " + list(picks) + to_string(indices.shape()) + ", axis " + std::to_string(axis) + ")",
             [x, indices, axis](const Values &v, State &) { return Values{take(v[x], indices, axis)}; });
}

bool Maker::add_broadcast(Block &block, Values &values, size_t x) {
  const Tensor &a = values[x];
  std::vector<int64_t> target = a.shape().to_vector();
  for (int64_t &extent : target)
    if (extent == 1) extent = dice.pick(kinds.extents);
  for (int64_t n = dice.between(0, 2); n > 0; --n) target.insert(target.begin(), dice.pick(kinds.extents));
  Shape wanted(target);
  if (!fits(wanted)) return false;
  return add(block, values, "broadcast_to(" + t(x) + ", " + to_string(wanted) + ")",
             [x, wanted](const Values &v, State &) { return Values{broadcast_to(v[x], wanted)}; });
}

bool Maker::add_relative_reshape(Block &block, Values &values, size_t x) {
  std::vector<int64_t> extents = values[x].shape().to_vector();
  const auto rank = static_cast<int64_t>(extents.size());
  if (rank < 2) return false;
  const auto at = static_cast<size_t>(dice.below(rank - 1));
  extents.erase(extents.begin() + static_cast<long>(at) + 1);
  extents[at] = -1;
  Shape wanted(extents);
  return add(block, values, "reshape(" + t(x) + ", " + to_string(wanted) + ")", [x, at](const Values &v, State &) {
    std::vector<int64_t> now = v[x].shape().to_vector();
    now.erase(now.begin() + static_cast<long>(at) + 1);
    now[at] = -1;
    return Values{reshape(v[x], Shape(now))};
  });
}

bool Maker::add_reshape(Block &block, Values &values, size_t x) {
  if (kinds.relative) return add_relative_reshape(block, values, x);
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

bool Maker::add_block_move(Block &block, Values &values, size_t x) {
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
  return add(block, values, "dynamic_update_slice(" + t(x) + ", " + t(*y) + ", " + list(starts) + ")",
             [x, y = *y, begin](const Values &v, State &) { return Values{dynamic_update_slice(v[x], v[y], begin)}; });
}

bool Maker::add_scatter(Block &block, Values &values, size_t x) {
  const Tensor &a = values[x];
  if (a.rank() == 0 || a.dtype() == boolean) return false;
  auto axis = static_cast<int>(dice.below(a.rank()));
  const bool one = dice.chance(20), computed = dice.chance(40);
  auto y = like(values, [&](const Tensor &v) {
    if (v.dtype() != a.dtype() || v.rank() != a.rank() - (one ? 1 : 0)) return false;
    for (int i = 0; i < a.rank(); ++i)
      if (i != axis && v.shape()[one && i > axis ? i - 1 : i] != a.shape()[i]) return false;
    return true;
  });
  if (!y) return false;
  std::vector<int64_t> picks(static_cast<size_t>(one ? 1 : values[*y].shape()[axis]));
  for (int64_t &pick : picks) pick = dice.between(-1, a.shape()[axis]);
  Tensor indices = from_vector(picks, one ? Shape{} : Shape{static_cast<int64_t>(picks.size())});
  return add(block, values,
             "scatter_add(" + t(x) + ", " + list(picks) + (one ? "[]" : "") + (computed ? " * 3 / 3" : "") + ", " +
                 t(*y) + ", axis " + std::to_string(axis) + ")",
             [x, y = *y, indices, axis, computed](const Values &v, State &) {
               return Values{scatter_add(v[x], computed ? indices * 3 / 3 : indices, v[y], axis)};
             });
}

}  // namespace random_program

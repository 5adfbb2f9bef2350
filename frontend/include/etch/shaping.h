#pragma once
// Small types that say where in a shape something happens: axes, ranges, borders, contractions.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <source_location>
#include <vector>

#include "runtime/base/shape.h"

namespace etch {

/// A list of axes; negative ones count from the end. `{}` means all axes (or the function's default).
///
///     reduce_sum(x, 0);  reduce_sum(x, {0, -1});
class Axes {
 public:
  Axes() = default;
  Axes(std::integral auto axis) : list_{static_cast<int64_t>(axis)} {}
  Axes(std::initializer_list<int64_t> axes) : list_(axes) {}
  Axes(std::vector<int64_t> axes) : list_(std::move(axes)) {}
  bool empty() const { return list_.empty(); }
  size_t size() const { return list_.size(); }
  const std::vector<int64_t> &list() const { return list_; }

 private:
  std::vector<int64_t> list_;
};

/// Elements start, start + stride, ... below limit of one axis. Negative positions count from the end. A single integer
/// picks one element and removes the axis; `{}` keeps the whole axis.
///
///     x[{{1, 3}}];          // rows 1 and 2
///     x[{0, {}, {0, 10, 2}}];
struct Range {
  static constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
  int64_t start = 0;
  int64_t limit = kEnd;
  int64_t stride = 1;
  bool removes_axis = false;
  std::source_location at;  ///< where it was written

  constexpr Range(std::source_location at = std::source_location::current()) : at(at) {}
  constexpr Range(std::integral auto index, std::source_location at = std::source_location::current())
      : start(static_cast<int64_t>(index)), limit(kEnd), removes_axis(true), at(at) {}
  constexpr Range(int64_t start, int64_t limit, int64_t stride = 1,
                  std::source_location at = std::source_location::current())
      : start(start), limit(limit), stride(stride), at(at) {}
};

/// A list of ranges that knows the line it was written at.
struct Ranges {
  std::vector<Range> list;
  std::source_location at;
  Ranges(std::initializer_list<Range> ranges, std::source_location at = std::source_location::current())
      : list(ranges), at(at) {}
};

/// An index that knows the line it was written at; what `x[i]` takes.
struct Index {
  int64_t value;
  std::source_location at;
  Index(std::integral auto value, std::source_location at = std::source_location::current())
      : value(static_cast<int64_t>(value)), at(at) {}
};

/// Elements added before, after and between the elements of one axis.
struct Padding {
  int64_t low = 0;
  int64_t high = 0;
  int64_t interior = 0;
};

/// Which axes of the two operands of dot_general are batches and which are summed over, pairwise.
struct DotAxes {
  std::vector<int64_t> lhs_batch = {};
  std::vector<int64_t> rhs_batch = {};
  std::vector<int64_t> lhs_contract = {};
  std::vector<int64_t> rhs_contract = {};
};

}  // namespace etch

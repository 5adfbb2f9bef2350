#include "tests/numeric/window_reference.h"

#include <algorithm>
#include <numeric>

namespace numeric {

namespace {

using List = std::vector<int64_t>;

etch::ConvolutionAxes or_default(const etch::ConvolutionAxes &axes, int rank, bool filters) {
  if (axes.batch != 0 || axes.feature != 0 || !axes.spatial.empty()) return axes;
  etch::ConvolutionAxes out{filters ? rank - 1 : 0, filters ? rank - 2 : rank - 1, List(static_cast<size_t>(rank - 2))};
  std::iota(out.spatial.begin(), out.spatial.end(), filters ? 0 : 1);
  return out;
}

int64_t dilated(int64_t extent, int64_t by) { return extent == 0 ? 0 : (extent - 1) * by + 1; }

int64_t places(int64_t extent, int64_t window, int64_t stride, const etch::Padding &padding, int64_t dilation) {
  int64_t room = dilated(extent, padding.interior + 1) + padding.low + padding.high - dilated(window, dilation);
  return room < 0 ? 0 : room / stride + 1;
}

/// The element that window position k of place p is, or -1.
int64_t element(int64_t p, int64_t k, int64_t extent, int64_t stride, const etch::Padding &padding, int64_t dilation) {
  int64_t at = p * stride + k * dilation - padding.low, gap = padding.interior + 1;
  return at < 0 || at % gap != 0 || at / gap >= extent ? -1 : at / gap;
}

List strides_of(const Shape &shape) {
  List strides(static_cast<size_t>(shape.rank()), 1);
  for (int i = shape.rank() - 2; i >= 0; --i) strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

}  // namespace

ConvolutionReference::ConvolutionReference(const Shape &x, const Shape &filters, const etch::Convolution &options)
    : x_(x), filters_(filters), options_(options) {
  const int rank = x.rank();
  const auto spatial = static_cast<size_t>(rank - 2);
  if (options_.strides.empty()) options_.strides.assign(spatial, 1);
  if (options_.dilations.empty()) options_.dilations.assign(spatial, 1);
  options_.padding.resize(spatial);
  options_.x_axes = or_default(options.x_axes, rank, false);
  options_.filter_axes = or_default(options.filter_axes, rank, true);
  options_.result_axes = or_default(options.result_axes, rank, false);
  result = x;
  auto at = [](const Shape &shape, int64_t axis) { return shape[static_cast<int>(axis)]; };
  auto set = [&](int64_t axis, int64_t extent) { result[static_cast<int>(axis)] = extent; };
  set(options_.result_axes.batch, at(x, options_.x_axes.batch) / options.batch_groups);
  set(options_.result_axes.feature, at(filters, options_.filter_axes.batch));
  for (size_t i = 0; i < spatial; ++i)
    set(options_.result_axes.spatial[i],
        places(at(x, options_.x_axes.spatial[i]), at(filters, options_.filter_axes.spatial[i]), options_.strides[i],
               options_.padding[i], options_.dilations[i]));
}

void ConvolutionReference::for_each_product(const std::function<void(size_t, size_t, size_t)> &visit) const {
  const List xs = strides_of(x_), fs = strides_of(filters_), rs = strides_of(result);
  const auto &xa = options_.x_axes, &fa = options_.filter_axes, &ra = options_.result_axes;
  auto extent = [](const Shape &shape, int64_t axis) { return shape[static_cast<int>(axis)]; };
  const int64_t batches = extent(result, ra.batch), outputs = extent(filters_, fa.batch),
                inputs = extent(filters_, fa.feature), groups = options_.feature_groups * options_.batch_groups;
  std::function<void(size_t, int64_t, int64_t, int64_t)> walk = [&](size_t i, int64_t x, int64_t f, int64_t r) {
    if (i == xa.spatial.size()) {
      for (int64_t n = 0; n < batches; ++n)
        for (int64_t o = 0; o < outputs; ++o)
          for (int64_t c = 0; c < inputs; ++c) {
            int64_t group = o / (outputs / groups);
            int64_t batch = options_.batch_groups > 1 ? group * batches + n : n;
            int64_t feature = options_.feature_groups > 1 ? group * inputs + c : c;
            visit(static_cast<size_t>(x + batch * xs[xa.batch] + feature * xs[xa.feature]),
                  static_cast<size_t>(f + o * fs[fa.batch] + c * fs[fa.feature]),
                  static_cast<size_t>(r + n * rs[ra.batch] + o * rs[ra.feature]));
          }
      return;
    }
    for (int64_t p = 0; p < extent(result, ra.spatial[i]); ++p)
      for (int64_t k = 0; k < extent(filters_, fa.spatial[i]); ++k) {
        int64_t at =
            element(p, k, extent(x_, xa.spatial[i]), options_.strides[i], options_.padding[i], options_.dilations[i]);
        if (at >= 0) walk(i + 1, x + at * xs[xa.spatial[i]], f + k * fs[fa.spatial[i]], r + p * rs[ra.spatial[i]]);
      }
  };
  walk(0, 0, 0, 0);
}

Array ConvolutionReference::forward(const Array &x, const Array &filters) const {
  Array out = generate(result, [](const Position &) { return 0; });
  for_each_product([&](size_t a, size_t b, size_t r) { out.values[r] += x.values[a] * filters.values[b]; });
  return out;
}
Array ConvolutionReference::x_gradient(const Array &g, const Array &filters) const {
  Array out = generate(x_, [](const Position &) { return 0; });
  for_each_product([&](size_t a, size_t b, size_t r) { out.values[a] += g.values[r] * filters.values[b]; });
  return out;
}
Array ConvolutionReference::filter_gradient(const Array &x, const Array &g) const {
  Array out = generate(filters_, [](const Position &) { return 0; });
  for_each_product([&](size_t a, size_t b, size_t r) { out.values[b] += x.values[a] * g.values[r]; });
  return out;
}

WindowReference::WindowReference(const Shape &x, const etch::Window &window) : x_(x), window_(window) {
  const auto rank = static_cast<size_t>(x.rank());
  for (auto *list : {&window_.extents, &window_.strides, &window_.dilations})
    if (list->empty()) list->assign(rank, 1);
  window_.padding.resize(rank);
  result = x;
  for (size_t i = 0; i < rank; ++i)
    result[static_cast<int>(i)] = places(x[static_cast<int>(i)], window_.extents[i], window_.strides[i],
                                         window_.padding[i], window_.dilations[i]);
}

void WindowReference::for_each_element(const std::function<void(size_t, size_t)> &visit) const {
  const List xs = strides_of(x_);
  size_t index = 0;
  for_each_position(result, [&](const Position &p) {
    std::function<void(size_t, int64_t)> walk = [&](size_t i, int64_t offset) {
      if (i == p.size()) return visit(static_cast<size_t>(offset), index);
      for (int64_t k = 0; k < window_.extents[i]; ++k) {
        int64_t at =
            element(p[i], k, x_[static_cast<int>(i)], window_.strides[i], window_.padding[i], window_.dilations[i]);
        if (at >= 0) walk(i + 1, offset + at * xs[i]);
      }
    };
    walk(0, 0);
    ++index;
  });
}

}  // namespace numeric

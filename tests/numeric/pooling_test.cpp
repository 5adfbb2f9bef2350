// The rows of window.def that are pooling, its layers, and random geometries.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <random>

#include "tests/numeric/row.h"
#include "tests/numeric/window_reference.h"

using namespace etch;
using namespace numeric;

namespace {

#define EXTENTS(...) {__VA_ARGS__}

Array window_fold(const Array &x, const Window &window, bool max) {
  WindowReference reference(x.shape, window);
  Array result = generate(reference.result,
                          [&](const Position &) { return max ? -std::numeric_limits<long double>::infinity() : 0; });
  reference.for_each_element([&](size_t element, size_t place) {
    long double &value = result.values[place];
    value = max ? std::max(value, x.values[element]) : value + x.values[element];
  });
  return result;
}

std::vector<Row> pool_rows() {
  std::vector<Row> rows;
#define POOL(op, name, x, window)                                                      \
  {                                                                                    \
    Window full EXTENTS window;                                                        \
    const bool max = std::string(#op) == "reduce_window_max";                          \
    rows.push_back({#op " " name,                                                      \
                    {Shape EXTENTS x},                                                 \
                    kNumbers,                                                          \
                    -9,                                                                \
                    9,                                                                 \
                    max ? Nearness::exact : Nearness::sum,                             \
                    true,                                                              \
                    [=](const Tensors &in) { return etch::op(in[0], full); },          \
                    [=](const Arrays &in) { return window_fold(in[0], full, max); }}); \
  }
#include "tests/numeric/window.def"
  return rows;
}

/// Where each window has its maximum: the first of equals, NaN before numbers; nothing where it meets no element.
std::vector<std::optional<size_t>> places_of_maxima(const Array &x, const WindowReference &windows) {
  std::vector<std::optional<size_t>> places(generate(windows.result, [](const Position &) { return 0; }).values.size());
  windows.for_each_element([&](size_t element, size_t place) {
    std::optional<size_t> &best = places[place];
    if (best && std::isnan(x.values[*best])) return;
    if (!best || std::isnan(x.values[element]) || x.values[element] > x.values[*best]) best = element;
  });
  return places;
}

}  // namespace

TEST_CASE("windows: sums and maxima") { check_rows(pool_rows()); }

TEST_CASE("pooling: known values, borders left out") {
  Tensor x = reshape(arange(1, 17), {1, 4, 4, 1});
  auto flat = [](const Tensor &t) { return t.to_vector<float>(); };
  using Floats = std::vector<float>;
  CHECK(flat(max_pool2d(x, {2})) == Floats{6, 8, 14, 16});
  CHECK(flat(avg_pool2d(x, {2})) == Floats{3.5, 5.5, 11.5, 13.5});
  CHECK(flat(max_pool2d(x, {3}, {.strides = {2}, .padding = Border::same})) == Floats{11, 12, 15, 16});
  // Means are over what is there: 3x3 inside, fewer at the end.
  CHECK(flat(avg_pool2d(x, {3}, {.strides = {2}, .padding = Border::same})) == Floats{6, 7.5, 12, 13.5});
  CHECK(flat(max_pool2d(-x, {3}, {.strides = {1}, .padding = {{1, 1}, {1, 1}}})) ==
        Floats{-1, -1, -2, -3, -1, -1, -2, -3, -5, -5, -6, -7, -9, -9, -10, -11});
  CHECK(flat(avg_pool1d(reshape(arange(4, i32), {1, 4, 1}), {2})) == Floats{0.5, 2.5});
  Tensor first = reshape(x, {1, 1, 4, 4});
  CHECK(flat(max_pool2d(first, {2}, {.data_format = DataFormat::channels_first})) == Floats{6, 8, 14, 16});
  CHECK(max_pool3d(ones({1, 4, 5, 6, 2}), {2}).shape() == Shape{1, 2, 2, 3, 2});
  CHECK(avg_pool3d(ones({1, 4, 5, 6, 2}), {2, 1, 3}).shape() == Shape{1, 2, 5, 2, 2});
  // No channels: nothing is computed, and nothing divided by their number.
  CHECK(etch::function([](Tensor none) { return avg_pool2d(none, {2}); })(ones({1, 4, 4, 0})).shape() ==
        Shape{1, 2, 2, 0});
}

TEST_CASE("pooling: random geometries, alone and with what stands behind, against plain loops") {
  Report report;
  std::mt19937 random(5);
  auto pick = [&](std::initializer_list<int64_t> list) { return list.begin()[random() % list.size()]; };
  for (int round = 0; round < 100; ++round) {
    const bool max = round % 2 == 0, channels_first = round % 4 < 2;
    const int spatial = static_cast<int>(pick({1, 2, 2, 3}));
    std::vector<int64_t> extents{pick({1, 2, 3})};
    Window window{{1}, {1}, {{}}, {1}};
    for (int i = 0; i < spatial; ++i) {
      extents.push_back(pick({1, 2, 5, 7, 13, spatial == 3 ? 4 : 31}));
      if (channels_first && i + 1 == spatial) extents.back() = pick({1, 3, 15, 16, 34, 67, 110});
      window.extents.push_back(pick({1, 2, 3, 3, 5}));
      window.strides.push_back(pick({1, 1, 2, 3, 4, 5, 7, 16, 17}));
      window.padding.push_back({pick({0, 1, 2}), pick({0, 1, 2}), max ? 0 : pick({0, 0, 1, 2})});
      window.dilations.push_back(pick({1, 1, 2}));
    }
    auto insert = [&](auto &list, auto value) { list.insert(channels_first ? list.begin() + 1 : list.end(), value); };
    insert(extents, pick({1, 2, 16, 19, 37, 64, 90}));
    insert(window.extents, 1), insert(window.strides, 1), insert(window.padding, Padding{}),
        insert(window.dilations, 1);
    const Shape shape(extents);
    // Of integers a window of borders has the lowest one, of which the reference knows nothing.
    const DType dtype = std::array{f32, f64, bf16, i32}[random() % (max ? 3 : 4)];
    Array x = sample(shape, dtype, -9, 9, 1), expected = window_fold(x, window, max);
    Array bound = generate(expected.shape, [&](const Position &p) -> long double {
      return max || !is_floating(dtype) ? 0 : 100 * epsilon(f32) + unit_in_last_place(expected[p], dtype);
    });
    Body body = [&](const Tensors &in) {
      Tensor folded = max ? etch::reduce_window_max(in[0], window) : etch::reduce_window_sum(in[0], window);
      return Tensors{maximum(-folded, cast(1, dtype)), folded};
    };
    const std::string what = std::string(max ? "max " : "sum ") + to_string(shape) + " round " + std::to_string(round);
    Tensors inputs{tensor_of(x, dtype)}, eager = run_eager(body, inputs, Policy::strict),
                                         strict = run_compiled(body, inputs, Policy::strict);
    require_within(report, what, strict[1], expected, bound);
    for (size_t i = 0; i < 2; ++i) require_bits(report, what + " compiled", strict[i], eager[i]);
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("maxima: ties, NaN, windows without elements") {
  auto flat = [](const Tensor &t) { return t.to_vector<float>(); };
  using Floats = std::vector<float>;
  Window pairs{.extents = {2}, .strides = {2}};
  // The first of equals takes the gradient.
  CHECK(flat(etch::select_and_scatter_add(constant({3.f, 3.f, 1.f, 2.f}), constant({10.f, 20.f}), pairs)) ==
        Floats{10, 0, 0, 20});
  Tensor with_nan = constant({1.f, NAN, INFINITY, NAN, -INFINITY, -INFINITY});
  CHECK(flat(etch::select_and_gather(with_nan, constant({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}), pairs)) == Floats{2, 4, 5});
  CHECK(std::isnan(flat(reduce_window_max(with_nan, pairs))[0]));
  // Zeros are +0, one by one and in vectors, where each place of a window may have the NaN.
  for (int64_t channels : {1, 19}) {
    Tensor negative =
        reduce_window_max(full({1, 4, 4, channels}, -0.f), {.extents = {1, 2, 2, 1}, .strides = {1, 2, 2, 1}});
    for (float zero : flat(negative)) CHECK_FALSE(std::signbit(zero));
    for (int64_t place = 0; place < 4; ++place) {
      std::vector<float> values(static_cast<size_t>(4 * channels), -1.f);
      for (int64_t c = 0; c < channels; ++c) values[static_cast<size_t>(place * channels + c)] = NAN;
      Tensor x = reshape(constant(values), {1, 2, 2, channels});
      for (float value : flat(reduce_window_max(x, {.extents = {1, 2, 2, 1}, .strides = {1, 1, 1, 1}})))
        CHECK(std::isnan(value));
    }
  }
  // Overlapping windows add up, in order.
  CHECK(flat(select_and_scatter_add(constant({1.f, 9.f, 2.f}), constant({10.f, 20.f}),
                                    {.extents = {2}, .strides = {1}})) == Floats{0, 30, 0});
  Window outside{.extents = {1}, .strides = {1}, .padding = {{1, 0}}};
  CHECK(flat(reduce_window_max(constant({5.f}), outside)) == Floats{-INFINITY, 5});
  CHECK(flat(select_and_gather(constant({5.f}), constant({7.f}), outside)) == Floats{0, 7});
  CHECK(flat(select_and_scatter_add(constant({5.f}), constant({7.f, 8.f}), outside)) == Floats{8});
  CHECK(reduce_window_max(constant({5}), outside).to_vector<int32_t>()[0] == std::numeric_limits<int32_t>::min());
}

// Windows beside each other were taken to cover everything; what lay behind the last was not written.
TEST_CASE("maxima: what negative padding cuts off receives zeros") {
  Window cut{.extents = {2, 2, 2, 2}, .strides = {2, 2, 2, 2}, .padding = {{0, 0}, {0, 0}, {0, 0}, {0, -2}}};
  auto scatter = function([&](Tensor x, Tensor source) { return select_and_scatter_add(x, source, cut); });
  const Tensor x = ones({4, 4, 4, 4}), source = ones({2, 2, 2, 1});
  // Memory that is taken again does not hold zeros.
  std::vector<Tensor> earlier;
  for (int i = 0; i < 8; ++i) earlier.push_back(ones({4, 4, 4, 4}) * 7.f);
  earlier.clear();
  const Tensor got = scatter(x, source);
  CHECK(sum(slice(got, {{0, 4}, {0, 4}, {0, 4}, {2, 4}})).item<float>() == 0);
  CHECK(sum(got).item<float>() == 8);
}

// Few values, so that many are equal, and a NaN here and there. What windows give are small integers: sums are exact.
TEST_CASE("maxima: random geometries, what is gathered and what is scattered") {
  Report report;
  std::mt19937 random(7);
  auto pick = [&](std::initializer_list<int64_t> list) { return list.begin()[random() % list.size()]; };
  for (int round = 0; round < 160; ++round) {
    const bool channels_first = round % 2 == 0;
    const int spatial = static_cast<int>(pick({1, 2, 2, 3}));
    std::vector<int64_t> extents{pick({1, 2, 3})};
    Window window{{1}, {1}, {{}}, {1}};
    for (int i = 0; i < spatial; ++i) {
      extents.push_back(pick({1, 2, 5, 7, 13, spatial == 3 ? 4 : 31}));
      if (channels_first && i + 1 == spatial) extents.back() = pick({1, 3, 15, 16, 34, 67, 110, 181});
      window.extents.push_back(pick({1, 2, 3, 3, 5, 7}));
      window.strides.push_back(pick({1, 1, 2, 2, 3, 5}));
      window.padding.push_back({pick({0, 0, 1, 2, 6}), pick({-1, 0, 0, 1, 2, 6})});
      window.dilations.push_back(pick({1, 1, 1, 2, 3}));
    }
    auto insert = [&](auto &list, auto value) { list.insert(channels_first ? list.begin() + 1 : list.end(), value); };
    insert(extents, channels_first ? pick({1, 2, 16, 19}) : pick({1, 2, 16, 19, 40, 64, 70}));
    insert(window.extents, 1), insert(window.strides, 1);
    insert(window.padding, Padding{}), insert(window.dilations, 1);
    const Shape shape(extents);
    const WindowReference windows(shape, window);
    const DType dtype = std::array{f32, f64, bf16, f16, i32, u8}[random() % 6];
    auto integers = [&](const Shape &like, int64_t least, int64_t most) {
      return generate(like, [&](const Position &) -> long double {
        return static_cast<long double>(least + static_cast<int64_t>(random() % (most - least + 1)));
      });
    };
    Array x = integers(shape, 0, 3), values = integers(shape, 1, 9), given = integers(windows.result, 1, 3);
    if (is_floating(dtype))
      for (long double &value : x.values)
        if (random() % 16 == 0) value = random() % 2 ? NAN : -INFINITY;
    const auto places = places_of_maxima(x, windows);
    Array gathered = generate(windows.result, [](const Position &) { return 0; }),
          scattered = generate(shape, [](const Position &) { return 0; });
    for (size_t i = 0; i < places.size(); ++i) {
      if (!places[i]) continue;
      gathered.values[i] = values.values[*places[i]];
      scattered.values[*places[i]] += given.values[i];
    }
    Body body = [&](const Tensors &in) {
      return Tensors{select_and_gather(in[0], in[1], window), select_and_scatter_add(in[0], in[2], window)};
    };
    Tensors inputs{tensor_of(x, dtype), tensor_of(values, dtype), tensor_of(given, dtype)};
    Options options{.policy = Policy::strict};
    const Shape unknown_extents(std::vector<int64_t>(extents.size(), kDynamic));
    for (size_t i = 0; i < inputs.size(); ++i) options.input_signature.push_back({dtype, unknown_extents});
    auto unknown = etch::function([&](Tensor x, Tensor y, Tensor z) { return body({x, y, z}); }, options);
    const Tensors eager = run_eager(body, inputs, Policy::strict), strict = run_compiled(body, inputs, Policy::strict),
                  dynamic = unknown(inputs[0], inputs[1], inputs[2]);
    const std::string what = to_string(shape) + " " + std::string(name_of(dtype)) + " round " + std::to_string(round);
    const Array *expected[] = {&gathered, &scattered};
    for (size_t i = 0; i < 2; ++i) {
      const std::string which = what + (i ? " scattered" : " gathered");
      require_close(report, which, strict[i], *expected[i], 0);
      require_bits(report, which + " compiled", strict[i], eager[i]);
      require_bits(report, which + " of unknown extents", dynamic[i], strict[i]);
    }
  }
  REQUIRE_CLEAN(report);
}

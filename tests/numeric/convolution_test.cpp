// The rows of window.def that are convolutions, the shapes that have kernels of their own, and random geometries.
#include <catch2/catch.hpp>

#include <array>
#include <random>

#include "tests/numeric/row.h"
#include "tests/numeric/window_reference.h"

using namespace etch;
using namespace numeric;

namespace {

#define EXTENTS(...) {__VA_ARGS__}

std::vector<Row> convolution_rows() {
  std::vector<Row> rows;
#define CONV(name, x, filters, options)                                                                  \
  {                                                                                                      \
    Convolution full EXTENTS options;                                                                    \
    rows.push_back({"convolution " name,                                                                 \
                    {Shape EXTENTS x, Shape EXTENTS filters},                                            \
                    kNumbers,                                                                            \
                    -3,                                                                                  \
                    3,                                                                                   \
                    Nearness::sum,                                                                       \
                    true,                                                                                \
                    [=](const Tensors &in) { return etch::convolution(in[0], in[1], full); },            \
                    [=](const Arrays &in) {                                                              \
                      return ConvolutionReference(in[0].shape, in[1].shape, full).forward(in[0], in[1]); \
                    }});                                                                                 \
  }
#include "tests/numeric/window.def"
  return rows;
}

Array sum_bound(const Array &magnitudes, const Array &terms, const Array &expected, DType dtype) {
  Array result = expected;
  for (size_t i = 0; i < result.values.size(); ++i)
    result.values[i] = 2 * std::sqrt(terms.values[i] + 1) * epsilon(accumulator_of(dtype)) * magnitudes.values[i] +
                       0.501L * unit_in_last_place(expected.values[i], dtype);
  return result;
}
Array mapped(Array x, long double (*f)(long double)) {
  for (long double &value : x.values) value = f(value);
  return x;
}
long double magnitude(long double x) { return std::fabs(x); }
long double one(long double) { return 1; }

/// Forward and both gradients, eager and compiled, of one geometry.
void check_convolution(Report &report, const std::string &what, const Shape &xs, const Shape &fs,
                       const Convolution &options, DType dtype) {
  ConvolutionReference reference(xs, fs, options);
  Array x = sample(xs, dtype, -2, 2, 5), f = sample(fs, dtype, -2, 2, 6), g = sample(reference.result, dtype, -2, 2, 7);
  Body body = [&](const Tensors &in) {
    auto [value, pull] = vjp([&](Tensor x, Tensor f) { return convolution(x, f, options); }, in[0], in[1]);
    Tensors gradients = pull(in[2]);
    return Tensors{value, gradients[0], gradients[1]};
  };
  Tensors inputs{tensor_of(x, dtype), tensor_of(f, dtype), tensor_of(g, dtype)};
  using Oracle = std::function<Array(const Array &, const Array &, const Array &)>;
  const Oracle oracles[] = {
      [&](const Array &x, const Array &f, const Array &) { return reference.forward(x, f); },
      [&](const Array &, const Array &f, const Array &g) { return reference.x_gradient(g, f); },
      [&](const Array &x, const Array &, const Array &g) { return reference.filter_gradient(x, g); }};
  Tensors fast = run_compiled(body, inputs, Policy::standard), strict = run_compiled(body, inputs, Policy::strict),
          eager = run_eager(body, inputs, Policy::strict);
  const char *names[] = {" forward", " d x", " d filters"};
  for (size_t i = 0; i < 3; ++i) {
    Array expected = oracles[i](x, f, g);
    Array bound = sum_bound(oracles[i](mapped(x, magnitude), mapped(f, magnitude), mapped(g, magnitude)),
                            oracles[i](mapped(x, one), mapped(f, one), mapped(g, one)), expected, dtype);
    const std::string label = what + names[i] + " " + std::string(name_of(dtype));
    require_within(report, label, fast[i], expected, bound);
    require_within(report, label + " strict", strict[i], expected, bound);
    require_bits(report, label + " strict, eager", strict[i], eager[i]);
  }
}

std::string describe(const Shape &x, const Shape &f, const Convolution &c) {
  std::string text = to_string(x) + " * " + to_string(f);
  for (size_t i = 0; i < c.strides.size(); ++i)
    text += " /" + std::to_string(c.strides[i]) + " +" + std::to_string(c.padding[i].low) + "," +
            std::to_string(c.padding[i].high) + "," + std::to_string(c.padding[i].interior) + " x" +
            std::to_string(c.dilations[i]);
  return text + " g" + std::to_string(c.feature_groups);
}

}  // namespace

TEST_CASE("convolution: every option") { check_rows(convolution_rows()); }

TEST_CASE("convolution: random geometries against plain loops") {
  Report report;
  std::mt19937 random(3);
  auto pick = [&](std::initializer_list<int64_t> list) { return list.begin()[random() % list.size()]; };
  for (int round = 0; round < 40; ++round) {
    Shape x{pick({1, 2, 3})}, f;
    Convolution options;
    const int spatial = static_cast<int>(pick({1, 2, 2, 2, 2, 3}));
    for (int i = 0; i < spatial; ++i) {
      x.push_back(pick({1, 2, 5, 7, 8, 13, spatial == 3 ? 4 : 31}));
      f.push_back(pick({1, 2, 3, 3, 5}));
      options.strides.push_back(pick({1, 1, 1, 2, 3}));
      options.dilations.push_back(pick({1, 1, 1, 2}));
      options.padding.push_back({pick({0, 1, 2}), pick({0, 1, 2}), pick({0, 0, 0, 1})});
    }
    const int64_t kind = pick({0, 0, 0, 1, 2});  // plain, groups, depthwise
    options.feature_groups = kind == 0 ? 1 : kind == 1 ? pick({2, 3}) : pick({5, 16, 35});
    const int64_t inputs = kind == 2 ? 1 : pick({1, 2, 3, 5, 16, 17});
    const int64_t outputs = kind == 2 ? pick({1, 1, 2}) : pick({1, 3, 10, 16, 17, 33, 48});
    x.push_back(inputs * options.feature_groups);
    f.push_back(inputs);
    f.push_back(outputs * options.feature_groups);
    check_convolution(report, describe(x, f, options), x, f, options, pick({0, 1}) ? f32 : f64);
  }
  REQUIRE_CLEAN(report);
}

TEST_CASE("convolution: nothing to convolve, and nothing to convolve with") {
  Report report;
  for (int empty = 0; empty < 5; ++empty) {
    Shape x{2, 5, 7, 3}, f{3, 3, 3, 4};
    Convolution options;
    options.padding = {{1, 1}, {1, 1}};
    if (empty == 0) x[0] = 0;         // no images
    if (empty == 1) x[1] = 0;         // no rows
    if (empty == 2) x[3] = f[2] = 0;  // no channels: sums of nothing
    if (empty == 3) f[3] = 0;         // no filters
    if (empty == 4) x[0] = f[3] = 0;
    for (DType dtype : {f32, f64}) check_convolution(report, describe(x, f, options), x, f, options, dtype);
  }
  REQUIRE_CLEAN(report);
}

// Few results and many filters: whole trips of four blocks of outputs and trips of one, pieces of inputs that are not
// whole, blocks of outputs that are not whole, rows that fill no tile, strides, dilations and gaps, several pictures.
TEST_CASE("convolution: few results of many filters") {
  Report report;
  const std::vector<Padding> same3{{1, 1}, {1, 1}};
  check_convolution(report, "late layer", {3, 7, 7, 144}, {3, 3, 144, 128}, {.padding = same3}, f32);
  check_convolution(report, "wide row", {1, 2, 33, 128}, {3, 3, 128, 160}, {.padding = same3}, f32);
  check_convolution(report, "strided", {9, 7, 5, 128}, {3, 3, 128, 128}, {.strides = {2, 2}, .padding = same3}, f32);
  check_convolution(report, "dilated, uneven borders", {2, 5, 6, 128}, {3, 3, 128, 160},
                    {.strides = {1, 2}, .padding = {{2, 1}, {0, 2}}, .dilations = {2, 1}}, f64);
  check_convolution(report, "one result", {1, 3, 3, 128}, {3, 3, 128, 128}, {}, f32);
  check_convolution(report, "blocks that are not whole", {2, 3, 4, 131}, {3, 3, 131, 250}, {.padding = same3}, f32);
  check_convolution(report, "the same, strided", {1, 5, 5, 139}, {3, 3, 139, 147},
                    {.strides = {2, 2}, .padding = same3}, f64);
  check_convolution(report, "no pictures", {0, 4, 4, 128}, {3, 3, 128, 128}, {.padding = same3}, f32);
  REQUIRE_CLEAN(report);
}

// Products of a reshaped x: what lies behind the last window is read by none, and has a derivative of zero.
TEST_CASE("convolution: windows side by side") {
  Report report;
  check_convolution(report, "patches", {2, 32, 48, 3}, {16, 16, 3, 352}, {.strides = {16, 16}}, f32);
  check_convolution(report, "patches and a rest", {3, 31, 50, 5}, {14, 12, 5, 314}, {.strides = {14, 12}}, f32);
  check_convolution(report, "one window", {2, 5, 7, 99}, {5, 7, 99, 80}, {.strides = {3, 1}}, f64);
  check_convolution(report, "one window, a rest", {1, 9, 8, 67}, {5, 7, 67, 113}, {.strides = {5, 7}}, f32);
  check_convolution(report, "few channels by x", {2, 9, 11, 3}, {2, 3, 3, 17}, {.strides = {2, 3}}, f32);
  check_convolution(report, "cut by the padding", {2, 9, 10, 130}, {2, 2, 130, 509},
                    {.strides = {2, 2}, .padding = {{0, -1}, {0, 0}}}, f32);
  check_convolution(report, "border", {2, 9, 10, 130}, {2, 2, 130, 509},
                    {.strides = {2, 2}, .padding = {{1, 0}, {0, 0}}}, f32);
  check_convolution(report, "a line", {3, 29, 200}, {4, 200, 331}, {.strides = {4}}, f32);
  check_convolution(report, "a volume", {1, 4, 7, 5, 70}, {2, 3, 2, 70, 330}, {.strides = {2, 3, 2}}, f64);
  check_convolution(report, "narrow", {2, 8, 8, 64}, {4, 4, 64, 260}, {.strides = {4, 4}}, bf16);
  check_convolution(report, "few, narrow", {5, 32, 56, 9}, {2, 2, 9, 19}, {.strides = {2, 2}}, bf16);
  check_convolution(report, "no pictures", {0, 8, 8, 64}, {4, 4, 64, 260}, {.strides = {4, 4}}, f32);
  const Convolution nchw{
      .strides = {4, 4}, .x_axes = {0, 1, {2, 3}}, .filter_axes = {0, 1, {2, 3}}, .result_axes = {0, 1, {2, 3}}};
  check_convolution(report, "NCHW", {2, 70, 13, 8}, {250, 70, 4, 4}, nchw, f32);
  REQUIRE_CLEAN(report);
}

// The ends of their windows meet no elements.
TEST_CASE("convolution: windows larger than the picture") {
  Report report;
  check_convolution(report, "most positions", {2, 4, 5, 8}, {7, 7, 8, 16},
                    {.padding = {{9, 9}, {6, 6}}, .dilations = {3, 2}}, f32);
  check_convolution(report, "all but one", {2, 8, 8, 16}, {3, 3, 16, 32},
                    {.padding = {{8, 8}, {8, 8}}, .dilations = {8, 8}}, f32);
  check_convolution(report, "one end, strides", {2, 5, 6, 4}, {9, 3, 4, 7},
                    {.strides = {2, 1}, .padding = {{21, 12}, {3, 3}}, .dilations = {4, 3}}, f64);
  check_convolution(report, "groups", {1, 3, 3, 6}, {7, 5, 3, 10},
                    {.padding = {{9, 9}, {4, 4}}, .dilations = {3, 2}, .feature_groups = 2}, f32);
  check_convolution(report, "a line, narrow", {2, 4, 9}, {15, 9, 21}, {.padding = {{14, 14}}, .dilations = {2}}, bf16);
  REQUIRE_CLEAN(report);
}

TEST_CASE("convolution: the shapes of networks") {
  Report report;
  const std::vector<Padding> same3{{1, 1}, {1, 1}}, same5{{2, 2}, {2, 2}};
  check_convolution(report, "first layer", {2, 28, 28, 1}, {5, 5, 1, 32}, {.padding = same5}, f32);
  check_convolution(report, "three channels", {1, 30, 29, 3}, {7, 7, 3, 64},
                    {.strides = {2, 2}, .padding = {{3, 3}, {3, 3}}}, f32);
  check_convolution(report, "second layer", {2, 14, 14, 32}, {5, 5, 32, 64}, {.padding = same5}, f32);
  // Rows of the operand that results two or three apart share; more channels than a vector has lanes, and fewer.
  const std::vector<Padding> same3by2{{2, 2}, {2, 2}};
  check_convolution(report, "few outputs, dilated", {2, 11, 40, 5}, {3, 3, 5, 2},
                    {.padding = same3by2, .dilations = {2, 2}}, f32);
  check_convolution(report, "few outputs, dilated by rows", {1, 70, 33, 35}, {3, 2, 35, 1}, {.dilations = {3, 1}}, f64);
  check_convolution(report, "few inputs, dilated", {1, 12, 90, 3}, {3, 3, 3, 8},
                    {.padding = same3by2, .dilations = {2, 2}}, f32);
  check_convolution(report, "long window, strided", {2, 200, 1}, {31, 1, 33}, {.strides = {4}, .padding = {{15, 12}}},
                    f32);
  // Groups whose outputs fill half a register.
  check_convolution(report, "groups of eight", {2, 9, 15, 32}, {3, 3, 8, 32}, {.padding = same3, .feature_groups = 4},
                    f32);
  check_convolution(report, "groups of four, strided", {1, 11, 9, 20}, {3, 2, 5, 16},
                    {.strides = {2, 1}, .padding = same3, .feature_groups = 4}, f64);
  check_convolution(report, "eight channels", {2, 13, 17, 8}, {3, 3, 8, 8}, {.padding = same3}, f32);
  check_convolution(report, "wide row", {1, 3, 61, 16}, {3, 3, 16, 32}, {.padding = same3}, f32);
  check_convolution(report, "strided", {1, 15, 14, 32}, {3, 3, 32, 48}, {.strides = {2, 2}, .padding = same3}, f32);
  check_convolution(report, "1x1", {2, 7, 7, 33}, {1, 1, 33, 65}, {}, f32);
  for (DType dtype : {f16, bf16}) check_convolution(report, "1x1", {2, 7, 9, 65}, {1, 1, 65, 70}, {}, dtype);
  check_convolution(report, "1x1, strided", {2, 7, 7, 32}, {1, 1, 32, 16}, {.strides = {2, 2}}, f32);
  check_convolution(report, "ten outputs", {2, 9, 9, 20}, {3, 3, 20, 10}, {}, f64);
  check_convolution(report, "half precision", {1, 9, 9, 17}, {3, 3, 17, 16}, {.padding = same3}, f16);
  check_convolution(report, "bfloat16", {1, 9, 9, 17}, {3, 3, 17, 16}, {.padding = same3}, bf16);
  Convolution nchw{
      .padding = same3, .x_axes = {0, 1, {2, 3}}, .filter_axes = {0, 1, {2, 3}}, .result_axes = {0, 1, {2, 3}}};
  check_convolution(report, "NCHW", {2, 16, 8, 9}, {24, 16, 3, 3}, nchw, f32);
  REQUIRE_CLEAN(report);
}

// Vectors over pixels: rows of one vector, of several, of more than a block; planes that are picked and transposed.
TEST_CASE("convolution: few outputs") {
  Report report;
  const std::vector<Padding> same3{{1, 1}, {1, 1}}, same5{{2, 2}, {2, 2}};
  check_convolution(report, "one of many", {2, 13, 28, 32}, {5, 5, 32, 1}, {.padding = same5}, f32);
  check_convolution(report, "a blur", {1, 9, 61, 3}, {3, 3, 3, 3}, {.padding = same3}, f32);
  check_convolution(report, "a stencil", {2, 70, 17, 1}, {3, 3, 1, 1}, {.padding = same3}, f64);
  check_convolution(report, "several blocks", {1, 3, 401, 2}, {5, 3, 2, 2}, {.padding = {{2, 2}, {1, 1}}}, f32);
  check_convolution(report, "blocks, transposed", {1, 3, 150, 18}, {3, 3, 18, 5}, {.padding = same3}, f32);
  check_convolution(report, "columns apart", {1, 5, 75, 5}, {3, 3, 5, 2},
                    {.strides = {1, 2}, .padding = same3, .dilations = {1, 3}}, f32);
  check_convolution(report, "planes of a stride", {1, 5, 83, 1}, {3, 4, 1, 2}, {.strides = {1, 3}}, f32);
  check_convolution(report, "gaps", {1, 7, 21, 17}, {4, 4, 17, 3}, {.padding = {{2, 2, 1}, {2, 2, 1}}}, f32);
  check_convolution(report, "rows between gaps", {1, 4, 40, 2}, {1, 3, 2, 1}, {.padding = {{1, 0, 2}, {4, 5}}}, f32);
  check_convolution(report, "far outside", {1, 4, 33, 3}, {2, 3, 3, 1}, {.padding = {{5, 4}, {40, 3}}}, f32);
  check_convolution(report, "groups", {2, 6, 20, 12}, {3, 3, 6, 4}, {.padding = same3, .feature_groups = 2}, f32);
  check_convolution(report, "a line", {2, 45, 9}, {5, 9, 2}, {.padding = {{2, 2}}}, f64);
  // Nothing of a border is multiplied.
  Tensor w = constant({INFINITY, 1.f, INFINITY});
  CHECK(conv1d(ones({1, 1, 1}), reshape(w, {3, 1, 1}), {.padding = Border::same}).to_vector<float>()[0] == 1);
  Tensor row = conv1d(zeros({1, 40, 1}), reshape(constant({INFINITY, 0.f, 0.f}), {3, 1, 1}), {.padding = Border::same});
  CHECK(row.to_vector<float>()[0] == 0);
  CHECK(std::isnan(row.to_vector<float>()[1]));
  REQUIRE_CLEAN(report);
}

// Lanes far apart in a row: segments of one tile and of several, blocks of segments, windows copied in parts, phases of
// gaps, strides, groups that share a copy.
TEST_CASE("convolution: long windows to few outputs") {
  Report report;
  check_convolution(report, "a filter", {2, 700, 1}, {65, 1, 1}, {.padding = {{32, 32}}}, f32);
  check_convolution(report, "longer than the signal", {1, 50, 1}, {301, 1, 1}, {.padding = {{290, 290}}}, f32);
  check_convolution(report, "blocks of segments", {1, 9000, 1}, {33, 1, 1}, {.padding = {{0, 32}}}, f32);
  check_convolution(report, "in parts", {1, 3000, 1}, {2100, 1, 1}, {.padding = {{1000, 1003}}}, f32);
  check_convolution(report, "in parts, strided", {2, 2500, 2}, {1301, 2, 2}, {.strides = {3}, .padding = {{7, 0}}},
                    f64);
  check_convolution(report, "a blur", {1, 40, 70, 1}, {31, 31, 1, 1}, {.padding = {{15, 15}, {15, 15}}}, f32);
  check_convolution(report, "each channel", {2, 21, 50, 3}, {9, 7, 1, 3},
                    {.padding = {{4, 4}, {3, 3}}, .feature_groups = 3}, f32);
  check_convolution(report, "three to three", {1, 23, 45, 3}, {5, 6, 3, 3}, {.padding = {{0, 4}, {5, 0}}}, f32);
  check_convolution(report, "three to eight", {1, 9, 45, 3}, {5, 6, 3, 8}, {.padding = {{2, 2}, {3, 2}}}, f32);
  check_convolution(report, "rows alone", {1, 90, 40, 1}, {67, 1, 1, 1}, {.padding = {{33, 33}, {0, 0}}}, f64);
  check_convolution(report, "strided and dilated", {1, 40, 150, 2}, {5, 7, 2, 3},
                    {.strides = {2, 2}, .padding = {{4, 3}, {9, 8}}, .dilations = {2, 3}}, f32);
  check_convolution(report, "dilated", {1, 400, 1}, {30, 1, 2}, {.padding = {{60, 60}}, .dilations = {5}}, f32);
  check_convolution(report, "gaps", {1, 13, 60, 2}, {11, 12, 2, 1}, {.padding = {{6, 6, 1}, {7, 7, 2}}}, f32);
  check_convolution(report, "groups of two", {1, 12, 60, 4}, {5, 5, 2, 4},
                    {.padding = {{2, 2}, {2, 2}}, .feature_groups = 2}, f32);
  check_convolution(report, "no pictures", {0, 40, 40, 1}, {9, 9, 1, 1}, {}, f32);
  check_convolution(report, "by a long filter", {1, 1, 5000, 1}, {1, 700, 1, 1}, {.padding = {{0, 0}, {100, 20}}}, f32);
  check_convolution(report, "by the filter of one of many rows", {1, 3, 500, 1}, {1, 40, 1, 1}, {}, f32);
  // Nothing of a border is multiplied, not even by what is no number.
  std::vector<float> taps(41, 1.f);
  taps[0] = INFINITY, taps[40] = NAN;
  for (Policy policy : {Policy::standard, Policy::strict}) {
    auto filter =
        function([](Tensor x, Tensor w) { return conv1d(x, w, {.padding = Border::same}); }, {.policy = policy});
    Tensor w = reshape(constant(taps), {41, 1, 1});
    for (float each : filter(ones({1, 20, 1}), w).to_vector<float>()) CHECK(each == 20);
    auto wide = filter(ones({1, 100, 1}), w).to_vector<float>();
    CHECK(std::isnan(wide[0]));
    CHECK(std::isinf(wide[99]));
    CHECK(std::isnan(wide[50]));
  }
  REQUIRE_CLEAN(report);
}

// Groups of fewer outputs than a vector has lanes stand side by side in it; filters far apart are copied together.
TEST_CASE("convolution: groups side by side, filters copied, blocks of outputs as tasks") {
  Report report;
  const std::vector<Padding> same3{{1, 1}, {1, 1}};
  for (auto [inputs, outputs, groups] : {std::array<int64_t, 3>{4, 4, 8},
                                         {8, 8, 3},
                                         {1, 2, 19},
                                         {1, 4, 5},
                                         {2, 8, 5},
                                         {3, 4, 7},
                                         {2, 2, 9},
                                         {4, 2, 6},
                                         {1, 3, 7},
                                         {1, 16, 3},
                                         {2, 1, 17}})
    for (int64_t stride : {1, 2}) {
      const std::string what = std::to_string(groups) + " groups of " + std::to_string(inputs) + " to " +
                               std::to_string(outputs) + ", stride " + std::to_string(stride);
      check_convolution(report, what, {2, 7, 19, inputs * groups}, {3, 3, inputs, outputs * groups},
                        {.strides = {stride, stride}, .padding = same3, .feature_groups = groups},
                        groups % 2 ? f32 : f64);
    }
  check_convolution(report, "groups along a line", {1, 45, 32}, {5, 4, 32}, {.padding = {{2, 2}}, .feature_groups = 8},
                    f32);
  check_convolution(report, "dilated groups", {1, 9, 21, 16}, {3, 3, 4, 16},
                    {.padding = same3, .dilations = {1, 2}, .feature_groups = 4}, f32);
  check_convolution(report, "filters far apart", {1, 7, 7, 130}, {3, 3, 130, 160}, {.padding = same3}, f32);
  check_convolution(report, "a rest of outputs", {2, 6, 7, 131}, {3, 3, 131, 150}, {.padding = same3}, f32);
  REQUIRE_CLEAN(report);
}

// Long rows are taken in parts; windows of few channels in groups of positions; groups of channels one by one.
TEST_CASE("convolution: filter gradients") {
  Report report;
  const std::vector<Padding> same3{{1, 1}, {1, 1}};
  check_convolution(report, "a long row", {2, 419, 15}, {3, 15, 17}, {.padding = {{1, 1}}}, f32);
  check_convolution(report, "a long row of one channel", {2, 613, 1}, {9, 1, 5}, {.padding = {{4, 4}}}, f64);
  check_convolution(report, "a long window", {1, 409, 1}, {31, 1, 3}, {.padding = {{30, 2}}}, f32);
  check_convolution(report, "borders longer than a part", {1, 401, 2}, {3, 2, 3}, {.padding = {{11, 12}}}, f32);
  check_convolution(report, "long rows, strided", {1, 2, 811, 7}, {2, 4, 7, 3}, {.strides = {1, 2}, .padding = same3},
                    f32);
  check_convolution(report, "long rows, strided, few channels", {1, 1, 823, 3}, {1, 7, 3, 5},
                    {.strides = {1, 2}, .padding = {{0, 0}, {3, 3}}}, f32);
  check_convolution(report, "long rows, dilated", {1, 1, 433, 13}, {1, 3, 13, 2},
                    {.padding = {{0, 0}, {5, 5}}, .dilations = {1, 5}}, f32);
  check_convolution(report, "long rows, each channel", {1, 2, 223, 19}, {3, 3, 1, 19},
                    {.padding = same3, .feature_groups = 19}, f32);
  check_convolution(report, "groups", {2, 5, 9, 48}, {3, 3, 16, 60}, {.padding = same3, .feature_groups = 3}, f32);
  check_convolution(report, "groups of few channels", {1, 9, 30, 4}, {3, 5, 2, 34},
                    {.padding = {{1, 1}, {2, 2}}, .feature_groups = 2}, f32);
  check_convolution(report, "three groups of positions", {1, 5, 13, 5}, {3, 7, 5, 17}, {.padding = same3}, f32);
  REQUIRE_CLEAN(report);
}

// Tiles of several window rows, which meet different rows of the picture at its ends; half registers.
TEST_CASE("convolution: filter gradients of few channels") {
  Report report;
  const std::vector<Padding> same3{{1, 1}, {1, 1}};
  check_convolution(report, "one channel", {2, 9, 11, 1}, {3, 3, 1, 5}, {.padding = same3}, f32);
  check_convolution(report, "rows in two tiles", {2, 9, 30, 2}, {5, 3, 2, 8}, {.padding = {{2, 2}, {1, 1}}}, f32);
  check_convolution(report, "rows in three tiles", {1, 12, 9, 2}, {7, 3, 2, 15}, {.padding = {{3, 3}, {1, 1}}}, f64);
  check_convolution(report, "no border", {2, 9, 11, 1}, {3, 2, 1, 16}, {}, f32);
  check_convolution(report, "more border than picture", {2, 2, 9, 1}, {5, 3, 1, 2}, {.padding = {{4, 3}, {1, 1}}}, f32);
  check_convolution(report, "strided", {1, 14, 30, 1}, {3, 3, 1, 3}, {.strides = {2, 2}, .padding = same3}, f32);
  check_convolution(report, "dilated", {1, 14, 17, 1}, {3, 3, 1, 7}, {.padding = {{3, 3}, {2, 2}}, .dilations = {3, 2}},
                    f32);
  check_convolution(report, "parts of rows", {1, 3, 431, 1}, {3, 3, 1, 4}, {.padding = same3}, f32);
  check_convolution(report, "volumes", {2, 4, 6, 7, 1}, {3, 3, 3, 1, 8}, {.padding = {{1, 1}, {1, 1}, {1, 1}}}, f32);
  check_convolution(report, "each channel", {2, 9, 13, 40}, {3, 3, 1, 40}, {.padding = same3, .feature_groups = 40},
                    f32);
  check_convolution(report, "each channel, strided", {2, 9, 13, 35}, {3, 3, 1, 35},
                    {.strides = {2, 2}, .padding = same3, .feature_groups = 35}, f32);
  REQUIRE_CLEAN(report);
}

// How the work is divided among threads changes no bit: few results, narrow groups, outputs of half a register.
TEST_CASE("convolution: any number of threads") {
  Report report;
  const std::vector<Padding> same3{{1, 1}, {1, 1}};
  struct Layer {
    const char *name;
    Shape x, filters;
    Convolution options;
  };
  const int before = num_threads();
  for (const Layer &each :
       {Layer{"few results", {3, 7, 7, 256}, {3, 3, 256, 256}, {.padding = same3}},
        {"few results, strided", {2, 7, 7, 256}, {3, 3, 256, 256}, {.strides = {2, 2}, .padding = same3}},
        {"groups side by side", {4, 14, 14, 128}, {3, 3, 4, 128}, {.padding = same3, .feature_groups = 32}},
        {"groups of half a register", {4, 14, 14, 128}, {3, 3, 8, 128}, {.padding = same3, .feature_groups = 16}},
        {"each channel", {4, 28, 28, 64}, {3, 3, 1, 64}, {.padding = same3, .feature_groups = 64}},
        {"one channel to eight", {8, 28, 28, 1}, {3, 3, 1, 8}, {.padding = same3}}}) {
    const Shape result = ConvolutionReference(each.x, each.filters, each.options).result;
    Body body = [&](const Tensors &in) {
      auto [value, pull] = vjp([&](Tensor x, Tensor w) { return convolution(x, w, each.options); }, in[0], in[1]);
      Tensors gradients = pull(in[2]);
      return Tensors{value, gradients[0], gradients[1]};
    };
    Tensors inputs{tensor_of(sample(each.x, f32, -2, 2, 1), f32), tensor_of(sample(each.filters, f32, -2, 2, 2), f32),
                   tensor_of(sample(result, f32, -2, 2, 3), f32)};
    set_num_threads(1);
    const Tensors expected = run_compiled(body, inputs, Policy::standard);
    for (int threads : {2, 8}) {
      set_num_threads(threads);
      const Tensors got = run_compiled(body, inputs, Policy::standard);
      for (size_t i = 0; i < expected.size(); ++i)
        require_bits(report, std::string(each.name) + ", result " + std::to_string(i), got[i], expected[i]);
    }
  }
  set_num_threads(before);
  REQUIRE_CLEAN(report);
}

// Many images are summed in parts, which follow from extents alone: however they are known, and for any threads.
TEST_CASE("convolution: filter gradients of many images") {
  Report report;
  const std::vector<Padding> same3{{1, 1}, {1, 1}};
  check_convolution(report, "two parts", {9, 25, 23, 3}, {3, 3, 3, 5}, {.padding = same3}, f32);
  check_convolution(report, "parts of three images", {17, 32, 31, 1}, {3, 2, 1, 3}, {.strides = {1, 1}}, f64);
  check_convolution(report, "one image of many pixels", {1, 97, 89, 2}, {3, 3, 2, 3}, {.padding = same3}, f32);

  PolicyScope strict(Policy::strict);
  Body gradient = [&](const Tensors &in) {
    return Tensors{vjp([&](Tensor w) { return conv2d(in[0], w, {.padding = same3}); }, in[1]).second(in[2])[0]};
  };
  Tensors inputs{tensor_of(sample({21, 29, 33, 7}, f32, -2, 2, 1), f32),
                 tensor_of(sample({3, 3, 7, 19}, f32, -2, 2, 2), f32),
                 tensor_of(sample({21, 29, 33, 19}, f32, -2, 2, 3), f32)};
  const int before = num_threads();
  const Tensor expected = run_eager(gradient, inputs, Policy::strict)[0];
  for (int threads : {1, 2, 3, 7}) {
    set_num_threads(threads);
    require_bits(report, "known", run_compiled(gradient, inputs, Policy::strict)[0], expected);
    for (int64_t unknown : {1, 3}) {
      Options options{.policy = Policy::strict};
      for (const Tensor &input : inputs) {
        Shape shape = input.shape();
        for (int axis = 0; axis < unknown && &input != &inputs[1]; ++axis) shape[axis] = kDynamic;
        options.input_signature.push_back({f32, shape});
      }
      auto dynamic = function([&](Tensor x, Tensor w, Tensor g) { return gradient({x, w, g})[0]; }, options);
      require_bits(report, std::to_string(unknown) + " unknown extents", dynamic(inputs[0], inputs[1], inputs[2]),
                   expected);
    }
  }
  set_num_threads(before);
  REQUIRE_CLEAN(report);
}

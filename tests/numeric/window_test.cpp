// The rows of window.def, the functions made of these ops, and random geometries.
#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
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

/// |terms| summed, times what may be lost of each; see bound() of row.cpp.
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

TEST_CASE("windows: sums and maxima") { check_rows(pool_rows()); }

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

TEST_CASE("convolution: the shapes of networks") {
  Report report;
  const std::vector<Padding> same3{{1, 1}, {1, 1}}, same5{{2, 2}, {2, 2}};
  check_convolution(report, "first layer", {2, 28, 28, 1}, {5, 5, 1, 32}, {.padding = same5}, f32);
  check_convolution(report, "three channels", {1, 30, 29, 3}, {7, 7, 3, 64},
                    {.strides = {2, 2}, .padding = {{3, 3}, {3, 3}}}, f32);
  check_convolution(report, "second layer", {2, 14, 14, 32}, {5, 5, 32, 64}, {.padding = same5}, f32);
  check_convolution(report, "wide row", {1, 3, 61, 16}, {3, 3, 16, 32}, {.padding = same3}, f32);
  check_convolution(report, "strided", {1, 15, 14, 32}, {3, 3, 32, 48}, {.strides = {2, 2}, .padding = same3}, f32);
  check_convolution(report, "1x1", {2, 7, 7, 33}, {1, 1, 33, 65}, {}, f32);
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

TEST_CASE("conv2d and its kin: TensorFlow's paddings, groups and formats") {
  Report report;
  auto agree = [&](const char *what, const Tensor &actual, const Tensor &expected) {
    Array wanted = array_of(expected);
    require_within(report, what, actual, wanted, generate(wanted.shape, [](const Position &) { return 1e-5L; }));
  };
  Tensor x = tensor_of(sample({2, 7, 8, 6}, f32, -1, 1, 1), f32),
         w = tensor_of(sample({3, 2, 6, 4}, f32, -1, 1, 2), f32);
  // ceil(7 / 2) = 4 rows need (4 - 1) * 2 + 3 - 7 = 2 zeros; ceil(8 / 3) = 3 columns (3 - 1) * 3 + 2 - 8 = 0.
  agree("same", conv2d(x, w, {.strides = {2, 3}, .padding = Border::same}),
        convolution(x, w, {.strides = {2, 3}, .padding = {{1, 1}, {0, 0}}}));
  // The odd zero goes to the end.
  agree("same, even window", conv2d(x, w, {.padding = Border::same}), convolution(x, w, {.padding = {{1, 1}, {0, 1}}}));
  agree("one number for all axes", conv2d(x, w, {.strides = {2}}), convolution(x, w, {.strides = {2, 2}}));
  Tensor first = transpose(x, {0, 3, 1, 2});
  agree("channels first",
        transpose(conv2d(first, w, {.padding = Border::same, .data_format = DataFormat::channels_first}), {0, 2, 3, 1}),
        conv2d(x, w, {.padding = Border::same}));
  Tensor halves = slice(w, {{}, {}, {0, 3}, {}});
  agree("groups", conv2d(x, halves, {.groups = 2}),
        concatenate({conv2d(slice(x, {{}, {}, {}, {0, 3}}), slice(halves, {{}, {}, {}, {0, 2}})),
                     conv2d(slice(x, {{}, {}, {}, {3, 6}}), slice(halves, {{}, {}, {}, {2, 4}}))},
                    3));
  agree("depthwise", depthwise_conv2d(x, w, {.padding = Border::same}),
        conv2d(x, reshape(w, {3, 2, 1, 24}), {.padding = Border::same, .groups = 6}));
  for (Border border : {Border::same, Border::valid})
    for (int64_t stride : {1, 2, 3}) {
      // The transpose is the derivative of the convolution that takes its result to x.
      Tensor small = conv2d(x, w, {.strides = {stride}, .padding = border});
      auto pulled =
          vjp([&](Tensor x) { return conv2d(x, w, {.strides = {stride}, .padding = border}); }, x).second(small)[0];
      Tensor back = conv2d_transpose(small, w, {.strides = {stride}, .padding = border});
      std::vector<Range> ranges;
      for (int axis = 0; axis < 4; ++axis) ranges.emplace_back(0, std::min(back.shape()[axis], x.shape()[axis]));
      if (border == Border::valid || 7 % stride + 8 % stride == 0)
        agree("conv2d_transpose", slice(back, ranges), slice(pulled, ranges));
      CHECK(back.shape()[1] == (border == Border::same
                                    ? small.shape()[1] * stride
                                    : (small.shape()[1] - 1) * stride + std::max<int64_t>(3, stride)));
    }
  Tensor line = tensor_of(sample({2, 9, 3}, f32, -1, 1, 3), f32),
         taps = tensor_of(sample({4, 3, 5}, f32, -1, 1, 4), f32);
  agree(
      "conv1d", conv1d(line, taps, {.padding = Border::same}),
      reshape(conv2d(reshape(line, {2, 1, 9, 3}), reshape(taps, {1, 4, 3, 5}), {.padding = Border::same}), {2, 9, 5}));
  agree("conv3d", conv3d(reshape(x, {1, 2, 7, 8, 6}), reshape(w, {1, 3, 2, 6, 4})),
        reshape(conv2d(x, w), {1, 2, 5, 7, 4}));
  REQUIRE_CLEAN(report);
}

TEST_CASE("convolution fused with what surrounds it") {
  Report report;
  const Convolution options{.padding = {{1, 1}, {0, 2}}};
  for (DType dtype : {f64, f32, f16, bf16, i32})
    for (auto [channels, outputs] : {std::pair(2, 19), {17, 19}, {17, 2}, {2, 1}}) {
      Array x = sample({2, 6, 9, channels}, dtype, -2, 2, 1), w = sample({3, 3, channels, outputs}, dtype, -2, 2, 2),
            b = sample({outputs}, dtype, -2, 2, 3), r = sample({2, 6, 9, outputs}, dtype, -2, 2, 4);
      ConvolutionReference reference(x.shape, w.shape, options);
      Array sums = reference.forward(x, w), expected = sums, magnitude = sums;
      for_each_position(sums.shape, [&](const Position &p) {
        expected[p] = std::max(0.0L, sums[p] + b[{p[3]}]) * r[p];
        magnitude[p] = is_floating(dtype) ? 400 * epsilon(dtype) : 0;
      });
      // The sums themselves are a result, too.
      Body body = [&](const Tensors &in) {
        Tensor sums = convolution(in[0], in[1], options);
        return Tensors{maximum(sums + in[2], cast(0, dtype)) * in[3], sums};
      };
      Tensors inputs{tensor_of(x, dtype), tensor_of(w, dtype), tensor_of(b, dtype), tensor_of(r, dtype)};
      Tensors eager = run_eager(body, inputs, Policy::strict), strict = run_compiled(body, inputs, Policy::strict);
      require_within(report, "layer", eager[0], expected, magnitude);
      for (size_t i = 0; i < 2; ++i) require_bits(report, "layer compiled", strict[i], eager[i]);
      require_within(report, "layer, standard", run_compiled(body, inputs, Policy::standard)[0], expected, magnitude);
    }
  REQUIRE_CLEAN(report);
}

// More code than a tile holds for each of its sums: rows are stored first.
TEST_CASE("convolution: functions behind it") {
  Report report;
  for (auto [spatial, groups] : {std::pair(1, 1), {2, 1}, {2, 2}, {3, 1}})
    for (DType dtype : {f32, f64, bf16}) {
      Shape x{2}, f;
      Convolution options{.feature_groups = groups};
      for (int i = 0; i < spatial; ++i) {
        x.push_back(i == 0 ? 7 : 5), f.push_back(3);
        options.padding.push_back({1, 1});
      }
      x.push_back(3 * groups), f.push_back(3), f.push_back(19 * groups);
      ConvolutionReference reference(x, f, options);
      Array a = sample(x, dtype, -1, 1, 1), w = sample(f, dtype, -1, 1, 2), b = sample({19 * groups}, dtype, -1, 1, 3),
            r = sample(reference.result, dtype, -1, 1, 4), sums = reference.forward(a, w), expected = sums;
      for_each_position(sums.shape,
                        [&](const Position &p) { expected[p] = std::tanh(sums[p] + b[{p.back()}]) * r[p]; });
      Body body = [&](const Tensors &in) {
        Tensor y = convolution(in[0], in[1], options);
        return Tensors{tanh(y + in[2]) * in[3], y};
      };
      Body alone = [&](const Tensors &in) { return Tensors{body(in)[0]}; };
      Tensors inputs{tensor_of(a, dtype), tensor_of(w, dtype), tensor_of(b, dtype), tensor_of(r, dtype)};
      Tensors eager = run_eager(body, inputs, Policy::strict), strict = run_compiled(body, inputs, Policy::strict);
      const long double most = 100 * epsilon(dtype);
      require_within(report, "tanh", strict[0], expected,
                     generate(expected.shape, [&](const Position &) { return most; }));
      for (size_t i = 0; i < 2; ++i) require_bits(report, "with the sums", strict[i], eager[i]);
      require_bits(report, "alone", run_compiled(alone, inputs, Policy::strict)[0], eager[0]);
    }
  REQUIRE_CLEAN(report);
}

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
      window.strides.push_back(pick({1, 1, 2, 3, 4, 5}));
      window.padding.push_back({pick({0, 1, 2}), pick({0, 1, 2}), max ? 0 : pick({0, 0, 1, 2})});
      window.dilations.push_back(pick({1, 1, 2}));
    }
    auto insert = [&](auto &list, auto value) { list.insert(channels_first ? list.begin() + 1 : list.end(), value); };
    insert(extents, pick({1, 2, 16, 19, 37}));
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

TEST_CASE("unknown extents: batches, and everything") {
  Report report;
  PolicyScope strict(Policy::strict);
  auto network = [](Tensor x, Tensor w) {
    Tensor y = relu(conv2d(x, w, {.strides = {2}, .padding = {{1, 1}, {1, 1}}}));
    return sum(square(avg_pool2d(max_pool2d(y, {2}, {.strides = {1}}), {2}, {.padding = {{1, 0}, {0, 1}}})));
  };
  auto step = [&](Tensor x, Tensor w) {
    auto [value, pull] = vjp(network, x, w);
    Tensors gradients = pull(ones({}));
    return Tensors{value, gradients[0], gradients[1]};
  };
  for (std::vector<int64_t> unknown : {std::vector<int64_t>{0}, std::vector<int64_t>{0, 1, 2}}) {
    Shape shape{3, 11, 10, 3};
    for (int64_t axis : unknown) shape[static_cast<int>(axis)] = kDynamic;
    Options options;
    options.policy = Policy::strict;
    options.input_signature = std::vector<Spec>{{f32, shape}, {f32, {3, 3, 3, 17}}};
    auto dynamic = etch::function(step, options);
    auto known = etch::function(step, {.policy = Policy::strict});
    for (int64_t batch : {1, 4}) {
      Tensor x = tensor_of(sample({batch, 11, 10, 3}, f32, -1, 1, 1), f32),
             w = tensor_of(sample({3, 3, 3, 17}, f32, -1, 1, 2), f32);
      Tensors a = dynamic(x, w), b = known(x, w);
      for (size_t i = 0; i < 3; ++i) {
        Array wanted = array_of(b[i]);
        require_within(report, "result " + std::to_string(i), a[i], wanted,
                       generate(wanted.shape,
                                [&](const Position &p) -> long double { return 1e-5L * (1 + std::fabs(wanted[p])); }));
      }
    }
  }
  REQUIRE_CLEAN(report);
}

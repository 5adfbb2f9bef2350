// Convolutions as layers: their options, what is fused with them, and extents that are unknown.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "tests/numeric/checks.h"
#include "tests/numeric/window_reference.h"

using namespace etch;
using namespace numeric;

namespace {

Array magnitudes(Array x) {
  for (long double &value : x.values) value = std::fabs(value);
  return x;
}

}  // namespace

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
    for (auto [channels, outputs] : {std::pair(2, 19), {17, 19}, {17, 2}, {2, 1}, {128, 128}}) {
      Array x = sample({2, 6, 9, channels}, dtype, -2, 2, 1), w = sample({3, 3, channels, outputs}, dtype, -2, 2, 2),
            b = sample({outputs}, dtype, -2, 2, 3), r = sample({2, 6, 9, outputs}, dtype, -2, 2, 4);
      ConvolutionReference reference(x.shape, w.shape, options);
      // A sum's roundings, which grow with the root of their number, and one each of the sum, with the bias, and times
      // r.
      Array sums = reference.forward(x, w), products = reference.forward(magnitudes(x), magnitudes(w)), expected = sums,
            bound = sums;
      const long double roundings = 2 * std::sqrt(9.0L * channels + 1);
      for_each_position(sums.shape, [&](const Position &p) {
        const long double biased = sums[p] + b[{p[3]}];
        expected[p] = std::max(0.0L, biased) * r[p];
        if (!is_floating(dtype)) return void(bound[p] = 0);
        const long double before = roundings * epsilon(accumulator_of(dtype)) * products[p] +
                                   unit_in_last_place(sums[p], dtype) + unit_in_last_place(biased, dtype);
        bound[p] = before * std::fabs(r[p]) + unit_in_last_place(expected[p], dtype);
      });
      // The sums themselves are a result, too.
      Body body = [&](const Tensors &in) {
        Tensor sums = convolution(in[0], in[1], options);
        return Tensors{maximum(sums + in[2], cast(0, dtype)) * in[3], sums};
      };
      Tensors inputs{tensor_of(x, dtype), tensor_of(w, dtype), tensor_of(b, dtype), tensor_of(r, dtype)};
      Tensors eager = run_eager(body, inputs, Policy::strict), strict = run_compiled(body, inputs, Policy::strict);
      require_within(report, "layer", eager[0], expected, bound);
      for (size_t i = 0; i < 2; ++i) require_bits(report, "layer compiled", strict[i], eager[i]);
      require_within(report, "layer, standard", run_compiled(body, inputs, Policy::standard)[0], expected, bound);
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
    for (int64_t batch : {4, 1, 0}) {
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

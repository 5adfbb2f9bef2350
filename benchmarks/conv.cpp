// Convolutions against oneDNN, where it is installed, and against the FMA peak: one thread.

#include "etch/etch.h"
#include "harness.h"
#include "machine.h"
#include "onednn_primitive.h"

namespace etch::bench {
namespace {

struct Layer {
  const char *name;
  std::vector<int64_t> extents;  // of space
  int64_t inputs, outputs;
  std::vector<int64_t> window;
  int64_t stride = 1, dilation = 1, groups = 1;
  int64_t batch = 32;

  std::vector<int64_t> results() const {
    std::vector<int64_t> list;
    for (int64_t extent : extents) list.push_back((extent + stride - 1) / stride);
    return list;
  }
  /// Nominal: products with the border count.
  double flops() const {
    int64_t products = batch * inputs / groups * outputs;
    for (int64_t result : results()) products *= result;
    for (int64_t each : window) products *= each;
    return 2.0 * static_cast<double>(products);
  }
};

enum class Direction { forward, data, filters };

#ifdef ETCH_BENCH_ONEDNN
/// One direction of a layer in oneDNN, operands in its own layouts: reordering is not counted.
class OneDnn : public OneDnnPrimitive {
 public:
  OneDnn(const Layer &layer, Direction direction) {
    using dnnl::memory;
    const size_t rank = layer.extents.size();
    const auto channels_last = rank == 1   ? memory::format_tag::nwc
                               : rank == 2 ? memory::format_tag::nhwc
                                           : memory::format_tag::ndhwc;
    auto image = [&](int64_t channels, const std::vector<int64_t> &extents) {
      memory::dims dims{layer.batch, channels};
      dims.insert(dims.end(), extents.begin(), extents.end());
      return memory::desc(dims, memory::data_type::f32, channels_last);
    };
    memory::dims filter{layer.outputs / layer.groups, layer.inputs / layer.groups};
    if (layer.groups > 1) filter.insert(filter.begin(), layer.groups);
    filter.insert(filter.end(), layer.window.begin(), layer.window.end());
    memory::desc x = image(layer.inputs, layer.extents), y = image(layer.outputs, layer.results()),
                 w(filter, memory::data_type::f32, memory::format_tag::any);
    memory::dims strides(rank, layer.stride), dilates(rank, layer.dilation - 1), low, high;
    for (size_t i = 0; i < rank; ++i) {
      const int64_t reach = (layer.window[i] - 1) * layer.dilation + 1;
      const int64_t all = std::max<int64_t>((layer.results()[i] - 1) * layer.stride + reach - layer.extents[i], 0);
      low.push_back(all / 2), high.push_back(all - all / 2);
    }
    const auto algorithm = dnnl::algorithm::convolution_direct;
    dnnl::convolution_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, algorithm, x, w, y, strides, dilates, low, high}, engine);
    auto filled = [&](const memory::desc &desc) { return make(desc, 0.5f); };
    if (direction == Direction::forward) {
      primitive = dnnl::convolution_forward(forward);
      arguments = {{DNNL_ARG_SRC, filled(forward.src_desc())},
                   {DNNL_ARG_WEIGHTS, filled(forward.weights_desc())},
                   {DNNL_ARG_DST, filled(forward.dst_desc())}};
    } else if (direction == Direction::data) {
      dnnl::convolution_backward_data::primitive_desc backward({algorithm, x, w, y, strides, dilates, low, high},
                                                               engine, forward);
      primitive = dnnl::convolution_backward_data(backward);
      arguments = {{DNNL_ARG_DIFF_SRC, filled(backward.diff_src_desc())},
                   {DNNL_ARG_WEIGHTS, filled(backward.weights_desc())},
                   {DNNL_ARG_DIFF_DST, filled(backward.diff_dst_desc())}};
    } else {
      dnnl::convolution_backward_weights::primitive_desc backward({algorithm, x, w, y, strides, dilates, low, high},
                                                                  engine, forward);
      primitive = dnnl::convolution_backward_weights(backward);
      arguments = {{DNNL_ARG_SRC, filled(backward.src_desc())},
                   {DNNL_ARG_DIFF_WEIGHTS, filled(backward.diff_weights_desc())},
                   {DNNL_ARG_DIFF_DST, filled(backward.diff_dst_desc())}};
    }
  }
};
#endif

void layer(Bench &bench, const Layer &layer) {
  Generator generator(1);
  auto make = [&](std::vector<int64_t> shape, std::vector<int64_t> more, std::vector<int64_t> last) {
    shape.insert(shape.end(), more.begin(), more.end());
    shape.insert(shape.end(), last.begin(), last.end());
    return generator.uniform(Shape(shape), -1, 1);
  };
  Tensor x = make({layer.batch}, layer.extents, {layer.inputs}),
         w = make({}, layer.window, {layer.inputs / layer.groups, layer.outputs}),
         g = make({layer.batch}, layer.results(), {layer.outputs});
  ConvOptions options{.strides = {layer.stride}, .padding = Border::same};
  options.dilations = {layer.dilation};
  options.groups = layer.groups;
  auto convolved = [&](Tensor x, Tensor w) {
    return layer.extents.size() == 1   ? conv1d(x, w, options)
           : layer.extents.size() == 2 ? conv2d(x, w, options)
                                       : conv3d(x, w, options);
  };
  auto forward = function("forward", [&](Tensor x, Tensor w) { return convolved(x, w); });
  auto data = function("data", [&](Tensor x, Tensor w, Tensor g) {
    return vjp([&](Tensor x) { return convolved(x, w); }, x).second(g)[0];
  });
  auto filters = function("filters", [&](Tensor x, Tensor w, Tensor g) {
    return vjp([&](Tensor w) { return convolved(x, w); }, w).second(g)[0];
  });
  for (Direction direction : {Direction::forward, Direction::data, Direction::filters}) {
    const char *name = direction == Direction::forward ? "" : direction == Direction::data ? ", d x" : ", d filters";
    auto run = [&] {
      if (direction == Direction::forward)
        keep(forward(x, w));
      else if (direction == Direction::data)
        keep(data(x, w, g));
      else
        keep(filters(x, w, g));
    };
    run();
    const long rounds = std::max<long>(1000, static_cast<long>(layer.flops() / 512));
    const Bench::Pair peak = bench.time(run, [&] { run_fma(rounds); });
    const double limit = run_fma(rounds) / peak.reference_seconds * 1e-9;
    double seconds = peak.seconds, ratio = 0, theirs = 0;
#ifdef ETCH_BENCH_ONEDNN
    if (bench.settings().threads == 1) {
      OneDnn dnnl(layer, direction);
      dnnl();
      const Bench::Pair pair = bench.time(run, [&] { dnnl(); });
      seconds = pair.seconds, ratio = 1 / pair.ratio, theirs = layer.flops() / pair.reference_seconds * 1e-9;
    }
#endif
    const double achieved = layer.flops() / seconds * 1e-9;
    const std::string note = ratio ? "oneDNN " + format_value(theirs, "GFLOP/s") + ": " + format_value(ratio, "x of it")
                                   : "oneDNN was not there";
    bench.add({.what = std::string("conv ") + layer.name + name,
               .value = achieved,
               .unit = "GFLOP/s",
               .reference = "FMA peak",
               .reference_value = limit,
               .judged_name = "x of it",
               .judged = limit > 0 ? achieved / limit : 0,
               .at_least = true,
               .note = note});
  }
}

}  // namespace

void bench_convolutions(Bench &bench) {
  bench.begin_topic("Convolutions, against oneDNN on one thread");
  if (bench.settings().smoke) return layer(bench, {"8^2 x 16 -> 16, 3x3", {8, 8}, 16, 16, {3, 3}, 1, 1, 1, 2});
  for (const Layer &each :
       {Layer{"28^2 x 1 -> 32, 5x5", {28, 28}, 1, 32, {5, 5}},
        {"14^2 x 32 -> 64, 5x5", {14, 14}, 32, 64, {5, 5}},
        {"56^2 x 64 -> 64, 3x3", {56, 56}, 64, 64, {3, 3}},
        {"56^2 x 64 -> 128, 3x3, stride 2", {56, 56}, 64, 128, {3, 3}, 2},
        {"112^2 x 3 -> 64, 7x7, stride 2", {112, 112}, 3, 64, {7, 7}, 2},
        {"28^2 x 128 -> 256, 1x1", {28, 28}, 128, 256, {1, 1}},
        {"28^2 x 128 -> 128, 3x3, dilation 2", {28, 28}, 128, 128, {3, 3}, 1, 2},
        {"28^2 x 128 -> 128, 3x3, 4 groups", {28, 28}, 128, 128, {3, 3}, 1, 1, 4},
        {"28^2 x 128 -> 128, 3x3, 32 groups", {28, 28}, 128, 128, {3, 3}, 1, 1, 32, 8},
        {"28^2 x 128 -> 128, 3x3, 32 groups, stride 2", {28, 28}, 128, 128, {3, 3}, 2, 1, 32, 8},
        {"28^2 x 256 -> 256, 3x3, 32 groups", {28, 28}, 256, 256, {3, 3}, 1, 1, 32, 8},
        {"56^2 x 32 -> 64, 3x3, each channel", {56, 56}, 32, 64, {3, 3}, 1, 1, 32, 8},
        {"7^2 x 512 -> 512, 3x3, one picture", {7, 7}, 512, 512, {3, 3}, 1, 1, 1, 1},
        {"14^2 x 256 -> 256, 3x3, one picture", {14, 14}, 256, 256, {3, 3}, 1, 1, 1, 1},
        {"7^2 x 512 -> 512, 3x3, stride 2, one picture", {7, 7}, 512, 512, {3, 3}, 2, 1, 1, 1},
        {"56^2 x 1 -> 8, 3x3", {56, 56}, 1, 8, {3, 3}, 1, 1, 1, 8},
        {"56^2 x 8 -> 8, 3x3", {56, 56}, 8, 8, {3, 3}, 1, 1, 1, 8},
        {"56^2 x 3 -> 8, 3x3, dilation 2", {56, 56}, 3, 8, {3, 3}, 1, 2, 1, 8},
        {"224^2 x 3 -> 64, 11x11, stride 4, one picture", {224, 224}, 3, 64, {11, 11}, 4, 1, 1, 1},
        {"224^2 x 3 -> 768, 16x16, stride 16, one picture", {224, 224}, 3, 768, {16, 16}, 16, 1, 1, 1},
        {"28^2 x 192 -> 384, 2x2, stride 2", {28, 28}, 192, 384, {2, 2}, 2, 1, 1, 8},
        {"1000 x 16 -> 32, 15", {1000}, 16, 32, {15}, 1, 1, 1, 8},
        {"4000 x 1 -> 32, 31, stride 4", {4000}, 1, 32, {31}, 4, 1, 1, 8},
        {"16^3 x 1 -> 16, 3x3x3", {16, 16, 16}, 1, 16, {3, 3, 3}, 1, 1, 1, 4},
        {"56^2 x 64, 3x3, each channel", {56, 56}, 64, 64, {3, 3}, 1, 1, 64},
        {"56^2 x 64, 3x3, each channel, stride 2", {56, 56}, 64, 64, {3, 3}, 2, 1, 64},
        {"4000 x 64 -> 64, 9", {4000}, 64, 64, {9}, 1, 1, 1, 8},
        {"16^3 x 32 -> 32, 3x3x3", {16, 16, 16}, 32, 32, {3, 3, 3}, 1, 1, 1, 4}})
    layer(bench, each);
}

}  // namespace etch::bench

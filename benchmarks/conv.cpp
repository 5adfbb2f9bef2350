// Convolutions against oneDNN, where it is installed, and against the FMA peak: one thread, layers of 32 pictures.

#include "etch/etch.h"
#include "harness.h"
#include "machine.h"

#ifdef ETCH_BENCH_ONEDNN
#include <dlfcn.h>

#include <algorithm>
#include <unordered_map>

#include <dnnl.hpp>
#if DNNL_VERSION_MAJOR != 2
#undef ETCH_BENCH_ONEDNN
#endif
#endif

namespace etch::bench {
namespace {

struct Layer {
  const char *name;
  int64_t extent, inputs, outputs, window, stride = 1;
  int64_t result() const { return (extent + stride - 1) / stride; }
  /// Nominal: products with the border count.
  double flops(int64_t batch) const {
    return 2.0 * static_cast<double>(batch * result() * result() * window * window * inputs * outputs);
  }
};

enum class Direction { forward, data, filters };

#ifdef ETCH_BENCH_ONEDNN
/// One direction of a layer in oneDNN, operands in its own layouts: reordering is not counted.
class OneDnn {
 public:
  OneDnn(const Layer &layer, int64_t batch, Direction direction)
      : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    // One thread, whichever OpenMP it was built with.
    if (void *set = dlsym(RTLD_DEFAULT, "omp_set_num_threads")) reinterpret_cast<void (*)(int)>(set)(1);
    using dnnl::memory;
    auto any = [](memory::dims dims) { return memory::desc(dims, memory::data_type::f32, memory::format_tag::any); };
    memory::desc x({batch, layer.inputs, layer.extent, layer.extent}, memory::data_type::f32, memory::format_tag::nhwc);
    memory::desc y({batch, layer.outputs, layer.result(), layer.result()}, memory::data_type::f32,
                   memory::format_tag::nhwc);
    memory::desc w = any({layer.outputs, layer.inputs, layer.window, layer.window});
    const int64_t all = std::max<int64_t>((layer.result() - 1) * layer.stride + layer.window - layer.extent, 0);
    memory::dims strides{layer.stride, layer.stride}, low{all / 2, all / 2}, high{all - all / 2, all - all / 2};
    const auto algorithm = dnnl::algorithm::convolution_direct;
    dnnl::convolution_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, algorithm, x, w, y, strides, low, high}, engine_);
    auto make = [&](const memory::desc &desc) { return memory(desc, engine_); };
    if (direction == Direction::forward) {
      primitive_ = dnnl::convolution_forward(forward);
      arguments_ = {{DNNL_ARG_SRC, make(forward.src_desc())},
                    {DNNL_ARG_WEIGHTS, make(forward.weights_desc())},
                    {DNNL_ARG_DST, make(forward.dst_desc())}};
    } else if (direction == Direction::data) {
      dnnl::convolution_backward_data::primitive_desc backward({algorithm, x, w, y, strides, low, high}, engine_,
                                                               forward);
      primitive_ = dnnl::convolution_backward_data(backward);
      arguments_ = {{DNNL_ARG_DIFF_SRC, make(backward.diff_src_desc())},
                    {DNNL_ARG_WEIGHTS, make(backward.weights_desc())},
                    {DNNL_ARG_DIFF_DST, make(backward.diff_dst_desc())}};
    } else {
      dnnl::convolution_backward_weights::primitive_desc backward({algorithm, x, w, y, strides, low, high}, engine_,
                                                                  forward);
      primitive_ = dnnl::convolution_backward_weights(backward);
      arguments_ = {{DNNL_ARG_SRC, make(backward.src_desc())},
                    {DNNL_ARG_DIFF_WEIGHTS, make(backward.diff_weights_desc())},
                    {DNNL_ARG_DIFF_DST, make(backward.diff_dst_desc())}};
    }
    // Denormal or NaN rubbish would be slow.
    for (auto &[name, memory] : arguments_) {
      auto *data = static_cast<float *>(memory.get_data_handle());
      std::fill(data, data + memory.get_desc().get_size() / sizeof(float), 0.5f);
    }
  }
  void operator()() {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }

 private:
  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::primitive primitive_;
  std::unordered_map<int, dnnl::memory> arguments_;
};
#endif

void layer(Bench &bench, const Layer &layer, int64_t batch) {
  Generator generator(1);
  Tensor x = generator.uniform({batch, layer.extent, layer.extent, layer.inputs}, -1, 1),
         w = generator.uniform({layer.window, layer.window, layer.inputs, layer.outputs}, -1, 1),
         g = generator.uniform({batch, layer.result(), layer.result(), layer.outputs}, -1, 1);
  ConvOptions options{.strides = {layer.stride}, .padding = Border::same};
  auto convolved = [&](Tensor x, Tensor w) { return conv2d(x, w, options); };
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
    const long rounds = std::max<long>(1000, static_cast<long>(layer.flops(batch) / 512));
    const Bench::Pair peak = bench.time(run, [&] { run_fma(rounds); });
    const double limit = run_fma(rounds) / peak.reference_seconds * 1e-9;
    double seconds = peak.seconds, ratio = 0, theirs = 0;
#ifdef ETCH_BENCH_ONEDNN
    if (bench.settings().threads == 1) {
      OneDnn dnnl(layer, batch, direction);
      dnnl();
      const Bench::Pair pair = bench.time(run, [&] { dnnl(); });
      seconds = pair.seconds, ratio = 1 / pair.ratio, theirs = layer.flops(batch) / pair.reference_seconds * 1e-9;
    }
#endif
    const double achieved = layer.flops(batch) / seconds * 1e-9;
    const std::string note = ratio ? "oneDNN " + format_value(theirs, "GFLOP/s") + ": " + format_value(ratio, "x of it")
                                   : "oneDNN was not there";
    bench.add({.what = std::string("conv2d ") + layer.name + name,
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
  bench.begin_topic("Convolutions of 32 pictures, against oneDNN on one thread");
  if (bench.settings().smoke) return layer(bench, {"8^2 x 16 -> 16, 3x3", 8, 16, 16, 3}, 2);
  for (const Layer &each : {Layer{"28^2 x 1 -> 32, 5x5", 28, 1, 32, 5},
                            {"14^2 x 32 -> 64, 5x5", 14, 32, 64, 5},
                            {"56^2 x 64 -> 64, 3x3", 56, 64, 64, 3},
                            {"56^2 x 64 -> 128, 3x3, stride 2", 56, 64, 128, 3, 2},
                            {"112^2 x 3 -> 64, 7x7, stride 2", 112, 3, 64, 7, 2}})
    layer(bench, each, 32);
}

}  // namespace etch::bench

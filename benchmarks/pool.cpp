// Pooling forward and backward, beside as many bytes moved and, where it is installed, oneDNN on one thread.

#include "etch/etch.h"
#include "harness.h"
#include "moved_bytes.h"
#include "onednn_primitive.h"

namespace etch::bench {
namespace {

struct Pool {
  bool is_max;
  int64_t window, stride;
  bool is_gradient, channels_first;
  int64_t batch = 32, extent = 56, channels = 64;

  std::string name() const {
    auto square = [](int64_t x) { return std::to_string(x) + "x" + std::to_string(x); };
    return std::string(is_max ? "max" : "avg") + " pool " + std::to_string(batch) + " x " + std::to_string(extent) +
           "^2 x " + std::to_string(channels) + ", " + square(window) + " / " + std::to_string(stride) +
           (channels_first ? ", channels first" : "") + (is_gradient ? ", gradient" : "");
  }
  Shape shape(int64_t side) const {
    return channels_first ? Shape{batch, channels, side, side} : Shape{batch, side, side, channels};
  }
  int64_t result() const { return (extent + stride - 1) / stride; }
};

#ifdef ETCH_BENCH_ONEDNN
/// The same in oneDNN. Its gradient of a maximum reads where the maxima were, in bytes that its forward direction
/// writes: the two are one step, as ours finds the maxima in x.
class OneDnn : public OneDnnPrimitive {
 public:
  explicit OneDnn(const Pool &p) {
    using dnnl::memory;
    auto image = [&](int64_t extent) {
      return memory::desc({p.batch, p.channels, extent, extent}, memory::data_type::f32,
                          p.channels_first ? memory::format_tag::nchw : memory::format_tag::nhwc);
    };
    const auto algorithm = p.is_max ? dnnl::algorithm::pooling_max : dnnl::algorithm::pooling_avg_exclude_padding;
    const int64_t all = std::max<int64_t>((p.result() - 1) * p.stride + p.window - p.extent, 0);
    const memory::dims window{p.window, p.window}, strides{p.stride, p.stride}, low{all / 2, all / 2},
        high{all - all / 2, all - all / 2};
    dnnl::pooling_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, algorithm, image(p.extent), image(p.result()), strides, window, low, high},
        engine);
    const memory x = make(forward.src_desc(), 0), y = make(forward.dst_desc(), 0);
    std::unordered_map<int, memory> both{{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}};
    if (p.is_max) both.insert({DNNL_ARG_WORKSPACE, make(forward.workspace_desc(), 0)});
    primitive = dnnl::pooling_forward(forward);
    arguments = both;
    if (!p.is_gradient) return;
    (*this)();
    dnnl::pooling_backward::primitive_desc backward(
        {algorithm, image(p.extent), image(p.result()), strides, window, low, high}, engine, forward);
    if (p.is_max) forward_ = primitive, forward_arguments_ = both;
    primitive = dnnl::pooling_backward(backward);
    arguments = {{DNNL_ARG_DIFF_DST, y}, {DNNL_ARG_DIFF_SRC, x}};
    if (p.is_max) arguments.insert({DNNL_ARG_WORKSPACE, both.at(DNNL_ARG_WORKSPACE)});
  }
  void step() {
    if (forward_) run(forward_, forward_arguments_);
    (*this)();
  }

 private:
  dnnl::primitive forward_;
  std::unordered_map<int, dnnl::memory> forward_arguments_;
};
#endif

void pool(Bench &bench, const Pool &p) {
  Generator generator(1);
  Tensor x = generator.uniform(p.shape(p.extent), -1, 1), g = generator.uniform(p.shape(p.result()), -1, 1);
  const PoolOptions options{.strides = {p.stride},
                            .padding = Border::same,
                            .data_format = p.channels_first ? DataFormat::channels_first : DataFormat::channels_last};
  auto pooled = [&](Tensor x) {
    return p.is_max ? max_pool2d(x, {p.window}, options) : avg_pool2d(x, {p.window}, options);
  };
  auto forward = function("pool", [&](Tensor x) { return pooled(x); });
  auto gradient = function("gradient", [&](Tensor x, Tensor g) { return vjp(pooled, x).second(g)[0]; });
  auto run = [&] {
    if (p.is_gradient)
      keep(gradient(x, g));
    else
      keep(forward(x));
  };
  run();
  // x and the result; the gradient of a maximum reads x, too.
  const auto x_bytes = static_cast<size_t>(x.size()) * sizeof(float),
             g_bytes = static_cast<size_t>(g.size()) * sizeof(float);
  const MovedBytes bytes =
      p.is_gradient ? MovedBytes(g_bytes + (p.is_max ? x_bytes : 0), x_bytes) : MovedBytes(x_bytes, g_bytes);
  const Bench::Pair copy = bench.time(run, [&] { bytes(); });
  std::string note = "oneDNN was not there";
#ifdef ETCH_BENCH_ONEDNN
  if (bench.settings().threads == 1) {
    OneDnn dnnl(p);
    dnnl.step();
    const Bench::Pair pair = bench.time(run, [&] { dnnl.step(); });
    note =
        "oneDNN " + format_value(pair.reference_seconds * 1e3, "ms") + ": " + format_value(1 / pair.ratio, "x as fast");
  }
#endif
  bench.add({.what = p.name(),
             .value = copy.seconds * 1e3,
             .unit = "ms",
             .reference = "bytes moved",
             .reference_value = copy.reference_seconds * 1e3,
             .judged_name = "x of it",
             .judged = copy.ratio,
             .note = note});
}

}  // namespace

void bench_pooling(Bench &bench) {
  bench.begin_topic("Pooling, against the bytes it moves, and against oneDNN on one thread");
  for (bool is_max : {true, false})
    for (auto [window, stride] : {std::pair<int64_t, int64_t>(2, 2), {3, 2}, {3, 1}})
      for (bool channels_first : {false, true})
        for (bool is_gradient : {false, true}) {
          Pool p{is_max, window, stride, is_gradient, channels_first};
          if (bench.settings().smoke) p.batch = 1, p.extent = 6, p.channels = 5;
          pool(bench, p);
        }
}

}  // namespace etch::bench

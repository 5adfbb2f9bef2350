// Pooling forward and backward, beside memcpy of as many bytes and, where it is installed, oneDNN on one thread.

#include <cstring>

#include "etch/etch.h"
#include "harness.h"

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

struct Pool {
  bool is_max;
  int64_t window, stride;
  bool is_gradient;
  int64_t batch = 32, extent = 56, channels = 64;

  std::string name() const {
    auto square = [](int64_t x) { return std::to_string(x) + "x" + std::to_string(x); };
    return std::string(is_max ? "max" : "avg") + " pool " + std::to_string(batch) + " x " + std::to_string(extent) +
           "^2 x " + std::to_string(channels) + ", " + square(window) + " / " + std::to_string(stride) +
           (is_gradient ? ", gradient" : "");
  }
  int64_t result() const { return (extent + stride - 1) / stride; }
};

#ifdef ETCH_BENCH_ONEDNN
/// The same in oneDNN. Its gradient of a maximum reads where the maxima were, in bytes that the forward direction
/// wrote.
class OneDnn {
 public:
  explicit OneDnn(const Pool &p) : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    if (void *set = dlsym(RTLD_DEFAULT, "omp_set_num_threads")) reinterpret_cast<void (*)(int)>(set)(1);
    using dnnl::memory;
    auto image = [&](int64_t extent) {
      return memory::desc({p.batch, p.channels, extent, extent}, memory::data_type::f32, memory::format_tag::nhwc);
    };
    const auto algorithm = p.is_max ? dnnl::algorithm::pooling_max : dnnl::algorithm::pooling_avg_exclude_padding;
    const int64_t all = std::max<int64_t>((p.result() - 1) * p.stride + p.window - p.extent, 0);
    const memory::dims window{p.window, p.window}, strides{p.stride, p.stride}, low{all / 2, all / 2},
        high{all - all / 2, all - all / 2};
    dnnl::pooling_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, algorithm, image(p.extent), image(p.result()), strides, window, low, high},
        engine_);
    const memory x = make(forward.src_desc()), y = make(forward.dst_desc());
    std::unordered_map<int, memory> both{{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}};
    if (p.is_max) both.insert({DNNL_ARG_WORKSPACE, make(forward.workspace_desc())});
    primitive_ = dnnl::pooling_forward(forward);
    arguments_ = both;
    if (!p.is_gradient) return;
    (*this)();
    dnnl::pooling_backward::primitive_desc backward(
        {algorithm, image(p.extent), image(p.result()), strides, window, low, high}, engine_, forward);
    primitive_ = dnnl::pooling_backward(backward);
    arguments_ = {{DNNL_ARG_DIFF_DST, y}, {DNNL_ARG_DIFF_SRC, x}};
    if (p.is_max) arguments_.insert({DNNL_ARG_WORKSPACE, both.at(DNNL_ARG_WORKSPACE)});
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

  dnnl::memory make(const dnnl::memory::desc &desc) {
    dnnl::memory memory(desc, engine_);
    std::memset(memory.get_data_handle(), 0, desc.get_size());
    return memory;
  }
};
#endif

void pool(Bench &bench, const Pool &p) {
  Generator generator(1);
  Tensor x = generator.uniform({p.batch, p.extent, p.extent, p.channels}, -1, 1),
         g = generator.uniform({p.batch, p.result(), p.result(), p.channels}, -1, 1);
  const PoolOptions options{.strides = {p.stride}, .padding = Border::same};
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
  // What is read and written: x and the result; the gradient of a maximum reads x, too.
  const int64_t elements = x.size() * (p.is_gradient && p.is_max ? 2 : 1) + g.size();
  std::vector<char> from(static_cast<size_t>(elements) * sizeof(float) / 2, 1), to(from.size(), 2);
  const Bench::Pair copy = bench.time(run, [&] { std::memcpy(to.data(), from.data(), from.size()); });
  std::string note = "oneDNN was not there";
#ifdef ETCH_BENCH_ONEDNN
  if (bench.settings().threads == 1) {
    OneDnn dnnl(p);
    dnnl();
    const Bench::Pair pair = bench.time(run, [&] { dnnl(); });
    note =
        "oneDNN " + format_value(pair.reference_seconds * 1e3, "ms") + ": " + format_value(1 / pair.ratio, "x as fast");
  }
#endif
  bench.add({.what = p.name(),
             .value = copy.seconds * 1e3,
             .unit = "ms",
             .reference = "memcpy",
             .reference_value = copy.reference_seconds * 1e3,
             .judged_name = "x of it",
             .judged = copy.ratio,
             .note = note});
}

}  // namespace

void bench_pooling(Bench &bench) {
  bench.begin_topic("Pooling, against memcpy, and against oneDNN on one thread");
  for (bool is_max : {true, false})
    for (auto [window, stride] : {std::pair<int64_t, int64_t>(2, 2), {3, 2}, {3, 1}})
      for (bool is_gradient : {false, true}) {
        Pool p{is_max, window, stride, is_gradient};
        if (bench.settings().smoke) p.batch = 1, p.extent = 6, p.channels = 5;
        pool(bench, p);
      }
}

}  // namespace etch::bench

// etch-bench-convolutions: convolutions and their gradients beside those of oneDNN 3, both in this process and in turn,
// on random shapes or those that are named. Results are compared before anything is timed.

#include <chrono>
#include <cmath>

#include <oneapi/dnnl/dnnl.hpp>

#include "beside_onednn.h"
#include "convolution_shapes.h"
#include "etch/etch.h"

namespace etch::bench {
namespace {

constexpr const char *kUsage = R"(usage: etch-bench-convolutions [flags] [what...]
Convolutions of pictures, channels last, and their gradients beside oneDNN 3. Filters are given to it in its own layout;
those that it gives are brought into ours. Behind each figure: what the first call took.

what (default: random)
  random                          random shapes; geometric means of the three directions, the worst, those under 0.85
  8x28x28x64->128,3x3,s2,d1,g1    one shape: pictures, extents, channels, window, stride, dilation, groups (1 from the right)
)";

enum class Direction { forward, data, filters };
constexpr const char *kNames[] = {"", ", d x", ", d filters"};

/// What is added up for a number of the result, at most.
int64_t terms(const Convolution &c, Direction direction) {
  const int64_t positions = c.window[0] * c.window[1];
  return direction == Direction::forward ? positions * c.inputs / c.groups
         : direction == Direction::data  ? positions * c.outputs / c.groups
                                         : c.pixels();
}

/// A direction in oneDNN, on the elements of our tensors.
class Peer {
 public:
  Peer(const Convolution &c, Direction direction, const Tensor &x, const Tensor &filters, const Tensor &dy) {
    using namespace dnnl;
    constexpr auto type = memory::data_type::f32;
    auto image = [&](int64_t height, int64_t width, int64_t channels) {
      return memory::desc({c.batch, channels, height, width}, type, memory::format_tag::nhwc);
    };
    // Grouped ones have an axis more. Ours are [height, width, inputs of a group, outputs of all groups].
    const int64_t inputs = c.inputs / c.groups, outputs = c.outputs / c.groups, row = c.window[1] * inputs * c.outputs;
    memory::dims dims{c.groups, outputs, inputs, c.window[0], c.window[1]},
        strides{outputs, 1, c.outputs, row, inputs * c.outputs};
    if (c.groups == 1) dims.erase(dims.begin()), strides.erase(strides.begin());
    const memory::desc plain(dims, type, strides), any(dims, type, memory::format_tag::any);
    const memory::desc source = image(c.extents[0], c.extents[1], c.inputs),
                       result = image(c.result(0), c.result(1), c.outputs);
    const memory::dims steps{c.stride, c.stride}, gaps{c.dilation - 1, c.dilation - 1}, low{c.border(0), c.border(1)};
    memory::dims high;
    for (size_t i = 0; i < 2; ++i)
      high.push_back((c.result(i) - 1) * c.stride + (c.window[i] - 1) * c.dilation + 1 - c.extents[i] - low[i]);
    constexpr auto direct = algorithm::convolution_direct;
    auto bound = [&](const memory::desc &desc, const Tensor &tensor) {
      return memory(desc, engine_, const_cast<void *>(tensor.data()));
    };
    auto liked = [&](const memory::desc &desc) {
      memory given = bound(plain, filters), kept(desc, engine_);
      reorder(given, kept).execute(stream_, given, kept);
      stream_.wait();
      return kept;
    };
    const prop_kind kind = direction == Direction::forward ? prop_kind::forward_inference : prop_kind::forward_training;
    const convolution_forward::primitive_desc forward(engine_, kind, direct, source, any, result, steps, gaps, low,
                                                      high);
    if (direction == Direction::forward) {
      results_ = memory(result, engine_);
      primitive_ = convolution_forward(forward);
      arguments_ = {{DNNL_ARG_SRC, bound(source, x)},
                    {DNNL_ARG_WEIGHTS, liked(forward.weights_desc())},
                    {DNNL_ARG_DST, results_}};
    } else if (direction == Direction::data) {
      const convolution_backward_data::primitive_desc back(engine_, direct, source, any, result, steps, gaps, low, high,
                                                           forward);
      results_ = memory(source, engine_);
      primitive_ = convolution_backward_data(back);
      arguments_ = {{DNNL_ARG_DIFF_DST, bound(result, dy)},
                    {DNNL_ARG_WEIGHTS, liked(back.weights_desc())},
                    {DNNL_ARG_DIFF_SRC, results_}};
    } else {
      const convolution_backward_weights::primitive_desc back(engine_, direct, source, any, result, steps, gaps, low,
                                                              high, forward);
      liked_ = memory(back.diff_weights_desc(), engine_), results_ = memory(plain, engine_);
      last_ = reorder(liked_, results_);
      primitive_ = convolution_backward_weights(back);
      arguments_ = {
          {DNNL_ARG_SRC, bound(source, x)}, {DNNL_ARG_DIFF_DST, bound(result, dy)}, {DNNL_ARG_DIFF_WEIGHTS, liked_}};
    }
  }
  void run() {
    primitive_.execute(stream_, arguments_);
    if (last_) last_.execute(stream_, liked_, results_);
    stream_.wait();
  }
  const float *results() const { return static_cast<const float *>(results_.get_data_handle()); }

 private:
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  dnnl::primitive primitive_;
  std::unordered_map<int, dnnl::memory> arguments_;
  dnnl::reorder last_;  // brings filters into our layout
  dnnl::memory liked_, results_;
};

void require_equal(const std::string &name, const Tensor &got, const float *expected, int64_t terms) {
  const auto *values = static_cast<const float *>(got.data());
  for (int64_t i = 0; i < got.size(); ++i)
    if (!(std::abs(values[i] - expected[i]) <= 1e-5f * static_cast<float>(terms + 10)))
      throw UserError("convolution " + name + " differs from oneDNN's at " + std::to_string(i));
}

Ratio compare(Bench &bench, const Convolution &c, Direction direction) {
  Generator generator(3);
  const Tensor x = generator.uniform({c.batch, c.extents[0], c.extents[1], c.inputs}, -1, 1),
               w = generator.uniform({c.window[0], c.window[1], c.inputs / c.groups, c.outputs}, -1, 1),
               dy = generator.uniform({c.batch, c.result(0), c.result(1), c.outputs}, -1, 1);
  ConvOptions options{.strides = {c.stride},
                      .padding = {{c.border(0), c.border(0)}, {c.border(1), c.border(1)}},
                      .dilations = {c.dilation},
                      .groups = c.groups};
  auto f = function("convolution", [&](Tensor x, Tensor w, Tensor dy) {
    if (direction == Direction::forward) return conv2d(x, w, options);
    if (direction == Direction::data) return vjp([&](Tensor x) { return conv2d(x, w, options); }, x).second(dy)[0];
    return vjp([&](Tensor w) { return conv2d(x, w, options); }, w).second(dy)[0];
  });
  const std::string name = name_of(c) + kNames[static_cast<size_t>(direction)];
  const double start = bench.now();
  const Tensor got = f(x, w, dy);
  const double first = bench.now() - start;
  Peer peer(c, direction, x, w, dy);
  peer.run();
  require_equal(name, got, peer.results(), terms(c, direction));
  const Bench::Pair pair = bench.time([&] { keep(f(x, w, dy)); }, [&] { peer.run(); });
  return add_beside_onednn(bench, name, c.flops(), pair, "first call " + format_value(first * 1e3, "ms"));
}

void measure(Bench &bench, std::string what, const BesideOneDnn &options) {
  std::vector<Convolution> list;
  if (what == "random")
    list = random_convolutions(bench.settings().smoke ? 3 : options.count, options.seed);
  else
    list = {convolution_from(what)};
  std::vector<Ratio> ratios[3];
  for (const Convolution &c : list)
    for (Direction direction : {Direction::forward, Direction::data, Direction::filters})
      ratios[static_cast<size_t>(direction)].push_back(compare(bench, c, direction));
  for (size_t i = 0; what == "random" && i < 3; ++i)
    summarize(bench, std::string("random convolutions") + kNames[i], ratios[i]);
}

}  // namespace
}  // namespace etch::bench

int main(int argc, char **argv) {
  using namespace etch::bench;
  return run_beside_onednn(argc, argv, "etch-bench-convolutions", kUsage, "Convolutions", {"random"}, measure);
}

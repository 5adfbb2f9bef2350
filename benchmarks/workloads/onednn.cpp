// etch-bench-onednn: what one primitive of oneDNN 3 computes, or a few in a row, as one of the peers.
//
// Primitives are made once, when a workload is prepared; a step executes them. Weights are given as they lie
// (row-major), as they are given to everyone.

#include <tbb/global_control.h>

#include <cmath>
#include <oneapi/dnnl/dnnl.hpp>

#include "etch/creation.h"
#include "etch/io.h"
#include "line_protocol.h"

namespace {
using namespace dnnl;
using etch::bench::integer_in;

memory::dims dims_of(const etch::Tensor &x) {
  memory::dims dims;
  for (int i = 0; i < x.rank(); ++i) dims.push_back(x.shape()[i]);
  return dims;
}

memory::desc dense(const memory::dims &dims) {
  memory::dims strides(dims.size(), 1);
  for (size_t i = dims.size() - 1; i-- > 0;) strides[i] = strides[i + 1] * dims[i + 1];
  return memory::desc(dims, memory::data_type::f32, strides);
}

// The last two axes exchanged, where the elements lie.
memory::desc swapped(const memory::desc &desc) {
  std::vector<int> order(desc.get_ndims());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return desc.permute_axes(order);
}

// Extents of a picture in the order batch, height, width, channels, and the picture where it lies.
bool is_channels_first(const std::string &json) { return integer_in(json, "channels_first") != 0; }
memory::dims channels_last(const memory::dims &d, bool channels_first) {
  return channels_first ? memory::dims{d[0], d[2], d[3], d[1]} : d;
}
memory::desc image(const memory::dims &d, bool channels_first) {
  using tag = memory::format_tag;
  return memory::desc({d[0], d[3], d[1], d[2]}, memory::data_type::f32, channels_first ? tag::nchw : tag::nhwc);
}

class Worker {
 public:
  std::string answer(const std::string &command, std::istringstream &words) {
    if (command == "sample") {
      long steps = 0;
      words >> steps;
      const double start = etch::bench::seconds_now();
      run(steps);
      std::ostringstream text;
      text.precision(9);
      text << "ok " << etch::bench::seconds_now() - start;
      return text.str();
    }
    if (command == "check") {
      long steps = 0;
      std::string folder;
      words >> steps >> folder;
      run(steps);
      etch::save_npy(folder + "/out_0.npy", etch::from_vector(out_, result_shape_));
      return "ok 1";
    }
    if (command != "prepare") throw std::runtime_error("there is no command '" + command + "'");
    std::string folder, json;
    words >> folder;
    std::getline(words, json);
    return prepare(folder, etch::bench::string_in(json, "kind"), json);
  }

 private:
  std::string prepare(const std::string &folder, const std::string &kind, const std::string &json) {
    inputs_.clear();
    arguments_.clear();
    before_.clear();
    last_ = {};
    auto load = [&](int i) {
      inputs_.push_back(etch::load_npy(folder + "/in_" + std::to_string(i) + ".npy"));
      return dense(dims_of(inputs_.back()));
    };
    if (kind.starts_with("gemm") || kind == "dense") {
      memory::desc x = load(0), y = load(1);
      if (inputs_[0].dtype() != etch::f32) return "skip oneDNN multiplies no matrices of f64 or i32 on CPUs";
      if (kind == "gemm_tn") x = swapped(x);
      if (kind == "gemm_nt") y = swapped(y);
      memory::dims dims = x.get_dims();
      dims.back() = y.get_dims().back();
      primitive_attr attributes;
      memory::desc bias;
      if (kind == "dense") {
        load(2);
        bias = dense({1, dims.back()});
        post_ops after;
        after.append_eltwise(algorithm::eltwise_relu, 0, 0);
        attributes.set_post_ops(after);
      }
      matmul::primitive_desc product = kind == "dense"
                                           ? matmul::primitive_desc(engine_, x, y, bias, dense(dims), attributes)
                                           : matmul::primitive_desc(engine_, x, y, dense(dims), attributes);
      bind(DNNL_ARG_SRC, x, 0);
      bind(DNNL_ARG_WEIGHTS, y, 1);
      if (kind == "dense") bind(DNNL_ARG_BIAS, bias, 2);
      ready(matmul(product), dims);
    } else if (kind.starts_with("conv")) {
      prepare_convolution(kind, json, load);
    } else if (kind.starts_with("max_pool")) {
      prepare_pool(kind == "max_pool_gradient", json, load);
    } else if (kind == "softmax" || kind == "log_softmax") {
      memory::desc x = load(0);
      const algorithm which = kind == "softmax" ? algorithm::softmax_accurate : algorithm::softmax_log;
      softmax_forward::primitive_desc rows(engine_, prop_kind::forward_inference, which, x, x,
                                           static_cast<int>(x.get_ndims()) - 1);
      bind(DNNL_ARG_SRC, x, 0);
      ready(softmax_forward(rows), x.get_dims());
    } else if (kind == "layer_norm") {
      memory::desc x = load(0), gain = load(1), bias = load(2);
      layer_normalization_forward::primitive_desc rows(engine_, prop_kind::forward_inference, x, x, 1e-5f,
                                                       normalization_flags::use_scale | normalization_flags::use_shift);
      bind(DNNL_ARG_SRC, x, 0);
      bind(DNNL_ARG_SCALE, gain, 1);
      bind(DNNL_ARG_SHIFT, bias, 2);
      ready(layer_normalization_forward(rows), x.get_dims());
    } else if (kind == "batch_norm") {
      load(0), load(1), load(2);
      const memory::dims n = dims_of(inputs_[0]);
      const memory::desc x({n[0], n[3], n[1], n[2]}, memory::data_type::f32, memory::format_tag::nhwc);
      batch_normalization_forward::primitive_desc batch(
          engine_, prop_kind::forward_training, x, x, 1e-5f,
          normalization_flags::use_scale | normalization_flags::use_shift);
      bind(DNNL_ARG_SRC, x, 0);
      bind(DNNL_ARG_SCALE, dense({n[3]}), 1);
      bind(DNNL_ARG_SHIFT, dense({n[3]}), 2);
      arguments_.insert({DNNL_ARG_MEAN, memory(batch.mean_desc(), engine_)});
      arguments_.insert({DNNL_ARG_VARIANCE, memory(batch.variance_desc(), engine_)});
      ready(batch_normalization_forward(batch), x, DNNL_ARG_DST, n);
    } else if (kind == "gelu") {
      memory::desc x = load(0);
      eltwise_forward::primitive_desc each(engine_, prop_kind::forward_inference, algorithm::eltwise_gelu_erf, x, x);
      bind(DNNL_ARG_SRC, x, 0);
      ready(eltwise_forward(each), x.get_dims());
    } else if (kind == "rms_norm" || kind == "scaled_columns") {
      return "skip only reference code of oneDNN 3.2 computes it (180 ms for 4096x1024, 25 ms for two columns of 1M)";
    } else if (kind == "attention") {
      prepare_attention(load(0), load(1), load(2));
    } else if (!prepare_elementwise(kind, load) && !prepare_movement(kind, load)) {
      return "skip neither one primitive of oneDNN computes it nor a few in a row";
    }
    return "ok";
  }

  // A primitive each, as only oneDNN's reference code combines them with operands: 100 times the time.
  template <class Load> bool prepare_elementwise(const std::string &kind, Load load) {
    if (kind != "chain" && kind != "tanh_sigmoid") return false;
    const memory::desc x = load(0);
    auto each = [&](algorithm f, float alpha = 0, float beta = 0) {
      return eltwise_forward({engine_, prop_kind::forward_inference, f, x, x, alpha, beta});
    };
    const memory between = temporary(x);
    if (kind == "chain") {
      before_.push_back(
          {each(algorithm::eltwise_linear, 2, 1), {{DNNL_ARG_SRC, given(x, 0)}, {DNNL_ARG_DST, between}}});
      arguments_.insert({DNNL_ARG_SRC, between});
      ready(each(algorithm::eltwise_relu), x.get_dims());
      return true;
    }
    const memory other = temporary(x);
    before_.push_back({each(algorithm::eltwise_tanh), {{DNNL_ARG_SRC, given(x, 0)}, {DNNL_ARG_DST, between}}});
    before_.push_back({each(algorithm::eltwise_logistic), {{DNNL_ARG_SRC, given(x, 0)}, {DNNL_ARG_DST, other}}});
    arguments_.insert({{DNNL_ARG_SRC_0, between}, {DNNL_ARG_SRC_1, other}});
    ready(binary({engine_, algorithm::binary_mul, x, x, x}), x.get_dims());
    return true;
  }

  template <class Load> bool prepare_movement(const std::string &kind, Load load) {
    if (kind != "sum" && kind != "transpose" && kind != "beside") return false;
    const memory::desc x = load(0);
    const memory::dims n = x.get_dims();
    if (kind == "sum") {
      const memory::dims one(n.size(), 1);
      reduction::primitive_desc all(engine_, algorithm::reduction_sum, x, dense(one), 0, 0);
      ready(reduction(all), dense(one), DNNL_ARG_DST, {});
    } else if (kind == "transpose") {
      const memory::desc turned(n, memory::data_type::f32, memory::dims{1, n[0]});
      reorder::primitive_desc turn(engine_, x, engine_, turned);
      ready(reorder(turn), turned, DNNL_ARG_TO, {n[1], n[0]});
    } else {
      const memory::desc y = load(1);
      const memory::dims both = {n[0], n[1] + y.get_dims()[1]};
      concat::primitive_desc join(engine_, dense(both), 1, {x, y});
      ready(concat(join), both);
      bind(DNNL_ARG_MULTIPLE_SRC, x, 0);
      bind(DNNL_ARG_MULTIPLE_SRC + 1, y, 1);
      return true;
    }
    bind(DNNL_ARG_SRC, x, 0);
    return true;
  }

  // Scores, their softmax where they lie, and the mean of the values.
  void prepare_attention(const memory::desc &q, const memory::desc &k, const memory::desc &v) {
    memory::dims n = q.get_dims();
    const auto size = static_cast<float>(n.back());
    n.back() = k.get_dims()[2];
    post_ops after;
    after.append_eltwise(algorithm::eltwise_linear, 1 / std::sqrt(size), 0);
    primitive_attr attributes;
    attributes.set_post_ops(after);
    const memory scores = temporary(dense(n));
    const memory::desc s = scores.get_desc();
    matmul::primitive_desc first(engine_, q, swapped(k), s, attributes);
    before_.push_back(
        {matmul(first),
         {{DNNL_ARG_SRC, given(q, 0)}, {DNNL_ARG_WEIGHTS, given(swapped(k), 1)}, {DNNL_ARG_DST, scores}}});
    softmax_forward::primitive_desc rows(engine_, prop_kind::forward_inference, algorithm::softmax_accurate, s, s, 3);
    before_.push_back({softmax_forward(rows), {{DNNL_ARG_SRC, scores}, {DNNL_ARG_DST, scores}}});
    arguments_.insert({DNNL_ARG_SRC, scores});
    bind(DNNL_ARG_WEIGHTS, v, 2);
    ready(matmul(matmul::primitive_desc(engine_, s, v, q)), q.get_dims());
  }

  memory temporary(const memory::desc &desc) { return memory(desc, engine_); }
  memory given(const memory::desc &desc, size_t input) {
    return memory(desc, engine_, const_cast<void *>(inputs_[input].data()));
  }

  // Filters in the layout that oneDNN likes: reordered before anything is timed where they are given, and in each step
  // where they are the result.
  template <class Load> void prepare_convolution(const std::string &kind, const std::string &json, Load load) {
    for (int i = 0; i < (kind == "conv" ? 2 : 3); ++i) load(i);
    const bool filters_first = kind == "conv_filter_gradient", channels_first = is_channels_first(json);
    const memory::dims given = dims_of(inputs_[filters_first]), f = dims_of(inputs_[!filters_first]);
    const memory::dims x = channels_last(given, channels_first);
    const long stride = std::max(1L, integer_in(json, "stride")), dilation = std::max(1L, integer_in(json, "dilation"));
    using tag = memory::format_tag;
    memory::dims y = x;
    y[1] = (x[1] - 1) / stride + 1, y[2] = (x[2] - 1) / stride + 1, y[3] = f[3];
    const memory::desc src = image(x, channels_first), dst = image(y, channels_first);
    // Grouped ones have an axis more. Ours are [height, width, inputs of a group, outputs of all groups].
    const int64_t groups = x[3] / f[2], each = f[3] / groups;
    memory::dims filter_dims = {groups, each, f[2], f[0], f[1]},
                 strides = {each, 1, f[3], f[1] * f[2] * f[3], f[2] * f[3]};
    if (groups == 1) filter_dims.erase(filter_dims.begin()), strides.erase(strides.begin());
    const memory::dims steps = {stride, stride}, gaps = {dilation - 1, dilation - 1},
                       border = {f[0] / 2 * dilation, f[1] / 2 * dilation};
    const memory::desc any(filter_dims, memory::data_type::f32, tag::any);
    const memory::desc plain(filter_dims, memory::data_type::f32, strides);
    const algorithm direct = algorithm::convolution_direct;
    const prop_kind forward = kind == "conv" ? prop_kind::forward_inference : prop_kind::forward_training;
    convolution_forward::primitive_desc base(engine_, forward, direct, src, any, dst, steps, gaps, border, border);
    auto reordered = [&](const memory::desc &liked) {
      memory given(plain, engine_, const_cast<void *>(inputs_[1].data())), kept(liked, engine_);
      reorder(given, kept).execute(stream_, given, kept);
      stream_.wait();
      return kept;
    };
    if (kind == "conv") {
      bind(DNNL_ARG_SRC, src, 0);
      arguments_.insert({DNNL_ARG_WEIGHTS, reordered(base.weights_desc())});
      ready(convolution_forward(base), dst, DNNL_ARG_DST, channels_first ? dst.get_dims() : y);
    } else if (kind == "conv_data_gradient") {
      convolution_backward_data::primitive_desc back(engine_, direct, src, any, dst, steps, gaps, border, border, base);
      bind(DNNL_ARG_DIFF_DST, dst, 2);
      arguments_.insert({DNNL_ARG_WEIGHTS, reordered(back.weights_desc())});
      ready(convolution_backward_data(back), src, DNNL_ARG_DIFF_SRC, given);
    } else {
      convolution_backward_weights::primitive_desc back(engine_, direct, src, any, dst, steps, gaps, border, border,
                                                        base);
      bind(DNNL_ARG_SRC, src, 1);
      bind(DNNL_ARG_DIFF_DST, dst, 2);
      ready(convolution_backward_weights(back), plain, DNNL_ARG_DIFF_WEIGHTS, f);
      liked_ = memory(back.diff_weights_desc(), engine_);
      result_ = arguments_.at(DNNL_ARG_DIFF_WEIGHTS);
      arguments_.at(DNNL_ARG_DIFF_WEIGHTS) = liked_;
      last_ = reorder(liked_, result_);
    }
  }

  // The gradient needs the places of the maxima, which the forward direction leaves: a step of it is both.
  template <class Load> void prepare_pool(bool is_gradient, const std::string &json, Load load) {
    const long window = integer_in(json, "window"), stride = integer_in(json, "stride");
    const bool channels_first = is_channels_first(json);
    load(0);
    if (is_gradient) load(1);
    const memory::dims given = dims_of(inputs_[0]), x = channels_last(given, channels_first),
                       y = {x[0], (x[1] - window) / stride + 1, (x[2] - window) / stride + 1, x[3]};
    const memory::desc source = image(x, channels_first), result = image(y, channels_first);
    const memory::dims windows = {window, window}, strides = {stride, stride}, zeros = {0, 0};
    const prop_kind kind = is_gradient ? prop_kind::forward_training : prop_kind::forward_inference;
    pooling_forward::primitive_desc forward(engine_, kind, algorithm::pooling_max, source, result, strides, windows,
                                            zeros, zeros, zeros);
    if (!is_gradient) {
      bind(DNNL_ARG_SRC, source, 0);
      return ready(pooling_forward(forward), result, DNNL_ARG_DST, channels_first ? result.get_dims() : y);
    }
    memory operand(source, engine_, const_cast<void *>(inputs_[0].data())), maxima(result, engine_),
        places(forward.workspace_desc(), engine_);
    before_.push_back(
        {pooling_forward(forward), {{DNNL_ARG_SRC, operand}, {DNNL_ARG_DST, maxima}, {DNNL_ARG_WORKSPACE, places}}});
    bind(DNNL_ARG_DIFF_DST, result, 1);
    arguments_.insert({DNNL_ARG_WORKSPACE, places});
    pooling_backward::primitive_desc back(engine_, algorithm::pooling_max, source, result, strides, windows, zeros,
                                          zeros, zeros, forward);
    ready(pooling_backward(back), source, DNNL_ARG_DIFF_SRC, given);
  }

  void bind(int argument, const memory::desc &desc, size_t input) { arguments_.insert({argument, given(desc, input)}); }
  void ready(dnnl::primitive primitive, const memory::dims &dims) {
    ready(std::move(primitive), dense(dims), DNNL_ARG_DST, dims);
  }
  // The result is `argument`, laid out as `desc` says: the elements of a tensor of these extents.
  void ready(dnnl::primitive primitive, const memory::desc &desc, int argument, const memory::dims &dims) {
    result_shape_ = etch::Shape(std::vector<int64_t>(dims.begin(), dims.end()));
    out_.assign(static_cast<size_t>(result_shape_.num_elements()), 0);
    arguments_.insert({argument, memory(desc, engine_, out_.data())});
    primitive_ = std::move(primitive);
  }
  void run(long steps) {
    for (long i = 0; i < steps; ++i) {
      for (Step &step : before_) step.primitive.execute(stream_, step.arguments);
      primitive_.execute(stream_, arguments_);
      if (last_) last_.execute(stream_, liked_, result_);
    }
    stream_.wait();
  }

  engine engine_{engine::kind::cpu, 0};
  stream stream_{engine_};
  std::vector<etch::Tensor> inputs_;
  std::unordered_map<int, memory> arguments_;
  std::vector<float> out_;
  etch::Shape result_shape_;
  struct Step {
    dnnl::primitive primitive;
    std::unordered_map<int, memory> arguments;
  };
  std::vector<Step> before_;
  primitive primitive_;
  reorder last_;  // brings the result into its layout, where the primitive leaves it in another
  memory liked_, result_;
};

}  // namespace

int main(int argc, char **argv) {
  tbb::global_control threads(tbb::global_control::max_allowed_parallelism,
                              argc > 1 ? static_cast<size_t>(std::max(1, std::atoi(argv[1]))) : 1);
  const dnnl_version_t *version = dnnl_version();
  std::cout << "ok oneDNN " << version->major << "." << version->minor << "." << version->patch << std::endl;
  Worker worker;
  etch::bench::serve(
      [&](const std::string &command, std::istringstream &words) { return worker.answer(command, words); });
  return 0;
}

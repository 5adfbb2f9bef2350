// Steps that are layers of networks: running sums, norms, windows, attention.
#include "tests/programs/random/program.h"

namespace random_program {

bool Maker::add_running(Block &block, Values &values, size_t x) {
  const Tensor &a = values[x];
  if (a.rank() == 0 || a.dtype() == boolean) return false;
  const int64_t axis = dice.below(a.rank()), kind = dice.below(4);
  const bool exclusive = kind < 2 && dice.chance(30), reverse = dice.chance(30);
  static const char *const names[] = {"cumsum", "cumprod", "cummax", "cummin"};
  return add(block, values,
             std::string(names[kind]) + "(" + t(x) + ", axis " + std::to_string(axis) +
                 (exclusive ? ", exclusive" : "") + (reverse ? ", reverse)" : ")"),
             [=](const Values &v, State &) {
               switch (kind) {
                 case 0: return Values{cumsum(v[x], axis, exclusive, reverse)};
                 case 1: return Values{cumprod(v[x], axis, exclusive, reverse)};
                 case 2: return Values{cummax(v[x], axis, reverse)};
                 default: return Values{cummin(v[x], axis, reverse)};
               }
             });
}

bool Maker::add_norm(Block &block, Values &values, size_t x) {
  const Tensor &a = values[x];
  if (a.rank() == 0 || !is_floating(a.dtype())) return false;
  const int64_t axis = dice.below(a.rank()), kind = dice.below(6);
  static const char *const names[] = {"softmax", "log_softmax", "logsumexp", "variance", "layer_norm", "rms_norm"};
  std::vector<int64_t> others;
  for (int64_t other = 0; other < a.rank(); ++other)
    if (other != axis) others.push_back(other);
  return add(block, values,
             std::string(names[kind]) + "(" + t(x) + (kind >= 4 ? ", by its largest elements" : "") + ", axis " +
                 std::to_string(axis) + ")",
             [=](const Values &v, State &) {
               auto scale = [&] { return others.empty() ? v[x] : reduce_max(v[x], Axes(others)); };
               switch (kind) {
                 case 0: return Values{softmax(v[x], axis)};
                 case 1: return Values{log_softmax(v[x], axis)};
                 case 2: return Values{logsumexp(v[x], {axis})};
                 case 3: return Values{variance(v[x], {axis}, /*keepdims=*/true)};
                 case 4: return Values{layer_norm(v[x], scale(), scale(), axis)};
                 default: return Values{rms_norm(v[x], scale(), axis)};
               }
             });
}

bool Maker::add_window(Block &block, Values &values, size_t x) {
  return dice.chance(50) ? add_convolution(block, values, x) : add_pool(block, values, x);
}

/// Of one, two or three spatial axes; channels are the last axis or the second one.
bool Maker::add_convolution(Block &block, Values &values, size_t x) {
  const Tensor &a = values[x];
  if (a.rank() < 3 || !is_floating(a.dtype())) return false;
  const int spatial = a.rank() - 2;
  ConvOptions options;
  const bool is_first = dice.chance(30);
  if (is_first) options.data_format = DataFormat::channels_first;
  const int64_t channels = a.shape()[is_first ? 1 : a.rank() - 1];
  if (channels > 1 && dice.chance(30)) options.groups = channels;
  std::vector<int64_t> extents;
  for (int i = 0; i < spatial; ++i) {
    extents.push_back(dice.between(1, 3));
    options.strides.push_back(dice.chance(70) ? 1 : 2);
    options.dilations.push_back(dice.chance(80) ? 1 : 2);
  }
  const bool is_same = dice.chance(50);
  if (is_same) options.padding = Border::same;
  extents.push_back(channels / options.groups);
  extents.push_back(options.groups * dice.between(1, 3));
  // Filters are made of what the input holds, so that they have derivatives as well.
  Shape filter_shape(extents);
  if (!fits(filter_shape) || a.size() == 0) return false;
  std::vector<int64_t> picks(static_cast<size_t>(filter_shape.num_elements()));
  for (int64_t &pick : picks) pick = dice.below(a.size());
  Tensor indices = from_vector(picks, {static_cast<int64_t>(picks.size())});
  return add(block, values,
             "convolution(" + t(x) + ", filters " + to_string(filter_shape) + " of its elements, strides " +
                 list(options.strides) + ", dilations " + list(options.dilations) + ", groups " +
                 std::to_string(options.groups) + (is_same ? ", same" : ", valid") +
                 (is_first ? ", channels first)" : ")"),
             [=](const Values &v, State &) {
               Tensor filters = reshape(take(reshape(v[x], {-1}), indices, 0), filter_shape);
               auto f = spatial == 1 ? conv1d : spatial == 2 ? conv2d : conv3d;
               return Values{f(v[x], filters, options)};
             });
}

bool Maker::add_pool(Block &block, Values &values, size_t x) {
  const Tensor &a = values[x];
  if (a.rank() < 3 || !is_floating(a.dtype())) return false;
  const int spatial = a.rank() - 2;
  PoolOptions options;
  const bool is_first = dice.chance(30), is_max = dice.chance(50);
  if (is_first) options.data_format = DataFormat::channels_first;
  std::vector<int64_t> window;
  for (int i = 0; i < spatial; ++i) {
    window.push_back(dice.between(1, 3));
    options.strides.push_back(dice.between(1, 3));
  }
  const bool is_same = dice.chance(50);
  if (is_same) options.padding = Border::same;
  return add(block, values,
             std::string(is_max ? "max" : "avg") + "_pool(" + t(x) + ", window " + list(window) + ", strides " +
                 list(options.strides) + (is_same ? ", same" : ", valid") + (is_first ? ", channels first)" : ")"),
             [=](const Values &v, State &) {
               auto f = is_max         ? spatial == 1   ? max_pool1d
                                         : spatial == 2 ? max_pool2d
                                                        : max_pool3d
                        : spatial == 1 ? avg_pool1d
                        : spatial == 2 ? avg_pool2d
                                       : avg_pool3d;
               return Values{f(v[x], window, options)};
             });
}

bool Maker::add_attention(Block &block, Values &values, size_t x) {
  const Tensor &query = values[x];
  const int rank = query.rank();
  if (rank < 2 || !is_floating(query.dtype())) return false;
  // Keys and values of the same heads; values may be wider.
  auto fits_heads = [&](const Tensor &v) {
    if (v.dtype() != query.dtype() || v.rank() != rank) return false;
    for (int i = 0; i < rank - 2; ++i)
      if (v.shape()[i] != query.shape()[i]) return false;
    return true;
  };
  auto key =
      like(values, [&](const Tensor &v) { return fits_heads(v) && v.shape()[rank - 1] == query.shape()[rank - 1]; });
  if (!key) return false;
  auto value = like(
      values, [&](const Tensor &v) { return fits_heads(v) && v.shape()[rank - 2] == values[*key].shape()[rank - 2]; });
  if (!value) return false;
  AttentionOptions options;
  options.causal = dice.chance(40);
  return add(block, values,
             "dot_product_attention(" + t(x) + ", " + t(*key) + ", " + t(*value) + (options.causal ? ", causal)" : ")"),
             [x, key = *key, value = *value, options](const Values &v, State &) {
               return Values{dot_product_attention(v[x], v[key], v[value], options)};
             });
}

}  // namespace random_program

#include "etch/statistics.h"

#include "etch/compositions.h"
#include "frontend/tensor/composition.h"

namespace etch {
namespace {

using detail::as_tensor_beside;
using detail::compose;
using detail::floating_operand;
using detail::OpKey;
using detail::run_op;
using Values = std::span<const Tensor>;

/// The number of elements of `axes`, as a tensor of x's dtype or, where known, a number.
Operand count_of(const Tensor &x, const std::vector<int64_t> &axes) {
  double known = 1;
  Tensor count;
  for (int64_t axis : axes) {
    if (x.shape()[static_cast<int>(axis)] != kDynamic) {
      known *= static_cast<double>(x.shape()[static_cast<int>(axis)]);
      continue;
    }
    Tensor extent = cast(dim(x, axis), x.dtype());
    count = count.defined() ? count * extent : extent;
  }
  return count.defined() ? Operand(count * known) : Operand(known);
}

/// In the wide dtype.
Tensor record_variance(const Tensor &narrow, const std::vector<int64_t> &axes, bool keepdims, double correction) {
  const Tensor x = cast(narrow, detail::wide_dtype(narrow.dtype()));
  Tensor squares = reduce_sum(square(x - mean(x, axes, true)), axes, keepdims);
  Operand count = count_of(x, axes);
  if (correction == 0) return squares / count;
  return count.is_literal() ? squares / (count.floating - correction) : squares / (count - correction);
}

/// One function of a tensor over some axes.
template <typename Record>
Tensor over_axes(const char *name, const Operand &x, const Axes &axes, bool keepdims, double setting, Record record) {
  detail::CallerScope caller(x.at, name);
  Tensor tensor = floating_operand(name, x);
  std::vector<int64_t> list = detail::normal_axes(name, axes, tensor.rank(), x.at);
  OpKey key(name);
  key.add(list).add(keepdims).add(std::bit_cast<uint64_t>(setting));
  return run_op(std::move(key), tensor, x.at, [&](Values t) -> Tensor {
    // A scalar has no axes, and {} would mean all of them; they are the same here.
    return record(t[0], list);
  });
}

/// The axes from `axis` on.
std::vector<int64_t> axes_from(std::string_view op, const Tensor &x, int64_t axis, Location at) {
  std::vector<int64_t> list;
  for (int64_t each = detail::normal_axis(op, axis, x.rank(), at); each < x.rank(); ++each) list.push_back(each);
  return list;
}

}  // namespace

Tensor variance(Operand x, Axes axes, bool keepdims, double correction) {
  return over_axes("variance", x, axes, keepdims, correction, [&](const Tensor &t, const std::vector<int64_t> &list) {
    return cast(record_variance(t, list, keepdims, correction), t.dtype());
  });
}

Tensor standard_deviation(Operand x, Axes axes, bool keepdims, double correction) {
  return over_axes("standard_deviation", x, axes, keepdims, correction,
                   [&](const Tensor &t, const std::vector<int64_t> &list) {
                     return cast(sqrt(record_variance(t, list, keepdims, correction)), t.dtype());
                   });
}

Tensor logsumexp(Operand x, Axes axes, bool keepdims) {
  return over_axes("logsumexp", x, axes, keepdims, 0, [&](const Tensor &t, const std::vector<int64_t> &list) {
    Tensor top = stop_gradient(reduce_max(t, list, true));
    top = select(is_finite(top), top, 0.0);  // inf - inf would be NaN
    Tensor total = log(reduce_sum(exp(t - top), list, true)) + top;
    return keepdims || list.empty() ? total : squeeze(total, list);
  });
}

Tensor norm(Operand x, Axes axes, bool keepdims) {
  return over_axes("norm", x, axes, keepdims, 0, [&](const Tensor &t, const std::vector<int64_t> &list) {
    Tensor total = reduce_sum(square(t), list, keepdims);
    // The square root's infinite slope at 0 times the square's 0 would be NaN.
    Tensor zero = total == 0.0;
    return select(zero, 0.0, sqrt(select(zero, 1.0, total)));
  });
}

Tensor cosine_similarity(Operand x, Operand y, int64_t axis, double epsilon) {
  detail::CallerScope caller(x.at, "cosine_similarity");
  Tensor left = floating_operand("cosine_similarity", x), right = floating_operand("cosine_similarity", y);
  OpKey key("cosine_similarity");
  key.add(static_cast<uint64_t>(axis)).add(std::bit_cast<uint64_t>(epsilon));
  return run_op(std::move(key), {left, right}, x.at, [&](Values t) {
    auto length = [&](const Tensor &v) { return maximum(norm(v, axis), epsilon); };
    return reduce_sum(t[0] * t[1], axis) / (length(t[0]) * length(t[1]));
  });
}

Tensor layer_norm(Operand x, Operand scale, Operand offset, int64_t axis, double epsilon) {
  detail::CallerScope caller(x.at, "layer_norm");
  Tensor tensor = floating_operand("layer_norm", x);
  std::vector<int64_t> list = axes_from("layer_norm", tensor, axis, x.at);
  OpKey key("layer_norm");
  key.add(list).add(std::bit_cast<uint64_t>(epsilon));
  auto beside = [&](const Operand &operand) { return as_tensor_beside(operand, tensor.dtype(), "layer_norm"); };
  return run_op(std::move(key), {tensor, beside(scale), beside(offset)}, x.at, [&](Values t) {
    Tensor centred = t[0] - mean(t[0], list, true);
    return centred * rsqrt(mean(square(centred), list, true) + epsilon) * t[1] + t[2];
  });
}

Tensor rms_norm(Operand x, Operand scale, int64_t axis, double epsilon) {
  detail::CallerScope caller(x.at, "rms_norm");
  Tensor tensor = floating_operand("rms_norm", x);
  std::vector<int64_t> list = axes_from("rms_norm", tensor, axis, x.at);
  OpKey key("rms_norm");
  key.add(list).add(std::bit_cast<uint64_t>(epsilon));
  return run_op(std::move(key), {tensor, as_tensor_beside(scale, tensor.dtype(), "rms_norm")}, x.at,
                [&](Values t) { return t[0] * rsqrt(mean(square(t[0]), list, true) + epsilon) * t[1]; });
}

Tensor batch_norm(Operand x, Operand mean, Operand variance, Operand scale, Operand offset, double epsilon) {
  detail::CallerScope caller(x.at, "batch_norm");
  Tensor tensor = floating_operand("batch_norm", x);
  OpKey key("batch_norm");
  key.add(std::bit_cast<uint64_t>(epsilon));
  auto beside = [&](const Operand &operand) { return as_tensor_beside(operand, tensor.dtype(), "batch_norm"); };
  return run_op(std::move(key), {tensor, beside(mean), beside(variance), beside(scale), beside(offset)}, x.at,
                [&](Values t) { return (t[0] - t[1]) * rsqrt(t[2] + epsilon) * t[3] + t[4]; });
}

}  // namespace etch

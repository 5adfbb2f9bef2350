#include "etch/losses.h"

#include "frontend/tensor/composition.h"

namespace etch {
namespace {

using Values = std::span<const Tensor>;

using detail::floating_operand;

/// x minus its maximum, which changes no softmax and keeps exp finite; no gradient flows through the maximum.
Tensor shifted(const Tensor &x, int64_t axis) {
  Tensor top = stop_gradient(reduce_max(x, axis, true));
  return sub(x, top);
}

Tensor record_log_softmax(const Tensor &x, int64_t axis) {
  Tensor centred = shifted(x, axis);
  Tensor total = reduce_sum(exp(centred), axis, true);
  return sub(centred, log(total));
}

}  // namespace

Tensor softmax(Operand x, int64_t axis) {
  detail::CallerScope caller(x.at, "softmax");
  Tensor tensor = floating_operand("softmax", x);
  int64_t own = detail::normal_axis("softmax", axis, tensor.rank(), x.at);
  detail::OpKey key("softmax");
  key.add(static_cast<uint64_t>(own));
  return detail::run_op(key, tensor, x.at, [&](Values t) {
    Tensor e = exp(shifted(t[0], own));
    return div(e, reduce_sum(e, own, true));
  });
}

Tensor log_softmax(Operand x, int64_t axis) {
  detail::CallerScope caller(x.at, "log_softmax");
  Tensor tensor = floating_operand("log_softmax", x);
  int64_t own = detail::normal_axis("log_softmax", axis, tensor.rank(), x.at);
  detail::OpKey key("log_softmax");
  key.add(static_cast<uint64_t>(own));
  return detail::run_op(key, tensor, x.at, [&](Values t) { return record_log_softmax(t[0], own); });
}

Tensor square_error(Operand predicted, Operand expected) {
  detail::CallerScope caller(predicted.at, "square_error");
  return square(sub(std::move(predicted), std::move(expected)));
}

Tensor mse(Operand predicted, Operand expected) {
  detail::CallerScope caller(predicted.at, "mse");
  return mean(square_error(std::move(predicted), std::move(expected)));
}

Tensor sparse_softmax_cross_entropy(Operand logits, Operand labels) {
  detail::CallerScope caller(logits.at, "sparse_softmax_cross_entropy");
  Tensor scores = floating_operand("sparse_softmax_cross_entropy", logits), classes = detail::as_tensor(labels);
  if (!is_integer(classes.dtype()) || classes.rank() != scores.rank() - 1)
    detail::fail_op("sparse_softmax_cross_entropy",
                    "labels are integers with one axis less than the logits; got " + to_string(classes.type()) +
                        " for " + to_string(scores.type()),
                    logits.at);
  Shape rows;
  for (int axis = 0; axis + 1 < scores.rank(); ++axis) rows.push_back(scores.shape()[axis]);
  if (!is_compatible(rows, classes.shape()) && !is_compatible(classes.shape(), rows))
    detail::fail_op("sparse_softmax_cross_entropy",
                    "the leading extents of the logits " + to_string(scores.type()) + " and the labels " +
                        to_string(classes.type()) + " differ",
                    logits.at);
  if (scores.shape()[scores.rank() - 1] == kDynamic)
    detail::fail_op("sparse_softmax_cross_entropy",
                    "the number of classes of " + to_string(scores.type()) + " must be known while tracing", logits.at);
  int64_t depth = scores.shape()[scores.rank() - 1];
  detail::OpKey key("sparse_softmax_cross_entropy");
  key.add(static_cast<uint64_t>(depth));
  return detail::run_op(key, {scores, classes}, logits.at, [&](Values t) {
    Tensor log_probabilities = record_log_softmax(t[0], t[0].rank() - 1);
    Tensor chosen = select(one_hot(t[1], depth, boolean), log_probabilities, 0.0);
    return neg(reduce_sum(chosen, -1));
  });
}

Tensor softmax_cross_entropy(Operand logits, Operand labels) {
  detail::CallerScope caller(logits.at, "softmax_cross_entropy");
  Tensor product = mul(labels, log_softmax(logits));
  return neg(reduce_sum(product, -1));
}

Tensor accuracy(Operand logits, Operand labels) {
  detail::CallerScope caller(logits.at, "accuracy");
  Tensor guess = argmax(logits, -1);
  return mean(equal(guess, cast(labels, i64)));
}

}  // namespace etch

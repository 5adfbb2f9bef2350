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

/// Throws UserError where each of two tensors is repeated for the other, as [n,1] and [n] are: then every prediction
/// meets every expected value, which nobody means by a loss.
void require_pairs(const Operand &predicted, const Operand &expected) {
  if (predicted.is_literal() || expected.is_literal()) return;
  const Tensor pair[] = {detail::as_tensor(predicted), detail::as_tensor(expected)};
  const Shape both = detail::broadcast_shapes("square_error", pair, predicted.at);
  auto is_repeated = [&](const Tensor &x) {
    if (x.rank() != both.rank()) return true;
    for (int axis = 0; axis < both.rank(); ++axis)
      if (x.shape()[axis] == 1 && both[axis] != 1) return true;
    return false;
  };
  if (!is_repeated(pair[0]) || !is_repeated(pair[1])) return;
  detail::fail_op("square_error",
                  to_string(pair[0].type()) + " and " + to_string(pair[1].type()) + " meet in " + to_string(both) +
                      ", each of one with each of the other; bring them to one shape, for instance with etch::reshape",
                  predicted.at);
}

/// Throws UserError unless labels are one class for each row of the scores.
void require_classes(const char *op, const Tensor &scores, const Tensor &classes, Location at) {
  if (!is_integer(classes.dtype()) || classes.rank() != scores.rank() - 1)
    detail::fail_op(op,
                    "labels are integers with one axis less than the logits; got " + to_string(classes.type()) +
                        " for " + to_string(scores.type()),
                    at);
  Shape rows;
  for (int axis = 0; axis + 1 < scores.rank(); ++axis) rows.push_back(scores.shape()[axis]);
  if (!detail::may_be_equal(rows, classes.shape()))
    detail::fail_op(op,
                    "the leading extents of the logits " + to_string(scores.type()) + " and the labels " +
                        to_string(classes.type()) + " differ",
                    at);
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
  require_pairs(predicted, expected);
  return square(sub(std::move(predicted), std::move(expected)));
}

Tensor mse(Operand predicted, Operand expected) {
  detail::CallerScope caller(predicted.at, "mse");
  return mean(square_error(std::move(predicted), std::move(expected)));
}

Tensor sparse_softmax_cross_entropy(Operand logits, Operand labels) {
  detail::CallerScope caller(logits.at, "sparse_softmax_cross_entropy");
  Tensor scores = floating_operand("sparse_softmax_cross_entropy", logits), classes = detail::as_tensor(labels);
  require_classes("sparse_softmax_cross_entropy", scores, classes, logits.at);
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
  Tensor scores = floating_operand("softmax_cross_entropy", logits), probabilities = detail::as_tensor(labels);
  if (!detail::may_be_equal(scores.shape(), probabilities.shape()) || is_integer(probabilities.dtype()))
    detail::fail_op("softmax_cross_entropy",
                    "labels are probabilities, of the shape of the logits " + to_string(scores.type()) + "; got " +
                        to_string(probabilities.type()) +
                        "; numbers of classes are for etch::sparse_softmax_cross_entropy, or etch::one_hot",
                    logits.at);
  Tensor product = mul(probabilities, log_softmax(scores));
  return neg(reduce_sum(product, -1));
}

Tensor accuracy(Operand logits, Operand labels) {
  detail::CallerScope caller(logits.at, "accuracy");
  Tensor scores = detail::as_tensor(logits), classes = detail::as_tensor(labels);
  require_classes("accuracy", scores, classes, logits.at);
  Tensor guess = argmax(scores, -1);
  return mean(equal(guess, cast(classes, i64)));
}

}  // namespace etch

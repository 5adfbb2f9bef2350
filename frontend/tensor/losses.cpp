#include "etch/losses.h"

#include "frontend/function/eager.h"
#include "frontend/tensor/axes.h"
#include "frontend/tensor/elementwise.h"

namespace etch {
namespace {

Operand at_line(Tensor tensor, Location at) {
  Operand operand(std::move(tensor));
  operand.at = at;
  return operand;
}

using Values = std::span<const Tensor>;

Tensor floating(const char *op, const Operand &x) {
  Tensor tensor = detail::as_tensor(x);
  if (!is_floating(tensor.dtype()))
    detail::fail_op(
        op,
        "needs a floating-point tensor; got " + to_string(tensor.type()) + "; convert it with etch::cast(x, etch::f32)",
        x.at);
  return tensor;
}

/// x minus its maximum, which changes no softmax and keeps exp finite; no gradient flows through the maximum.
Tensor shifted(const Tensor &x, int64_t axis, Location at) {
  Tensor top = stop_gradient(at_line(reduce_max(at_line(x, at), axis, true), at));
  return sub(at_line(x, at), at_line(top, at));
}

Tensor record_log_softmax(const Tensor &x, int64_t axis, Location at) {
  Tensor centred = shifted(x, axis, at);
  Tensor total = reduce_sum(at_line(exp(at_line(centred, at)), at), axis, true);
  return sub(at_line(centred, at), at_line(log(at_line(total, at)), at));
}

}  // namespace

Tensor softmax(Operand x, int64_t axis) {
  Tensor tensor = floating("softmax", x);
  int64_t own = detail::normal_axis("softmax", axis, tensor.rank(), x.at);
  detail::OpKey key("softmax");
  key.add(static_cast<uint64_t>(own));
  return detail::run_op(std::move(key), {tensor}, x.at, [&](Values t) {
    Tensor e = exp(at_line(shifted(t[0], own, x.at), x.at));
    return div(at_line(e, x.at), at_line(reduce_sum(at_line(e, x.at), own, true), x.at));
  });
}

Tensor log_softmax(Operand x, int64_t axis) {
  Tensor tensor = floating("log_softmax", x);
  int64_t own = detail::normal_axis("log_softmax", axis, tensor.rank(), x.at);
  detail::OpKey key("log_softmax");
  key.add(static_cast<uint64_t>(own));
  return detail::run_op(std::move(key), {tensor}, x.at, [&](Values t) { return record_log_softmax(t[0], own, x.at); });
}

Tensor square_error(Operand predicted, Operand expected) {
  Location at = predicted.at;
  return square(at_line(sub(std::move(predicted), std::move(expected)), at));
}

Tensor mse(Operand predicted, Operand expected) {
  Location at = predicted.at;
  return mean(at_line(square_error(std::move(predicted), std::move(expected)), at));
}

Tensor sparse_softmax_cross_entropy(Operand logits, Operand labels) {
  Tensor scores = floating("sparse_softmax_cross_entropy", logits), classes = detail::as_tensor(labels);
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
  Location at = logits.at;
  int64_t depth = scores.shape()[scores.rank() - 1];
  detail::OpKey key("sparse_softmax_cross_entropy");
  key.add(static_cast<uint64_t>(depth));
  return detail::run_op(std::move(key), {scores, classes}, at, [&](Values t) {
    Tensor log_probabilities = record_log_softmax(t[0], t[0].rank() - 1, at);
    Tensor chosen =
        select(at_line(one_hot(at_line(t[1], at), depth, boolean), at), at_line(log_probabilities, at), 0.0);
    return neg(at_line(reduce_sum(at_line(chosen, at), -1), at));
  });
}

Tensor softmax_cross_entropy(Operand logits, Operand labels) {
  Location at = logits.at;
  Tensor product = mul(labels, at_line(log_softmax(logits), at));
  return neg(at_line(reduce_sum(at_line(product, at), -1), at));
}

Tensor accuracy(Operand logits, Operand labels) {
  Location at = logits.at;
  Tensor guess = argmax(logits, -1);
  return mean(at_line(equal(at_line(guess, at), at_line(cast(labels, i64), at)), at));
}

}  // namespace etch

#include "frontend/tensor/composition.h"

namespace etch::detail {

Tensor floating_operand(std::string_view op, const Operand &x) {
  Tensor tensor = as_tensor(x);
  if (is_floating(tensor.dtype())) return tensor;
  fail_op(
      op,
      "needs a floating-point tensor; got " + to_string(tensor.type()) + "; convert it with etch::cast(x, etch::f32)",
      x.at);
}

Tensor operand_of_rank(std::string_view op, const Operand &x, int rank) {
  Tensor tensor = as_tensor(x);
  if (tensor.rank() >= rank) return tensor;
  fail_op(
      op,
      "needs at least " + std::to_string(rank) + (rank == 1 ? " axis" : " axes") + "; got " + to_string(tensor.type()),
      x.at);
}

int64_t known_extent(std::string_view op, const Tensor &x, int64_t axis, Location at) {
  int64_t extent = x.shape()[static_cast<int>(axis)];
  if (extent != kDynamic) return extent;
  fail_op(op,
          "the extent of axis " + std::to_string(axis) + " of " + to_string(x.type()) + " must be known while tracing",
          at);
}

}  // namespace etch::detail

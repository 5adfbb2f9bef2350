// What control flow asks of conditions, bounds, and the structures that branches and iterations pass on.

#include "etch/control_flow.h"
#include "etch/effects.h"

#include "frontend/function/eager.h"
#include "frontend/tensor/elementwise.h"
#include "frontend/tensor/storage.h"
#include "frontend/trace/emit.h"
#include "runtime/base/count.h"
#include "runtime/executable/failure.h"

namespace etch::detail {

bool decide(const Operand &pred, const char *op) {
  if (pred.is_literal()) return pred.kind == Operand::Kind::floating ? pred.floating != 0 : pred.integer != 0;
  require_concrete(pred.tensor, pred.at);
  if (pred.tensor.dtype() != boolean || pred.tensor.size() != 1)
    fail_op(op,
            "a condition is one bool; got " + to_string(pred.tensor.type()) +
                "; compare first, as in x > 0, and reduce with etch::any or etch::all",
            pred.at);
  return static_cast<bool>(pred.tensor);
}

void require_bound(const Operand &operand) {
  if (operand.kind == Operand::Kind::floating)
    fail_op("for_range", "bounds are integers; got a floating-point number", operand.at);
  if (!operand.is_literal() && !operand.tensor.defined()) fail_empty_tensor(operand.at);
  if (!operand.is_literal() && (!is_integer(operand.tensor.dtype()) || operand.tensor.rank() != 0))
    fail_op("for_range", "bounds are integer scalars; got " + to_string(operand.tensor.type()), operand.at);
}

int64_t bound(const Operand &operand) {
  if (!operand.is_literal()) require_concrete(operand.tensor, operand.at);
  require_bound(operand);
  return operand.is_literal() ? operand.integer : cast(operand, i64).item<int64_t>();
}

namespace {

void require_defined(const char *op, const Values &values, const std::string &where, Location at) {
  for (size_t i = 0; i < values.size(); ++i)
    if (!values[i].defined())
      fail_op(op, "tensor " + std::to_string(i) + " " + where + " is empty; assign it a value first", at);
}

}  // namespace

void require_same_types(const char *op, const Values &a, const Values &b, const std::string &before,
                        const std::string &after, Location at) {
  if (a.size() != b.size())
    fail_op(op,
            "different structures: " + count_text(a.size(), "tensor") + " " + before + ", " + std::to_string(b.size()) +
                " " + after + "; return the same structure",
            at);
  require_defined(op, a, before, at);
  require_defined(op, b, after, at);
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i].type() != b[i].type())
      fail_op(
          op,
          "tensor " + std::to_string(i) + " is " + to_string(a[i].type()) + " " + before + " but " +
              to_string(b[i].type()) + " " + after +
              "; bring both to one dtype and shape, for instance with etch::cast, etch::reshape or etch::broadcast_to",
          at);
}

namespace {

bool may_be_carried(const TensorType &type, const TensorType &under) {
  if (type.dtype != under.dtype || type.shape.rank() != under.shape.rank()) return false;
  for (int axis = 0; axis < type.shape.rank(); ++axis)
    if (under.shape[axis] != kDynamic && type.shape[axis] != under.shape[axis]) return false;
  return true;
}

}  // namespace

std::vector<TensorType> carried_types(const char *op, const Values &inits, const std::vector<Shape> &invariants,
                                      Location at) {
  std::vector<TensorType> types;
  require_defined(op, inits, "to start with", at);
  for (const Tensor &init : inits) types.push_back(init.type());
  if (invariants.empty()) return types;
  if (invariants.size() != inits.size())
    fail_op(op,
            "shape_invariants has " + count_text(invariants.size(), "shape") + " for a state of " +
                count_text(inits.size(), "tensor") + "; give one for each tensor, in order",
            at);
  for (size_t i = 0; i < inits.size(); ++i) {
    types[i].shape = invariants[i];
    if (!may_be_carried(inits[i].type(), types[i]))
      fail_op(op,
              "tensor " + std::to_string(i) + " starts as " + to_string(inits[i].type()) +
                  ", which its shape invariant " + to_string(invariants[i]) +
                  " does not allow; give the shape it has, with kDynamic for extents that change",
              at);
  }
  return types;
}

void require_carried(const char *op, const std::vector<TensorType> &types, const Values &values,
                     const std::string &what, Location at) {
  if (types.size() != values.size())
    fail_op(op,
            "different structures: " + count_text(types.size(), "tensor") + " carried in, " +
                std::to_string(values.size()) + " " + what + "; return the same structure",
            at);
  require_defined(op, values, what, at);
  for (size_t i = 0; i < values.size(); ++i) {
    const TensorType &type = values[i].type();
    if (may_be_carried(type, types[i])) continue;
    const bool only_extents = type.dtype == types[i].dtype && type.shape.rank() == types[i].shape.rank();
    fail_op(op,
            "tensor " + std::to_string(i) + " is " + to_string(types[i]) + " carried in but " + to_string(type) + " " +
                what +
                "; bring both to one dtype and shape, for instance with etch::cast, etch::reshape or "
                "etch::broadcast_to" +
                (only_extents ? ", or declare extents that change with LoopOptions{.shape_invariants}" : ""),
            at);
  }
}

void require_same_fixed(const char *op, const std::string &a, const std::string &b, Location at) {
  if (a != b)
    fail_op(op,
            "C++ values or sizes inside the structure differ (" + a + " and " + b +
                "); only tensors may change, so make them tensors",
            at);
}

int64_t leading_extent(const Values &xs, Location at) {
  if (xs.empty()) fail_op("scan", "needs at least one tensor to scan over", at);
  for (const Tensor &x : xs) {
    if (!Trace::current()) require_concrete(x, at);
    if (!x.defined()) fail_empty_tensor(at);
    if (x.rank() == 0) fail_op("scan", "goes along the first axis, and " + to_string(x.type()) + " has none", at);
    const std::string rule =
        "the sequences need first axes of one length; got " + to_string(xs[0].type()) + " and " + to_string(x.type());
    if (x.shape()[0] != xs[0].shape()[0]) fail_op("scan", rule, at);
    if (x.shape()[0] != kDynamic || &x == &xs[0]) continue;
    Operand same(emit(ir::OpCode::equal, {emit_extent(xs[0], 0, at), emit_extent(x, 0, at)}, {}, at));
    same.at = at;
    check(same, "[scan] " + rule + std::string(runtime::kAsksForShapes));
  }
  return xs[0].shape()[0];
}

}  // namespace etch::detail

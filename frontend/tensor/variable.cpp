#include "etch/variable.h"

#include "etch/ops.h"
#include "frontend/autodiff/recording.h"
#include "frontend/function/eager.h"
#include "frontend/function/lift.h"
#include "frontend/tensor/elementwise.h"
#include "frontend/tensor/storage.h"
#include "frontend/trace/emit.h"

namespace etch {

void detail::fail_empty_variable(Location at) {
  throw UserError("an empty Variable was used; construct it with an initial value", at);
}

Variable::Variable(const Tensor &initial, std::string name, std::source_location at)
    : state_(std::make_shared<detail::VariableState>()) {
  if (!initial.defined()) throw UserError("[Variable] the initial value of '" + name + "' is an empty Tensor", at);
  detail::Trace *trace = detail::Trace::current();
  state_->name = std::move(name);
  state_->created = at;
  // In a trace the initial value is computed now, once: the compiled function contains no trace of it.
  if (!trace) detail::require_concrete(initial, at);
  const Tensor value = trace ? detail::lift(initial, at) : initial;
  state_->type = value.type();  // of which a trace may not know every extent
  detail::take_value(*state_, value);
  if (trace) trace->note_created(state_);
}

const std::string &Variable::name() const {
  if (!state_) detail::fail_empty_variable({});
  return state_->name;
}
const TensorType &Variable::type() const {
  name();
  return state_->type;
}

Tensor Variable::read(std::source_location at) const {
  if (!state_) detail::fail_empty_variable(detail::place_of(at));
  if (detail::Trace *trace = detail::Trace::current()) return trace->read_variable(state_, at);
  if (detail::is_recording()) detail::record_read(state_, state_->value);
  return state_->value;
}

void Variable::assign(const Operand &operand) const {
  if (!state_) detail::fail_empty_variable(operand.at);
  Tensor value = detail::as_tensor(operand, state_->type.dtype, "assign");
  Shape shape = value.shape();
  if (shape != state_->type.shape) {
    bool fits = shape.rank() == 0 || is_compatible(shape, state_->type.shape);
    if (!fits)
      throw UserError("[assign] the variable '" + state_->name + "' is " + to_string(state_->type) +
                          " but the value is " + to_string(value.type()) + "; assign a value of the same shape",
                      operand.at);
    detail::CallerScope caller(operand.at);
    value = broadcast_to(Operand(value), state_->type.shape);
  }
  if (detail::Trace *trace = detail::Trace::current()) {
    Operand stopped(value);
    stopped.at = operand.at;
    trace->assign_variable(state_, stop_gradient(stopped), operand.at);
    return;
  }
  detail::require_concrete(value, operand.at);
  detail::take_value(*state_, value);
}

void Variable::assign_add(const Operand &value) const {
  detail::CallerScope caller(value.at, "assign_add");
  assign(add(read(), value));
}
void Variable::assign_sub(const Operand &value) const {
  detail::CallerScope caller(value.at, "assign_sub");
  assign(sub(read(), value));
}

}  // namespace etch

// Requests for derivatives: a callee is traced and an etch.vjp, etch.jvp or etch.custom_vjp of it recorded.

#include "etch/gradient.h"

#include <algorithm>

#include "frontend/autodiff/result_extents.h"
#include "frontend/function/eager.h"
#include "frontend/function/lift.h"
#include "frontend/tensor/elementwise.h"
#include "frontend/tensor/storage.h"
#include "runtime/base/count.h"

namespace etch::detail {
namespace {

std::vector<TensorType> result_types(const ir::Tape &tape) {
  std::vector<TensorType> types;
  for (ir::ValueId id : tape.results) types.push_back(tape.types[id]);
  return types;
}

void require_defined(const Values &values, Location at) {
  for (const Tensor &value : values)
    if (!value.defined()) fail_empty_tensor(at);
}

/// A traced callee and the operands to call it with.
struct TracedCallee {
  Callee callee;
  Values operands;
};

TracedCallee trace_callee(const char *name, TensorBodyFn body, const Values &inputs,
                          const std::vector<Variable> &variables, Location at) {
  require_defined(inputs, at);
  TracedCallee out;
  out.operands = inputs;
  Trace *outer = Trace::current();
  Trace trace(Trace::Kind::callee, name, at);
  Values arguments;
  for (const Tensor &input : inputs) arguments.push_back(trace.add_region_argument(input.type(), "x", at));
  for (const Variable &variable : variables) {
    if (!variable.defined()) fail_empty_variable(at);
    Trace::Slot slot;
    slot.state = variable.state();
    slot.outer = outer->read_variable(slot.state, at);
    slot.initial = slot.current =
        trace.tape().add_argument(slot.state->type, ir::Argument::Kind::parameter, slot.state->name);
    out.operands.push_back(slot.outer);
    trace.slots().push_back(std::move(slot));
  }
  TraceScope scope(&trace);
  Values outputs = body(arguments);
  out.callee = trace.finish_callee(outputs, at);
  out.operands.insert(out.operands.end(), out.callee.captured.begin(), out.callee.captured.end());
  return out;
}

void assign_updated(const Callee &callee, const Values &results, Location at) {
  for (size_t i = 0; i < callee.updated.size(); ++i)
    Trace::current()->assign_variable(callee.updated[i], results[static_cast<size_t>(callee.num_outputs) + i], at);
}

void require_floating(const char *op, const std::string &what, const TensorType &type, Location at) {
  if (!is_floating(type.dtype))
    fail_op(op,
            what + " is " + to_string(type) +
                "; derivatives exist for floating-point values only; convert it with etch::cast(x, etch::f32)",
            at);
}

Derivative record_vjp(const char *op, TensorBodyFn body, const Values &inputs, const std::vector<Variable> &variables,
                      const Values *cotangents, Location at) {
  if (cotangents) require_defined(*cotangents, at);
  TracedCallee traced = trace_callee(op, body, inputs, variables, at);
  std::vector<TensorType> types = result_types(*traced.callee.tape);
  if (types.empty()) fail_op(op, "the function returns no tensor to differentiate", at);
  require_floating(op, "the result to differentiate", types[0], at);
  Values operands = traced.operands;
  size_t num_cotangents = 0, given = 0;
  for (size_t i = 0; i < types.size(); ++i) {
    if (!is_floating(types[i].dtype)) {
      if (cotangents && i < static_cast<size_t>(traced.callee.num_outputs)) ++given;
      continue;
    }
    Tensor cotangent;
    if (cotangents && given < cotangents->size()) {
      cotangent = (*cotangents)[given++];
      if (cotangent.dtype() != types[i].dtype || !is_compatible(types[i].shape, cotangent.shape()))
        fail_op(op,
                "the cotangent is " + to_string(cotangent.type()) + " but the result is " + to_string(types[i]) +
                    "; they must have one type",
                at);
    } else {
      cotangent = splat_like_result(*traced.callee.tape, i, !cotangents && i == 0 ? 1 : 0, traced.operands, at);
    }
    operands.push_back(cotangent);
    ++num_cotangents;
  }
  ir::Node node;
  node.op = ir::OpCode::vjp;
  std::vector<int64_t> wrt;
  std::vector<TensorType> all = types;
  for (size_t i = 0; i < inputs.size() + variables.size(); ++i) {
    require_floating(op, "argument " + std::to_string(i), traced.operands[i].type(), at);
    wrt.push_back(static_cast<int64_t>(i));
    all.push_back(traced.operands[i].type());
  }
  node.attributes.push_back({"callee", traced.callee.tape});
  node.attributes.push_back({"wrt", wrt});
  node.segments = {static_cast<int32_t>(traced.operands.size()), static_cast<int32_t>(num_cotangents)};
  Values results = emit_node(std::move(node), operands, all, at);
  assign_updated(traced.callee, results, at);
  Derivative out;
  out.outputs.assign(results.begin(), results.begin() + traced.callee.num_outputs);
  out.gradients.assign(results.begin() + static_cast<long>(types.size()), results.end());
  return out;
}

/// Runs `record` in the current trace, or in one of its own that is executed at once.
Derivative traced(const char *op, Location at, FunctionRef<Derivative()> record) {
  if (Trace::current()) return record();
  size_t num_outputs = 0;
  Values all = run_traced(op, at, [&] {
    Derivative derivative = record();
    num_outputs = derivative.outputs.size();
    Values values = derivative.outputs;
    values.insert(values.end(), derivative.gradients.begin(), derivative.gradients.end());
    return values;
  });
  return {{all.begin(), all.begin() + static_cast<long>(num_outputs)},
          {all.begin() + static_cast<long>(num_outputs), all.end()}};
}

}  // namespace

Derivative differentiate(const char *op, TensorBodyFn body, const Values &inputs,
                         const std::vector<Variable> &variables, const Values *cotangents, Location at) {
  return traced(op, at, [&] { return record_vjp(op, body, inputs, variables, cotangents, at); });
}

Derivative differentiate_forward(TensorBodyFn body, const Values &inputs, const Values &tangents, Location at) {
  return traced("jvp", at, [&] {
    if (inputs.size() != tangents.size()) fail_op("jvp", "needs one tangent for each argument", at);
    require_defined(tangents, at);
    TracedCallee traced = trace_callee("jvp", body, inputs, {}, at);
    std::vector<TensorType> types = result_types(*traced.callee.tape), all = types;
    std::vector<int64_t> wrt;
    Values operands = traced.operands;
    for (size_t i = 0; i < inputs.size(); ++i) {
      require_floating("jvp", "argument " + std::to_string(i), inputs[i].type(), at);
      if (inputs[i].type() != tangents[i].type())
        fail_op("jvp",
                "argument " + std::to_string(i) + " is " + to_string(inputs[i].type()) + " but its tangent " +
                    to_string(tangents[i].type()) + "; they must have one type",
                at);
      wrt.push_back(static_cast<int64_t>(i));
      operands.push_back(tangents[i]);
    }
    for (const TensorType &type : types)
      if (is_floating(type.dtype)) all.push_back(type);
    ir::Node node;
    node.op = ir::OpCode::jvp;
    node.attributes.push_back({"callee", traced.callee.tape});
    node.attributes.push_back({"wrt", wrt});
    node.segments = {static_cast<int32_t>(traced.operands.size()), static_cast<int32_t>(tangents.size())};
    Values results = emit_node(std::move(node), operands, all, at);
    assign_updated(traced.callee, results, at);
    Derivative out;
    size_t next = types.size();
    for (size_t i = 0; i < static_cast<size_t>(traced.callee.num_outputs); ++i) {
      out.outputs.push_back(results[i]);
      // A result that is not floating point does not move: its tangent is zero.
      out.gradients.push_back(is_floating(types[i].dtype) ? results[next++] : emit_splat_like(results[i], 0, at));
    }
    return out;
  });
}

//===-- Custom gradients -------------------------------------------------------------------------------------===//

namespace {

void require_no_updates(const Callee &callee, const char *which, Location at) {
  if (!callee.updated.empty())
    fail_op("custom_gradient",
            "the " + std::string(which) + " function assigns the variable '" + callee.updated[0]->name +
                "'; assign it outside",
            at);
}

Values record_custom_gradient(TensorBodyFn forward, TensorBodyFn backward, const Values &inputs, Location at) {
  TracedCallee front = trace_callee("custom_gradient", forward, inputs, {}, at);
  require_no_updates(front.callee, "forward", at);
  std::vector<TensorType> types = result_types(*front.callee.tape);

  // The backward function sees the inputs and the cotangents; whatever else it uses must also be an operand.
  Trace trace(Trace::Kind::callee, "custom_gradient_backward", at);
  Values arguments;
  for (const Tensor &input : inputs) arguments.push_back(trace.add_region_argument(input.type(), "x", at));
  for (const TensorType &type : types) arguments.push_back(trace.add_region_argument(type, "cotangent", at));
  Callee back;
  {
    TraceScope scope(&trace);
    Values gradients = backward(arguments);
    if (gradients.size() != inputs.size())
      fail_op("custom_gradient",
              "the backward function returned " + count_text(gradients.size(), "gradient") + " for " +
                  count_text(inputs.size(), "input"),
              at);
    require_defined(gradients, at);
    for (size_t i = 0; i < inputs.size(); ++i)
      if (gradients[i].type() != inputs[i].type())
        fail_op("custom_gradient",
                "the gradient of input " + std::to_string(i) + " is " + to_string(gradients[i].type()) +
                    " but the input is " + to_string(inputs[i].type()) + "; return one of the same type",
                at);
    // Captured operands get no gradient.
    for (const Tensor &captured : front.callee.captured) gradients.push_back(emit_splat_like(captured, 0, at));
    back = trace.finish_callee(gradients, at);
  }
  require_no_updates(back, "backward", at);
  // Both callees take: inputs, what forward captures, what backward captures (then cotangents).
  auto *front_tape = const_cast<ir::Tape *>(front.callee.tape.get());
  auto *back_tape = const_cast<ir::Tape *>(back.tape.get());
  const size_t num_inputs = inputs.size(), num_cotangents = types.size();
  std::vector<ir::Argument> own = back_tape->arguments,
                            ordered(own.begin(), own.begin() + static_cast<long>(num_inputs));
  for (const Tensor &captured : front.callee.captured) {
    ir::ValueId id = static_cast<ir::ValueId>(back_tape->types.size());
    back_tape->types.push_back(captured.type());
    ordered.push_back({id, ir::Argument::Kind::captured, "captured"});
  }
  ordered.insert(ordered.end(), own.begin() + static_cast<long>(num_inputs + num_cotangents), own.end());
  ordered.insert(ordered.end(), own.begin() + static_cast<long>(num_inputs),
                 own.begin() + static_cast<long>(num_inputs + num_cotangents));
  back_tape->arguments = std::move(ordered);
  Values operands = front.operands;
  for (const Tensor &captured : back.captured) {
    front_tape->add_argument(captured.type(), ir::Argument::Kind::captured, "captured");
    operands.push_back(captured);
    // A gradient for it, too: zero, of a type that is known here.
    ir::Node zero;
    zero.op = ir::OpCode::constant;
    if (!captured.shape().is_static())
      throw UnsupportedError("[custom_gradient] the backward function uses " + to_string(captured.type()) +
                                 " from outside, whose extents are unknown; pass it as an input",
                             at);
    auto bytes = std::make_shared<std::vector<std::byte>>(size_of(captured.dtype()));
    zero.attributes.push_back({"value", ir::Literal{captured.type(), std::move(bytes), true}});
    zero.location = at;
    back_tape->results.push_back(back_tape->add_node(std::move(zero), {captured.type()}));
    back_tape->updates.push_back(-1);
  }
  ir::Node node;
  node.op = ir::OpCode::custom_vjp;
  node.attributes.push_back({"callee", front.callee.tape});
  node.attributes.push_back({"backward", back.tape});
  return emit_node(std::move(node), operands, types, at);
}

}  // namespace

Values call_custom_gradient(TensorBodyFn forward, TensorBodyFn backward, const Values &inputs, Location at) {
  if (Trace::current()) return record_custom_gradient(forward, backward, inputs, at);
  // Through one function of all inputs, so that gradient tapes see one op.
  return run_traced("custom_gradient", at, [&] { return record_custom_gradient(forward, backward, inputs, at); });
}

}  // namespace etch::detail

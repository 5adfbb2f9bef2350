#include "etch/effects.h"

#include <cstring>

#include "etch/control_flow.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/elementwise.h"
#include "frontend/tensor/storage.h"
#include "runtime/executable/host_function.h"
#include "runtime/base/count.h"

namespace etch {
namespace {

std::vector<Tensor> tensors_of_operands(const Operands &values) {
  std::vector<Tensor> tensors;
  for (const Operand &value : values) tensors.push_back(detail::as_tensor(value));
  return tensors;
}

etch_view view_of(const Tensor &tensor) {
  return {const_cast<void *>(tensor.data()), tensor.shape().begin(), static_cast<uint8_t>(tensor.dtype()),
          static_cast<uint8_t>(tensor.rank())};
}

}  // namespace

void print(const std::string &format, const Operands &values, std::source_location at) {
  size_t places = 0;
  for (size_t i = format.find("{}"); i != std::string::npos; i = format.find("{}", i + 2)) ++places;
  if (places > values.size())
    detail::fail_op("print",
                    "the text has " + count_text(places, "place") + " {} for " + count_text(values.size(), "value") +
                        "; pass a value for each",
                    values.empty() ? Location(at) : values[0].at);
  std::vector<Tensor> tensors = tensors_of_operands(values);
  if (detail::Trace::current()) {
    ir::Node node;
    node.op = ir::OpCode::print;
    node.attributes.push_back({"format", format});
    detail::emit_node(std::move(node), tensors, {}, values.empty() ? Location(at) : values[0].at);
    return;
  }
  std::vector<etch_view> views;
  for (size_t i = 0; i < tensors.size(); ++i) {
    detail::require_concrete(tensors[i], values[i].at);
    views.push_back(view_of(tensors[i]));
  }
  etch_rt_print(nullptr, format.c_str(), static_cast<int32_t>(views.size()), views.data());
}

void check(Operand pred, const std::string &message) {
  if (pred.is_literal() || !detail::Trace::current()) {
    if (!detail::decide(pred, "check")) throw UserError(message, pred.at);
    return;
  }
  if (!pred.tensor.defined()) detail::fail_empty_tensor(pred.at);
  if (pred.tensor.dtype() != boolean || pred.tensor.rank() != 0)
    detail::fail_op(
        "check",
        "a condition is one bool; got " + to_string(pred.tensor.type()) + "; reduce it with etch::all or etch::any",
        pred.at);
  ir::Node node;
  node.op = ir::OpCode::check;
  node.attributes.push_back({"message", message});
  detail::emit_node(std::move(node), std::vector<Tensor>{pred.tensor}, {}, pred.at);
}

std::vector<Tensor> host_call(HostCallback callback, const std::vector<Spec> &results, const Operands &inputs,
                              std::source_location at) {
  if (!callback) detail::fail_op("host_call", "the C++ function is empty; give a callable", at);
  std::vector<Tensor> tensors = tensors_of_operands(inputs);
  std::vector<TensorType> types;
  for (const Spec &spec : results) {
    if (!spec.shape.is_static())
      detail::fail_op("host_call",
                      "the shape of a result is not known: " + to_string(spec.shape) + "; give static shapes", at);
    types.push_back({spec.dtype, spec.shape});
  }
  auto checked = [callback, types, where = Location(at)](const std::vector<Tensor> &in) {
    // The callback computes with values, whatever this thread happens to trace.
    detail::TraceScope eager(nullptr);
    std::vector<Tensor> out = callback(in);
    if (out.size() != types.size())
      detail::fail_op("host_call",
                      "the C++ function returned " + count_text(out.size(), "tensor") + ", but " +
                          std::to_string(types.size()) + " were promised",
                      where);
    for (size_t i = 0; i < out.size(); ++i) {
      detail::require_concrete(out[i], where);
      if (out[i].type() != types[i])
        detail::fail_op(
            "host_call",
            "the C++ function returned " + to_string(out[i].type()) + " where " + to_string(types[i]) + " was promised",
            where);
    }
    return out;
  };
  if (!detail::Trace::current()) return checked(tensors);
  int64_t id = runtime::register_host_function([checked](std::span<const etch_view> in,
                                                         std::span<const etch_view> out) {
    std::vector<Tensor> arguments;
    for (const etch_view &view : in)
      arguments.push_back(detail::copy_of(
          {static_cast<DType>(view.dtype), Shape(std::span<const int64_t>(view.dims, view.rank))}, view.data));
    std::vector<Tensor> values = checked(arguments);
    for (size_t i = 0; i < out.size(); ++i)
      std::memcpy(out[i].data, values[i].data(), static_cast<size_t>(values[i].size()) * size_of(values[i].dtype()));
  });
  // Registered as long as some program names it.
  detail::Trace::current()->keep(
      std::shared_ptr<void>(nullptr, [id](void *) { runtime::unregister_host_function(id); }));
  ir::Node node;
  node.op = ir::OpCode::host_call;
  node.attributes.push_back({"id", id});
  return detail::emit_node(std::move(node), tensors, types, at);
}

}  // namespace etch

#include "etch/gradient.h"
#include "frontend/autodiff/recording.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/storage.h"

namespace etch {

struct GradientTape::Impl {
  detail::Recording recording;
  bool persistent = false;
  bool active = true;
  bool answered = false;

  std::vector<Tensor> gradient(const Tensor &target, const std::vector<Tensor> &sources, Location at) {
    if (answered && !persistent)
      throw UserError(
          "[gradient] this GradientTape has already answered and forgotten what it recorded; make it with {.persistent "
          "= true}, or "
          "ask for all gradients in one call",
          at);
    answered = true;
    bool traced = detail::Trace::current() != nullptr;
    if (!traced) {
      detail::require_concrete(target, at);
      for (const Tensor &source : sources) detail::require_concrete(source, at);
    }
    auto out = traced ? recording.traced_gradient(target, sources, at) : recording.eager_gradient(target, sources, at);
    if (!persistent) recording.runs.clear();
    return out;
  }
};

GradientTape::GradientTape(Options options) : impl_(std::make_unique<Impl>()) {
  impl_->persistent = options.persistent;
  detail::start_recording(impl_->recording);
}
GradientTape::~GradientTape() { stop(); }

void GradientTape::stop() {
  if (impl_->active) detail::stop_recording(impl_->recording);
  impl_->active = false;
}

void GradientTape::watch(const Tensor &tensor, std::source_location at) {
  if (!tensor.defined()) detail::fail_empty_tensor(at);
  impl_->recording.watch(tensor);
}
void GradientTape::watch(const Variable &variable, std::source_location at) {
  impl_->recording.watch(variable.read(at));
}

std::vector<Tensor> GradientTape::gradient(const Tensor &target, const Sources &sources, Unconnected unconnected,
                                           std::source_location at) {
  // Every value a variable had when it was read is a source; their gradients add up.
  std::vector<Tensor> values;
  std::vector<size_t> owner;
  for (size_t i = 0; i < sources.list.size(); ++i) {
    const Source &source = sources.list[i];
    auto add_value = [&](const Tensor &value) {
      values.push_back(value);
      owner.push_back(i);
    };
    if (!source.variable.defined()) {
      add_value(source.tensor);
    } else if (detail::Trace *trace = detail::Trace::current()) {
      add_value(trace->symbolic(trace->slot_of(source.variable.state(), at).initial, at));
    } else {
      for (const auto &read : impl_->recording.reads)
        if (read.state == source.variable.state()) add_value(read.value);
    }
  }
  std::vector<Tensor> parts = impl_->gradient(target, values, at), gradients(sources.list.size());
  for (size_t k = 0; k < parts.size(); ++k) {
    if (!parts[k].defined()) continue;
    Tensor &total = gradients[owner[k]];
    total = total.defined() ? add(Operand(total), Operand(parts[k])) : parts[k];
  }
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (gradients[i].defined() || unconnected == Unconnected::none) continue;
    const Source &source = sources.list[i];
    gradients[i] =
        source.variable.defined() ? zeros_like(Operand(source.variable)) : zeros_like(Operand(source.tensor));
  }
  return gradients;
}

Tensor GradientTape::gradient(const Tensor &target, const Tensor &source, Unconnected unconnected,
                              std::source_location at) {
  return gradient(target, Sources{source}, unconnected, at)[0];
}
Tensor GradientTape::gradient(const Tensor &target, const Variable &source, Unconnected unconnected,
                              std::source_location at) {
  return gradient(target, Sources{source}, unconnected, at)[0];
}

}  // namespace etch

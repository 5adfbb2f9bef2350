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
      throw UserError("[gradient] this GradientTape has already answered and forgotten what it recorded; make it with {.persistent = true}, or "
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

void GradientTape::watch(const Tensor &tensor) {
  if (!tensor.defined()) throw UserError("[watch] an empty Tensor cannot be watched");
  impl_->recording.watch(tensor);
}
void GradientTape::watch(const Variable &variable) { impl_->recording.watch(variable.read()); }

namespace {

Tensor answer(const Tensor &gradient, const Tensor &source, GradientTape::Unconnected unconnected) {
  if (gradient.defined() || unconnected == GradientTape::Unconnected::none) return gradient;
  return zeros_like(Operand(source));
}

}  // namespace

std::vector<Tensor> GradientTape::gradient(const Tensor &target, const std::vector<Tensor> &sources, Unconnected unconnected,
                                           std::source_location at) {
  std::vector<Tensor> gradients = impl_->gradient(target, sources, at);
  for (size_t i = 0; i < sources.size(); ++i) gradients[i] = answer(gradients[i], sources[i], unconnected);
  return gradients;
}

std::vector<Tensor> GradientTape::gradient(const Tensor &target, const std::vector<Variable> &sources, Unconnected unconnected,
                                           std::source_location at) {
  // Every value the variable had when it was read is a source; their gradients add up.
  std::vector<Tensor> values;
  std::vector<size_t> owner;
  for (size_t i = 0; i < sources.size(); ++i) {
    if (detail::Trace *trace = detail::Trace::current()) {
      values.push_back(trace->symbolic(trace->slot_of(sources[i].state(), at).initial, at));
      owner.push_back(i);
      continue;
    }
    for (const auto &read : impl_->recording.reads)
      if (read.state == sources[i].state()) {
        values.push_back(read.value);
        owner.push_back(i);
      }
  }
  std::vector<Tensor> parts = impl_->gradient(target, values, at), gradients(sources.size());
  for (size_t k = 0; k < parts.size(); ++k) {
    if (!parts[k].defined()) continue;
    Tensor &total = gradients[owner[k]];
    total = total.defined() ? add(Operand(total), Operand(parts[k])) : parts[k];
  }
  for (size_t i = 0; i < sources.size(); ++i)
    if (!gradients[i].defined() && unconnected == Unconnected::zero) gradients[i] = zeros_like(Operand(sources[i]));
  return gradients;
}

Tensor GradientTape::gradient(const Tensor &target, const Tensor &source, Unconnected unconnected, std::source_location at) {
  return gradient(target, std::vector<Tensor>{source}, unconnected, at)[0];
}
Tensor GradientTape::gradient(const Tensor &target, const Variable &source, Unconnected unconnected, std::source_location at) {
  return gradient(target, std::vector<Variable>{source}, unconnected, at)[0];
}

}  // namespace etch

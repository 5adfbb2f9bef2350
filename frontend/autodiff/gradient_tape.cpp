#include "etch/gradient.h"
#include "frontend/autodiff/recording.h"
#include "frontend/function/eager.h"
#include "frontend/tensor/storage.h"

namespace etch {

struct GradientTape::Impl {
  std::shared_ptr<detail::Recording> recording = std::make_shared<detail::Recording>();
  bool persistent = false;
  bool answered = false;

  std::vector<Tensor> gradient(const Tensor &target, const std::vector<Tensor> &sources, Location at) {
    if (answered && !persistent)
      throw UserError(
          "[gradient] this GradientTape has already answered and forgotten what it recorded; make it with {.persistent "
          "= true}, or "
          "ask for all gradients in one call",
          at);
    answered = true;
    std::vector<Tensor> gradients = recording->gradient(target, sources, at);
    if (!persistent) recording->runs.clear();
    return gradients;
  }
};

GradientTape::GradientTape(Options options) : impl_(std::make_unique<Impl>()) {
  impl_->persistent = options.persistent;
  detail::start_recording(impl_->recording);
}
GradientTape::~GradientTape() { stop(); }

void GradientTape::stop() {
  if (!impl_->recording->is_stopped) detail::stop_recording(*impl_->recording);
}

void GradientTape::watch(const Tensor &tensor, std::source_location at) {
  if (!tensor.defined()) detail::fail_empty_tensor(at);
  impl_->recording->watch(tensor, at);
}
void GradientTape::watch(const Variable &variable, std::source_location at) {
  impl_->recording->watch(variable.read(at), at);
}

std::vector<Tensor> GradientTape::gradient(const Tensor &target, const Sources &sources, Unconnected unconnected,
                                           std::source_location at) {
  // Every value a variable had when it was read is a source; their gradients add up.
  std::vector<Tensor> values;
  std::vector<size_t> owner;
  for (size_t i = 0; i < sources.list.size(); ++i) {
    const Source &source = sources.list[i];
    if (source.variable.defined()) {
      for (const Tensor &value : impl_->recording->reads_of(source.variable.state(), at)) values.push_back(value);
    } else {
      values.push_back(source.tensor);
    }
    owner.resize(values.size(), i);
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

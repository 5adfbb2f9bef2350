#include "frontend/autodiff/tape_sources.h"

#include "frontend/autodiff/connection.h"
#include "frontend/trace/emit.h"

namespace etch::detail {

std::vector<Tensor> AskedSources::spread(const std::vector<Tensor> &gradients) const {
  std::vector<Tensor> answers;
  for (int position : positions) answers.push_back(position < 0 ? Tensor() : gradients[static_cast<size_t>(position)]);
  return answers;
}

std::vector<Tensor> differentiate_connected(const std::vector<Tensor> &sources, Location at,
                                            FunctionRef<Tensor(const Values &)> body) {
  std::vector<bool> connected;
  auto compute = [&](const Values &values) {
    const Tensor target = body(values);
    const ir::ValueId id = Trace::current()->use(target, at);
    for (const Tensor &value : values) {
      const ir::ValueId own[] = {value.body()->value};
      connected.push_back(connected_to(Trace::current()->tape(), own)[id]);
    }
    return Values{target};
  };
  Derivative derivative = differentiate("gradient", compute, sources, {}, nullptr, at);
  for (size_t i = 0; i < sources.size(); ++i)
    if (!connected[i]) derivative.gradients[i] = Tensor();
  return std::move(derivative.gradients);
}

Tensor join(const Tensor &given, const Tensor &computed, Location at) {
  const Values pair{given, emit_as(computed, given.type(), at)};
  return call_custom_gradient([](const Values &values) { return Values{values[0]}; },
                              [](const Values &values) { return Values{values[2], values[2]}; }, pair, at)[0];
}

}  // namespace etch::detail

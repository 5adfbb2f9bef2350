#pragma once
// What eager and traced gradients of a tape have in common: which sources can have one, and the request itself.

#include <vector>

#include "etch/gradient.h"

namespace etch::detail {

/// The sources that can have a gradient, each once, and which of them answers each question.
struct AskedSources {
  std::vector<Tensor> tensors;
  std::vector<int> positions;  ///< by question: in `tensors`, or -1

  /// The answer to each question.
  std::vector<Tensor> spread(const std::vector<Tensor> &gradients) const;
};

/// Gradients with respect to the floating sources; empty for those that the target is not connected to. `body` computes
/// the target from the sources.
std::vector<Tensor> differentiate_connected(const std::vector<Tensor> &sources, Location at,
                                            FunctionRef<Tensor(const Values &)> body);

/// `given`, whose derivative is also that of `computed`: for a source that is computed from another one, so that both
/// get the whole derivative. In the current trace.
Tensor join(const Tensor &given, const Tensor &computed, Location at);

}  // namespace etch::detail

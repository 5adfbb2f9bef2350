#pragma once
// The workloads again, as loops over doubles.

#include <optional>
#include <string>
#include <vector>

#include "workload.h"

namespace etch::bench {

struct Numbers {
  Shape shape;
  std::vector<double> values;
  double operator[](int64_t i) const { return values[static_cast<size_t>(i)]; }
};
Numbers numbers_of(const Tensor &tensor);

/// What a workload of this kind gives; nothing for kinds whose loops would be a second neural network library.
std::optional<std::vector<std::vector<double>>> reference(const Workload &workload, const std::vector<Numbers> &inputs);

}  // namespace etch::bench

#pragma once
// What the files of the reference share: loops over doubles by the kind of their workload.

#include <algorithm>
#include <cmath>

#include "reference.h"

namespace etch::bench {

using Array = std::vector<double>;
using Results = std::vector<Array>;
using Inputs = std::vector<Numbers>;
using Loops = std::map<std::string, std::function<Results(const Inputs &in, const Sizes &sizes)>>;

// As the files that make the workloads.
void add_row_loops(Loops &loops);
void add_convolution_loops(Loops &loops);
void add_science_loops(Loops &loops);

inline size_t at(int64_t i) { return static_cast<size_t>(i); }
inline double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
inline double relu(double x) { return std::max(x, 0.0); }
inline double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

template <class F> Array each(const Array &x, F f) {
  Array y(x);
  for (double &value : y) value = f(value);
  return y;
}

}  // namespace etch::bench

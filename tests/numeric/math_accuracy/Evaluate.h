//===- Evaluate.h - A compiled function over many samples -----------------===//

#pragma once

#include "Kernels.h"
#include "Samples.h"

#include <algorithm>
#include <bit>

namespace etch::accuracy {

/// The functions, compiled once.
inline const Kernels &kernels() {
  static const Kernels all;
  return all;
}

inline const char *nameOf(MathFn fn) {
  auto named = [=](const Function &f) { return f.fn == fn; };
  return std::find_if(std::begin(kFunctions), std::end(kFunctions), named)->name;
}

/// Applies fn to any number of operands; the last vector is padded with zeros.
template <typename T> std::vector<T> evaluate(MathFn fn, Lanes lanes, const Samples<T> &in) {
  const size_t width = static_cast<size_t>(kernels().laneCount(lanes));
  const size_t n = (in.x.size() + width - 1) / width * width;
  std::vector<T> x = in.x, y = in.y, out(n);
  x.resize(n);
  y.resize(n);
  kernels().get(fn, lanes)(out.data(), x.data(), y.data(), static_cast<int64_t>(n));
  out.resize(in.x.size());
  return out;
}

}  // namespace etch::accuracy

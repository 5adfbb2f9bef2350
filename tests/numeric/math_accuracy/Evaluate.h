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
  constexpr size_t most = 16;
  const size_t width = laneCount(lanes);
  const Kernel kernel = kernels().get(fn, lanes);
  std::vector<T> out(in.x.size());
  for (size_t i = 0; i < out.size(); i += width) {
    const size_t n = std::min(width, out.size() - i);
    T x[most] = {}, y[most] = {}, r[most];
    std::copy_n(in.x.data() + i, n, x);
    std::copy_n(in.y.data() + i, n, y);
    kernel(r, x, y);
    std::copy_n(r, n, out.data() + i);
  }
  return out;
}

}  // namespace etch::accuracy

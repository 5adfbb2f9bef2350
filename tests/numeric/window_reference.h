#pragma once
// Convolutions and windows as StableHLO writes them down: every product with its three places, in plain loops.

#include <functional>

#include "etch/windows.h"
#include "tests/numeric/reference.h"

namespace numeric {

/// A convolution of operands of known shapes, with nothing left to defaults.
class ConvolutionReference {
 public:
  ConvolutionReference(const Shape &x, const Shape &filters, const etch::Convolution &options);

  Shape result;
  /// Calls visit(x, filter, result) with the offsets of each product that the convolution sums.
  void for_each_product(const std::function<void(size_t, size_t, size_t)> &visit) const;
  Array forward(const Array &x, const Array &filters) const;
  Array x_gradient(const Array &g, const Array &filters) const;
  Array filter_gradient(const Array &x, const Array &g) const;

 private:
  Shape x_, filters_;
  etch::Convolution options_;
};

/// Calls visit(element, window) with the offsets of each element of each window, in row-major order.
struct WindowReference {
  WindowReference(const Shape &x, const etch::Window &window);
  Shape result;
  void for_each_element(const std::function<void(size_t, size_t)> &visit) const;

 private:
  Shape x_;
  etch::Window window_;
};

}  // namespace numeric

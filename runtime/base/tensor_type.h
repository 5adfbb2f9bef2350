#pragma once
// dtype + shape: what is known about a tensor before it has a value.

#include <string>

#include "runtime/base/dtype.h"
#include "runtime/base/shape.h"

namespace etch {

struct TensorType {
  DType dtype = DType::f32;
  Shape shape;
  friend bool operator==(const TensorType &, const TensorType &) = default;
};

/// "f32[2,3]".
std::string to_string(const TensorType &type);

}  // namespace etch

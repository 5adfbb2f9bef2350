#pragma once
// A dense array in host memory: what files hold, before it becomes a Tensor.

#include <cassert>
#include <cstddef>
#include <span>

#include "runtime/base/tensor_type.h"
#include "runtime/memory/buffer.h"

namespace etch {

struct HostArray {
  TensorType type;  ///< static shape
  BufferRef data;   ///< row-major; `bytes()` long

  /// Uninitialised storage for a static `type`. Throws UserError when it is out of memory.
  static HostArray allocate(const TensorType &type) {
    return {type, BufferRef::allocate(static_cast<size_t>(type.shape.num_elements()) * size_of(type.dtype))};
  }

  int64_t num_elements() const { return type.shape.num_elements(); }
  size_t bytes() const { return static_cast<size_t>(num_elements()) * size_of(type.dtype); }

  /// The elements. T must be the element type.
  template <Element T> std::span<const T> elements() const {
    assert(dtype_of<T> == type.dtype);
    return {reinterpret_cast<const T *>(data->data()), static_cast<size_t>(num_elements())};
  }
  template <Element T> std::span<T> elements() {
    assert(dtype_of<T> == type.dtype);
    return {reinterpret_cast<T *>(data->data()), static_cast<size_t>(num_elements())};
  }
};

}  // namespace etch

#pragma once
// Making tensors, and the private part of their bodies.

#include <memory>
#include <span>

#include "etch/tensor.h"
#include "etch/variable.h"
#include "frontend/trace/trace.h"
#include "runtime/memory/buffer.h"

namespace etch::detail {

struct TensorStorage : TensorBody {
  BufferRef buffer;
  std::shared_ptr<TraceToken> token_owner;
  Tensor donor;  ///< of a donated handle: the tensor it stands for
};

[[noreturn]] void fail_too_large(const TensorType &type);

inline const BufferRef &buffer_of(const Tensor &tensor) {
  return static_cast<const TensorStorage *>(tensor.body())->buffer;
}

/// Of a type without unknown extents. Throws UserError when no machine has so many.
inline size_t bytes_of(const TensorType &type) {
  int64_t bytes;
  if (__builtin_mul_overflow(type.shape.num_elements(), static_cast<int64_t>(size_of(type.dtype)), &bytes)) [[unlikely]]
    fail_too_large(type);
  return static_cast<size_t>(bytes);
}
/// A concrete tensor with fresh, uninitialised elements.
Tensor allocate(const TensorType &type, size_t bytes);
inline Tensor allocate(const TensorType &type) { return allocate(type, bytes_of(type)); }
/// The same for an op that a user called there: what goes wrong names both.
Tensor allocate_for(std::string_view op, const TensorType &type, Location at);
/// Another handle to a tensor.
inline Tensor retain(const TensorBody *body) {
  auto *own = const_cast<TensorBody *>(body);
  own->references.fetch_add(1, std::memory_order_relaxed);
  return Tensor(TensorRef(own));
}
/// A concrete tensor on an existing buffer.
Tensor adopt(const TensorType &type, BufferRef buffer);
/// A concrete tensor with a copy of `elements` (dense, row-major).
Tensor copy_of(const TensorType &type, const void *elements);
/// A concrete 0-d tensor of a dtype from a number.
Tensor number(DType dtype, double floating, int64_t integer, bool is_floating);
Tensor make_symbolic(const TensorType &type, ir::ValueId value, std::shared_ptr<TraceToken> token, Location at,
                     bool weak);
/// Writes one element of `dtype` at `where` from a number; floats truncate into integers.
void store_number(DType dtype, void *where, double floating, int64_t integer, bool is_floating);

/// What a Variable handle points to.
struct VariableState : std::enable_shared_from_this<VariableState> {
  Tensor value;  ///< concrete; null until the initial value is known
  TensorType type;
  std::string name;
  Location created;
};

[[noreturn]] void fail_empty_variable(Location at);
[[noreturn]] void fail_empty_tensor(Location at);

/// Gives the variable another value, whose elements it shares.
void take_value(VariableState &state, const Tensor &value);
/// Makes the variable's buffer its own before somebody writes it in place.
void make_unique(VariableState &state);

}  // namespace etch::detail

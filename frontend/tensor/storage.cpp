#include "frontend/tensor/storage.h"

#include <cmath>
#include <cstring>

namespace etch::detail {
namespace {

// Bodies are small and come and go with every eager op: keep a few per thread.
struct BodyCache {
  static constexpr int kCapacity = 64;
  TensorStorage *free[kCapacity];
  int count = 0;
  bool closed = false;
  ~BodyCache() {
    closed = true;
    while (count > 0) ::operator delete(free[--count]);
  }
};
thread_local BodyCache cache;

TensorStorage *new_body() {
  void *place = cache.count > 0 ? cache.free[--cache.count] : ::operator new(sizeof(TensorStorage));
  return new (place) TensorStorage();
}

}  // namespace

void destroy(TensorBody *body) {
  auto *storage = static_cast<TensorStorage *>(body);
  storage->~TensorStorage();
  if (!cache.closed && cache.count < BodyCache::kCapacity)
    cache.free[cache.count++] = storage;
  else
    ::operator delete(storage);
}

Tensor adopt(const TensorType &type, BufferRef buffer) {
  TensorStorage *body = new_body();
  body->type = type;
  body->data = buffer->data();
  body->buffer = std::move(buffer);
  return Tensor(TensorRef(body));
}

Tensor allocate(const TensorType &type) {
  return adopt(type, BufferRef::allocate(static_cast<size_t>(type.shape.num_elements()) * size_of(type.dtype)));
}

Tensor copy_of(const TensorType &type, const void *elements) {
  Tensor tensor = allocate(type);
  size_t bytes = static_cast<size_t>(type.shape.num_elements()) * size_of(type.dtype);
  if (bytes) std::memcpy(tensor.body()->data, elements, bytes);
  return tensor;
}

namespace {

// Out-of-range conversions of floats to integers are undefined in C++; etch.cast saturates, so literals do too.
template <class T> T saturate(double value) {
  if (std::isnan(value)) return 0;
  if (value <= static_cast<double>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
  if (value >= static_cast<double>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
  return static_cast<T>(value);
}

template <class T> void store(void *where, T value) { std::memcpy(where, &value, sizeof value); }

}  // namespace

void store_number(DType dtype, void *where, double floating, int64_t integer, bool from_floating) {
  double as_double = from_floating ? floating : static_cast<double>(integer);
  switch (dtype) {
    case DType::boolean: return store<uint8_t>(where, from_floating ? floating != 0 : integer != 0);
    case DType::u8:
      return store<uint8_t>(where, from_floating ? saturate<uint8_t>(floating) : static_cast<uint8_t>(integer));
    case DType::i32:
      return store<int32_t>(where, from_floating ? saturate<int32_t>(floating) : static_cast<int32_t>(integer));
    case DType::i64: return store<int64_t>(where, from_floating ? saturate<int64_t>(floating) : integer);
    case DType::f16: return store<half>(where, half(static_cast<float>(as_double)));
    case DType::f32:
      return store<float>(where, from_floating ? static_cast<float>(floating) : static_cast<float>(integer));
    case DType::f64: return store<double>(where, as_double);
  }
}

Tensor number(DType dtype, double floating, int64_t integer, bool from_floating) {
  Tensor tensor = allocate({dtype, {}});
  store_number(dtype, tensor.body()->data, floating, integer, from_floating);
  return tensor;
}

Tensor make_symbolic(const TensorType &type, ir::ValueId value, std::shared_ptr<TraceToken> token, Location at,
                     bool weak) {
  TensorStorage *body = new_body();
  body->type = type;
  body->value = value;
  body->token = token.get();
  body->token_owner = std::move(token);
  body->created = at;
  body->weak = weak;
  return Tensor(TensorRef(body));
}

void make_unique(VariableState &state) {
  TensorBody *body = state.value.body();
  // Somebody who holds the tensor, or only its buffer (a reshape of it), must keep seeing the old elements.
  if (body->references.load(std::memory_order_acquire) == 1 && buffer_of(state.value).use_count() == 1) return;
  state.value = copy_of(state.type, body->data);
}

}  // namespace etch::detail

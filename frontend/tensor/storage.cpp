#include "frontend/tensor/storage.h"

#include <cmath>
#include <cstring>

#include "frontend/trace/emit.h"

namespace etch::detail {
namespace {

// Bodies are small and come and go with every eager op: a thread keeps a few.
struct BodyCache {
  static constexpr int kCapacity = 64;
  TensorStorage *free[kCapacity];
  int count = 0;
};
[[gnu::tls_model("initial-exec")]] constinit thread_local BodyCache *cache = nullptr;

// Empties the thread's cache when it ends. Tensors dropped later still, by other thread_local destructors, are freed.
struct BodyCacheOwner {
  BodyCache own;
  BodyCacheOwner() { cache = &own; }
  ~BodyCacheOwner() {
    cache = nullptr;
    while (own.count > 0) ::operator delete(own.free[--own.count]);
  }
};

[[gnu::noinline]] void *new_body_place() {
  static thread_local BodyCacheOwner owner;
  return ::operator new(sizeof(TensorStorage));
}

TensorStorage *new_body() {
  BodyCache *mine = cache;
  void *place = mine && mine->count > 0 ? mine->free[--mine->count] : new_body_place();
  return new (place) TensorStorage();
}

}  // namespace

void destroy(TensorBody *body) {
  auto *storage = static_cast<TensorStorage *>(body);
  storage->~TensorStorage();
  BodyCache *mine = cache;
  if (mine && mine->count < BodyCache::kCapacity)
    mine->free[mine->count++] = storage;
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

void fail_empty_tensor(Location at) {
  throw UserError("an empty Tensor was used; assign it a value first", place_of(at));
}

void fail_too_large(const TensorType &type) {
  throw UserError(std::string(name_of(type.dtype)) + to_string(type.shape) +
                  " would have more than 2^63 bytes; use smaller tensors");
}

Tensor allocate(const TensorType &type, size_t bytes) { return adopt(type, BufferRef::allocate(bytes)); }

Tensor allocate_for(std::string_view op, const TensorType &type, Location at) {
  try {
    return allocate(type);
  } catch (const UserError &error) {
    fail_op(op, error.message(), at);
  }
}

Tensor copy_of(const TensorType &type, const void *elements) {
  size_t bytes = bytes_of(type);
  Tensor tensor = allocate(type, bytes);
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
    case DType::f16: return store<half>(where, half(as_double));
    case DType::bf16: return store<bfloat16>(where, bfloat16(as_double));
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

void take_value(VariableState &state, const Tensor &value) {
  // A body of its own: tapes must not follow a gradient into a variable's past, and the user may donate `value`.
  Tensor own = adopt(state.type, buffer_of(value));
  own.body()->of_variable = true;
  if (TensorBody *old = state.value.body()) old->of_variable = false;
  state.value = std::move(own);
}

void make_unique(VariableState &state) {
  TensorBody *body = state.value.body();
  // Somebody who holds the tensor, or only its buffer (a reshape of it), must keep seeing the old elements.
  if (body->references.load(std::memory_order_acquire) == 1 && buffer_of(state.value).use_count() == 1) return;
  take_value(state, copy_of(state.type, body->data));
}

}  // namespace etch::detail

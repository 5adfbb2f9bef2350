#include "runtime/memory/buffer.h"

#include <cstring>

#include "runtime/memory/pool.h"

namespace etch {

BufferRef BufferRef::allocate(size_t bytes) { return BufferRef(runtime::Pool::allocate(bytes)); }

BufferRef BufferRef::allocate_zeroed(size_t bytes) {
  BufferRef buffer = allocate(bytes);
  std::memset(buffer->data(), 0, bytes);
  return buffer;
}

void BufferRef::drop(Buffer *buffer) {
  // The only holder needs no atomic subtraction: nobody is left who could add a reference meanwhile.
  if (buffer->references_.load(std::memory_order_acquire) == 1 ||
      buffer->references_.fetch_sub(1, std::memory_order_acq_rel) == 1)
    runtime::Pool::release(buffer);
}

}  // namespace etch

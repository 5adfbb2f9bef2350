#pragma once
// Storage of tensors: 64-byte aligned bytes with a reference count, from the pooled allocator.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace etch {

namespace runtime {
class Pool;
}

/// Alignment of every buffer's data, in bytes: a cache line, and the widest vector.
inline constexpr size_t kBufferAlignment = 64;

/// A block of storage. The header sits in the cache line before the data, so that a BufferRef is one word.
/// Lives as long as a BufferRef holds it; references may be dropped on any thread.
class alignas(kBufferAlignment) Buffer {
 public:
  /// The data, kBufferAlignment aligned, never null. Uninitialised after allocate().
  std::byte *data() { return reinterpret_cast<std::byte *>(this + 1); }
  const std::byte *data() const { return reinterpret_cast<const std::byte *>(this + 1); }
  /// The size that was asked for, in bytes.
  size_t bytes() const { return bytes_; }
  /// References held. 1 seen by a holder means that nobody else can read or write the data.
  uint32_t use_count() const { return references_.load(std::memory_order_acquire); }

 private:
  friend class BufferRef;
  friend class runtime::Pool;
  Buffer() = default;

  std::atomic<uint32_t> references_{1};
  uint32_t size_class_ = 0;
  size_t bytes_ = 0;
  size_t capacity_ = 0;     // bytes of data the block holds
  Buffer *next_ = nullptr;  // in a free list
};
static_assert(sizeof(Buffer) == kBufferAlignment);

/// Shared ownership of a Buffer; null when default constructed. One word. As thread safe as std::shared_ptr.
class BufferRef {
 public:
  BufferRef() = default;
  /// Storage of `bytes` bytes (0 allowed), uninitialised. About 10 ns with its release once the pool is warm.
  /// Throws UserError when the machine has no such amount.
  static BufferRef allocate(size_t bytes);
  /// The same, filled with zeros.
  static BufferRef allocate_zeroed(size_t bytes);

  BufferRef(const BufferRef &other) : buffer_(other.buffer_) {
    if (buffer_) buffer_->references_.fetch_add(1, std::memory_order_relaxed);
  }
  BufferRef(BufferRef &&other) noexcept : buffer_(std::exchange(other.buffer_, nullptr)) {}
  BufferRef &operator=(BufferRef other) noexcept {
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~BufferRef() {
    if (buffer_) drop(buffer_);
  }

  explicit operator bool() const { return buffer_ != nullptr; }
  Buffer *get() const { return buffer_; }
  Buffer *operator->() const { return buffer_; }
  Buffer &operator*() const { return *buffer_; }
  /// 0 for a null reference.
  uint32_t use_count() const { return buffer_ ? buffer_->use_count() : 0; }
  void reset() { *this = BufferRef(); }
  friend bool operator==(const BufferRef &, const BufferRef &) = default;

 private:
  explicit BufferRef(Buffer *adopted) : buffer_(adopted) {}
  static void drop(Buffer *buffer);

  Buffer *buffer_ = nullptr;
};
static_assert(sizeof(BufferRef) == sizeof(void *));

}  // namespace etch

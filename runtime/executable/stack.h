#pragma once
// The stacks of one call: what a differentiated loop keeps of each iteration until its gradient loop wants it back.

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "runtime/memory/buffer.h"

namespace etch::runtime {

/// Bytes, last in, first out. Grows by doubling.
class ByteStack {
 public:
  /// Throws UserError when the machine is out of memory.
  void push(const void *data, size_t bytes);
  /// Moves the last `bytes` bytes to `data`; false, with zeros written, when the stack holds fewer.
  bool pop(void *data, size_t bytes);
  size_t size() const { return size_; }
  /// Empties it. Small storage is kept for the next call, large storage goes back to the pool.
  void clear();

 private:
  void grow(size_t bytes);

  BufferRef storage_;
  size_t size_ = 0;
};

/// Stacks by id. Ids that a compiler counts up from 0 are an array access.
class StackSet {
 public:
  ByteStack &operator[](int64_t id);
  bool empty() const { return !used_; }
  void clear();

 private:
  std::vector<ByteStack> dense_;
  std::unordered_map<int64_t, ByteStack> sparse_;
  bool used_ = false;
};

}  // namespace etch::runtime

#pragma once
// Memory whose size is known only while a program runs: lists that grow in loops, results that data decide the shape
// of.

#include <cstdint>
#include <vector>

#include "runtime/base/shape.h"
#include "runtime/memory/buffer.h"

namespace etch::runtime {

/// Blocks of one call by number. Block n + 1 of an even n prepares what block n will hold.
class BlockSet {
 public:
  /// Block `number` with room for `bytes` bytes; what it held is lost when it must grow. A block that grows doubles at
  /// least, so that a list may grow by one element each time round. Throws UserError when the machine is out of memory.
  void *reserve(int64_t number, int64_t bytes);
  /// Swaps block `number` with the one after it and returns its new memory.
  void *next(int64_t number);
  bool empty() const { return blocks_.empty(); }
  void clear() { blocks_.clear(); }

 private:
  std::vector<BufferRef> blocks_;
};

/// A result whose extents were known only after the run.
struct RunTimeResult {
  int64_t index;  ///< among the program's results
  Shape shape;
  BufferRef data;  ///< dense row-major
};

}  // namespace etch::runtime

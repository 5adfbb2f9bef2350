#pragma once
// The limit that memory sets.

#include <cstddef>

namespace etch::bench {

/// Reads and writes as many bytes as a kernel does, with the threads of compiled loops: bytes that are read and written
/// are copied, more that are read are summed. The memory is in large pages, and kept, so that none is new after a first
/// call. For one thread at a time.
class MovedBytes {
 public:
  MovedBytes(size_t reads, size_t writes) : reads_(reads), writes_(writes) {}
  void operator()() const;

 private:
  size_t reads_, writes_;
};

}  // namespace etch::bench

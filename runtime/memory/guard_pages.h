#pragma once
// Memory between pages that nobody may touch: where compiled code that leaves its operands stops at once.

#include <cstddef>

namespace etch::runtime {

/// ETCH_GUARD_PAGES, for tests: which end of an operand lies at the border of a forbidden page. The other end has up to
/// a page of slack, which is checked for writes afterwards.
enum class GuardedEnd { none, front, back };
/// Reads the variable. Throws UserError when its value means nothing.
GuardedEnd guarded_end();

/// Bytes between two forbidden pages; all are 0xff, a NaN, until somebody writes them.
class GuardedMemory {
 public:
  /// `alignment` is a power of two: with GuardedEnd::back up to alignment - 1 bytes of slack lie behind the data.
  /// Throws UserError when the machine has no such amount.
  GuardedMemory(size_t bytes, GuardedEnd end, size_t alignment);
  ~GuardedMemory();
  GuardedMemory(GuardedMemory &&other) noexcept;
  GuardedMemory &operator=(GuardedMemory &&) = delete;

  std::byte *data() const { return data_; }
  size_t bytes() const { return bytes_; }
  /// From now on a write stops the program as well.
  void forbid_writes();
  /// False when bytes around the data were written.
  bool is_slack_untouched() const;

 private:
  std::byte *pages_ = nullptr;  // the first forbidden one
  size_t usable_ = 0;           // bytes between the forbidden pages
  std::byte *data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace etch::runtime

#pragma once
// Copies of captured tensors in the order in which compiled code reads them.

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "etch/tensor.h"
#include "frontend/trace/trace.h"
#include "runtime/executable/abi.h"
#include "runtime/memory/buffer.h"

namespace etch::detail {

struct LaidOut {
  Tensor source;
  BufferRef data;
};
/// Lives while a function holds it.
using CapturedCopy = std::shared_ptr<const LaidOut>;

/// The copies that a program asks for. They are made at the first call: who calls owns what the function has captured,
/// while a thread that compiles in the background would read tensors that their owner may donate meanwhile.
class CapturedCopies {
 public:
  /// Its copies, in the order of etch_program::weights: those that other functions hold, or new ones. Throws UserError
  /// when a tensor was donated.
  std::span<const CapturedCopy> of(const Program &program, const etch_program &code) const;
  /// Their elements.
  const void *const *elements(const Program &program, const etch_program &code) const {
    if (code.num_weights == 0) return nullptr;
    of(program, code);
    return data.data();
  }

 private:
  mutable std::once_flag once;
  mutable std::vector<CapturedCopy> copies;
  mutable std::vector<const void *> data;
};

}  // namespace etch::detail

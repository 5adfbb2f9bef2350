#pragma once
// Some neighbouring lanes of a vector, known when code is emitted.

#include "codegen/cpu/Kernel.h"

namespace etch::codegen {

struct Lanes {
  int64_t begin, end;
  int64_t count() const { return end - begin; }

  /// Those of `count` elements, the first of which is number `at` of `all`, that there are.
  static Lanes inside(int64_t at, int64_t count, int64_t all) {
    const int64_t begin = std::clamp<int64_t>(-at, 0, count);
    return {begin, std::clamp(all - at, begin, count)};
  }
  /// The constant that is true in them, of a vector of `lanes`.
  mlir::Value mask(KernelFrame &f, int64_t lanes) const;
};

/// A vector whose lane i is element source(i) of the vectors, counted through all of them: as few shuffles as they are.
mlir::Value pickLanes(KernelFrame &f, mlir::ValueRange vectors, llvm::function_ref<int64_t(int64_t)> source);

}  // namespace etch::codegen

#pragma once
// Where slots lie in the arena: those that are needed at different times may overlap.

#include <cstdint>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include "passes/buffer/Moments.h"

namespace etch::passes {

/// Memory that is needed from one op to another, both included.
struct Lifetime {
  int64_t bytes;  ///< a multiple of the alignment
  Moment from, until;
};

/// Offsets, and the size of the whole. Deterministic; linear in the number of lifetimes for large schedules.
struct Packing {
  llvm::SmallVector<int64_t> offsets;
  int64_t bytes = 0;
};
Packing packSlots(llvm::ArrayRef<Lifetime> slots);

}  // namespace etch::passes

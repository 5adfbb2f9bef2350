#pragma once
// Where slots lie in the arena: those that are needed at different times may overlap.

#include <cstdint>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace etch::passes {

/// When an op of a schedule runs: its number and, where it belongs to a strand, the numbers between which other strands
/// may see it run.
struct Moment {
  int64_t at = -1;
  int64_t strand = -1;  ///< a number of its own, -1 for none
  int64_t earliest = at, latest = at;
};
inline bool isBefore(Moment a, Moment b) { return a.strand == b.strand ? a.at < b.at : a.latest < b.earliest; }
/// The first moment at which both are over.
Moment later(Moment a, Moment b);

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

#include "passes/buffer/PackSlots.h"

#include <algorithm>
#include <tuple>

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

namespace etch::passes {

namespace {

/// Largest first packs best (docs/decisions/0042-one-arena.md), but looks at all pairs. Beyond this number of slots
/// they are placed as time goes, beside those that are alive.
constexpr size_t kMostBySize = 2048;

/// The smallest gap that is large enough between placed slots, which are in the order of their offsets.
int64_t findGap(llvm::ArrayRef<int64_t> placed, llvm::ArrayRef<Lifetime> slots, llvm::ArrayRef<int64_t> offsets,
                const Lifetime &wanted) {
  int64_t end = 0, best = -1, bestSize = 0;
  for (int64_t other : placed) {
    if (isBefore(slots[other].until, wanted.from) || isBefore(wanted.until, slots[other].from)) continue;
    const int64_t gap = offsets[other] - end;
    if (gap >= wanted.bytes && (best < 0 || gap < bestSize)) {
      best = end;
      bestSize = gap;
    }
    end = std::max(end, offsets[other] + slots[other].bytes);
  }
  return best < 0 ? end : best;
}

}  // namespace

Packing packSlots(llvm::ArrayRef<Lifetime> slots) {
  Packing packing;
  packing.offsets.resize(slots.size());
  auto order = llvm::to_vector(llvm::seq<int64_t>(slots.size()));
  const bool bySize = slots.size() <= kMostBySize;
  llvm::sort(order, [&](int64_t a, int64_t b) {
    return bySize ? std::tuple(-slots[a].bytes, a) < std::tuple(-slots[b].bytes, b)
                  : std::tuple(slots[a].from.at, a) < std::tuple(slots[b].from.at, b);
  });
  llvm::SmallVector<int64_t> placed;
  for (int64_t slot : order) {
    if (!bySize)
      llvm::erase_if(placed, [&](int64_t other) { return slots[other].until.latest < slots[slot].from.earliest; });
    const int64_t offset = findGap(placed, slots, packing.offsets, slots[slot]);
    packing.offsets[slot] = offset;
    packing.bytes = std::max(packing.bytes, offset + slots[slot].bytes);
    placed.insert(
        llvm::upper_bound(placed, offset, [&](int64_t at, int64_t other) { return at < packing.offsets[other]; }),
        slot);
  }
  return packing;
}

}  // namespace etch::passes

#pragma once
// Sizes of the blocks that the pool keeps.

#include <bit>
#include <cstddef>
#include <cstdint>

#include "runtime/memory/buffer.h"

namespace etch::runtime {

// Four to a doubling, so that a block wastes at most a quarter.
inline constexpr size_t kUnit = kBufferAlignment;
inline constexpr size_t kLargestPooled = size_t{1} << 46;

constexpr uint32_t class_of(size_t bytes) {
  const size_t last = bytes == 0 ? 0 : (bytes - 1) / kUnit;  // index of the last unit
  if (last < 4) return static_cast<uint32_t>(last);
  const int shift = static_cast<int>(std::bit_width(last)) - 3;
  return static_cast<uint32_t>(shift * 4 + static_cast<int>(last >> shift));
}
constexpr size_t capacity_of(uint32_t size_class) {
  if (size_class < 4) return (size_class + 1) * kUnit;
  return ((size_class % 4 + 5) * kUnit) << (size_class / 4 - 1);
}
static_assert(capacity_of(class_of(1)) == 64 && capacity_of(class_of(64)) == 64 && capacity_of(class_of(65)) == 128);
static_assert(capacity_of(class_of(576)) == 640 && capacity_of(class_of(640)) == 640 && class_of(641) == class_of(768));
static_assert(capacity_of(class_of(1 << 20)) == 1 << 20);

inline constexpr uint32_t kClasses = class_of(kLargestPooled) + 1;

}  // namespace etch::runtime

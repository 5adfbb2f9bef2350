#pragma once
// The key of a one-op function.

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "ir/tape/tape.h"

namespace etch::detail {

/// What a one-op function depends on besides the types of its operands: the op and its attributes, as numbers.
class OpKey {
 public:
  OpKey() = default;
  explicit OpKey(ir::OpCode op) { add(static_cast<uint64_t>(op)); }
  /// A composition; its name is a literal whose address identifies it.
  explicit OpKey(const char *name) : name_(name) { add(reinterpret_cast<uint64_t>(name)); }
  OpKey &add(uint64_t word) {
    if (size_ < kInline)
      inline_[size_++] = word;
    else
      more_.push_back(word);
    return *this;
  }
  OpKey &add(std::span<const int64_t> list) {
    add(list.size());
    for (int64_t item : list) add(static_cast<uint64_t>(item));
    return *this;
  }
  /// One function for each shape: for ops whose attributes only make sense for one (limits of a slice).
  OpKey &static_shapes() {
    is_static_ = true;
    return *this;
  }
  bool is_static() const { return is_static_; }
  const char *name() const { return name_; }
  uint64_t hash(uint64_t state = 0x9E3779B97F4A7C15ull) const {
    auto mix = [&](uint64_t word) {
      unsigned __int128 product = static_cast<unsigned __int128>(state ^ word) * 0xD6E8FEB86659FD93ull;
      state = static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
    };
    for (size_t i = 0; i < size_; ++i) mix(inline_[i]);
    for (uint64_t word : more_) mix(word);
    return state ^ is_static_;
  }
  friend bool operator==(const OpKey &a, const OpKey &b) {
    return a.is_static_ == b.is_static_ && a.size_ == b.size_ &&
           std::equal(a.inline_.begin(), a.inline_.begin() + a.size_, b.inline_.begin()) && a.more_ == b.more_;
  }

 private:
  static constexpr size_t kInline = 24;
  std::array<uint64_t, kInline> inline_;
  uint8_t size_ = 0;
  bool is_static_ = false;
  std::vector<uint64_t> more_;
  const char *name_ = nullptr;
};

}  // namespace etch::detail

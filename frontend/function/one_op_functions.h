#pragma once
// The compiled one-op functions of the process: only ever added to, found without a lock.

#include <array>
#include <atomic>
#include <memory>
#include <mutex>

#include "frontend/function/execute.h"
#include "frontend/function/op_key.h"

namespace etch::detail {

class OneOpFunctions {
 public:
  struct Entry {
    OpKey op, types;
    uint64_t hash;
    /// Null: this op cannot be compiled for unknown extents, so it is compiled for each shape.
    std::shared_ptr<const CompiledProgram> compiled;
    const Entry *next;
  };

  static OneOpFunctions &instance() {
    // Never destroyed: threads may still compute while statics are torn down.
    static auto *functions = new OneOpFunctions;
    return *functions;
  }

  const Entry *find(const OpKey &op, const OpKey &types) const { return find(op, types, types.hash(op.hash())); }

  /// The entry of a key. When two threads make the same one, the first wins.
  const Entry *insert(const OpKey &op, const OpKey &types, std::shared_ptr<const CompiledProgram> compiled) {
    const uint64_t hash = types.hash(op.hash());
    std::lock_guard lock(mutex_);
    if (const Entry *known = find(op, types, hash)) return known;
    std::atomic<const Entry *> &bucket = buckets_[hash % kBuckets];
    auto *entry = new Entry{op, types, hash, std::move(compiled), bucket.load(std::memory_order_relaxed)};
    bucket.store(entry, std::memory_order_release);
    return entry;
  }

 private:
  static constexpr size_t kBuckets = 4096;

  const Entry *find(const OpKey &op, const OpKey &types, uint64_t hash) const {
    const Entry *entry = buckets_[hash % kBuckets].load(std::memory_order_acquire);
    while (entry && !(entry->hash == hash && entry->op == op && entry->types == types)) entry = entry->next;
    return entry;
  }

  std::array<std::atomic<const Entry *>, kBuckets> buckets_{};
  std::mutex mutex_;  // of insertions
};

}  // namespace etch::detail

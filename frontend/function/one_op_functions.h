#pragma once
// The compiled one-op functions of the process, as many as are worth their memory: found without a lock.

#include <array>
#include <atomic>
#include <memory>
#include <mutex>

#include "etch/detail/call_frame.h"
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
    mutable std::atomic<uint64_t> last_used;  ///< number of insertions until then
    std::shared_ptr<const Entry> next;        ///< of the same bucket
  };

  /// What is there to begin with is 60 functions for a program of 20 ops; each takes 10 to 100 KB. Host loops over
  /// shapes make any number, so beyond this the one that was used least recently goes.
  static constexpr size_t kCapacity = 4096;

  explicit OneOpFunctions(size_t capacity = kCapacity) : capacity_(capacity) {}

  static OneOpFunctions &instance() {
    // Never destroyed: threads may still compute while statics are torn down.
    static auto *functions = new OneOpFunctions;
    return *functions;
  }

  /// Null when there is none. The entry lives until the frame looks for another or is left.
  const Entry *find(const OpKey &op, const OpKey &types, CallFrame &frame) const {
    const uint64_t hash = types.hash(op.hash());
    const Entry *found = find(frame.protect(buckets_[hash % kBuckets]), op, types, hash);
    if (!found) return nullptr;
    const uint64_t now = insertions_.load(std::memory_order_relaxed);
    if (found->last_used.load(std::memory_order_relaxed) != now) found->last_used.store(now, std::memory_order_relaxed);
    return found;
  }

  /// Adds a function; when two threads make the same one, the first wins.
  void insert(const OpKey &op, const OpKey &types, std::shared_ptr<const CompiledProgram> compiled);

  size_t size() const {
    std::lock_guard lock(mutex_);
    return size_;
  }

 private:
  static constexpr size_t kBuckets = 4096;

  static const Entry *find(const Entry *entry, const OpKey &op, const OpKey &types, uint64_t hash) {
    while (entry && !(entry->hash == hash && entry->op == op && entry->types == types)) entry = entry->next.get();
    return entry;
  }
  void replace(size_t position, std::shared_ptr<const Entry> first);
  void evict_oldest();

  const size_t capacity_;
  /// Lists that never change: each insertion and eviction makes another first entry (retire.h).
  std::array<std::atomic<const Entry *>, kBuckets> buckets_{};
  std::atomic<uint64_t> insertions_{0};
  mutable std::mutex mutex_;  // of the rest
  std::array<std::shared_ptr<const Entry>, kBuckets> owners_;
  size_t size_ = 0;
};

}  // namespace etch::detail

#include "frontend/function/one_op_functions.h"

#include "frontend/function/retire.h"

namespace etch::detail {

namespace {

using Entry = OneOpFunctions::Entry;

std::shared_ptr<const Entry> without(const std::shared_ptr<const Entry> &list, const Entry *entry) {
  if (list.get() == entry) return entry->next;
  return std::make_shared<const Entry>(list->op, list->types, list->hash, list->compiled, list->last_used.load(),
                                       without(list->next, entry));
}

}  // namespace

void OneOpFunctions::insert(const OpKey &op, const OpKey &types, std::shared_ptr<const CompiledProgram> compiled) {
  const uint64_t hash = types.hash(op.hash());
  const size_t position = hash % kBuckets;
  std::lock_guard lock(mutex_);
  if (find(owners_[position].get(), op, types, hash)) return;
  const uint64_t now = insertions_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (size_ == capacity_) evict_oldest();
  replace(position, std::make_shared<const Entry>(op, types, hash, std::move(compiled), now, owners_[position]));
  ++size_;
}

void OneOpFunctions::replace(size_t position, std::shared_ptr<const Entry> first) {
  buckets_[position].store(first.get());
  std::swap(owners_[position], first);
  // Calls may have found the list by its old beginning, whether or not that is part of the new one.
  if (first) retire(std::move(first));
}

// Looks at all of them: 10 microseconds, beside the milliseconds that it took to compile the new one.
void OneOpFunctions::evict_oldest() {
  const Entry *oldest = nullptr;
  uint64_t oldest_use = 0;
  for (const auto &bucket : owners_)
    for (const Entry *entry = bucket.get(); entry; entry = entry->next.get())
      if (const uint64_t use = entry->last_used.load(std::memory_order_relaxed); !oldest || use < oldest_use) {
        oldest = entry;
        oldest_use = use;
      }
  const size_t position = oldest->hash % kBuckets;
  replace(position, without(owners_[position], oldest));
  --size_;
}

}  // namespace etch::detail

#include "runtime/executable/stack.h"

#include <algorithm>
#include <cstring>

#include "runtime/executable/context.h"

namespace etch::runtime {
namespace {

constexpr int64_t kDenseIds = 1024;
constexpr size_t kSmallestStack = 1024;         // bytes
constexpr size_t kKeptBetweenCalls = 64 << 10;  // bytes; larger storage is as quickly had from the pool

}  // namespace

void ByteStack::push(const void *data, size_t bytes) {
  if (!storage_ || storage_->bytes() - size_ < bytes) grow(bytes);
  if (bytes) std::memcpy(storage_->data() + size_, data, bytes);
  size_ += bytes;
}

bool ByteStack::pop(void *data, size_t bytes) {
  if (bytes > size_) {
    std::memset(data, 0, bytes);
    return false;
  }
  size_ -= bytes;
  if (bytes) std::memcpy(data, storage_->data() + size_, bytes);
  return true;
}

void ByteStack::grow(size_t bytes) {
  BufferRef larger = BufferRef::allocate(std::max({kSmallestStack, 2 * size_, size_ + bytes}));
  if (size_) std::memcpy(larger->data(), storage_->data(), size_);
  storage_ = std::move(larger);
}

void ByteStack::clear() {
  size_ = 0;
  if (storage_ && storage_->bytes() > kKeptBetweenCalls) storage_.reset();
}

ByteStack &StackSet::operator[](int64_t id) {
  used_ = true;
  if (id < 0 || id >= kDenseIds) return sparse_[id];
  if (static_cast<size_t>(id) >= dense_.size()) dense_.resize(static_cast<size_t>(id) + 1);
  return dense_[static_cast<size_t>(id)];
}

void StackSet::clear() {
  for (ByteStack &stack : dense_) stack.clear();
  sparse_.clear();
  used_ = false;
}

}  // namespace etch::runtime

// Compiled code between here and run() cannot be unwound through: what goes wrong is kept in the context, which run()
// looks at whatever the entry returned.
extern "C" void etch_rt_stack_push(etch_context *context, int64_t id, const void *data, int64_t bytes) {
  try {
    context->stacks[id].push(data, static_cast<size_t>(bytes));
  } catch (...) {
    context->keep_exception(std::current_exception());
  }
}

extern "C" void etch_rt_stack_pop(etch_context *context, int64_t id, void *data, int64_t bytes) {
  try {
    if (context->stacks[id].pop(data, static_cast<size_t>(bytes)) || context->failed) return;
    throw etch::InternalError("stack " + std::to_string(id) + " of a compiled loop is popped when empty");
  } catch (...) {
    context->keep_exception(std::current_exception());
  }
}

#include "runtime/executable/blocks.h"

#include <algorithm>
#include <cstring>

#include "runtime/executable/context.h"

namespace etch::runtime {

void *BlockSet::reserve(int64_t number, int64_t bytes) {
  if (static_cast<size_t>(number) + 2 > blocks_.size()) blocks_.resize(static_cast<size_t>(number) + 2);
  BufferRef &block = blocks_[static_cast<size_t>(number)];
  const size_t needed = static_cast<size_t>(bytes);
  if (!block || block->bytes() < needed)
    block = BufferRef::allocate(block ? std::max(needed, 2 * block->bytes()) : needed);
  return block->data();
}

void *BlockSet::next(int64_t number) {
  std::swap(blocks_[static_cast<size_t>(number)], blocks_[static_cast<size_t>(number) + 1]);
  return blocks_[static_cast<size_t>(number)]->data();
}

}  // namespace etch::runtime

// As with stacks: no exception passes through compiled code.
extern "C" void *etch_rt_block(etch_context *context, int64_t number, int64_t bytes) {
  try {
    return context->blocks.reserve(number, bytes);
  } catch (...) {
    context->keep_exception(std::current_exception());
    return nullptr;
  }
}

extern "C" void *etch_rt_next_block(etch_context *context, int64_t number) { return context->blocks.next(number); }

extern "C" void etch_rt_result(etch_context *context, int64_t index, const etch_view *value, int64_t bytes) {
  try {
    etch::runtime::RunTimeResult result{index, etch::Shape(std::span<const int64_t>(value->dims, value->rank)),
                                        etch::BufferRef::allocate(static_cast<size_t>(bytes))};
    if (bytes > 0) std::memcpy(result.data->data(), value->data, static_cast<size_t>(bytes));
    context->run_time_results.push_back(std::move(result));
  } catch (...) {
    context->keep_exception(std::current_exception());
  }
}

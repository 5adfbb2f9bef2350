// The frames of each thread, and the tables they may still be looking into.
//
// A call names the table it uses in its frame (a hazard pointer) and takes no lock. Whoever replaces a table hands the
// old one to retire, which frees it when no frame names it, else at a later replacement. Between publishing the
// new table and reading the frames stands a barrier that all running threads pass, so that calls need none.

#include "etch/detail/call_frame.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

#include "frontend/function/retire.h"
#include "frontend/tensor/storage.h"
#include "runtime/base/of_thread.h"
#include "runtime/base/sanitizers.h"

namespace etch::detail {

[[gnu::tls_model("initial-exec")]] constinit thread_local ThreadState thread_state;

namespace {

constexpr size_t kSmallestCapacity = 64;

bool all_threads_can_be_fenced() {
#if ETCH_HAS_TSAN
  return false;  // it does not know the barrier
#else
  static const bool can = syscall(__NR_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  return can;
#endif
}

void fence_all_threads() {
  if (all_threads_can_be_fenced())
    syscall(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  else
    std::atomic_thread_fence(std::memory_order_seq_cst);  // frames have done their part: CallFrame::needs_fence
}

struct Registry {
  std::mutex mutex;
  std::vector<CallFrame *> frames;
  std::vector<std::shared_ptr<const void>> retired;
  std::vector<uint32_t> free_numbers;
  uint32_t next_number = 0;
};

Registry &registry() {
  static auto *all = new Registry;  // never destroyed: threads may still call while statics are torn down
  return *all;
}

struct ThreadFrames {
  std::vector<CallFrame *> frames;
  uint32_t number = 0;

  ThreadFrames() {
    Registry &all = registry();
    std::lock_guard lock(all.mutex);
    if (all.free_numbers.empty()) {
      number = all.next_number++;
    } else {
      number = all.free_numbers.back();
      all.free_numbers.pop_back();
    }
  }
  ~ThreadFrames() {
    {
      Registry &all = registry();
      std::lock_guard lock(all.mutex);
      for (CallFrame *frame : frames) std::erase(all.frames, frame);
      all.free_numbers.push_back(number);
    }
    for (CallFrame *frame : frames) {
      delete[] frame->slots;
      delete[] frame->dims;
      delete[] frame->variables;
      delete[] frame->bodies;
      delete frame;
    }
    frames.clear();
    thread_state.next_frame = nullptr;
  }
};

}  // namespace

CallFrame *make_frame() {
  auto &own = of_thread<ThreadFrames>();
  auto *frame = new CallFrame;
  frame->needs_fence = !all_threads_can_be_fenced();
  frame->thread = own.number;
  frame->reserve(kSmallestCapacity);
  if (!own.frames.empty()) own.frames.back()->deeper = frame;
  own.frames.push_back(frame);
  std::lock_guard lock(registry().mutex);
  registry().frames.push_back(frame);
  return frame;
}

void CallFrame::reserve(size_t wanted) {
  if (wanted <= capacity) return;
  delete[] slots;
  delete[] dims;
  delete[] variables;
  delete[] bodies;
  slots = new void *[wanted];
  dims = new int64_t[wanted];
  variables = new VariableState *[wanted];
  bodies = new const TensorBody *[wanted];
  capacity = static_cast<uint32_t>(wanted);
}

void CallFrame::clear_scratch() {
  scratch.clear();
  holds.reset();
}

void retire(std::shared_ptr<const void> table) {
  std::vector<std::shared_ptr<const void>> unused;  // freed after unlocking: what they hold may be anybody's
  Registry &all = registry();
  std::lock_guard lock(all.mutex);
  if (table) all.retired.push_back(std::move(table));
  fence_all_threads();
  std::vector<const void *> named;
  for (CallFrame *frame : all.frames)
    if (const void *used = frame->used.load(std::memory_order_seq_cst)) named.push_back(used);
  auto in_use = [&](const std::shared_ptr<const void> &each) {
    return std::find(named.begin(), named.end(), each.get()) != named.end();
  };
  auto first_unused = std::partition(all.retired.begin(), all.retired.end(), in_use);
  unused.assign(std::move_iterator(first_unused), std::move_iterator(all.retired.end()));
  all.retired.erase(first_unused, all.retired.end());
}

}  // namespace etch::detail

#pragma once
// What one call of a function needs besides the user's values; kept by each thread, reused from call to call.

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "etch/detail/thread_state.h"
#include "etch/tensor.h"

namespace etch::detail {

struct CallTable;
struct ConcreteState;
struct VariableState;

/// A tensor or Scalar of a call.
struct CallLeaf {
  const void *data = nullptr;
  const TensorType *type = nullptr;
  const TensorBody *body = nullptr;  ///< null for a Scalar
};

/// The arguments of a call, flattened. Filled only when no cached signature matches at once.
struct CallScratch {
  std::vector<uint64_t> words;  ///< the signature: types, static values, structure
  std::vector<CallLeaf> leaves;
  std::vector<uint32_t> extent_words;  ///< for each leaf: where its extents start in `words`
  std::vector<std::shared_ptr<VariableState>> variables;
  bool empty() const { return words.empty(); }
  void clear() {
    words.clear();
    leaves.clear();
    extent_words.clear();
    variables.clear();
  }
};

struct CallFrame {
  /// The table that this call looks into; whoever replaces a table frees it only when no frame names it
  /// (frontend/function/call_frame.cpp).
  std::atomic<const void *> used{nullptr};
  /// What a matching signature fills in: data of the leaves in order, their unknown extents, variable arguments.
  void **slots = nullptr;  ///< with room for every argument and result of the program
  int64_t *dims = nullptr;
  VariableState **variables = nullptr;
  const TensorBody **bodies = nullptr;  ///< of the leaves in order; null for a Scalar
  uint32_t num_variables = 0;
  uint32_t capacity = 0;  ///< of each of the four
  uint32_t thread = 0;    ///< number of the thread, for counters
  bool needs_fence = true;
  CallFrame *deeper = nullptr;  ///< of a call inside this one
  std::vector<Tensor> outputs;
  std::vector<Tensor> donated;  ///< the outputs that take the place of arguments, while the call runs
  CallScratch scratch;
  std::shared_ptr<ConcreteState> holds;  ///< keeps what runs alive where no table does

  /// The current table, which stays alive until the frame is left.
  template <class Table> const Table *protect(const std::atomic<const Table *> &source) {
    const Table *seen = source.load(std::memory_order_acquire);
    for (;;) {
      // The table must be named before it is looked at again. Whoever replaces it makes all threads pass a barrier
      // (membarrier), so that no instruction is needed here.
      if (needs_fence) {
        used.exchange(seen, std::memory_order_seq_cst);
      } else {
        used.store(seen, std::memory_order_release);
        std::atomic_signal_fence(std::memory_order_seq_cst);
      }
      const Table *again = source.load(std::memory_order_acquire);
      if (again == seen) return seen;
      seen = again;
    }
  }
  /// Makes room for as many slots, dims, variables and bodies; what was there is gone.
  void reserve(size_t wanted);
  /// `variables` from those of the scratch.
  void bring_variables();
  void clear_scratch();
};

/// The frame of the deepest call so far, made by its thread.
CallFrame *make_frame();

/// This thread's frame for one call; calls nest.
class CallScope {
 public:
  CallScope() : frame_(thread_state.next_frame) {
    if (!frame_) [[unlikely]]
      frame_ = make_frame();
    thread_state.next_frame = frame_->deeper;
  }
  ~CallScope() {
    if (!frame_->scratch.empty()) [[unlikely]]
      frame_->clear_scratch();
    if (!frame_->outputs.empty()) frame_->outputs.clear();
    frame_->used.store(nullptr, std::memory_order_release);
    thread_state.next_frame = frame_;
  }
  CallScope(const CallScope &) = delete;
  CallScope &operator=(const CallScope &) = delete;
  CallFrame &operator*() const { return *frame_; }
  CallFrame *operator->() const { return frame_; }

 private:
  CallFrame *frame_;
};

}  // namespace etch::detail

#pragma once
// What a Tensor handle points to. Public only because cached calls read types inline; not for user code.

#include <atomic>
#include <cstdint>

#include "runtime/base/error.h"
#include "runtime/base/tensor_type.h"

namespace etch::detail {

class TraceToken;

/// The part of a tensor that inline code sees. Made and destroyed by libetch only.
struct TensorBody {
  std::atomic<uint32_t> references{1};
  uint32_t value = 0;  ///< symbolic: ir::ValueId in its trace
  TensorType type;
  void *data = nullptr;         ///< concrete: dense row-major elements; null when deleted
  TraceToken *token = nullptr;  ///< symbolic: the trace it belongs to; null for concrete tensors
  bool weak = false;            ///< made from C++ scalars only: takes the dtype of what it meets
  bool donated = false;         ///< handle made by etch::donate
  bool deleted = false;         ///< was donated: its elements are gone, `created` is the line of the donation
  bool of_variable = false;     ///< the value of a variable
  Location created;             ///< the user's line that made it, where known
};

void destroy(TensorBody *body);

/// Shared ownership of a body, one word.
class TensorRef {
 public:
  TensorRef() = default;
  explicit TensorRef(TensorBody *adopted) : body_(adopted) {}
  TensorRef(const TensorRef &other) : body_(other.body_) {
    if (body_) body_->references.fetch_add(1, std::memory_order_relaxed);
  }
  TensorRef(TensorRef &&other) noexcept : body_(other.body_) { other.body_ = nullptr; }
  TensorRef &operator=(TensorRef other) noexcept {
    TensorBody *mine = body_;
    body_ = other.body_;
    other.body_ = mine;
    return *this;
  }
  ~TensorRef() {
    // The only holder needs no atomic subtraction: nobody is left who could add a reference meanwhile.
    if (body_ && (body_->references.load(std::memory_order_acquire) == 1 ||
                  body_->references.fetch_sub(1, std::memory_order_acq_rel) == 1))
      destroy(body_);
  }
  TensorBody *get() const { return body_; }
  TensorBody *operator->() const { return body_; }
  explicit operator bool() const { return body_ != nullptr; }

 private:
  TensorBody *body_ = nullptr;
};

}  // namespace etch::detail

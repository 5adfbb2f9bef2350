#pragma once
// Eager ops: each runs as a function of one op, compiled once for all extents and cached.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "etch/detail/function_ref.h"
#include "etch/tensor.h"
#include "frontend/trace/emit.h"

namespace etch::detail {

/// What a one-op function depends on besides the types of its operands: the op and its attributes, as numbers.
class OpKey {
 public:
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
  uint64_t hash() const;
  friend bool operator==(const OpKey &a, const OpKey &b) {
    return a.is_static_ == b.is_static_ && a.size_ == b.size_ && a.more_ == b.more_ &&
           std::equal(a.inline_.begin(), a.inline_.begin() + a.size_, b.inline_.begin());
  }

 private:
  static constexpr size_t kInline = 24;
  std::array<uint64_t, kInline> inline_;
  uint8_t size_ = 0;
  bool is_static_ = false;
  std::vector<uint64_t> more_;
  const char *name_ = nullptr;
};

using OpBody = FunctionRef<Tensor(std::span<const Tensor>)>;

/// The one way a public function does its work. In a trace: `body` on the operands. Otherwise the compiled one-op
/// function of this key, made by tracing `body` if it is new, on concrete operands; gradient tapes are told.
Tensor run_op(OpKey key, std::span<const Tensor> operands, Location at, OpBody body);
inline Tensor run_op(OpKey key, std::initializer_list<Tensor> operands, Location at, OpBody body) {
  return run_op(std::move(key), std::span<const Tensor>(operands.begin(), operands.size()), at, body);
}

/// Makes sure that a tensor used eagerly has a value; throws the error for leaked tensors otherwise.
void require_concrete(const Tensor &tensor, Location at);

/// The concrete 0-d tensor or splat constant of a number: what a C++ literal becomes.
Tensor literal(DType dtype, double floating, int64_t integer, bool from_floating, Location at);

}  // namespace etch::detail

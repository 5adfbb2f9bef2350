#pragma once
// The signatures a function has code for, and the comparison of a call's arguments with one of them. Inline, because
// this is most of what a cached call costs.

#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "etch/detail/call_frame.h"
#include "etch/operand.h"

namespace etch::detail {

struct CompiledProgram;

/// The words of a signature. Tags keep values of different kinds apart: f(1), f(true) and f(1.0) differ.
namespace signature {
inline constexpr uint64_t kTensor = uint64_t{1} << 56, kScalar = uint64_t{2} << 56, kVariable = uint64_t{3} << 56,
                          kString = uint64_t{4} << 56;
inline uint64_t tensor_word(const TensorBody &body) {
  return kTensor | static_cast<uint64_t>(body.donated) << 17 | static_cast<uint64_t>(body.weak) << 16 |
         static_cast<uint64_t>(body.type.dtype) << 8 | static_cast<uint64_t>(body.type.shape.rank());
}
inline uint64_t variable_word(const TensorType &type) {
  return kVariable | static_cast<uint64_t>(type.dtype) << 8 | static_cast<uint64_t>(type.shape.rank());
}
/// How many words a string has whose first is `word`.
inline size_t num_string_words(uint64_t word) { return 1 + ((word & ~kString) + 7) / 8; }
/// Its address is the type of a static value.
template <class T> inline constexpr char type_tag = 0;
/// Calls put(word) for each word of a static value.
template <class T, class Put> void static_words(const T &value, Put put) {
  if constexpr (std::same_as<T, std::string>) {
    put(kString | value.size());
    for (size_t i = 0; i < value.size(); i += 8) {
      uint64_t word = 0;
      std::memcpy(&word, value.data() + i, std::min<size_t>(8, value.size() - i));
      put(word);
    }
  } else {
    static_assert(sizeof(T) <= 16);
    put(reinterpret_cast<uint64_t>(&type_tag<T>));
    uint64_t bits[2] = {0, 0};
    std::memcpy(bits, &value, std::is_same_v<T, long double> ? 10 : sizeof(T));
    put(bits[0]);
    if constexpr (sizeof(T) > 8) put(bits[1]);
  }
}
}  // namespace signature

/// One trace as a call sees it.
struct CallTarget {
  const uint64_t *key = nullptr;  ///< the signature; kDynamic stands for an unknown extent
  uint64_t context = ~uint64_t{0}, context_mask = 0;
  uint32_t frame_size = ~0u;  ///< what a frame must have room for: arguments and results, or unknown extents
  bool donates = false;       ///< arguments, so that its calls take run_donating
  ConcreteState *state = nullptr;
  const std::atomic<const CompiledProgram *> *code = nullptr;  ///< null until compiled

  bool serves_context(uint64_t mask) const { return (thread_state.context & mask & context_mask) == (context & mask); }
};

/// All traces of a function. Never changes: a new trace makes a new table.
struct CallTable {
  /// Tried one after the other; beyond that a call is looked up by hash, and only the last found is tried before.
  static constexpr size_t kTried = 8;
  std::vector<CallTarget> targets;  ///< in the order in which they are preferred: fewest unknown extents, oldest
  std::vector<std::pair<uint64_t, uint32_t>> by_hash;  ///< sorted; positions in `targets`
  std::vector<std::shared_ptr<ConcreteState>> owners;
  mutable std::atomic<uint32_t> last_found{0};

  std::pair<const CallTarget *, const CallTarget *> candidates() const {
    const CallTarget *begin = targets.data();
    if (targets.size() <= kTried) return {begin, begin + targets.size()};
    begin += last_found.load(std::memory_order_relaxed);
    return {begin, begin + 1};
  }
};

/// Visits arguments and compares them with a signature, word by word, without writing one. On the way the frame gets
/// what the program will be called with.
class SignatureMatcher {
 public:
  SignatureMatcher(const uint64_t *key, CallFrame &frame)
      : key_(key), slot_(frame.slots), body_(frame.bodies), dim_(frame.dims), frame_(frame) {
    frame.num_variables = 0;
  }
  bool matches() const { return key_ != nullptr; }

  void leaf(const Tensor &tensor) {
    const TensorBody *body = tensor.body();
    // Symbolic and deleted tensors have no data; what they are is said by the slow road.
    if (!key_ || !body || !body->data || *key_ != signature::tensor_word(*body)) return fail();
    const int rank = body->type.shape.rank();
    for (int axis = 0; axis < rank; ++axis) {
      const int64_t expected = static_cast<int64_t>(key_[axis + 1]), extent = body->type.shape[axis];
      if (expected == extent) continue;
      // An unknown extent is never 1: broadcasting means something else there (docs/decisions/0002).
      if (expected != kDynamic || extent == 1) return fail();
      *dim_++ = extent;
    }
    key_ += 1 + rank;
    *slot_++ = body->data;
    *body_++ = body;
  }
  void leaf(const Scalar &scalar) {
    if (!key_ || !scalar.data() || *key_ != (signature::kScalar | static_cast<uint64_t>(scalar.kind()))) return fail();
    ++key_;
    *slot_++ = const_cast<void *>(scalar.data());
    *body_++ = nullptr;
  }
  void leaf(const Variable &variable);
  template <class T> void fixed(const T &value) {
    signature::static_words(value, [&](uint64_t word) {
      if (key_ && *key_ == word)
        ++key_;
      else
        fail();
    });
  }
  template <class T> void structure(const T &value) { fixed(value); }
  template <class P> void enter(char, const P &) {}
  void leave() {}

 private:
  void fail() { key_ = nullptr; }
  const uint64_t *key_;  // null once something differed
  void **slot_;
  const TensorBody **body_;
  int64_t *dim_;
  CallFrame &frame_;
};

/// Whether a trace that took variables as arguments can be called with those of the frame.
bool accepts_variables(const CallTarget &target, const CallFrame &frame);

}  // namespace etch::detail

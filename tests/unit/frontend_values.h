#pragma once
// Reading tensors in tests.

#include <string>
#include <vector>

#include <etch/etch.h>

namespace etch::test {

inline std::vector<float> floats(const Tensor &tensor) { return tensor.to_vector<float>(); }
inline float value(const Tensor &tensor) { return tensor.item<float>(); }
inline std::string printed(const Tensor &tensor) { return to_numpy_string(tensor); }

inline bool contains(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }
inline size_t count_of(const std::string &text, const std::string &part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

/// The message of what a callable throws, "" if it does not.
template <class E = UserError, class F> std::string message_of(F &&f) {
  try {
    f();
  } catch (const E &error) {
    return error.what();
  }
  return "";
}

using Floats = std::vector<float>;

}  // namespace etch::test

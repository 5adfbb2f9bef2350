#pragma once
// What the result type rules say, as text to compare.

#include "ir/infer/infer.h"

namespace infer_test {

using namespace etch;
using namespace etch::ir;

using Types = std::vector<TensorType>;
using List = std::vector<int64_t>;
inline constexpr int64_t U = kDynamic;

/// The result types as text, or the reason why there are none.
inline std::string inferred(OpCode op, const Types &operands, const std::vector<Attribute> &attributes = {}) {
  Inferred result = infer(op, operands, AttributeView(attributes));
  if (!result.error.empty()) return "error: " + result.error;
  std::string text;
  for (const TensorType &type : result.types) text += (text.empty() ? "" : " ") + to_string(type);
  return text;
}

}  // namespace infer_test

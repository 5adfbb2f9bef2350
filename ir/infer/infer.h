#pragma once
// Result types of ops: the one place that knows them, for the frontend (while tracing) and the verifier
// (InferredByRule).

#include <span>
#include <string>
#include <vector>

#include "ir/tape/tape.h"

namespace etch::ir {

/// Attributes of an op by ODS name.
class AttributeView {
 public:
  explicit AttributeView(std::span<const Attribute> attributes) : attributes_(attributes) {}
  /// The attribute's value; throws InternalError if the op lacks it or it has another kind.
  int64_t integer(std::string_view name) const;
  const std::vector<int64_t> &integers(std::string_view name) const;
  const std::string &string(std::string_view name) const;
  DType dtype(std::string_view name) const;
  const Literal &literal(std::string_view name) const;

 private:
  const AttributeValue &find(std::string_view name) const;
  std::span<const Attribute> attributes_;
};

/// Either result types or the reason why the operands do not fit.
struct Inferred {
  std::vector<TensorType> types;
  std::string error;  // empty when types are valid; no op name, no location: "extents of axis 1 differ: 3 and 4"
  static Inferred failure(std::string message) { return {{}, std::move(message)}; }
};

/// Result types of `op`. Unknown extents are allowed everywhere and never contradict a known one.
/// Ops with regions or callees have no rule here: their result types follow from what they hold.
Inferred infer(OpCode op, std::span<const TensorType> operands, AttributeView attributes);

// One function a family, in the file of that name.
Inferred infer_elementwise(OpCode op, std::span<const TensorType> operands, AttributeView attributes);
Inferred infer_reduction(OpCode op, std::span<const TensorType> operands, AttributeView attributes);
Inferred infer_scan(OpCode op, std::span<const TensorType> operands, AttributeView attributes);
Inferred infer_linear(OpCode op, std::span<const TensorType> operands, AttributeView attributes);
Inferred infer_attention(OpCode op, std::span<const TensorType> operands, AttributeView attributes);
Inferred infer_window(OpCode op, std::span<const TensorType> operands, AttributeView attributes);
Inferred infer_shape(OpCode op, std::span<const TensorType> operands, AttributeView attributes);
Inferred infer_indexing(OpCode op, std::span<const TensorType> operands, AttributeView attributes);
Inferred infer_create(OpCode op, std::span<const TensorType> operands, AttributeView attributes);
Inferred infer_random(OpCode op, std::span<const TensorType> operands, AttributeView attributes);

}  // namespace etch::ir

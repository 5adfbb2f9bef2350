#include "ir/infer/infer.h"

#include <algorithm>

namespace etch::ir {
namespace {

template <class T>
const T &get(const AttributeValue &value, std::string_view name, const char *kind) {
  if (const T *held = std::get_if<T>(&value)) return *held;
  throw InternalError("attribute '" + std::string(name) + "' is not " + kind);
}

}  // namespace

const AttributeValue &AttributeView::find(std::string_view name) const {
  for (const Attribute &attribute : attributes_)
    if (attribute.name == name) return attribute.value;
  throw InternalError("attribute '" + std::string(name) + "' is missing");
}

int64_t AttributeView::integer(std::string_view name) const { return get<int64_t>(find(name), name, "an integer"); }
const std::vector<int64_t> &AttributeView::integers(std::string_view name) const {
  return get<std::vector<int64_t>>(find(name), name, "a list of integers");
}
const std::string &AttributeView::string(std::string_view name) const {
  return get<std::string>(find(name), name, "a string");
}
DType AttributeView::dtype(std::string_view name) const { return get<DType>(find(name), name, "a dtype"); }
const Literal &AttributeView::literal(std::string_view name) const {
  return get<Literal>(find(name), name, "a literal");
}

namespace {

/// Of extents that are known. Elements and bytes are counted in 63 bits everywhere behind this.
bool has_too_many_bytes(const TensorType &type) {
  const auto dims = type.shape.dims();
  if (std::find(dims.begin(), dims.end(), 0) != dims.end()) return false;
  auto bytes = static_cast<int64_t>(size_of(type.dtype));
  for (int64_t extent : dims)
    if (extent != kDynamic && __builtin_mul_overflow(bytes, extent, &bytes)) return true;
  return false;
}

Inferred infer_by_family(OpCode op, std::span<const TensorType> operands, AttributeView attributes) {
  switch (family_of(op)) {
    case Family::Elementwise: return infer_elementwise(op, operands, attributes);
    case Family::Reduction: return infer_reduction(op, operands, attributes);
    case Family::Scan: return infer_scan(op, operands, attributes);
    case Family::Linear: return infer_linear(op, operands, attributes);
    case Family::Attention: return infer_attention(op, operands, attributes);
    case Family::Window: return infer_window(op, operands, attributes);
    case Family::Shape: return infer_shape(op, operands, attributes);
    case Family::Indexing: return infer_indexing(op, operands, attributes);
    case Family::Create: return infer_create(op, operands, attributes);
    case Family::Random: return infer_random(op, operands, attributes);
    case Family::Control:
    case Family::State:
    case Family::Schedule: break;
  }
  throw InternalError(std::string(mnemonic_of(op)) +
                      " has no rule for its result types: they follow from what it holds");
}

}  // namespace

Inferred infer(OpCode op, std::span<const TensorType> operands, AttributeView attributes) {
  Inferred inferred = infer_by_family(op, operands, attributes);
  for (const TensorType &type : inferred.types)
    if (has_too_many_bytes(type))
      return Inferred::failure("the result would be " + to_string(type) + ", of more than 2^63 bytes");
  return inferred;
}

}  // namespace etch::ir

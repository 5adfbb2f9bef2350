// Contractions, with the constraints of StableHLO's dot_general.
#include <bitset>

#include "ir/infer/infer.h"

namespace etch::ir {
namespace {

struct Side {
  const char *name;
  const TensorType &type;
  const std::vector<int64_t> &batch, &contract;
  std::bitset<kMaxRank> used{};

  /// The reason why the lists do not name axes of this side, or "".
  std::string mark() {
    for (const auto *list : {&batch, &contract})
      for (int64_t axis : *list) {
        // dot_general_c4: axes are in range.
        if (axis < 0 || axis >= type.shape.rank())
          return "axis " + std::to_string(axis) + " is out of range for " + name + " " + to_string(type);
        // dot_general_c5: an axis is batch or contracting, and named once.
        if (used[static_cast<size_t>(axis)]) return "axis " + std::to_string(axis) + " of " + name + " is listed twice";
        used.set(static_cast<size_t>(axis));
      }
    return {};
  }
};

/// The reason why axes that belong together differ in extent, or "".
std::string compare(const char *kind, const Side &lhs, const Side &rhs, std::span<const int64_t> lhs_axes,
                    std::span<const int64_t> rhs_axes) {
  for (size_t i = 0; i < lhs_axes.size(); ++i) {
    const int64_t a = lhs.type.shape[static_cast<int>(lhs_axes[i])], b = rhs.type.shape[static_cast<int>(rhs_axes[i])];
    if (a != b && a != kDynamic && b != kDynamic)
      return std::string(kind) + " extents differ: " + std::to_string(a) + " (axis " + std::to_string(lhs_axes[i]) +
             " of lhs " + to_string(lhs.type) + ") and " + std::to_string(b) + " (axis " + std::to_string(rhs_axes[i]) +
             " of rhs " + to_string(rhs.type) + ")";
  }
  return {};
}

}  // namespace

Inferred infer_linear(OpCode op, std::span<const TensorType> operands, AttributeView attributes) {
  if (op != OpCode::dot_general) throw InternalError(std::string(mnemonic_of(op)) + " has no linear rule");
  if (operands.size() != 2) return Inferred::failure("takes 2 operands; got " + std::to_string(operands.size()));
  Side lhs{"lhs", operands[0], attributes.integers("lhs_batch"), attributes.integers("lhs_contract")};
  Side rhs{"rhs", operands[1], attributes.integers("rhs_batch"), attributes.integers("rhs_contract")};

  // dot_general_c1: element types are numbers.
  for (const TensorType &operand : operands)
    if (operand.dtype == boolean) return Inferred::failure("needs tensors of numbers; got " + to_string(operand));
  // dot_general_c2: element types are equal.
  if (lhs.type.dtype != rhs.type.dtype)
    return Inferred::failure("operands have different dtypes: " + to_string(lhs.type) + " and " + to_string(rhs.type));
  // dot_general_c3: the lists of both sides pair up.
  if (lhs.batch.size() != rhs.batch.size())
    return Inferred::failure("numbers of batch axes differ: " + std::to_string(lhs.batch.size()) + " of lhs and " +
                             std::to_string(rhs.batch.size()) + " of rhs");
  if (lhs.contract.size() != rhs.contract.size())
    return Inferred::failure("numbers of contracting axes differ: " + std::to_string(lhs.contract.size()) +
                             " of lhs and " + std::to_string(rhs.contract.size()) + " of rhs");
  for (Side *side : {&lhs, &rhs})
    if (std::string error = side->mark(); !error.empty()) return Inferred::failure(std::move(error));
  // dot_general_c6, dot_general_c7: paired axes have one extent.
  for (std::string error :
       {compare("batch", lhs, rhs, lhs.batch, rhs.batch), compare("contracting", lhs, rhs, lhs.contract, rhs.contract)})
    if (!error.empty()) return Inferred::failure(std::move(error));

  std::vector<int64_t> shape;
  for (size_t i = 0; i < lhs.batch.size(); ++i) {
    const int64_t extent = lhs.type.shape[static_cast<int>(lhs.batch[i])];
    shape.push_back(extent != kDynamic ? extent : rhs.type.shape[static_cast<int>(rhs.batch[i])]);
  }
  for (const Side *side : {&lhs, &rhs})
    for (int axis = 0; axis < side->type.shape.rank(); ++axis)
      if (!side->used[static_cast<size_t>(axis)]) shape.push_back(side->type.shape[axis]);
  // dot_general_c8: the result's rank is supported.
  if (shape.size() > kMaxRank)
    return Inferred::failure("the product of " + to_string(lhs.type) + " and " + to_string(rhs.type) + " has rank " +
                             std::to_string(shape.size()) + "; at most " + std::to_string(kMaxRank) +
                             " axes are supported");
  return {{TensorType{lhs.type.dtype, Shape(shape)}}, {}};
}

}  // namespace etch::ir

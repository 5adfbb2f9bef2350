#pragma once
// How SplitParts divides tensors.

#include <optional>

#include "ir/dialect/EtchDialect.h"

namespace etch::passes {

/// How the tensors of one shape are divided along an axis: part i has the elements bounds[i] to bounds[i + 1] - 1.
struct Division {
  llvm::SmallVector<int64_t> shape, bounds;
  int64_t axis;

  /// As the operands of a concatenation are; none of a concatenation of many, empty or few elements, or of unknown
  /// extents.
  static std::optional<Division> of(ir::ConcatenateOp op);
  bool operator==(const Division &) const = default;

  size_t parts() const { return bounds.size() - 1; }
  bool fits(mlir::Value value) const { return ir::typeOf(value).getShape() == llvm::ArrayRef(shape); }

  llvm::SmallVector<int64_t> shapeOf(size_t part) const;

  /// The part in which all elements of the slice lie.
  std::optional<size_t> partOf(ir::SliceOp slice) const;
};

}  // namespace etch::passes

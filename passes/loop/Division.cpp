#include "passes/loop/Division.h"

#include "passes/fusion/Grouping.h"

namespace etch::passes {

/// More parts are more kernels, where their extents differ, than the moves cost.
constexpr size_t kMostParts = 8;

std::optional<Division> Division::of(ir::ConcatenateOp op) {
  mlir::RankedTensorType type = op.getType();
  if (!type.hasStaticShape() || hasFewElements(op) || op.getInputs().size() > kMostParts) return std::nullopt;
  Division division{llvm::SmallVector<int64_t>(type.getShape()), {0}, static_cast<int64_t>(op.getAxis())};
  for (mlir::Value input : op.getInputs()) {
    if (!ir::typeOf(input).hasStaticShape() || ir::typeOf(input).getNumElements() == 0) return std::nullopt;
    division.bounds.push_back(division.bounds.back() + ir::typeOf(input).getDimSize(division.axis));
  }
  return division;
}

llvm::SmallVector<int64_t> Division::shapeOf(size_t part) const {
  llvm::SmallVector<int64_t> extents(shape);
  extents[axis] = bounds[part + 1] - bounds[part];
  return extents;
}

std::optional<size_t> Division::partOf(ir::SliceOp slice) const {
  for (size_t part = 0; part < parts(); ++part)
    if (slice.getStarts()[axis] >= bounds[part] && slice.getLimits()[axis] <= bounds[part + 1]) return part;
  return std::nullopt;
}

}  // namespace etch::passes

#include "codegen/cpu/window/ConvGeometry.h"

namespace etch::codegen {

namespace {

bool inOrder(llvm::ArrayRef<int64_t> axes, int64_t first, int64_t second, int64_t spatial) {
  if (axes[0] != first || axes[1] != second) return false;
  for (size_t i = 2; i < axes.size(); ++i)
    if (axes[i] != spatial + static_cast<int64_t>(i) - 2) return false;
  return true;
}

}  // namespace

std::optional<ConvGeometry> ConvGeometry::of(ir::ConvolutionOp op) {
  auto lhs = llvm::cast<mlir::RankedTensorType>(op.getLhs().getType()),
       rhs = llvm::cast<mlir::RankedTensorType>(op.getRhs().getType());
  mlir::RankedTensorType result = op.getType();
  const int64_t rank = lhs.getRank(), last = rank - 1;
  if (rank < 3 || rank > 5) return std::nullopt;
  ConvGeometry g;
  if (inOrder(op.getLhsAxes(), 0, last, 1) && inOrder(op.getRhsAxes(), last, last - 1, 0) &&
      inOrder(op.getResultAxes(), 0, last, 1) && op.getBatchGroups() == 1)
    g.isFilterGradient = false;
  else if (inOrder(op.getLhsAxes(), last, 0, 1) && inOrder(op.getRhsAxes(), last, 0, 1) &&
           inOrder(op.getResultAxes(), last - 1, last, 0) && op.getFeatureGroups() == 1)
    g.isFilterGradient = true;
  else
    return std::nullopt;
  g.groups = static_cast<int64_t>(op.getFeatureGroups() * op.getBatchGroups());
  g.channels = lhs.getDimSize(last);
  g.outputs = rhs.getDimSize(last);
  g.inputs = g.isFilterGradient ? 0 : rhs.getDimSize(last - 1);
  for (int64_t i = 0; i < rank - 2; ++i) {
    WindowAxis &axis = g.axes[i + 5 - rank];
    axis.extent = lhs.getDimSize(op.getLhsAxes()[i + 2]);
    axis.window = rhs.getDimSize(op.getRhsAxes()[i + 2]);
    axis.result = result.getDimSize(op.getResultAxes()[i + 2]);
    axis.stride = op.getStrides()[i];
    axis.low = op.getLow()[i];
    axis.gap = op.getLhsDilation()[i];
    axis.dilation = op.getRhsDilation()[i];
    if (axis.extent <= 0 || axis.window <= 0 || axis.result <= 0) return std::nullopt;
  }
  // Empty ones, and unknown ones, which are negative.
  if (g.channels <= 0 || g.outputs <= 0 || (!g.isFilterGradient && g.inputs <= 0)) return std::nullopt;
  return g;
}

}  // namespace etch::codegen

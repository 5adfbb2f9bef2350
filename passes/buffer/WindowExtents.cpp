// Extents of what windows give.

#include "ir/dialect/EtchDialect.h"
#include "passes/buffer/Extents.h"

namespace etch::passes {

using mlir::Value;

namespace {

/// How a window moves along one axis.
struct WindowAxis {
  Value extent, window;
  int64_t stride, padding, baseDilation, windowDilation;
};

/// The extent with the gaps of a dilation; 0 for nothing.
Value dilate(ExtentEmitter &extents, Value extent, int64_t dilation) {
  if (dilation == 1) return extent;
  Value last = extents.mul(extents.sub(extent, extents.constant(1)), extents.constant(dilation));
  return extents.max(extents.add(last, extents.constant(1)), extents.constant(0));
}

Value placesOf(ExtentEmitter &extents, const WindowAxis &axis) {
  if (constantOf(axis.window) == 1 && axis.stride == 1 && axis.padding == 0 && axis.baseDilation == 1)
    return axis.extent;
  Value padded = extents.add(dilate(extents, axis.extent, axis.baseDilation), extents.constant(axis.padding));
  Value room = extents.sub(padded, dilate(extents, axis.window, axis.windowDilation));
  // Rounded down, and no window where there is no room for one.
  room = extents.max(extents.add(room, extents.constant(axis.stride)), extents.constant(0));
  return extents.div(room, extents.constant(axis.stride));
}

}  // namespace

Value ExtentEmitter::windowsOf(mlir::Operation *op, unsigned axis) {
  auto entry = [&](llvm::StringRef name) {
    auto list = op->getAttrOfType<mlir::DenseI64ArrayAttr>(name);
    return list ? list[axis] : int64_t{1};
  };
  return placesOf(*this, {of(op->getOperand(0))[axis], constant(entry("window")), entry("strides"),
                          entry("low") + entry("high"), entry("base_dilation"), entry("window_dilation")});
}

Value ExtentEmitter::throughWindow(mlir::Operation *op, unsigned axis) {
  if (llvm::isa<ir::SelectAndScatterAddOp>(op)) return of(op->getOperand(0))[axis];
  auto convolution = llvm::dyn_cast<ir::ConvolutionOp>(op);
  if (!convolution) return windowsOf(op, axis);
  Extents lhs = of(convolution.getLhs()), rhs = of(convolution.getRhs());
  size_t role =
      llvm::find(convolution.getResultAxes(), static_cast<int64_t>(axis)) - convolution.getResultAxes().begin();
  if (role == 1) return rhs[convolution.getRhsAxes()[0]];
  Value extent = lhs[convolution.getLhsAxes()[role]];
  if (role == 0) {
    auto groups = static_cast<int64_t>(convolution.getBatchGroups());
    return groups == 1 ? extent : div(extent, constant(groups));
  }
  size_t i = role - 2;
  return placesOf(*this, {extent, rhs[convolution.getRhsAxes()[role]], convolution.getStrides()[i],
                          convolution.getLow()[i] + convolution.getHigh()[i], convolution.getLhsDilation()[i],
                          convolution.getRhsDilation()[i]});
}

}  // namespace etch::passes

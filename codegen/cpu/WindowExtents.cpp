// Extents of what windows give.

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/Extents.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

namespace {

/// How a window moves along one axis.
struct WindowAxis {
  Value extent, window;
  int64_t stride, padding, baseDilation, windowDilation;
};

/// The extent with the gaps of a dilation; 0 for nothing.
Value dilate(mlir::OpBuilder &b, ExtentEmitter &extents, Value extent, int64_t dilation) {
  if (auto known = constantOf(extent)) return extents.constant(*known == 0 ? 0 : (*known - 1) * dilation + 1);
  if (dilation == 1) return extent;
  mlir::Location at = b.getUnknownLoc();
  Value gaps = arith::SubIOp::create(b, at, extent, extents.constant(1));
  Value last = arith::MulIOp::create(b, at, gaps, extents.constant(dilation));
  Value count = arith::AddIOp::create(b, at, last, extents.constant(1));
  return arith::MaxSIOp::create(b, at, count, extents.constant(0));
}

Value placesOf(mlir::OpBuilder &b, ExtentEmitter &extents, const WindowAxis &axis) {
  mlir::Location at = b.getUnknownLoc();
  if (constantOf(axis.window) == 1 && axis.stride == 1 && axis.padding == 0 && axis.baseDilation == 1)
    return axis.extent;
  Value padded = arith::AddIOp::create(b, at, dilate(b, extents, axis.extent, axis.baseDilation),
                                       extents.constant(axis.padding));
  Value room = arith::SubIOp::create(b, at, padded, dilate(b, extents, axis.window, axis.windowDilation));
  // Rounded down, and no window where there is no room for one.
  room = arith::AddIOp::create(b, at, room, extents.constant(axis.stride));
  room = arith::MaxSIOp::create(b, at, room, extents.constant(0));
  return axis.stride == 1 ? room : arith::DivSIOp::create(b, at, room, extents.constant(axis.stride)).getResult();
}

}  // namespace

Value ExtentEmitter::windowsOf(mlir::Operation *op, unsigned axis) {
  auto entry = [&](llvm::StringRef name) {
    auto list = op->getAttrOfType<mlir::DenseI64ArrayAttr>(name);
    return list ? list[axis] : int64_t{1};
  };
  return placesOf(b, *this,
                  {of(op->getOperand(0))[axis], constant(entry("window")), entry("strides"),
                   entry("low") + entry("high"), entry("base_dilation"), entry("window_dilation")});
}

Value ExtentEmitter::throughWindow(mlir::Operation *op, unsigned axis) {
  if (llvm::isa<ir::SelectAndScatterAddOp>(op)) return of(op->getOperand(0))[axis];
  auto convolution = llvm::dyn_cast<ir::ConvolutionOp>(op);
  if (!convolution) return windowsOf(op, axis);
  Extents lhs = of(convolution.getLhs()), rhs = of(convolution.getRhs());
  size_t role = llvm::find(convolution.getResultAxes(), static_cast<int64_t>(axis)) - convolution.getResultAxes().begin();
  if (role == 1) return rhs[convolution.getRhsAxes()[0]];
  Value extent = lhs[convolution.getLhsAxes()[role]];
  if (role == 0) {
    auto groups = static_cast<int64_t>(convolution.getBatchGroups());
    return groups == 1 ? extent : arith::DivSIOp::create(b, b.getUnknownLoc(), extent, constant(groups)).getResult();
  }
  size_t i = role - 2;
  return placesOf(b, *this,
                  {extent, rhs[convolution.getRhsAxes()[role]], convolution.getStrides()[i],
                   convolution.getLow()[i] + convolution.getHigh()[i], convolution.getLhsDilation()[i],
                   convolution.getRhsDilation()[i]});
}

}  // namespace etch::codegen

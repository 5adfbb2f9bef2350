#include "codegen/cpu/window/ConvNextTrip.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace etch::codegen {

using mlir::Value;

FetchAhead nextTripOf(KernelFrame &f, const ConvGeometry &g, const ConvTrip &trip) {
  auto op = *f.body().getOps<ir::ConvolutionOp>().begin();
  const WindowAxis &row = g.axes[1], &column = g.axes[2];
  Value x = f.pointerOf(op.getLhs());
  Value next = f.add(trip.first, f.constant(trip.rows));
  FetchAhead ahead(f);
  auto add = [&](Value tensor, Value at, int64_t elements, mlir::Type type, bool isResult) {
    const DType dtype = ir::toDType(mlir::getElementTypeOrSelf(type));
    const int64_t bytes = elements * static_cast<int64_t>(size_of(dtype));
    ahead.add(elementPointer(f.b, f.at, dtype, tensor, at), quotientUp(bytes, trip.tiles), isResult);
  };
  // From the last row of the operand that this trip's last windows meet.
  auto lastElement = [&](const WindowAxis &axis, Value result) {
    Value at = f.add(f.mul(result, f.constant(axis.stride)), f.constant((axis.window - 1) * axis.dilation - axis.low));
    return axis.gap == 1 ? at : Value(mlir::arith::DivSIOp::create(f.b, f.at, at, f.constant(axis.gap)));
  };
  Value line = lineAt(f, g.axes, trip.image, lastElement(g.axes[0], trip.plane),
                      lastElement(row, f.sub(next, f.constant(1))), &WindowAxis::extent);
  const int64_t width = column.extent * g.channels;
  add(x, f.mul(line, f.constant(width)), quotientUp(trip.rows * row.stride, row.gap) * width, op.getType(), false);
  Value results = lineAt(f, g.axes, trip.image, trip.plane, next, &WindowAxis::result);
  results = f.mul(results, f.constant(column.result * g.outputs));
  auto addLike = [&](Value tensor, Value pointer, bool isResult) {
    auto type = llvm::cast<mlir::RankedTensorType>(tensor.getType());
    if (type.getShape() == op.getType().getShape() && pointer != x)
      add(pointer, results, trip.rows * column.result * g.outputs, type, isResult);
  };
  for (auto [argument, pointer] : llvm::zip(f.body().getArguments(), f.operands)) addLike(argument, pointer, false);
  for (auto [output, pointer] : llvm::zip(f.outputs(), f.results)) addLike(output, pointer, true);
  return ahead;
}

}  // namespace etch::codegen

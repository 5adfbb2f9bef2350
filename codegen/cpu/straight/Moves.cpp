// Ops that move a few elements: shuffles of registers.

#include "codegen/cpu/straight/Moves.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using ir::typeOf;
using mlir::Value;

namespace {

using Position = llvm::SmallVector<int64_t, 4>;

Position positionOf(int64_t element, llvm::ArrayRef<int64_t> shape) {
  Position position(shape.size());
  for (size_t axis = shape.size(); axis-- > 0; element /= shape[axis]) position[axis] = element % shape[axis];
  return position;
}

int64_t elementAt(llvm::ArrayRef<int64_t> position, Value tensor) {
  int64_t element = 0;
  for (auto [at, extent] : llvm::zip(position, typeOf(tensor).getShape())) element = element * extent + at;
  return element;
}

/// The operand, and its element, that the element of the result at `position` is.
std::pair<Value, int64_t> sourceOf(mlir::Operation *op, int64_t element, Position position) {
  Value operand = op->getOperand(0);
  Position source(position);
  if (llvm::isa<ir::ReshapeOp>(op)) return {operand, element};
  if (auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(op)) {
    source.resize(broadcast.getDims().size());
    for (auto [axis, target] : llvm::enumerate(broadcast.getDims()))
      source[axis] = typeOf(operand).getDimSize(axis) == 1 ? 0 : position[target];
  } else if (auto transpose = llvm::dyn_cast<ir::TransposeOp>(op)) {
    for (auto [axis, from] : llvm::enumerate(transpose.getPermutation())) source[from] = position[axis];
  } else if (auto slice = llvm::dyn_cast<ir::SliceOp>(op)) {
    for (auto [axis, at] : llvm::enumerate(source)) at = slice.getStarts()[axis] + at * slice.getStrides()[axis];
  } else if (auto reverse = llvm::dyn_cast<ir::ReverseOp>(op)) {
    for (int64_t axis : reverse.getAxes()) source[axis] = typeOf(operand).getDimSize(axis) - 1 - position[axis];
  } else if (auto concatenate = llvm::dyn_cast<ir::ConcatenateOp>(op)) {
    int64_t &at = source[concatenate.getAxis()];
    for (Value part : op->getOperands()) {
      operand = part;
      const int64_t extent = typeOf(part).getDimSize(concatenate.getAxis());
      if (at < extent) break;
      at -= extent;
    }
  } else {
    auto pad = llvm::cast<ir::PadOp>(op);
    for (auto [axis, at] : llvm::enumerate(source)) {
      const int64_t step = pad.getInterior()[axis] + 1, inside = at - pad.getLow()[axis];
      if (inside < 0 || inside % step != 0 || inside / step >= typeOf(operand).getDimSize(axis))
        return {pad.getValue(), 0};
      at = inside / step;
    }
  }
  return {operand, elementAt(source, operand)};
}

/// A start along an axis, such that the block fits.
Value clampedStart(KernelFrame &f, Value start, int64_t extent, int64_t size) {
  return f.maximum(f.minimum(start, f.constant(extent - size)), f.constant(0));
}

/// The position in memory of a block's first element.
Value startOf(KernelFrame &f, Value tensor, llvm::ArrayRef<Value> starts, llvm::ArrayRef<int64_t> sizes) {
  Value position = f.constant(0);
  for (auto [axis, start] : llvm::enumerate(starts)) {
    const int64_t extent = typeOf(tensor).getDimSize(axis);
    position = f.add(f.mul(position, f.constant(extent)), clampedStart(f, start, extent, sizes[axis]));
  }
  return position;
}

}  // namespace

/// Runs of elements that lie together in memory become vectors, which are put together.
Value emitSliceOfMemory(KernelFrame &f, Registers &registers, ir::DynamicSliceOp slice, Value pointer,
                        llvm::ArrayRef<Value> starts) {
  llvm::ArrayRef<int64_t> sizes = slice.getSizes(), extents = typeOf(slice.getOperand()).getShape();
  const int64_t elements = slice.getType().getNumElements();
  const DType dtype = dtypeOf(slice.getResult());
  int64_t run = 1;
  for (size_t axis = sizes.size(); axis-- > 0;) {
    run *= sizes[axis];
    if (sizes[axis] != extents[axis]) break;
  }
  Value start = startOf(f, slice.getOperand(), starts, sizes);
  llvm::SmallVector<Lane> lanes;
  for (int64_t element = 0; element < elements; element += run) {
    Value offset = f.constant(elementAt(positionOf(element, sizes), slice.getOperand()));
    Value piece = registers.load(dtype, pointer, f.add(start, offset), run);
    if (run == elements) return piece;
    for (int64_t lane = 0; lane < run; ++lane) lanes.push_back({piece, lane});
  }
  return registers.gather(lanes);
}

/// One element replaced: the lanes know their numbers.
Value emitReplacedElement(KernelFrame &f, ir::DynamicUpdateSliceOp update, Value operand, Value element,
                          llvm::ArrayRef<Value> starts) {
  auto type = llvm::dyn_cast<mlir::VectorType>(operand.getType());
  if (!type) return element;
  const llvm::SmallVector<int64_t> sizes(starts.size(), 1);
  Value place = startOf(f, update.getOperand(), starts, sizes);
  auto numbers = llvm::to_vector(llvm::seq<int32_t>(type.getNumElements()));
  auto words = type.clone(f.b.getI32Type());
  Value lane = arith::ConstantOp::create(f.b, f.at, mlir::DenseElementsAttr::get(words, llvm::ArrayRef(numbers)));
  Value narrow = arith::TruncIOp::create(f.b, f.at, f.b.getI32Type(), place);
  Value isIt = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::eq, lane,
                                     mlir::vector::BroadcastOp::create(f.b, f.at, words, narrow));
  return arith::SelectOp::create(f.b, f.at, isIt, mlir::vector::BroadcastOp::create(f.b, f.at, type, element), operand);
}

bool movesElements(mlir::Operation *op) {
  return llvm::isa<ir::ReshapeOp, ir::BroadcastInDimOp, ir::TransposeOp, ir::SliceOp, ir::ReverseOp, ir::ConcatenateOp,
                   ir::PadOp>(op);
}

Value emitMove(Registers &registers, mlir::Operation *op, llvm::function_ref<Value(Value)> registerOf) {
  llvm::SmallVector<Lane> lanes;
  mlir::RankedTensorType type = typeOf(op->getResult(0));
  for (int64_t element = 0; element < type.getNumElements(); ++element) {
    auto [tensor, from] = sourceOf(op, element, positionOf(element, type.getShape()));
    lanes.push_back({registerOf(tensor), from});
  }
  return registers.gather(lanes);
}

}  // namespace etch::codegen

#include "ir/dialect/Constants.h"
#include "ir/dialect/EtchDialect.h"
#include "passes/simplify/Rules.h"

namespace etch::passes {

using ir::typeOf;

namespace {

/// The operand as a tensor of `shape`, if that takes no work: the source of a reshape, or a splat.
mlir::Value inShape(mlir::Value operand, llvm::ArrayRef<int64_t> shape, mlir::OpBuilder &b) {
  auto type = mlir::RankedTensorType::get(shape, typeOf(operand).getElementType());
  if (auto reshape = operand.getDefiningOp<ir::ReshapeOp>())
    return typeOf(reshape.getOperand()).getShape() == shape ? reshape.getOperand() : mlir::Value();
  mlir::SplatElementsAttr splat = ir::splatOf(operand);
  if (!splat) return nullptr;
  auto value = mlir::DenseElementsAttr::get(type, splat.getSplatValue<mlir::Attribute>());
  return ir::ConstantOp::create(b, operand.getLoc(), type, llvm::cast<mlir::ElementsAttr>(value));
}

}  // namespace

mlir::Value sinkReshape(mlir::Operation *op, mlir::OpBuilder &b) {
  if (!op->hasTrait<ir::ElementwiseOp>()) return nullptr;
  mlir::RankedTensorType result = typeOf(op->getResult(0));
  if (!result.hasStaticShape()) return nullptr;
  ir::ReshapeOp first;
  for (mlir::Value operand : op->getOperands())
    if (auto reshape = operand.getDefiningOp<ir::ReshapeOp>(); reshape && !first) first = reshape;
  if (!first || !typeOf(first.getOperand()).hasStaticShape()) return nullptr;
  llvm::ArrayRef<int64_t> shape = typeOf(first.getOperand()).getShape();
  llvm::SmallVector<mlir::Value> operands;
  for (mlir::Value operand : op->getOperands()) {
    mlir::Value source = inShape(operand, shape, b);
    if (!source) return nullptr;
    operands.push_back(source);
  }
  mlir::OperationState state(op->getLoc(), op->getName());
  state.addOperands(operands);
  state.addTypes(mlir::RankedTensorType::get(shape, result.getElementType()));
  state.addAttributes(op->getAttrs());
  mlir::Value value = b.create(state)->getResult(0);
  return ir::ReshapeOp::create(b, first.getLoc(), result, value, mlir::ValueRange(),
                               llvm::to_vector(result.getShape()));
}

namespace {

/// Repeats along axes of extent 1 of a reshape, which need not have made them: kernels compare the axes that are left.
mlir::Value withoutOnes(ir::BroadcastInDimOp broadcast, ir::ReshapeOp reshape, mlir::OpBuilder &b) {
  llvm::SmallVector<int64_t> shape, dims;
  for (auto [extent, target] : llvm::zip_equal(reshape.getType().getShape(), broadcast.getDims())) {
    if (extent == 1) continue;
    shape.push_back(extent);
    dims.push_back(target);
  }
  if (shape.size() == reshape.getType().getShape().size()) return nullptr;
  mlir::Value source = ir::ReshapeOp::create(b, reshape.getLoc(), reshape.getType().clone(shape), reshape.getOperand(),
                                             mlir::ValueRange(), shape);
  return ir::BroadcastInDimOp::create(b, broadcast.getLoc(), broadcast.getType(), source, broadcast.getSizes(),
                                      broadcast.getShape(), dims);
}

}  // namespace

mlir::Value broadcastThroughReshape(mlir::Operation *op, mlir::OpBuilder &b) {
  auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(op);
  auto reshape = broadcast ? broadcast.getOperand().getDefiningOp<ir::ReshapeOp>() : ir::ReshapeOp();
  if (!reshape || !typeOf(reshape.getOperand()).hasStaticShape() || !reshape.getType().hasStaticShape()) return nullptr;
  llvm::ArrayRef<int64_t> from = typeOf(reshape.getOperand()).getShape(), to = reshape.getType().getShape();
  // Axis by axis: the source's axes in order, with axes of extent 1 between them.
  llvm::SmallVector<int64_t> dims;
  size_t next = 0;
  for (auto [axis, extent] : llvm::enumerate(to)) {
    if (next < from.size() && from[next] == extent) {
      dims.push_back(broadcast.getDims()[axis]);
      ++next;
    } else if (extent != 1) {
      return withoutOnes(broadcast, reshape, b);
    }
  }
  if (next != from.size()) return withoutOnes(broadcast, reshape, b);
  return ir::BroadcastInDimOp::create(b, op->getLoc(), broadcast.getType(), reshape.getOperand(), broadcast.getSizes(),
                                      broadcast.getShape(), dims);
}

}  // namespace etch::passes

#include "passes/autodiff/Builder.h"

namespace etch::passes::autodiff {

using mlir::RankedTensorType;
using mlir::ShapedType;
using mlir::Value;

namespace {

/// `type` without some axes.
RankedTensorType withoutAxes(RankedTensorType type, llvm::ArrayRef<int64_t> axes) {
  Axes shape;
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (!llvm::is_contained(axes, axis)) shape.push_back(type.getDimSize(axis));
  return type.clone(shape);
}

}  // namespace

Axes shapeAttribute(RankedTensorType type) {
  Axes shape(type.getShape());
  for (int64_t &extent : shape)
    if (ShapedType::isDynamic(extent)) extent = -1;
  return shape;
}

Value scalar(Builder &b, double number, mlir::Type elementType) {
  mlir::Attribute attribute = llvm::isa<mlir::FloatType>(elementType)
                                  ? mlir::Attribute(b.getFloatAttr(elementType, number))
                                  : b.getIntegerAttr(elementType, static_cast<int64_t>(number));
  auto type = RankedTensorType::get({}, elementType);
  return ir::ConstantOp::create(b, type, mlir::DenseElementsAttr::get(type, attribute));
}

Value zeros(Builder &b, RankedTensorType type) {
  mlir::ElementsAttr value = mlir::DenseElementsAttr::get(type, b.getZeroAttr(type.getElementType()));
  return ir::ConstantOp::create(b, type, value);
}

Value integer(Builder &b, int64_t number) { return scalar(b, static_cast<double>(number), b.getI64Type()); }

std::pair<Value, int64_t> extentSource(Value value, int64_t axis) {
  while (typeOf(value).isDynamicDim(axis)) {
    mlir::Operation *op = value.getDefiningOp();
    if (!op) break;
    if (op->hasTrait<ir::ElementwiseOp>()) {
      value = op->getOperand(0);
    } else if (auto transpose = llvm::dyn_cast<ir::TransposeOp>(op)) {
      value = transpose.getOperand();
      axis = transpose.getPermutation()[axis];
    } else if (llvm::isa<ir::ReduceSumOp, ir::ReduceProdOp, ir::ReduceMaxOp, ir::ReduceMinOp>(op)) {
      auto reduced = op->getAttrOfType<mlir::DenseI64ArrayAttr>("axes").asArrayRef();
      value = op->getOperand(0);
      int64_t from = 0;
      for (int64_t kept = -1;; ++from)
        if (!llvm::is_contained(reduced, from) && ++kept == axis) break;
      axis = from;
    } else if (auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(op)) {
      auto size =
          broadcast.getSizes()[llvm::count(broadcast.getShape().take_front(axis), -1)].getDefiningOp<ir::DimOp>();
      if (!size) break;
      value = size.getOperand();
      axis = static_cast<int64_t>(size.getAxis());
    } else {
      break;
    }
  }
  return {value, axis};
}

Value dim(Builder &b, Value value, int64_t axis) {
  std::tie(value, axis) = extentSource(value, axis);
  if (!typeOf(value).isDynamicDim(axis)) return integer(b, typeOf(value).getDimSize(axis));
  return ir::DimOp::create(b, RankedTensorType::get({}, b.getI64Type()), value, axis);
}

llvm::SmallVector<Value> sizes(Builder &b, Value value) {
  llvm::SmallVector<Value> result;
  for (int64_t axis = 0; axis < typeOf(value).getRank(); ++axis)
    if (typeOf(value).isDynamicDim(axis)) result.push_back(dim(b, value, axis));
  return result;
}

Value splat(Builder &b, double number, Value like) {
  Value value = scalar(b, number, typeOf(like).getElementType());
  return typeOf(like).getRank() == 0 ? value : expand(b, value, like, {});
}

Value expand(Builder &b, Value value, Value like, llvm::ArrayRef<int64_t> dims) {
  auto type = typeOf(like).clone(typeOf(value).getElementType());
  return ir::BroadcastInDimOp::create(b, type, value, sizes(b, like), shapeAttribute(type), dims);
}

Value reshapeLike(Builder &b, Value value, Value like) {
  auto type = typeOf(like).clone(typeOf(value).getElementType());
  if (type == value.getType()) return value;
  return ir::ReshapeOp::create(b, type, value, sizes(b, like), shapeAttribute(type));
}

Value insteadOf(Builder &b, Value value, Value other) {
  mlir::RankedTensorType type = typeOf(other);
  if (type == value.getType()) return value;
  llvm::SmallVector<Value> sizes;
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (type.isDynamicDim(axis)) sizes.push_back(dim(b, value, axis));
  return ir::ReshapeOp::create(b, type, value, sizes, shapeAttribute(type));
}

Value transpose(Builder &b, Value value, llvm::ArrayRef<int64_t> permutation) {
  if (llvm::equal(permutation, llvm::seq<int64_t>(0, permutation.size()))) return value;
  Axes shape;
  for (int64_t axis : permutation) shape.push_back(typeOf(value).getDimSize(axis));
  return ir::TransposeOp::create(b, typeOf(value).clone(shape), value, permutation);
}

Value convert(Builder &b, Value value, mlir::Type elementType) {
  if (typeOf(value).getElementType() == elementType) return value;
  return ir::CastOp::create(b, typeOf(value).clone(elementType), value, mlir::TypeAttr::get(elementType));
}

Value sum(Builder &b, Value value, llvm::ArrayRef<int64_t> axes) {
  if (axes.empty()) return value;
  return ir::ReduceSumOp::create(b, withoutAxes(typeOf(value), axes), value, b.getDenseI64ArrayAttr(axes));
}

Value product(Builder &b, Value value, llvm::ArrayRef<int64_t> axes) {
  return ir::ReduceProdOp::create(b, withoutAxes(typeOf(value), axes), value, b.getDenseI64ArrayAttr(axes));
}

Value sliceAxis(Builder &b, Value value, int64_t axis, int64_t from, int64_t to) {
  RankedTensorType type = typeOf(value);
  Axes starts(type.getRank(), 0), limits = shapeAttribute(type), strides(type.getRank(), 1), shape(type.getShape());
  starts[axis] = from;
  limits[axis] = to;
  shape[axis] = to - from;
  return ir::SliceOp::create(b, type.clone(shape), value, starts, limits, strides);
}

Value pad(Builder &b, Value value, Value with, llvm::ArrayRef<int64_t> low, llvm::ArrayRef<int64_t> high,
          llvm::ArrayRef<int64_t> interior) {
  Axes shape(typeOf(value).getShape());
  for (auto [axis, extent] : llvm::enumerate(shape))
    if (!ShapedType::isDynamic(extent))
      extent += low[axis] + high[axis] + std::max<int64_t>(extent - 1, 0) * interior[axis];
  return ir::PadOp::create(b, typeOf(value).clone(shape), value, with, low, high, interior);
}

Value concatenate(Builder &b, mlir::ValueRange values, int64_t axis) {
  Axes shape(typeOf(values[0]).getShape());
  for (Value value : values.drop_front()) {
    int64_t extent = typeOf(value).getDimSize(axis);
    bool unknown = ShapedType::isDynamic(extent) || ShapedType::isDynamic(shape[axis]);
    shape[axis] = unknown ? ShapedType::kDynamic : shape[axis] + extent;
  }
  return ir::ConcatenateOp::create(b, typeOf(values[0]).clone(shape), values, axis);
}

Value take(Builder &b, Value value, Value indices, int64_t axis) {
  RankedTensorType type = typeOf(value);
  Axes shape(type.getShape().take_front(axis));
  llvm::append_range(shape, typeOf(indices).getShape());
  llvm::append_range(shape, type.getShape().drop_front(axis + 1));
  return ir::TakeOp::create(b, type.clone(shape), value, indices, axis);
}

Value range(Builder &b, Value offset, Value like, int64_t axis) {
  auto type = RankedTensorType::get({typeOf(like).getDimSize(axis)}, b.getI64Type());
  llvm::SmallVector<Value> extents;
  if (!type.hasStaticShape()) extents.push_back(dim(b, like, axis));
  Axes shape = shapeAttribute(type);
  Value iota = ir::IotaOp::create(b, type, extents, shape, 0, b.getI64Type());
  Value offsets = ir::BroadcastInDimOp::create(b, type, offset, extents, shape, Axes{});
  return ir::AddOp::create(b, type, iota, offsets);
}

Term multiply(Term x, Term y) {
  if (splatNumber(x) == 1.0) return y;
  if (splatNumber(y) == 1.0) return x;
  return apply<ir::MulOp>(x, y);
}

Term choose(Term pred, Term x, Term y) {
  return {x.builder(), ir::SelectOp::create(x.builder(), x.type(), mlir::Value(pred), mlir::Value(x), mlir::Value(y))};
}

}  // namespace etch::passes::autodiff

// Convolutions are bilinear, and the transpose of a convolution is a convolution; of pooling, sums are linear and
// maxima choose. Paddings follow from which result positions each element meets: an element at i meets, through window
// position k, the result p with i = p * stride + k * dilation - low.
#include "passes/autodiff/Rules.h"

namespace etch::passes::autodiff {

using mlir::ShapedType;
using mlir::Value;

namespace {

int64_t dilate(int64_t extent, int64_t dilation) { return extent == 0 ? 0 : (extent - 1) * dilation + 1; }

/// Axis `from` split in (groups, rest), and the groups moved in front of the elements of axis `to`, into it.
Value moveGroups(Builder &b, Value value, int64_t groups, int64_t from, int64_t to) {
  if (groups == 1) return value;
  auto type = typeOf(value);
  Axes shape(type.getShape());
  Axes split;
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    if (axis == from) split.push_back(groups);
    split.push_back(axis == from && !ShapedType::isDynamic(shape[axis]) ? shape[axis] / groups : shape[axis]);
  }
  auto sizesWith = [&](int64_t axis, bool divide, int64_t factor) {
    llvm::SmallVector<Value> list;
    for (int64_t a = 0; a < type.getRank(); ++a) {
      if (!type.isDynamicDim(a)) continue;
      Term size(b, dim(b, value, a));
      if (a == from && divide) size = Term(b, ir::DivOp::create(b, size.type(), size, integer(b, groups)));
      if (a == axis && factor > 1) size = size * Term(b, integer(b, factor));
      list.push_back(size);
    }
    return list;
  };
  auto splitType = type.clone(split);
  Value parts = ir::ReshapeOp::create(b, splitType, value, sizesWith(-1, true, 1), shapeAttribute(splitType));
  // Positions in `split`: the groups are at `from`, the axes from `from` on have moved by one.
  Axes permutation;
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    if (axis == to) permutation.push_back(from);
    permutation.push_back(axis < from ? axis : axis + 1);
  }
  shape[from] = ShapedType::isDynamic(shape[from]) ? shape[from] : shape[from] / groups;
  if (!ShapedType::isDynamic(shape[to])) shape[to] *= groups;
  auto joinedType = type.clone(shape);
  return ir::ReshapeOp::create(b, joinedType, transpose(b, parts, permutation), sizesWith(to, true, groups),
                               shapeAttribute(joinedType));
}

/// The first elements of each axis of `value`, as many as `like` has.
Value cutLike(Builder &b, Value value, Value like, llvm::ArrayRef<int64_t> axes) {
  for (int64_t axis : axes) {
    int64_t extent = typeOf(like).getDimSize(axis);
    if (extent == typeOf(value).getDimSize(axis) && !ShapedType::isDynamic(extent)) continue;
    value = ShapedType::isDynamic(extent) ? take(b, value, range(b, integer(b, 0), like, axis), axis)
                                          : sliceAxis(b, value, axis, 0, extent);
  }
  return value;
}

/// How far beyond the last window the elements go: 0 to stride - 1. The most it can be if an extent is unknown; what is
/// too much then is cut from the result.
int64_t remainder(int64_t extent, int64_t base, int64_t low, int64_t high, int64_t window, int64_t dilation,
                  int64_t stride) {
  if (stride == 1) return 0;
  if (ShapedType::isDynamic(extent) || ShapedType::isDynamic(window)) return stride - 1;
  return (dilate(extent, base) + low + high - dilate(window, dilation)) % stride;
}

ir::ConvolutionOp makeConvolution(Builder &b, Value lhs, Value rhs, llvm::ArrayRef<int64_t> strides,
                                  llvm::ArrayRef<int64_t> low, llvm::ArrayRef<int64_t> high,
                                  llvm::ArrayRef<int64_t> lhsDilation, llvm::ArrayRef<int64_t> rhsDilation,
                                  llvm::ArrayRef<int64_t> lhsAxes, llvm::ArrayRef<int64_t> rhsAxes,
                                  llvm::ArrayRef<int64_t> resultAxes, int64_t featureGroups, int64_t batchGroups) {
  Axes shape(lhsAxes.size());
  auto lhsExtent = [&](size_t i) { return typeOf(lhs).getDimSize(lhsAxes[i]); };
  auto rhsExtent = [&](size_t i) { return typeOf(rhs).getDimSize(rhsAxes[i]); };
  shape[resultAxes[0]] = ShapedType::isDynamic(lhsExtent(0)) ? lhsExtent(0) : lhsExtent(0) / batchGroups;
  shape[resultAxes[1]] = rhsExtent(0);
  for (size_t i = 0; i < strides.size(); ++i) {
    int64_t extent = lhsExtent(i + 2), window = rhsExtent(i + 2);
    bool unknown = ShapedType::isDynamic(extent) || ShapedType::isDynamic(window);
    int64_t room = unknown ? 0 : dilate(extent, lhsDilation[i]) + low[i] + high[i] - dilate(window, rhsDilation[i]);
    shape[resultAxes[i + 2]] = unknown ? ShapedType::kDynamic : room < 0 ? 0 : room / strides[i] + 1;
  }
  return ir::ConvolutionOp::create(b, typeOf(lhs).clone(shape), lhs, rhs, strides, low, high, lhsDilation, rhsDilation,
                                   lhsAxes, rhsAxes, resultAxes, featureGroups, batchGroups);
}

Axes swapFirst(llvm::ArrayRef<int64_t> axes) {
  Axes swapped(axes);
  std::swap(swapped[0], swapped[1]);
  return swapped;
}

bool isEmpty(Value value) { return llvm::is_contained(typeOf(value).getShape(), 0); }

/// The extent of spatial axis i of an operand, whose axes are listed.
int64_t spatial(Value value, llvm::ArrayRef<int64_t> axes, size_t i) { return typeOf(value).getDimSize(axes[i + 2]); }

/// d lhs: each element meets the reversed filters; strides of the forward direction are gaps here.
Value lhsCotangent(ir::ConvolutionOp op, Value g, Builder &b) {
  Value lhs = op.getLhs(), rhs = op.getRhs();
  auto featureGroups = static_cast<int64_t>(op.getFeatureGroups()),
       batchGroups = static_cast<int64_t>(op.getBatchGroups());
  llvm::ArrayRef<int64_t> lhsAxes = op.getLhsAxes(), rhsAxes = op.getRhsAxes();
  Axes low, high;
  for (size_t i = 0; i < op.getStrides().size(); ++i) {
    int64_t window = spatial(rhs, rhsAxes, i), dilation = op.getRhsDilation()[i];
    if (ShapedType::isDynamic(window))
      throw UnsupportedError("etch.convolution has no derivative by lhs when the filters' spatial extents are unknown");
    int64_t reach = dilate(window, dilation) - 1;
    low.push_back(reach - op.getLow()[i]);
    // dilate(lhs) + reach elements in all; dilate(result) = dilate(lhs) + low + high - reach - remainder.
    high.push_back(reach - op.getHigh()[i] +
                   remainder(spatial(lhs, lhsAxes, i), op.getLhsDilation()[i], op.getLow()[i], op.getHigh()[i], window,
                             dilation, op.getStrides()[i]));
  }
  Axes spatialAxes(rhsAxes.drop_front(2));
  Value reversed = spatialAxes.empty() ? rhs : Value(ir::ReverseOp::create(b, rhs.getType(), rhs, spatialAxes));
  reversed = moveGroups(b, reversed, featureGroups * batchGroups, rhsAxes[0], rhsAxes[1]);
  Axes transposed = swapFirst(rhsAxes);
  Value result = makeConvolution(b, g, reversed, op.getLhsDilation(), low, high, op.getStrides(), op.getRhsDilation(),
                                 op.getResultAxes(), transposed, lhsAxes, featureGroups * batchGroups, 1);
  result = moveGroups(b, result, batchGroups, lhsAxes[1], lhsAxes[0]);
  return cutLike(b, result, lhs, lhsAxes.drop_front(2));
}

/// d rhs: the window that slides is the cotangent, over lhs with features as batches.
Value rhsCotangent(ir::ConvolutionOp op, Value g, Builder &b) {
  Value lhs = op.getLhs(), rhs = op.getRhs();
  auto featureGroups = static_cast<int64_t>(op.getFeatureGroups()),
       batchGroups = static_cast<int64_t>(op.getBatchGroups());
  Axes high(op.getHigh());
  for (size_t i = 0; i < high.size(); ++i) {
    int64_t extent = spatial(lhs, op.getLhsAxes(), i), window = spatial(rhs, op.getRhsAxes(), i);
    // The last windows end before the last elements. With unknown extents these give results that are cut below.
    if (!ShapedType::isDynamic(extent) && !ShapedType::isDynamic(window))
      high[i] -= remainder(extent, op.getLhsDilation()[i], op.getLow()[i], op.getHigh()[i], window,
                           op.getRhsDilation()[i], op.getStrides()[i]);
  }
  Axes lhsAxes = swapFirst(op.getLhsAxes()), resultAxes = swapFirst(op.getRhsAxes()),
       windowAxes = swapFirst(op.getResultAxes());
  Value result = makeConvolution(b, lhs, g, op.getRhsDilation(), op.getLow(), high, op.getLhsDilation(),
                                 op.getStrides(), lhsAxes, windowAxes, resultAxes, batchGroups, featureGroups);
  return cutLike(b, result, rhs, op.getRhsAxes().drop_front(2));
}

void reverseConvolution(ir::ConvolutionOp op, Value g, Cotangents &cotangents, Builder &b) {
  // Nothing was added up.
  if (isEmpty(op.getLhs()) || isEmpty(op.getRhs()) || isEmpty(op.getResult())) return;
  if (cotangents.wanted(op.getLhs())) cotangents.add(b, op.getLhs(), lhsCotangent(op, g, b));
  if (cotangents.wanted(op.getRhs())) cotangents.add(b, op.getRhs(), rhsCotangent(op, g, b));
}

//===-- Pooling ----------------------------------------------------------------------------------------------===//

/// Each element gets the cotangents of all windows it is in: sums of windows over the cotangent.
void reverseWindowSum(ir::ReduceWindowSumOp op, Value g, Cotangents &cotangents, Builder &b) {
  auto type = typeOf(op.getOperand());
  if (isEmpty(op.getOperand()) || isEmpty(op.getResult())) return;
  Axes low, high, shape(type.getShape()), axes;
  for (int64_t i = 0; i < type.getRank(); ++i) {
    int64_t reach = dilate(op.getWindow()[i], op.getWindowDilation()[i]) - 1;
    int64_t rest = remainder(type.getDimSize(i), op.getBaseDilation()[i], op.getLow()[i], op.getHigh()[i],
                             op.getWindow()[i], op.getWindowDilation()[i], op.getStrides()[i]);
    low.push_back(reach - op.getLow()[i]);
    high.push_back(reach - op.getHigh()[i] + rest);
    axes.push_back(i);
  }
  Value spread = ir::ReduceWindowSumOp::create(b, type, g, op.getWindow(), op.getBaseDilation(), low, high,
                                               op.getStrides(), op.getWindowDilation());
  cotangents.add(b, op.getOperand(), type.hasStaticShape() ? spread : cutLike(b, spread, op.getOperand(), axes));
}

template <typename Select, typename Op>
Value selectLike(Builder &b, mlir::Type type, Op op, Value values) {
  return Select::create(b, type, op.getOperand(), values, op.getWindow(), op.getStrides(), op.getLow(), op.getHigh(),
                        op.getWindowDilation());
}

/// Where the maxima are does not change in between, so that the op is linear in its second operand, and `Transpose` its
/// transpose.
template <typename Op, typename Transpose>
void addLinearInSecond(RuleTable &rules) {
  rules.add<Op>(
      [](mlir::Operation *operation, llvm::ArrayRef<Value> g, Cotangents &cotangents, Builder &b) {
        auto op = llvm::cast<Op>(operation);
        Value second = op->getOperand(1);
        if (cotangents.wanted(second)) cotangents.add(b, second, selectLike<Transpose>(b, second.getType(), op, g[0]));
      },
      [](mlir::Operation *operation, llvm::ArrayRef<Value> tangents, Builder &b) -> Tangents {
        auto op = llvm::cast<Op>(operation);
        if (!tangents[1]) return {Value()};
        return {selectLike<Op>(b, op.getType(), op, tangents[1])};
      });
}

}  // namespace

void addWindowRules(RuleTable &rules) {
  rules.addBilinear<ir::ConvolutionOp>(reverseConvolution);
  rules.addLinear<ir::ReduceWindowSumOp>(reverseWindowSum);
  rules.add<ir::ReduceWindowMaxOp>(
      [](mlir::Operation *op, llvm::ArrayRef<Value> g, Cotangents &cotangents, Builder &b) {
        auto max = llvm::cast<ir::ReduceWindowMaxOp>(op);
        Value operand = max.getOperand();
        cotangents.add(b, operand, selectLike<ir::SelectAndScatterAddOp>(b, operand.getType(), max, g[0]));
      },
      [](mlir::Operation *op, llvm::ArrayRef<Value> tangents, Builder &b) -> Tangents {
        auto max = llvm::cast<ir::ReduceWindowMaxOp>(op);
        return {selectLike<ir::SelectAndGatherOp>(b, max.getType(), max, tangents[0])};
      });
  addLinearInSecond<ir::SelectAndScatterAddOp, ir::SelectAndGatherOp>(rules);
  addLinearInSecond<ir::SelectAndGatherOp, ir::SelectAndScatterAddOp>(rules);
}

}  // namespace etch::passes::autodiff

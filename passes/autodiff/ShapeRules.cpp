// Ops that move elements are linear: the cotangent moves back.
#include "passes/autodiff/Rules.h"

namespace etch::passes::autodiff {

using mlir::ShapedType;
using mlir::Value;

namespace {

/// Whether an axis of a broadcast's operand has, when it runs, the extent of the result's axis.
bool knownEqual(ir::BroadcastInDimOp op, int64_t axis, int64_t resultAxis) {
  int64_t from = typeOf(op.getOperand()).getDimSize(axis), to = op.getShape()[resultAxis];
  if (!ShapedType::isDynamic(from)) return from != 1 || to == 1;
  if (to != -1) return false;
  return extentSource(op.getOperand(), axis) == extentSource(op.getResult(), resultAxis);
}

/// Sums axis `axis` of `value` into one element if the extent of `like` turns out to be 1, and keeps it otherwise:
/// element i is added at minimum(i, extent - 1).
Value sumIfRepeated(Builder &b, Value value, int64_t axis, Value like, int64_t likeAxis) {
  Axes shape(typeOf(value).getShape());
  shape[axis] = typeOf(like).getDimSize(likeAxis);
  Term from(b, range(b, integer(b, 0), value, axis));
  Term last(b, ir::BroadcastInDimOp::create(b, from.type(), Term(b, dim(b, like, likeAxis)) - 1, sizes(b, from),
                                            shapeAttribute(from.type()), Axes{}));
  Term to = apply<ir::MinimumOp>(from, last);
  llvm::SmallVector<Value> extents;
  for (int64_t i = 0; i < typeOf(value).getRank(); ++i)
    if (ShapedType::isDynamic(shape[i])) extents.push_back(i == axis ? dim(b, like, likeAxis) : dim(b, value, i));
  auto type = typeOf(value).clone(shape);
  Value zeros =
      ir::BroadcastInDimOp::create(b, type, scalar(b, 0, type.getElementType()), extents, shapeAttribute(type), Axes{});
  return ir::ScatterAddOp::create(b, type, zeros, to, value, axis);
}

void reverseBroadcast(ir::BroadcastInDimOp op, Value g, Cotangents &cotangents, Builder &b) {
  Axes repeated;
  for (int64_t resultAxis = 0; resultAxis < typeOf(g).getRank(); ++resultAxis) {
    auto it = llvm::find(op.getDims(), resultAxis);
    int64_t axis = it - op.getDims().begin();
    if (it == op.getDims().end() ||
        (typeOf(op.getOperand()).getDimSize(axis) == 1 && !knownEqual(op, axis, resultAxis)))
      repeated.push_back(resultAxis);
    else if (!knownEqual(op, axis, resultAxis))
      g = sumIfRepeated(b, g, resultAxis, op.getOperand(), axis);
  }
  g = sum(b, g, repeated);
  // What is left are the operand's axes, but for those of extent 1 that were summed, in the order of dims.
  Axes order(op.getDims());
  llvm::erase_if(order, [&](int64_t axis) { return llvm::is_contained(repeated, axis); });
  Axes sorted = order, permutation;
  llvm::sort(sorted);
  for (int64_t axis : order) permutation.push_back(llvm::find(sorted, axis) - sorted.begin());
  cotangents.add(b, op.getOperand(), reshapeLike(b, transpose(b, g, permutation), op.getOperand()));
}

void reverseTranspose(ir::TransposeOp op, Value g, Cotangents &cotangents, Builder &b) {
  Axes inverse(op.getPermutation().size());
  for (auto [to, from] : llvm::enumerate(op.getPermutation())) inverse[from] = static_cast<int64_t>(to);
  cotangents.add(b, op.getOperand(), transpose(b, g, inverse));
}

void reverseConcatenate(ir::ConcatenateOp op, Value g, Cotangents &cotangents, Builder &b) {
  auto axis = static_cast<int64_t>(op.getAxis());
  int64_t known = 0;  // the offset of an input, plus `unknown` from the first unknown extent on
  Value unknown;
  for (Value input : op.getInputs()) {
    int64_t extent = typeOf(input).getDimSize(axis);
    if (cotangents.wanted(input)) {
      Value part;
      if (!unknown && !ShapedType::isDynamic(extent)) {
        part = sliceAxis(b, g, axis, known, known + extent);
      } else {
        Value offset = unknown ? Value(Term(b, unknown) + known) : integer(b, known);
        part = take(b, g, range(b, offset, input, axis), axis);
      }
      cotangents.add(b, input, part);
    }
    if (!ShapedType::isDynamic(extent))
      known += extent;
    else
      unknown = unknown ? Value(Term(b, unknown) + Term(b, dim(b, input, axis))) : dim(b, input, axis);
  }
}

/// The gaps of the stride are filled with zeros, and so is what was left out at both ends.
void reverseSlice(ir::SliceOp op, Value g, Cotangents &cotangents, Builder &b) {
  auto type = typeOf(op.getOperand());
  int64_t rank = type.getRank();
  Axes none(rank, 0), low(op.getStarts()), high(rank), interior(rank);
  for (int64_t axis = 0; axis < rank; ++axis) {
    interior[axis] = op.getStrides()[axis] - 1;
    int64_t count = typeOf(g).getDimSize(axis), used = count ? (count - 1) * op.getStrides()[axis] + 1 : 0;
    high[axis] = type.getDimSize(axis) - low[axis] - used;
  }
  Value zero = scalar(b, 0, type.getElementType());
  if (type.hasStaticShape()) return cotangents.add(b, op.getOperand(), pad(b, g, zero, low, high, interior));
  // How much was left out is not known: put the strided part into zeros.
  if (llvm::any_of(interior, [](int64_t gap) { return gap != 0; })) g = pad(b, g, zero, none, none, interior);
  llvm::SmallVector<Value> starts;
  for (int64_t start : low) starts.push_back(integer(b, start));
  Value zeros = zerosLike(b, op.getOperand());
  cotangents.add(b, op.getOperand(), ir::DynamicUpdateSliceOp::create(b, type, zeros, g, starts));
}

void reversePad(ir::PadOp op, Value g, Cotangents &cotangents, Builder &b) {
  auto type = typeOf(op.getOperand());
  if (cotangents.wanted(op.getOperand())) {
    // Cut what was added at the ends, add zeros for what was cut, then step over the gaps.
    Axes none(type.getRank(), 0), low, high, strides, limits = shapeAttribute(type);
    for (int64_t axis = 0; axis < type.getRank(); ++axis) {
      low.push_back(-op.getLow()[axis]);
      high.push_back(-op.getHigh()[axis]);
      strides.push_back(op.getInterior()[axis] + 1);
      if (limits[axis] > 0) limits[axis] = (limits[axis] - 1) * strides[axis] + 1;
    }
    Value zero = scalar(b, 0, type.getElementType());
    Value cut = low == none && high == none ? g : pad(b, g, zero, low, high, none);
    bool gaps = llvm::any_of(strides, [](int64_t stride) { return stride != 1; });
    if (gaps) cut = ir::SliceOp::create(b, type, cut, none, limits, strides);
    cotangents.add(b, op.getOperand(), cut);
  }
  if (cotangents.wanted(op.getValue())) {
    // All that does not come from the operand.
    Value truth = scalar(b, 1, b.getI1Type()), all = type.getRank() ? expand(b, truth, op.getOperand(), {}) : truth;
    Value inside = pad(b, all, scalar(b, 0, b.getI1Type()), op.getLow(), op.getHigh(), op.getInterior());
    Value outside = select(Term(b, inside), 0, Term(b, g));
    cotangents.add(b, op.getValue(), sum(b, outside, llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()))));
  }
}

}  // namespace

void addShapeRules(RuleTable &rules) {
  rules.addLinear<ir::BroadcastInDimOp>(reverseBroadcast);
  rules.addLinear<ir::ReshapeOp>([](ir::ReshapeOp op, Value g, Cotangents &cotangents, Builder &b) {
    cotangents.add(b, op.getOperand(), reshapeLike(b, g, op.getOperand()));
  });
  rules.addLinear<ir::TransposeOp>(reverseTranspose);
  rules.addLinear<ir::ConcatenateOp>(reverseConcatenate);
  rules.addLinear<ir::SliceOp>(reverseSlice);
  rules.addLinear<ir::PadOp>(reversePad);
  rules.addLinear<ir::ReverseOp>([](ir::ReverseOp op, Value g, Cotangents &cotangents, Builder &b) {
    cotangents.add(b, op.getOperand(), ir::ReverseOp::create(b, g.getType(), g, op.getAxesAttr()));
  });
}

}  // namespace etch::passes::autodiff

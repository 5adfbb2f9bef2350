#include "codegen/cpu/entry/ExtentChecks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using ir::typeOf;
using mlir::Value;

namespace {

class Checker {
 public:
  Checker(mlir::Operation *op, mlir::OpBuilder &b, ExtentEmitter &extents, StatedExtents &stated,
          RequireExtents require)
      : op(op), b(b), extents(extents), stated(stated), require(require) {}

  void run() {
    // Loops need no check: what they carry keeps its extents, or is sized at run time.
    if (op->hasTrait<ir::ElementwiseOp>() || llvm::isa<ir::LinearScanOp>(op)) {
      for (Value operand : op->getOperands().drop_front()) equal(op->getOperand(0), operand, "extents");
    } else if (auto dot = llvm::dyn_cast<ir::DotGeneralOp>(op)) {
      for (auto [l, r] : llvm::zip(dot.getLhsBatch(), dot.getRhsBatch()))
        equal(at(dot.getLhs(), l), at(dot.getRhs(), r), "batch extents");
      for (auto [l, r] : llvm::zip(dot.getLhsContract(), dot.getRhsContract()))
        equal(at(dot.getLhs(), l), at(dot.getRhs(), r), "contracted extents");
    } else if (llvm::isa<ir::DotProductAttentionOp, ir::DotProductAttentionGradientOp>(op)) {
      checkAttention();
    } else if (auto convolution = llvm::dyn_cast<ir::ConvolutionOp>(op)) {
      checkConvolution(convolution);
    } else if (auto scatter = llvm::dyn_cast<ir::SelectAndScatterAddOp>(op)) {
      for (int64_t axis = 0; axis < rankOf(scatter.getSource()); ++axis)
        equal(at(scatter.getSource(), axis), extents.windowsOf(op, axis), "numbers of windows");
    } else if (auto gather = llvm::dyn_cast<ir::SelectAndGatherOp>(op)) {
      equal(gather.getOperand(), gather.getValues(), "extents");
    } else if (auto concatenate = llvm::dyn_cast<ir::ConcatenateOp>(op)) {
      for (Value operand : op->getOperands().drop_front())
        for (int64_t axis = 0; axis < rankOf(operand); ++axis)
          if (axis != static_cast<int64_t>(concatenate.getAxis()))
            equal(at(op->getOperand(0), axis), at(operand, axis), "extents");
    } else if (auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(op)) {
      for (auto [axis, target] : llvm::enumerate(broadcast.getDims()))
        if (typeOf(broadcast.getOperand()).getDimSize(axis) != 1)
          equal(at(broadcast.getOperand(), axis), at(broadcast.getResult(), target), "extents");
    } else if (auto reshape = llvm::dyn_cast<ir::ReshapeOp>(op)) {
      if (isKnown(reshape.getOperand()) && isKnown(reshape.getResult())) return;
      equal(extents.product(extents.of(reshape.getOperand())), extents.product(extents.of(reshape.getResult())),
            "numbers of elements");
    } else if (auto slice = llvm::dyn_cast<ir::SliceOp>(op)) {
      for (auto [axis, limit] : llvm::enumerate(slice.getLimits()))
        if (limit >= 0)
          atMost(extents.constant(limit), at(slice.getOperand(), axis), "the slice ends beyond an extent");
    } else if (auto pad = llvm::dyn_cast<ir::PadOp>(op)) {
      for (int64_t axis = 0; axis < rankOf(pad.getResult()); ++axis)
        atMost(extents.constant(0), at(pad.getResult(), axis), "the padding cuts more than an extent");
    } else if (auto slice = llvm::dyn_cast<ir::DynamicSliceOp>(op)) {
      for (auto [axis, size] : llvm::enumerate(slice.getSizes()))
        atMost(extents.constant(size), at(slice.getOperand(), axis), "the slice is larger than an extent");
    } else if (auto update = llvm::dyn_cast<ir::DynamicUpdateSliceOp>(op)) {
      for (int64_t axis = 0; axis < rankOf(update.getUpdate()); ++axis)
        atMost(at(update.getUpdate(), axis), at(update.getOperand(), axis),
               "the block is larger than the tensor, in an extent");
    } else if (auto scatter = llvm::dyn_cast<ir::ScatterAddOp>(op)) {
      int64_t axis = scatter.getAxis(), indexRank = rankOf(scatter.getIndices());
      for (int64_t a = 0; a < rankOf(scatter.getUpdates()); ++a) {
        bool picked = a >= axis && a < axis + indexRank;
        Value expected =
            picked ? at(scatter.getIndices(), a - axis) : at(scatter.getOperand(), a < axis ? a : a - indexRank + 1);
        equal(at(scatter.getUpdates(), a), expected, "extents of operand, indices and updates");
      }
    } else if (auto take = llvm::dyn_cast<ir::TakeOp>(op)) {
      // Indices are clamped into the axis, so it needs an element unless there are no indices.
      if (isKnown(take.getOperand())) return;
      Value count = extents.product(extents.of(take.getIndices()));
      Value needed = arith::MinSIOp::create(b, op->getLoc(), count, extents.constant(1));
      atMost(needed, at(take.getOperand(), take.getAxis()), "there is no element to pick along an extent");
    } else if (llvm::isa<ir::ArgmaxOp, ir::ArgminOp>(op)) {
      atMost(extents.constant(1), at(op->getOperand(0), op->getAttrOfType<mlir::IntegerAttr>("axis").getInt()),
             "there is no element to pick along an extent");
    } else if (auto branch = llvm::dyn_cast<ir::IfOp>(op)) {
      auto yields = branch.getElseRegion().front().getTerminator()->getOperands();
      for (auto [x, y] : llvm::zip(branch.getThenRegion().front().getTerminator()->getOperands(), yields))
        equal(x, y, "extents of the branches' results");
    }
  }

 private:
  mlir::Operation *op;
  mlir::OpBuilder &b;
  ExtentEmitter &extents;
  StatedExtents &stated;
  RequireExtents require;

  static int64_t rankOf(Value tensor) { return typeOf(tensor).getRank(); }
  static bool isKnown(Value tensor) { return typeOf(tensor).hasStaticShape(); }
  Value at(Value tensor, int64_t axis) { return extents.of(tensor)[axis]; }

  void checkConvolution(ir::ConvolutionOp convolution) {
    const auto featureGroups = static_cast<int64_t>(convolution.getFeatureGroups());
    const auto batchGroups = static_cast<int64_t>(convolution.getBatchGroups());
    Value inputs = at(convolution.getRhs(), convolution.getRhsAxes()[1]);
    equal(at(convolution.getLhs(), convolution.getLhsAxes()[1]), extents.mul(inputs, extents.constant(featureGroups)),
          "features of operand and filters");
    divides(featureGroups * batchGroups, at(convolution.getRhs(), convolution.getRhsAxes()[0]), "output features");
    divides(batchGroups, at(convolution.getLhs(), convolution.getLhsAxes()[0]), "batches");
  }

  void checkAttention() {
    Value query = op->getOperand(0), key = op->getOperand(1), value = op->getOperand(2);
    int64_t rank = rankOf(query);
    for (int64_t axis = 0; axis + 2 < rank; ++axis)
      for (Value other : {key, value}) equal(at(query, axis), at(other, axis), "leading extents");
    equal(at(query, rank - 1), at(key, rank - 1), "depths of queries and keys");
    equal(at(key, rank - 2), at(value, rank - 2), "numbers of keys and values");
    if (auto gradient = llvm::dyn_cast<ir::DotProductAttentionGradientOp>(op)) {
      for (int64_t axis = 0; axis < rank; ++axis)
        equal(at(gradient.getG(), axis), at(axis + 1 < rank ? query : value, axis), "extents of the derivative");
      for (Value ofRow : {gradient.getLogsumexp(), gradient.getDelta()})
        for (int64_t axis = 0; axis + 1 < rank; ++axis)
          equal(at(ofRow, axis), at(query, axis), "extents of queries and their sums");
    }
    Value mask = op->getOperands().back();
    if (mask == value || op->getNumOperands() == 6) return;
    for (int64_t axis = 0; axis < rank; ++axis)
      if (typeOf(mask).getDimSize(axis) != 1 || axis + 1 == rank)
        equal(at(mask, axis), axis + 1 == rank ? at(key, axis - 1) : at(query, axis), "extents of mask and scores");
  }

  bool isNew(Value x, Value y, bool equal) {
    auto key = [](Value extent) {
      auto known = constantOf(extent);
      return std::pair(known ? nullptr : extent.getAsOpaquePointer(), known.value_or(0));
    };
    auto [xValue, xKnown] = key(x);
    auto [yValue, yKnown] = key(y);
    return stated.insert({xValue, xKnown, yValue, yKnown, equal}).second;
  }

  /// Of two extents, or of two tensors axis by axis.
  void equal(Value x, Value y, const llvm::Twine &what) {
    if (llvm::isa<mlir::RankedTensorType>(x.getType())) {
      if (isKnown(x) && isKnown(y)) return;
      for (auto [p, q] : llvm::zip(extents.of(x), extents.of(y))) equal(p, q, what);
      return;
    }
    if (x == y || (constantOf(x) && constantOf(x) == constantOf(y)) || !isNew(x, y, /*equal=*/true)) return;
    require(arith::CmpIOp::create(b, op->getLoc(), arith::CmpIPredicate::eq, x, y), op,
            (what + " that were unknown while tracing differ in this call").str());
  }
  void divides(int64_t groups, Value x, llvm::StringRef what) {
    if (groups == 1 || constantOf(x)) return;
    Value number = extents.constant(groups), whole = extents.mul(extents.div(x, number), number);
    if (!isNew(x, whole, /*equal=*/true)) return;
    require(arith::CmpIOp::create(b, op->getLoc(), arith::CmpIPredicate::eq, x, whole), op,
            (what + " that were unknown while tracing do not divide into " + llvm::Twine(groups) + " groups").str());
  }
  void atMost(Value x, Value y, const llvm::Twine &what) {
    if (x == y || (constantOf(x) && constantOf(y)) || !isNew(x, y, /*equal=*/false)) return;
    require(arith::CmpIOp::create(b, op->getLoc(), arith::CmpIPredicate::sle, x, y), op,
            (what + " that was unknown while tracing").str());
  }
};

}  // namespace

void checkExtentsOf(mlir::Operation *op, mlir::OpBuilder &b, ExtentEmitter &extents, StatedExtents &stated,
                    RequireExtents require) {
  Checker(op, b, extents, stated, require).run();
}

}  // namespace etch::codegen

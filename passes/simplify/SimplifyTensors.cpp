#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/CSE.h"

#include "ir/dialect/EraseDead.h"
#include "ir/dialect/EtchDialect.h"
#include "passes/Passes.h"
#include "passes/simplify/Rules.h"

namespace etch::passes {

#define GEN_PASS_DEF_SIMPLIFYTENSORS
#include "passes/Passes.h.inc"

namespace {

// Each rule returns the value that replaces the op's result, or null. Producers are simplified before their consumers,
// so one walk in program order reaches the end of every chain.

/// stop_gradient(x) -> x: derivatives have been taken.
mlir::Value simplify(ir::StopGradientOp op, mlir::OpBuilder &) { return op.getOperand(); }

/// cast(x) -> x when the dtype stays.
mlir::Value simplify(ir::CastOp op, mlir::OpBuilder &) {
  return op.getOperand().getType() == op.getType() ? op.getOperand() : nullptr;
}

/// transpose(x, identity) -> x; transpose(transpose(x, p), q) -> transpose(x, p[q]).
mlir::Value simplify(ir::TransposeOp op, mlir::OpBuilder &b) {
  llvm::ArrayRef<int64_t> permutation = op.getPermutation();
  if (llvm::equal(permutation, llvm::seq<int64_t>(permutation.size()))) return op.getOperand();
  auto inner = op.getOperand().getDefiningOp<ir::TransposeOp>();
  if (!inner) return nullptr;
  llvm::SmallVector<int64_t> composed;
  for (int64_t axis : permutation) composed.push_back(inner.getPermutation()[axis]);
  if (llvm::equal(composed, llvm::seq<int64_t>(composed.size()))) return inner.getOperand();
  return ir::TransposeOp::create(b, op.getLoc(), op.getType(), inner.getOperand(), composed);
}

/// reshape(x) -> x when the shape stays and is known; reshape(reshape(x)) -> reshape(x).
mlir::Value simplify(ir::ReshapeOp op, mlir::OpBuilder &b) {
  if (op.getOperand().getType() == op.getType() && op.getType().hasStaticShape()) return op.getOperand();
  auto inner = op.getOperand().getDefiningOp<ir::ReshapeOp>();
  if (!inner) return nullptr;
  if (inner.getOperand().getType() == op.getType() && op.getType().hasStaticShape()) return inner.getOperand();
  return ir::ReshapeOp::create(b, op.getLoc(), op.getType(), inner.getOperand(), op.getSizes(), op.getShape());
}

/// broadcast_in_dim(x) -> x when nothing is repeated;
/// broadcast_in_dim(broadcast_in_dim(x, p), q) -> broadcast_in_dim(x, q[p]).
mlir::Value simplify(ir::BroadcastInDimOp op, mlir::OpBuilder &b) {
  if (op.getOperand().getType() == op.getType() && op.getType().hasStaticShape() &&
      llvm::equal(op.getDims(), llvm::seq<int64_t>(op.getDims().size())))
    return op.getOperand();
  auto inner = op.getOperand().getDefiningOp<ir::BroadcastInDimOp>();
  if (!inner || !inner.getType().hasStaticShape()) return nullptr;
  // An extent of 1 between the two may stand for a repeat of the outer one; that stays right, the axis is just mapped
  // on.
  llvm::SmallVector<int64_t> composed;
  for (int64_t axis : inner.getDims()) composed.push_back(op.getDims()[axis]);
  return ir::BroadcastInDimOp::create(b, op.getLoc(), op.getType(), inner.getOperand(), op.getSizes(), op.getShape(),
                                      composed);
}

/// reduce(x, axes = []) -> x.
mlir::Value simplifyReduce(mlir::Operation *op) {
  auto axes = op->getAttrOfType<mlir::DenseI64ArrayAttr>("axes");
  return axes && axes.empty() ? op->getOperand(0) : nullptr;
}

/// dim(x) -> constant when the extent is known; dim(f(x)) -> dim(x) for elementwise f.
mlir::Value simplify(ir::DimOp op, mlir::OpBuilder &b) {
  auto type = llvm::cast<mlir::RankedTensorType>(op.getOperand().getType());
  if (!type.isDynamicDim(op.getAxis()))
    return ir::ConstantOp::create(
        b, op.getLoc(), mlir::DenseElementsAttr::get(op.getType(), b.getI64IntegerAttr(type.getDimSize(op.getAxis()))));
  mlir::Operation *producer = op.getOperand().getDefiningOp();
  if (!producer) return nullptr;
  if (producer->hasTrait<ir::ElementwiseOp>())
    return ir::DimOp::create(b, op.getLoc(), op.getType(), producer->getOperand(producer->getNumOperands() - 1),
                             op.getAxis())
        .getResult();
  if (auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(producer)) {
    int64_t position = llvm::count(broadcast.getShape().take_front(op.getAxis()), int64_t{-1});
    return broadcast.getSizes()[position];
  }
  return nullptr;
}

/// dot_general(transpose(x), y) -> dot_general(x, y) reading other axes. The result's order of free axes must not
/// change, which holds when the free axes keep their relative order.
mlir::Value simplify(ir::DotGeneralOp op, mlir::OpBuilder &b) {
  bool changed = false;
  auto through = [&](mlir::Value operand, llvm::ArrayRef<int64_t> batch, llvm::ArrayRef<int64_t> contract,
                     llvm::SmallVector<int64_t> &newBatch, llvm::SmallVector<int64_t> &newContract) -> mlir::Value {
    newBatch.assign(batch.begin(), batch.end());
    newContract.assign(contract.begin(), contract.end());
    auto transpose = operand.getDefiningOp<ir::TransposeOp>();
    if (!transpose) return operand;
    llvm::ArrayRef<int64_t> permutation = transpose.getPermutation();
    int64_t last = -1;
    for (auto [axis, source] : llvm::enumerate(permutation)) {
      if (llvm::is_contained(batch, axis) || llvm::is_contained(contract, axis)) continue;
      if (source < last) return operand;
      last = source;
    }
    // The dot kernels cannot read an operand whose innermost axis is a batch.
    auto source = llvm::cast<mlir::RankedTensorType>(transpose.getOperand().getType());
    for (int64_t axis : batch)
      if (permutation[axis] == source.getRank() - 1 && source.getDimSize(permutation[axis]) != 1) return operand;
    for (int64_t &axis : newBatch) axis = permutation[axis];
    for (int64_t &axis : newContract) axis = permutation[axis];
    changed = true;
    return transpose.getOperand();
  };
  llvm::SmallVector<int64_t> lhsBatch, lhsContract, rhsBatch, rhsContract;
  mlir::Value lhs = through(op.getLhs(), op.getLhsBatch(), op.getLhsContract(), lhsBatch, lhsContract);
  mlir::Value rhs = through(op.getRhs(), op.getRhsBatch(), op.getRhsContract(), rhsBatch, rhsContract);
  if (!changed) return nullptr;
  return ir::DotGeneralOp::create(b, op.getLoc(), op.getType(), lhs, rhs, lhsBatch, rhsBatch, lhsContract, rhsContract);
}

mlir::Value simplifyOp(mlir::Operation *op, mlir::OpBuilder &b) {
  if (auto o = llvm::dyn_cast<ir::StopGradientOp>(op)) return simplify(o, b);
  if (auto o = llvm::dyn_cast<ir::CastOp>(op)) return simplify(o, b);
  if (auto o = llvm::dyn_cast<ir::TransposeOp>(op)) return simplify(o, b);
  if (auto o = llvm::dyn_cast<ir::ReshapeOp>(op)) return simplify(o, b);
  if (auto o = llvm::dyn_cast<ir::BroadcastInDimOp>(op)) return simplify(o, b);
  if (auto o = llvm::dyn_cast<ir::DimOp>(op)) return simplify(o, b);
  if (auto o = llvm::dyn_cast<ir::DotGeneralOp>(op)) return simplify(o, b);
  return simplifyReduce(op);
}

/// The op's own rule first: what sinkReshape leaves in front of the reshape is not looked at again.
mlir::Value simplifyAny(mlir::Operation *op, mlir::OpBuilder &b) {
  if (mlir::Value better = simplifyOp(op, b)) return better;
  for (auto rule : {foldSplats, sinkReshape, broadcastThroughReshape, composeRepeats})
    if (mlir::Value better = rule(op, b)) return better;
  return nullptr;
}

struct SimplifyTensors : impl::SimplifyTensorsBase<SimplifyTensors> {
  void runOnOperation() override {
    mlir::OpBuilder b(&getContext());
    getOperation().walk<mlir::WalkOrder::PreOrder>([&](mlir::Operation *op) {
      if (op->getNumResults() != 1) return;
      // A rule may build an op that another rule simplifies further (transposes of transposes).
      b.setInsertionPoint(op);
      for (mlir::Operation *current = op; current;) {
        mlir::Value better = simplifyAny(current, b);
        if (!better) break;
        current->getResult(0).replaceAllUsesWith(better);
        current = better.getDefiningOp() && better.getDefiningOp()->getBlock() == op->getBlock() &&
                          better.getDefiningOp()->getNextNode() == op
                      ? better.getDefiningOp()
                      : nullptr;
      }
    });
    mlir::IRRewriter rewriter(&getContext());
    mlir::DominanceInfo dominance;
    mlir::eliminateCommonSubExpressions(rewriter, dominance, getOperation());
    ir::eraseDead(getOperation());
  }
};

}  // namespace
}  // namespace etch::passes

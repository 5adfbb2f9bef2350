#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "passes/Passes.h"
#include "passes/autodiff/Attention.h"
#include "passes/lower/AttentionPays.h"

namespace etch::passes {

#define GEN_PASS_DEF_LOWERATTENTION
#include "passes/Passes.h.inc"

namespace {

using mlir::Value;

/// Scores of one head from which the kernel is as fast as storing them. Milliseconds for 64 heads of depth 32, forward
/// and with the derivatives (docs/decisions/0040-attention.md):
///
///   queries and keys   16            32            64            128
///   kernel             .037   .115   .088   .281   .323   1.01   1.16   3.54
///   written out        .042   .088   .133   .280   .478   1.06   1.68   3.95
constexpr int64_t kKernelScores = 32 * 32;

struct LowerAttention : impl::LowerAttentionBase<LowerAttention> {
  using LowerAttentionBase::LowerAttentionBase;

  // By the logsumexp that an attention left: the weights it has come from, and what these were made of.
  struct Left {
    Value query, key, mask, weights;
  };
  llvm::DenseMap<Value, Left> left;

  void runOnOperation() override {
    llvm::SmallVector<mlir::Operation *> ops;
    getOperation().walk([&](mlir::Operation *op) {
      if (llvm::isa<ir::DotProductAttentionOp, ir::DotProductAttentionGradientOp>(op) &&
          (strict || !attentionPays(op->getOperand(0), op->getOperand(1))))
        ops.push_back(op);
    });
    for (mlir::Operation *op : ops) {
      autodiff::Builder b(op->getLoc(), op);
      op->replaceAllUsesWith(llvm::isa<ir::DotProductAttentionOp>(op)
                                 ? writeOut(llvm::cast<ir::DotProductAttentionOp>(op), b)
                                 : writeOut(llvm::cast<ir::DotProductAttentionGradientOp>(op), b));
      op->erase();
    }
    left.clear();
  }

  llvm::SmallVector<Value> writeOut(ir::DotProductAttentionOp op, autodiff::Builder &b) {
    autodiff::WrittenAttention written = autodiff::writeOut(op, b);
    left[written.logsumexp] = {op.getQuery(), op.getKey(), op.getMask(), written.weights};
    return {written.result, written.logsumexp};
  }

  llvm::SmallVector<Value> writeOut(ir::DotProductAttentionGradientOp op, autodiff::Builder &b) {
    Left made = left.lookup(op.getLogsumexp());
    bool isSame = made.query == op.getQuery() && made.key == op.getKey() && made.mask == op.getMask();
    autodiff::WrittenAttentionGradient written = autodiff::writeOut(op, isSame ? made.weights : Value(), b);
    return {written.byQuery, written.byKey, written.byValue};
  }
};

}  // namespace

bool attentionPays(Value query, Value key) {
  auto lengthOf = [](Value value) {
    auto type = llvm::cast<mlir::RankedTensorType>(value.getType());
    return type.getDimSize(type.getRank() - 2);
  };
  int64_t queries = lengthOf(query), keys = lengthOf(key);
  return mlir::ShapedType::isDynamic(queries) || mlir::ShapedType::isDynamic(keys) || queries * keys >= kKernelScores;
}

}  // namespace etch::passes

// Weights of a loop in the order in which its products read them.

#include "passes/Passes.h"
#include "passes/loop/Loops.h"

namespace etch::passes {

#define GEN_PASS_DEF_TRANSPOSEINVARIANTS
#include "passes/Passes.h.inc"

namespace {

using mlir::Value;

/// Rows of the result from which packing the right side costs little beside the product
/// (docs/decisions/0050-loops.md).
constexpr int64_t kManyRows = 512;
/// Elements of the right side below which it lies in the L1 cache, in whatever order.
constexpr int64_t kSmall = 1 << 12;

bool isOutside(Value value, mlir::Operation *loop) { return !loop->isAncestor(value.getParentBlock()->getParentOp()); }

/// Does `dot` read its right side, a matrix from outside of the loop, along the contracted axis, for few rows?
bool packsEachTime(ir::DotGeneralOp dot, mlir::Operation *loop) {
  mlir::RankedTensorType left = ir::typeOf(dot.getLhs()), right = ir::typeOf(dot.getRhs());
  if (left.getRank() != 2 || right.getRank() != 2 || !dot.getLhsBatch().empty() || dot.getRhsContract().size() != 1 ||
      dot.getRhsContract().front() != 1 || !isOutside(dot.getRhs(), loop))
    return false;
  const int64_t rows = left.getDimSize(1 - dot.getLhsContract().front());
  return left.hasStaticShape() && right.hasStaticShape() && rows > 4 && rows <= kManyRows &&
         right.getNumElements() >= kSmall;
}

struct TransposeInvariants : impl::TransposeInvariantsBase<TransposeInvariants> {
  void runOnOperation() override {
    getOperation().walk([&](mlir::Operation *loop) {
      if (!llvm::isa<ir::ForOp, ir::WhileOp>(loop)) return;
      llvm::DenseMap<Value, Value> transposed;
      loop->walk([&](ir::DotGeneralOp dot) {
        if (!packsEachTime(dot, loop)) return;
        Value &other = transposed[dot.getRhs()];
        autodiff::Builder b(dot.getLoc(), loop);
        if (!other) other = autodiff::transpose(b, dot.getRhs(), {1, 0});
        dot.getRhsMutable().assign(other);
        dot.setRhsContract({0});
      });
    });
  }
};

}  // namespace
}  // namespace etch::passes

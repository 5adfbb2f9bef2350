// What a loop computes anew in each iteration although it stays the same, once before the loop.

#include "llvm/ADT/SetVector.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "passes/Passes.h"
#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"
#include "passes/loop/Loops.h"

namespace etch::passes {

#define GEN_PASS_DEF_HOISTINVARIANTS
#include "passes/Passes.h.inc"

namespace {

using mlir::Value;

/// Elementwise work (weightOf) from which reading its result takes less time (docs/decisions/0092-invariants.md).
constexpr int64_t kDear = 4;
/// A result larger than this, and than so many times what it is computed from, takes longer to read.
constexpr int64_t kLarge = 1 << 18, kTimesLarger = 4;
/// As much work takes longer than reading a result of any size.
constexpr int64_t kVeryDear = 64;

bool isHeavy(Role role) { return readsMemory(role) || role == Role::Reduce || role == Role::Update; }

int64_t workOf(mlir::Operation *op) {
  return llvm::isa<ir::DivOp, ir::RemOp, ir::SqrtOp, ir::RsqrtOp>(op) ? kDear : weightOf(op);
}

class Hoister {
 public:
  explicit Hoister(mlir::Operation *loop) : loop(loop) {}

  void run() {
    for (mlir::Region &region : loop->getRegions())
      for (mlir::Operation &op : region.front())
        if (isInvariantOp(&op)) invariant.insert(&op);
    for (mlir::Operation *op : invariant)
      for (mlir::OpOperand &use : op->getUses())
        if (!invariant.contains(use.getOwner())) choose(op, isReadInMemory(use));
    for (mlir::Operation *op : invariant)
      if (chosen.contains(op)) op->moveBefore(loop);
  }

 private:
  mlir::Operation *loop;
  llvm::SetVector<mlir::Operation *> invariant;  // ops of the loop's own blocks, in program order
  llvm::DenseSet<mlir::Operation *> chosen;
  llvm::DenseSet<mlir::Operation *> seen[2];  // by choose, for a reader that computes and for one that needs memory

  bool isOutside(Value value) const { return !loop->isAncestor(value.getParentBlock()->getParentOp()); }

  bool isInvariantOp(mlir::Operation *op) const {
    if (op->getNumResults() == 0 || op->getNumRegions() != 0 || !mlir::isPure(op) || roleOf(op) == Role::Barrier)
      return false;
    auto isStatic = [](mlir::Type type) { return llvm::cast<mlir::RankedTensorType>(type).hasStaticShape(); };
    return llvm::all_of(op->getResultTypes(), isStatic) && llvm::all_of(op->getOperands(), [&](Value operand) {
             return isOutside(operand) || invariant.contains(operand.getDefiningOp());
           });
  }

  /// Does the reader need the value in memory, however cheap it is?
  bool isReadInMemory(mlir::OpOperand &use) const {
    mlir::Operation *user = use.getOwner();
    if (user->getBlock() != use.get().getParentBlock()) return true;  // a region
    const Role role = roleOf(user);
    return role == Role::Barrier || (readsMemory(role) && !readsByIndex(use));
  }

  /// Marks what is computed before the loop for a reader of `op`: all of it, a part, or nothing.
  void choose(mlir::Operation *op, bool isInMemory) {
    if (!seen[isInMemory].insert(op).second) return;
    const Role role = roleOf(op);
    const bool isLazy = role == Role::Lazy || role == Role::View;
    if (isHeavy(role) || (role == Role::View ? false : isLazy ? isInMemory && isMoved(op) : pays(op, isInMemory)))
      return take(op);
    for (Value operand : op->getOperands())
      if (mlir::Operation *made = operand.getDefiningOp(); invariant.contains(made))
        choose(made, isInMemory && role == Role::View);
  }

  void take(mlir::Operation *op) {
    if (!invariant.contains(op) || !chosen.insert(op).second) return;
    for (Value operand : op->getOperands())
      if (mlir::Operation *made = operand.getDefiningOp()) take(made);
  }

  /// Numbers that are made (a constant, iota) are made as fast as they are read.
  static bool isMoved(mlir::Operation *op) { return op->getNumOperands() > 0; }

  /// Elementwise ops that are dear together, or read more than they make.
  bool pays(mlir::Operation *op, bool isInMemory) const {
    if (isInMemory) return true;
    llvm::SetVector<mlir::Operation *> tree;
    llvm::SetVector<Value> leaves;
    tree.insert(op);
    int64_t work = 0, read = 0, largest = 0;
    for (size_t i = 0; i < tree.size(); ++i) {
      if (roleOf(tree[i]) == Role::Loop) work += workOf(tree[i]);
      if (work >= kVeryDear) return true;
      for (Value operand : tree[i]->getOperands()) {
        mlir::Operation *made = operand.getDefiningOp();
        if (made && ir::splatOf(operand)) continue;
        if (made && invariant.contains(made) && !isHeavy(roleOf(made)))
          tree.insert(made);
        else
          leaves.insert(operand);
      }
    }
    for (Value leaf : leaves) {
      const int64_t bytes = bytesOf(leaf.getType());
      read += bytes;
      largest = std::max(largest, bytes);
    }
    const int64_t made = bytesOf(op->getResult(0).getType());
    if (made > kLarge && made > kTimesLarger * largest) return false;
    return work >= kDear || read >= 2 * made;
  }
};

struct HoistInvariants : impl::HoistInvariantsBase<HoistInvariants> {
  void runOnOperation() override {
    llvm::SmallVector<mlir::Operation *> loops;  // inner ones first
    getOperation().walk([&](mlir::Operation *op) {
      if (llvm::isa<ir::ForOp, ir::WhileOp>(op)) loops.push_back(op);
    });
    for (mlir::Operation *loop : loops) Hoister(loop).run();
  }
};

}  // namespace
}  // namespace etch::passes

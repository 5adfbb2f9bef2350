// Elementwise ops before a contraction. The kernel of a product computes them while it packs the operand, which then is
// never stored whole; GemmRoutine.h says how.

#include "passes/fusion/Grouper.h"

namespace etch::passes {

using ir::typeOf;

namespace {

/// Operands that stay in the L2 cache until the product reads them gain nothing (docs/decisions/0068).
constexpr int64_t kLeast = 1 << 16;

/// Products of fewer rows or columns read their operands in place (docs/decisions/0068).
constexpr int64_t kFew = 8;

/// Rows of the left operand are computed once for so many columns (docs/decisions/0068).
constexpr int64_t kColumnsOfBlock = 512;

/// Is the operand packed row by row, each part once, by one thread?
bool isMadeOnce(ir::DotGeneralOp dot, unsigned number) {
  const mlir::RankedTensorType lhs = typeOf(dot.getLhs()), rhs = typeOf(dot.getRhs());
  if (lhs.getRank() != 2 || rhs.getRank() != 2 || !lhs.hasStaticShape() || !rhs.hasStaticShape()) return false;
  if (dot.getLhsContract().size() != 1) return false;
  const int64_t left = dot.getLhsContract()[0], right = dot.getRhsContract()[0];
  const int64_t m = lhs.getDimSize(1 - left), n = rhs.getDimSize(1 - right);
  if (std::min(m, n) <= kFew || lhs.getDimSize(left) == 0) return false;
  if ((number == 0 ? lhs : rhs).getNumElements() < kLeast) return false;
  return number == 0 ? left == 1 && n < m && n <= kColumnsOfBlock : right == 0 && m <= n;
}

/// Types that are summed up as what they are; others are widened while they are packed.
bool isSummedAsIs(mlir::Type type) {
  const DType dtype = ir::toDType(type);
  return dtype == DType::f32 || dtype == DType::f64 || dtype == DType::i32 || dtype == DType::i64;
}

}  // namespace

void Grouper::findMade() {
  for (Group &group : result.groups) {
    // One that moved into a later group is left without ops.
    if (group.kind != Group::Kind::Dot || group.ops.empty()) continue;
    auto dot = llvm::cast<ir::DotGeneralOp>(
        *llvm::find_if(group.ops, [](mlir::Operation *op) { return roleOf(op) == Role::Dot; }));
    for (mlir::OpOperand &operand : dot->getOpOperands())
      if (Group *maker = makerOf(dot, operand)) {
        result.made.insert(&operand);
        result.copied.insert(maker->ops.begin(), maker->ops.end());
      }
  }
}

/// The group that makes an operand and nothing else, if the product may compute it.
Group *Grouper::makerOf(ir::DotGeneralOp dot, mlir::OpOperand &operand) {
  mlir::Value value = operand.get();
  if (!isMadeOnce(dot, operand.getOperandNumber()) || !isSummedAsIs(typeOf(value).getElementType())) return nullptr;
  Group *maker = onlyMakerOf(value);
  if (!maker || maker->kind != Group::Kind::Loop || maker->fixed) return nullptr;
  for (mlir::Operation *op : maker->ops) {
    if (roleOf(op) != Role::Loop || readsElsewhere(op)) return nullptr;
    for (mlir::Value source : op->getOperands())
      if (isLazy(source) && !liesInRows(source)) return nullptr;
  }
  return maker;
}

/// The group that makes a value which is read once, and nothing else that others read.
Group *Grouper::onlyMakerOf(mlir::Value value) {
  mlir::Operation *last = value.getDefiningOp();
  if (!last || last->getBlock() != &block || roleOf(last) != Role::Loop || !value.hasOneUse()) return nullptr;
  Group *maker = groupAt(readyOf(value));
  if (!maker) return nullptr;
  auto isInside = [&](mlir::Operation *user) { return llvm::is_contained(maker->ops, user); };
  auto isForLast = [&](mlir::Operation *op) { return op == last || llvm::all_of(op->getUsers(), isInside); };
  return llvm::all_of(maker->ops, isForLast) ? maker : nullptr;
}

}  // namespace etch::passes

// Elementwise ops before ops that move elements. A value of which each element goes to one place is computed there, by
// the kernel that reads it, and never stored where it was made.

#include "llvm/ADT/SetVector.h"

#include "passes/fusion/Grouper.h"

namespace etch::passes {

namespace {

/// Ops that may be computed for each of two values that need them, rather than once for both (docs/decisions/0112).
constexpr int64_t kMostTwice = 4;

/// Columns that are joined to rows: those of a matrix of 3 x 4 (docs/decisions/0112).
constexpr int64_t kMostColumns = 12;

/// Does an element of the operand go to at most one element of the result, and its neighbours along the rows beside it?
/// (Rows that become columns are moved by kernels of squares: codegen/cpu/move/TransposeTiles.cpp.)
bool movesOnce(mlir::Operation *op) {
  if (llvm::isa<ir::ReverseOp, ir::ConcatenateOp, ir::DynamicSliceOp>(op)) return true;
  if (auto transpose = llvm::dyn_cast<ir::TransposeOp>(op))
    return becomesPlanes(op) ||
           transpose.getPermutation().back() + 1 == static_cast<int64_t>(transpose.getPermutation().size());
  auto isOne = [](int64_t stride) { return stride == 1; };
  if (auto slice = llvm::dyn_cast<ir::SliceOp>(op)) return llvm::all_of(slice.getStrides(), isOne);
  auto isNone = [](int64_t interior) { return interior == 0; };
  if (auto pad = llvm::dyn_cast<ir::PadOp>(op)) return llvm::all_of(pad.getInterior(), isNone);
  return false;
}

/// Is the operand a tensor that the op moves? Where a dynamic slice begins and what a border holds are read as they
/// are.
bool isTensorMoved(mlir::OpOperand &operand) {
  return operand.getOperandNumber() == 0 || llvm::isa<ir::ConcatenateOp>(operand.getOwner());
}

/// Are they the indices by which elements are picked from a table of one axis, one for each element of the result?
bool arePicks(mlir::OpOperand &operand) {
  auto take = llvm::dyn_cast<ir::TakeOp>(operand.getOwner());
  return take && &operand == &take.getIndicesMutable() && ir::typeOf(take.getOperand()).getRank() == 1;
}

/// Short rows are moved by kernels of their own, which compute nothing.
bool hasLongRows(mlir::Value value) {
  llvm::ArrayRef<int64_t> shape = ir::typeOf(value).getShape();
  return shape.size() == 1 || (!shape.empty() && shape.back() >= kShortRow);
}

int64_t codeOf(llvm::ArrayRef<mlir::Operation *> ops) {
  int64_t code = 0;
  for (mlir::Operation *op : ops) code += weightOf(op);
  return code;
}

/// How many elements of its operand does the use ask for? The rest of what moves them is known to take each once.
int64_t elementsTaken(mlir::OpOperand &use) {
  const bool isPart = llvm::isa<ir::SliceOp, ir::DynamicSliceOp>(use.getOwner());
  return ir::typeOf(isPart ? use.getOwner()->getResult(0) : use.get()).getNumElements();
}

/// The ops of a group that a value of it is computed by, in instructions.
int64_t codeBehind(mlir::Operation *op, const llvm::SmallPtrSetImpl<mlir::Operation *> &members) {
  llvm::SetVector<mlir::Operation *> needed;
  needed.insert(op);
  for (size_t next = 0; next < needed.size(); ++next)
    for (mlir::Value operand : needed[next]->getOperands())
      if (mlir::Operation *source = operand.getDefiningOp(); source && members.contains(source)) needed.insert(source);
  return codeOf(needed.getArrayRef());
}

}  // namespace

bool becomesPlanes(mlir::Operation *op) {
  auto transpose = llvm::dyn_cast<ir::TransposeOp>(op);
  if (!transpose) return false;
  mlir::RankedTensorType rows = ir::typeOf(transpose.getOperand());
  const int64_t last = rows.getRank() - 1;
  return last > 0 && transpose.getPermutation().back() == last - 1 && !rows.isDynamicDim(last) &&
         rows.getDimSize(last) <= kMostPlanes;
}

bool areFewColumns(llvm::ArrayRef<int64_t> shape, int64_t axis) {
  if (axis < 1 || mlir::ShapedType::isDynamicShape(shape) || shape[axis - 1] < kShortRow) return false;
  int64_t columns = 1;
  for (int64_t extent : shape.drop_front(axis)) columns *= extent;
  return columns > 1 && columns <= kMostColumns;
}

bool joinsColumns(mlir::Operation *op) {
  auto concatenate = llvm::dyn_cast<ir::ConcatenateOp>(op);
  return concatenate && areFewColumns(concatenate.getType().getShape(), static_cast<int64_t>(concatenate.getAxis()));
}

void Grouper::findMoved() {
  // Not Group::weight: that of a concatenation is the largest, so that nothing follows in its kernel.
  llvm::DenseMap<Group *, int64_t> code;
  for (Group &group : result.groups) code[&group] = codeOf(group.ops);
  for (Group &group : result.groups) {
    if (!isComputedAnywhere(group)) continue;
    int64_t more = 0;
    Group *reader = joinerOf(group, more);
    if (!reader) reader = onlyReaderOf(group, more);
    if (!reader || code[reader] + more > kMaxWeight) continue;
    code[reader] += more;
    result.copied.insert(group.ops.begin(), group.ops.end());
    result.moved.insert(group.ops.begin(), group.ops.end());
  }
}

/// Can the ops of a group be computed at any index of another kernel?
bool Grouper::isComputedAnywhere(const Group &group) {
  return group.kind == Group::Kind::Loop && !group.fixed && !group.ops.empty() && isStatic(group.domain) &&
         llvm::all_of(group.ops, [&](mlir::Operation *op) {
           return roleOf(op) == Role::Loop && !readsElsewhere(op) && !result.copied.contains(op);
         });
}

/// Does the group's kernel compute each element once? What is read again behind a reduction is computed again, or kept
/// in memory that belongs to the kernel's own values (codegen/cpu/reduce/RowPasses.h).
bool Grouper::passesOnce(const Group &group) const {
  if (group.kind != Group::Kind::Reduce) return group.kind == Group::Kind::Loop;
  return llvm::none_of(group.ops, [&](mlir::Operation *op) {
    return llvm::any_of(op->getOperands(), [&](mlir::Value operand) { return isRepeated(operand); });
  });
}

/// The group that puts what `group` makes side by side, as columns of its rows. Its kernel computes the columns of a
/// row together, so that these share what they are computed from.
Group *Grouper::joinerOf(const Group &group, int64_t &code) {
  llvm::SmallPtrSet<mlir::Operation *, 8> members(group.ops.begin(), group.ops.end());
  Group *only = nullptr;
  for (mlir::Operation *op : group.ops)
    for (mlir::Operation *user : op->getUsers()) {
      if (members.contains(user)) continue;
      Group *reader = joinerBehind(user, /*isJoined=*/false);
      if (!reader || reader == &group || (only && reader != only)) return nullptr;
      only = reader;
    }
  // What is computed behind the rows is there for each column.
  if (!only || only->domain.back() * codeOf(only->ops) > kMaxWeight) return nullptr;
  code = codeOf(group.ops);
  return only;
}

/// Are rows of few elements folded? The kernel has them in registers.
bool Grouper::foldsFewColumns(const Group &group) const {
  const auto last = static_cast<int64_t>(group.domain.size()) - 1;
  int64_t elements = 1;
  for (int64_t extent : group.domain) elements *= extent;
  return group.kind == Group::Kind::Reduce && areFewColumns(group.domain, last) && elements >= kManyShortRows &&
         llvm::equal(group.axes, llvm::ArrayRef(last));
}

/// The group that joins the operands of `op`, or computes with what they are joined to.
Group *Grouper::joinerBehind(mlir::Operation *op, bool isJoined) {
  if (op->getBlock() != &block || op->getNumResults() != 1) return nullptr;
  mlir::Value value = op->getResult(0);
  if (isJoined && (roleOf(op) == Role::Loop || roleOf(op) == Role::Reduce)) {
    Group *reader = groupAt(readyOf(value));
    const bool hasRows = reader && (reader->kind == Group::Kind::Loop || foldsFewColumns(*reader));
    return hasRows && !readsElsewhere(op) && !result.copied.contains(op) ? reader : nullptr;
  }
  if (!joinsColumns(op) && !op->hasAttr(kFollowed)) return nullptr;
  isJoined |= joinsColumns(op);
  if (auto made = result.inMemory.find(value); made != result.inMemory.end())
    return isJoined ? groupAt(whereNow(made->second)) : nullptr;
  Group *only = nullptr;
  for (mlir::Operation *user : value.getUsers()) {
    Group *reader = joinerBehind(user, isJoined);
    if (!reader || (only && reader != only)) return nullptr;
    only = reader;
  }
  return only;
}

/// The group that reads all that `group` makes, each element once or cheap to compute again, and reads it behind ops
/// that move elements. `code`: how much its kernel grows.
Group *Grouper::onlyReaderOf(const Group &group, int64_t &code) {
  llvm::SmallPtrSet<mlir::Operation *, 8> members(group.ops.begin(), group.ops.end());
  Group *only = nullptr;
  int64_t computed = 0;  // instructions, if each value that is handed out is computed by itself, where it goes
  for (mlir::Operation *op : group.ops) {
    int64_t elements = 0, copies = 0;
    for (mlir::OpOperand &use : op->getUses()) {
      if (members.contains(use.getOwner())) continue;
      Group *reader = readerBehindMoves(use, copies);
      if (!reader || reader == &group || (only && reader != only)) return nullptr;
      only = reader;
      elements += elementsTaken(use);
    }
    if (elements == 0) continue;
    // The halves of what is rolled are computed once, neighbours whose difference is taken twice.
    const int64_t all = ir::typeOf(op->getResult(0)).getNumElements(), behind = codeBehind(op, members);
    computed += (elements + all - 1) / all * behind;
    code += copies * behind;
    if (computed > codeOf(group.ops) + kMostTwice) return nullptr;
  }
  return only;
}

/// The group that reads a value through ops that move its elements, the first of which has the use. `copies`: how often
/// its kernel holds what computes the value.
Group *Grouper::readerBehindMoves(mlir::OpOperand &use, int64_t &copies) {
  int64_t copiesHere = 1;
  auto readerOf = [&](Group *reader) -> Group * {
    if (!reader || !passesOnce(*reader)) return nullptr;
    copies += copiesHere;
    return reader;
  };
  for (mlir::OpOperand *next = &use;; next = &*next->getOwner()->getResult(0).use_begin()) {
    mlir::Operation *op = next->getOwner();
    if (op->getBlock() != &block) return nullptr;
    if (roleOf(op) == Role::Loop || roleOf(op) == Role::Reduce) {
      if (next == &use || readsElsewhere(op) || result.copied.contains(op)) return nullptr;
      return readerOf(groupAt(readyOf(op->getResult(0))));
    }
    const bool isMovedOnce = arePicks(*next) || (movesOnce(op) && isTensorMoved(*next));
    if (!isMovedOnce || !op->hasOneUse() || !isStatic(shapeOf(op->getResult(0))) ||
        !(hasLongRows(next->get()) || becomesPlanes(op)) || !hasLongRows(op->getResult(0)))
      return nullptr;
    // Kernels hold the code of what stands before a border twice (AwayFromBorders.cpp).
    if (llvm::isa<ir::PadOp, ir::ConcatenateOp>(op)) copiesHere = 2;
    auto made = result.inMemory.find(op->getResult(0));
    if (made != result.inMemory.end()) return readerOf(groupAt(whereNow(made->second)));
  }
}

}  // namespace etch::passes

// Comparisons of sums of positions: a mask is known without its elements when it says that a whole-number combination
// of the row's and the column's number is not positive.
#include "passes/simplify/PositionMask.h"

#include <optional>

#include "ir/dialect/Constants.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::passes {

using ir::typeOf;
namespace {

using mlir::Value;

/// row * i + column * j + constant at row i, column j of the mask.
struct Linear {
  int64_t row = 0, column = 0, constant = 0;

  Linear times(int64_t factor) const { return {row * factor, column * factor, constant * factor}; }
  Linear plus(Linear other) const { return {row + other.row, column + other.column, constant + other.constant}; }
};

/// Which axis of a value is the mask's: for each axis of the value, or kNone where elements repeat.
enum Role : int64_t { kNone, kRow, kColumn };
using Roles = llvm::SmallVector<Role>;

/// The roles of the operand's axes; nothing where the op mixes them.
std::optional<Roles> rolesOfOperand(mlir::Operation *op, const Roles &roles) {
  mlir::RankedTensorType from = typeOf(op->getOperand(0)), to = typeOf(op->getResult(0));
  Roles inner(from.getRank(), kNone);
  if (auto broadcast = llvm::dyn_cast<ir::BroadcastInDimOp>(op)) {
    for (auto [axis, dim] : llvm::enumerate(broadcast.getDims()))
      if (from.getDimSize(axis) != 1) inner[axis] = roles[dim];
    return inner;
  }
  if (auto transpose = llvm::dyn_cast<ir::TransposeOp>(op)) {
    for (auto [axis, source] : llvm::enumerate(transpose.getPermutation())) inner[source] = roles[axis];
    return inner;
  }
  // A reshape that only adds or drops axes of extent 1.
  int64_t next = 0;
  for (int64_t axis = 0; axis < from.getRank(); ++axis) {
    if (from.getDimSize(axis) == 1) continue;
    while (next < to.getRank() && to.getDimSize(next) == 1) ++next;
    if (next == to.getRank() || to.isDynamicDim(next) || to.getDimSize(next) != from.getDimSize(axis))
      return std::nullopt;
    inner[axis] = roles[next++];
  }
  return inner;
}

bool movesElements(mlir::Operation *op) { return llvm::isa<ir::BroadcastInDimOp, ir::TransposeOp, ir::ReshapeOp>(op); }

std::optional<Linear> linearOf(Value value, const Roles &roles) {
  mlir::Operation *op = value.getDefiningOp();
  if (!op || !typeOf(value).getElementType().isInteger()) return std::nullopt;
  if (std::optional<int64_t> number = ir::splatInteger(value)) return Linear{0, 0, *number};
  if (auto iota = llvm::dyn_cast<ir::IotaOp>(op)) {
    Role role = roles[iota.getAxis()];
    if (typeOf(value).getElementTypeBitWidth() < 32) return std::nullopt;
    if (role == kNone && typeOf(value).getDimSize(iota.getAxis()) != 1) return std::nullopt;
    return Linear{role == kRow, role == kColumn, 0};
  }
  if (movesElements(op)) {
    std::optional<Roles> inner = rolesOfOperand(op, roles);
    return inner ? linearOf(op->getOperand(0), *inner) : std::nullopt;
  }
  // Bytes wrap: 1 - 2 is 255.
  if (!llvm::isa<ir::AddOp, ir::SubOp>(op) || typeOf(value).getElementTypeBitWidth() < 32) return std::nullopt;
  std::optional<Linear> lhs = linearOf(op->getOperand(0), roles), rhs = linearOf(op->getOperand(1), roles);
  if (!lhs || !rhs) return std::nullopt;
  return lhs->plus(rhs->times(llvm::isa<ir::SubOp>(op) ? -1 : 1));
}

/// The combination that is not positive exactly where `mask` is `isTrue`.
std::optional<Linear> conditionOf(Value mask, const Roles &roles, bool isTrue) {
  mlir::Operation *op = mask.getDefiningOp();
  if (!op) return std::nullopt;
  if (movesElements(op)) {
    std::optional<Roles> inner = rolesOfOperand(op, roles);
    return inner ? conditionOf(op->getOperand(0), *inner, isTrue) : std::nullopt;
  }
  if (llvm::isa<ir::LogicalNotOp>(op)) return conditionOf(op->getOperand(0), roles, !isTrue);
  if (auto select = llvm::dyn_cast<ir::SelectOp>(op)) {
    std::optional<Linear> yes = linearOf(select.getOnTrue(), roles), no = linearOf(select.getOnFalse(), roles);
    if (!yes || !no || yes->row || yes->column || no->row || no->column || !yes->constant == !no->constant)
      return std::nullopt;
    return conditionOf(select.getPred(), roles, isTrue == (yes->constant != 0));
  }
  bool isLess = llvm::isa<ir::LessOp, ir::LessEqualOp>(op);
  if (!isLess && !llvm::isa<ir::GreaterOp, ir::GreaterEqualOp>(op)) return std::nullopt;
  std::optional<Linear> lhs = linearOf(op->getOperand(0), roles), rhs = linearOf(op->getOperand(1), roles);
  if (!lhs || !rhs) return std::nullopt;
  Linear difference = isLess ? lhs->plus(rhs->times(-1)) : rhs->plus(lhs->times(-1));
  // Of whole numbers x < 0 is x + 1 <= 0, and not x <= 0 is 1 - x <= 0.
  if (llvm::isa<ir::LessOp, ir::GreaterOp>(op)) ++difference.constant;
  return isTrue ? difference : Linear{0, 0, 1}.plus(difference.times(-1));
}

}  // namespace

bool isCausalMask(Value mask, bool seen) {
  int64_t rank = typeOf(mask).getRank();
  Roles roles(rank, kNone);
  roles[rank - 2] = kRow;
  roles[rank - 1] = kColumn;
  std::optional<Linear> condition = conditionOf(mask, roles, seen);
  return condition && condition->row == -1 && condition->column == 1 && condition->constant == 0;
}

}  // namespace etch::passes

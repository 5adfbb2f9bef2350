// Products with one_hot become rows picked by index.
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "ir/dialect/EraseDead.h"
#include "passes/Passes.h"
#include "passes/autodiff/Builder.h"

namespace etch::passes {

#define GEN_PASS_DEF_TAKEONEHOT
#include "passes/Passes.h.inc"

namespace {

using autodiff::Builder;
using autodiff::Term;
using ir::typeOf;
using mlir::Value;

/// Is `value` 0, 1, 2, ... along its last axis, whatever the other indices?
bool countsColumns(Value value) {
  const int64_t last = typeOf(value).getRank() - 1;
  if (auto broadcast = value.getDefiningOp<ir::BroadcastInDimOp>()) {
    Value source = broadcast.getOperand();
    if (!llvm::equal(broadcast.getDims(), llvm::ArrayRef<int64_t>{last}) ||
        typeOf(source).getDimSize(0) != typeOf(value).getDimSize(last))
      return false;
    value = source;
  }
  auto iota = value.getDefiningOp<ir::IotaOp>();
  return iota && static_cast<int64_t>(iota.getAxis()) == typeOf(value).getRank() - 1;
}

/// x when `value` [..., d] is x [...] repeated along its last axis.
Value repeatedAlongColumns(Value value) {
  auto broadcast = value.getDefiningOp<ir::BroadcastInDimOp>();
  if (!broadcast) return {};
  const int64_t last = typeOf(value).getRank() - 1;
  return llvm::equal(broadcast.getDims(), llvm::seq<int64_t>(last)) &&
                 typeOf(broadcast.getOperand()).getShape() == typeOf(value).getShape().drop_back()
             ? broadcast.getOperand()
             : Value();
}

/// The indices of a one_hot, perhaps with its leading axes made one: cast(indices == columns).
Value indicesOf(Value hot) {
  if (!typeOf(hot).hasStaticShape()) return {};
  if (auto reshape = hot.getDefiningOp<ir::ReshapeOp>()) {
    Value source = reshape.getOperand();
    if (typeOf(source).getRank() == 0 || typeOf(source).getShape().back() != typeOf(hot).getShape().back()) return {};
    hot = source;
  }
  auto cast = hot.getDefiningOp<ir::CastOp>();
  auto equal = cast ? cast.getOperand().getDefiningOp<ir::EqualOp>() : ir::EqualOp();
  if (!equal) return {};
  for (bool swapped : {false, true}) {
    Value indices = repeatedAlongColumns(swapped ? equal.getRhs() : equal.getLhs());
    if (!indices || !countsColumns(swapped ? equal.getLhs() : equal.getRhs())) continue;
    mlir::Type type = typeOf(indices).getElementType();
    return type.isInteger(32) || type.isInteger(64) ? indices : Value();
  }
  return {};
}

Value flatten(Value indices, Builder &b) {
  auto type = typeOf(indices);
  if (type.getRank() == 1) return indices;
  llvm::SmallVector<int64_t> shape{type.getNumElements()};
  return ir::ReshapeOp::create(b, type.clone(shape), indices, mlir::ValueRange(), shape);
}

/// What replaces the product, or null.
Value rowsOf(ir::DotGeneralOp dot, Builder &b) {
  Value hot = dot.getLhs(), other = dot.getRhs();
  const auto isAxis = [](llvm::ArrayRef<int64_t> axes, int64_t axis) { return axes.size() == 1 && axes[0] == axis; };
  if (!dot.getLhsBatch().empty() || typeOf(hot).getRank() != 2 || typeOf(other).getRank() != 2 ||
      !typeOf(other).hasStaticShape() || !isAxis(dot.getRhsContract(), 0) || dot.getLhsContract().size() != 1 ||
      typeOf(other).getElementType() != dot.getType().getElementType())
    return {};
  const bool adds = isAxis(dot.getLhsContract(), 0);
  // scatter_add rounds each sum of sixteen bits.
  if (adds && dot.getType().getElementTypeBitWidth() < 32) return {};
  const int64_t depth = typeOf(hot).getDimSize(1);
  Value indices = depth > 0 ? indicesOf(hot) : Value();
  if (!indices) return {};
  indices = flatten(indices, b);
  if (adds)
    return ir::ScatterAddOp::create(b, dot.getType(), autodiff::zeros(b, dot.getType()), indices, other, /*axis=*/0);
  Term index(b, indices);
  Term inside = index >= 0.0 && index < static_cast<double>(depth);
  Value rows = autodiff::take(b, other, indices, 0);
  return ir::SelectOp::create(b, dot.getType(), autodiff::expand(b, inside, rows, {0}), rows,
                              autodiff::zeros(b, dot.getType()));
}

struct TakeOneHot : impl::TakeOneHotBase<TakeOneHot> {
  void runOnOperation() override {
    bool changed = false;
    getOperation().walk([&](ir::DotGeneralOp dot) {
      Builder b(dot.getLoc(), dot);
      Value rows = rowsOf(dot, b);
      if (!rows) return;
      dot.getResult().replaceAllUsesWith(rows);
      changed = true;
    });
    if (changed) ir::eraseDead(getOperation());
  }
};

}  // namespace
}  // namespace etch::passes

#include "codegen/cpu/reduce/PickedElement.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "codegen/cpu/elements/Cast.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "ir/dialect/Constants.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using ir::typeOf;
using mlir::Value;

namespace {

/// 0, 1, 2, ... along `axis`?
bool isIotaAlong(Value value, int64_t axis) {
  if (auto iota = value.getDefiningOp<ir::IotaOp>()) return static_cast<int64_t>(iota.getAxis()) == axis;
  auto broadcast = value.getDefiningOp<ir::BroadcastInDimOp>();
  auto iota = broadcast ? broadcast.getOperand().getDefiningOp<ir::IotaOp>() : ir::IotaOp();
  return iota && broadcast.getDims()[iota.getAxis()] == axis &&
         typeOf(iota.getResult()).getDimSize(iota.getAxis()) != 1;
}

/// The same all along `axis`?
bool isRepeatedAlong(Value value, int64_t axis) {
  auto broadcast = value.getDefiningOp<ir::BroadcastInDimOp>();
  return broadcast && !llvm::is_contained(broadcast.getDims(), axis);
}

}  // namespace

std::optional<PickedElement> pickedElementOf(mlir::Operation *reduction) {
  auto sum = llvm::dyn_cast<ir::ReduceSumOp>(reduction);
  auto select = sum ? sum.getOperand().getDefiningOp<ir::SelectOp>() : ir::SelectOp();
  auto equal = select ? select->getOperand(0).getDefiningOp<ir::EqualOp>() : ir::EqualOp();
  if (!equal || !ir::isZero(select->getOperand(2))) return std::nullopt;
  mlir::RankedTensorType domain = typeOf(sum.getOperand());
  int64_t lane = laneAxisOf(domain);
  // Smaller integers begin again along a long row.
  mlir::Type integer = typeOf(equal->getOperand(0)).getElementType();
  if (domain.getRank() < 2 || sum.getAxes() != llvm::ArrayRef<int64_t>{lane} ||
      !(integer.isInteger(32) || integer.isInteger(64)))
    return std::nullopt;
  for (int iota : {0, 1}) {
    Value label = equal->getOperand(1 - iota);
    if (isIotaAlong(equal->getOperand(iota), lane) && isRepeatedAlong(label, lane))
      return PickedElement{select->getOperand(1), label};
  }
  return std::nullopt;
}

Value emitPickedElement(ReduceFrame &frame, const PickedElement &picked) {
  KernelFrame &f = frame.f;
  DType dtype = ir::toDType(typeOf(picked.values).getElementType()),
        labelDType = ir::toDType(typeOf(picked.label).getElementType());
  Index index(frame.index);
  index[frame.lane] = {f.constant(0), 0, {}};
  Value label = emitCast(f.b, f.at, f.elements.at(picked.label, index), labelDType, DType::i64);
  // As unsigned numbers, negative labels are beyond every row.
  Value isInside = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::ult, label, frame.size[frame.lane]);
  mlir::Type type = registerType(dtype, f.b.getContext());
  Value zero = is_floating(dtype) ? splatConstant(f.b, f.at, type, 0.0) : splatConstant(f.b, f.at, type, int64_t{0});
  auto choice = mlir::scf::IfOp::create(f.b, f.at, mlir::TypeRange{type}, isInside, /*withElseRegion=*/true);
  {
    mlir::OpBuilder::InsertionGuard guard(f.b);
    f.b.setInsertionPointToStart(choice.thenBlock());
    f.elements.enterBody(0, {});
    index[frame.lane] = {label, 0, {}};
    Value value = f.elements.at(picked.values, index);
    // The other elements add +0, which -0 becomes.
    if (is_floating(dtype)) value = arith::AddFOp::create(f.b, f.at, value, zero);
    mlir::scf::YieldOp::create(f.b, f.at, value);
    f.b.setInsertionPointToStart(choice.elseBlock());
    mlir::scf::YieldOp::create(f.b, f.at, zero);
  }
  f.elements.enterBody(0, {});
  f.extents.forget();
  return choice.getResult(0);
}

}  // namespace etch::codegen

#include "ir/dialect/Constants.h"
#include "ir/dialect/EtchDialect.h"
#include "passes/simplify/Rules.h"

namespace etch::passes {

namespace {

using ir::OpCode;

std::optional<llvm::APFloat> foldFloat(OpCode code, llvm::ArrayRef<llvm::APFloat> x) {
  llvm::APFloat value = x[0];
  constexpr auto kNearest = llvm::APFloat::rmNearestTiesToEven;
  switch (code) {
    case OpCode::add: value.add(x[1], kNearest); return value;
    case OpCode::sub: value.subtract(x[1], kNearest); return value;
    case OpCode::mul: value.multiply(x[1], kNearest); return value;
    case OpCode::div: value.divide(x[1], kNearest); return value;
    case OpCode::neg: value.changeSign(); return value;
    case OpCode::square: value.multiply(x[0], kNearest); return value;
    default: return std::nullopt;
  }
}

std::optional<llvm::APInt> foldInteger(OpCode code, llvm::ArrayRef<llvm::APInt> x) {
  switch (code) {
    case OpCode::add: return x[0] + x[1];
    case OpCode::sub: return x[0] - x[1];
    case OpCode::mul: return x[0] * x[1];
    case OpCode::neg: return -x[0];
    default: return std::nullopt;
  }
}

}  // namespace

mlir::Value foldSplats(mlir::Operation *op, mlir::OpBuilder &b) {
  if (op->getNumOperands() == 0 || op->getNumOperands() > 2) return nullptr;
  auto type = llvm::cast<mlir::RankedTensorType>(op->getResult(0).getType());
  if (!type.hasStaticShape()) return nullptr;
  bool isBroadcast = llvm::isa<ir::BroadcastInDimOp>(op);
  if (!isBroadcast && !op->hasTrait<ir::ElementwiseOp>()) return nullptr;
  llvm::SmallVector<mlir::SplatElementsAttr> splats;
  for (mlir::Value operand : op->getOperands()) {
    mlir::SplatElementsAttr splat = ir::splatOf(operand);
    if (!splat) return nullptr;
    splats.push_back(splat);
  }
  auto replace = [&](mlir::Attribute element) {
    return ir::ConstantOp::create(b, op->getLoc(), type,
                                  llvm::cast<mlir::ElementsAttr>(mlir::DenseElementsAttr::get(type, element)));
  };
  if (isBroadcast) return replace(splats[0].getSplatValue<mlir::Attribute>());
  OpCode code = *ir::opCodeOf(op);
  mlir::Type element = type.getElementType();
  if (splats[0].getElementType() != element) return nullptr;
  if (llvm::isa<mlir::FloatType>(element)) {
    llvm::SmallVector<llvm::APFloat> values;
    for (auto splat : splats) values.push_back(splat.getSplatValue<llvm::APFloat>());
    // The sign of a NaN that is made here is the machine's business.
    if (auto folded = foldFloat(code, values); folded && !folded->isNaN())
      return replace(b.getFloatAttr(element, *folded));
    return nullptr;
  }
  llvm::SmallVector<llvm::APInt> values;
  for (auto splat : splats) values.push_back(splat.getSplatValue<llvm::APInt>());
  if (auto folded = foldInteger(code, values)) return replace(b.getIntegerAttr(element, *folded));
  return nullptr;
}

}  // namespace etch::passes

// Control family: what regions must hold.

#include "ir/dialect/EtchDialect.h"

namespace etch::ir {

namespace {

std::string typeList(mlir::TypeRange types) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '(';
  llvm::interleaveComma(types, os);
  os << ')';
  return text;
}

/// The region's terminator must be an etch.yield of the given types.
llvm::LogicalResult verifyYield(mlir::Operation *op, mlir::Region &region, llvm::StringRef name,
                                mlir::TypeRange expected) {
  auto yield = llvm::dyn_cast_or_null<YieldOp>(region.front().empty() ? nullptr : &region.front().back());
  if (!yield) return op->emitOpError() << name << " region must end in etch.yield";
  if (!llvm::equal(yield.getOperandTypes(), expected))
    return op->emitOpError() << name << " region yields " << typeList(yield.getOperandTypes()) << ", expected "
                             << typeList(expected);
  return mlir::success();
}

llvm::LogicalResult verifyArguments(mlir::Operation *op, mlir::Region &region, llvm::StringRef name,
                                    mlir::TypeRange expected) {
  if (!llvm::equal(region.getArgumentTypes(), expected))
    return op->emitOpError() << name << " region takes " << typeList(region.getArgumentTypes()) << ", expected "
                             << typeList(expected);
  return mlir::success();
}

}  // namespace

llvm::LogicalResult IfOp::verify() {
  if (failed(verifyYield(*this, getThenRegion(), "then", getResultTypes()))) return mlir::failure();
  return verifyYield(*this, getElseRegion(), "else", getResultTypes());
}

llvm::LogicalResult WhileOp::verify() {
  if (!llvm::equal(getInits().getTypes(), getResultTypes()))
    return emitOpError() << "carries " << typeList(getInits().getTypes()) << " but returns "
                         << typeList(getResultTypes());
  mlir::Type boolean = mlir::RankedTensorType::get({}, mlir::IntegerType::get(getContext(), 1));
  if (failed(verifyArguments(*this, getCond(), "cond", getResultTypes())) ||
      failed(verifyYield(*this, getCond(), "cond", boolean)) ||
      failed(verifyArguments(*this, getBody(), "body", getResultTypes())))
    return mlir::failure();
  return verifyYield(*this, getBody(), "body", getResultTypes());
}

llvm::LogicalResult ForOp::verify() {
  if (!llvm::equal(getInits().getTypes(), getResultTypes()))
    return emitOpError() << "carries " << typeList(getInits().getTypes()) << " but returns "
                         << typeList(getResultTypes());
  llvm::SmallVector<mlir::Type> arguments{getLower().getType()};
  llvm::append_range(arguments, getResultTypes());
  if (failed(verifyArguments(*this, getBody(), "body", arguments))) return mlir::failure();
  return verifyYield(*this, getBody(), "body", getResultTypes());
}

}  // namespace etch::ir

// Control family: what regions must hold, and which functions calls and requests for derivatives may name.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/TypeUtilities.h"

#include "ir/dialect/EtchDialect.h"

namespace etch::ir {

using mlir::func::FuncOp;

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

/// The function a symbol of `op` names; null, after a diagnostic, when the module has none.
FuncOp lookUp(mlir::Operation *op, mlir::FlatSymbolRefAttr symbol, mlir::SymbolTableCollection &symbols) {
  auto function = symbols.lookupNearestSymbolFrom<FuncOp>(op, symbol);
  if (!function) op->emitOpError() << "names " << symbol << ", which the module does not define";
  return function;
}

/// Whether an op whose operands and results a callee's body will take the place of fits it.
llvm::LogicalResult verifyCallee(mlir::Operation *op, FuncOp callee) {
  auto type = mlir::FunctionType::get(op->getContext(), op->getOperandTypes(), op->getResultTypes());
  if (type == callee.getFunctionType()) return mlir::success();
  return op->emitOpError() << "has type " << type << ", but @" << callee.getName() << " is "
                           << callee.getFunctionType();
}

llvm::SmallVector<mlir::Type> floatsOf(mlir::TypeRange types) {
  return llvm::filter_to_vector(
      types, [](mlir::Type type) { return llvm::isa<mlir::FloatType>(mlir::getElementTypeOrSelf(type)); });
}

/// Whether a request for derivatives fits its callee. `seeds` are the cotangents of a vjp, the tangents of a jvp.
template <typename Request>
llvm::LogicalResult verifyRequest(Request request, mlir::ValueRange seeds, mlir::SymbolTableCollection &symbols) {
  FuncOp callee = lookUp(request, request.getCalleeAttr(), symbols);
  if (!callee) return mlir::failure();
  llvm::SmallVector<mlir::Type> ofOperands;
  for (int64_t index : request.getWrt()) {
    if (index < 0 || index >= callee.getNumArguments())
      return request.emitOpError() << "wrt " << index << " is out of range: @" << callee.getName() << " takes "
                                   << callee.getNumArguments() << " operands";
    ofOperands.push_back(callee.getArgumentTypes()[index]);
  }
  const llvm::SmallVector<mlir::Type> ofResults = floatsOf(callee.getResultTypes());
  constexpr bool isVjp = std::is_same_v<Request, VjpOp>;
  if (!llvm::equal(request.getInputs().getTypes(), callee.getArgumentTypes()))
    return request.emitOpError() << "operands do not fit @" << callee.getName() << " : " << callee.getFunctionType();
  if (!llvm::equal(seeds.getTypes(), isVjp ? ofResults : ofOperands))
    return request.emitOpError() << "takes one "
                                 << (isVjp ? "cotangent for each floating-point result"
                                           : "tangent for each operand in wrt")
                                 << ", of the same type";
  llvm::SmallVector<mlir::Type> results(callee.getResultTypes());
  llvm::append_range(results, isVjp ? ofOperands : ofResults);
  if (!llvm::equal(request.getResultTypes(), results))
    return request.emitOpError() << "must return what @" << callee.getName() << " returns, then the derivatives";
  return mlir::success();
}

}  // namespace

llvm::LogicalResult CallOp::verifySymbolUses(mlir::SymbolTableCollection &symbols) {
  FuncOp callee = lookUp(*this, getCalleeAttr(), symbols);
  return callee ? verifyCallee(*this, callee) : mlir::failure();
}

llvm::LogicalResult CustomVjpOp::verifySymbolUses(mlir::SymbolTableCollection &symbols) {
  FuncOp callee = lookUp(*this, getCalleeAttr(), symbols);
  FuncOp backward = lookUp(*this, getBackwardAttr(), symbols);
  if (!callee || !backward || failed(verifyCallee(*this, callee))) return mlir::failure();
  llvm::SmallVector<mlir::Type> arguments(getInputs().getTypes());
  llvm::append_range(arguments, floatsOf(getResultTypes()));
  // One cotangent for each operand, or one for each that can have any.
  if (llvm::equal(backward.getArgumentTypes(), arguments) &&
      (llvm::equal(backward.getResultTypes(), getInputs().getTypes()) ||
       llvm::equal(backward.getResultTypes(), floatsOf(getInputs().getTypes()))))
    return mlir::success();
  return emitOpError() << "needs a backward function that takes its operands and a cotangent for each floating-point "
                       << "result, and returns a cotangent for each operand; " << getBackwardAttr() << " is "
                       << backward.getFunctionType();
}

llvm::LogicalResult VjpOp::verifySymbolUses(mlir::SymbolTableCollection &symbols) {
  return verifyRequest(*this, getCotangents(), symbols);
}

llvm::LogicalResult JvpOp::verifySymbolUses(mlir::SymbolTableCollection &symbols) {
  return verifyRequest(*this, getTangents(), symbols);
}

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

#include "codegen/cpu/math/MathRoutine.h"

#include "codegen/cpu/VectorUnit.h"
#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/math/WideVectors.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;

namespace {

/// On a declaration: the function that its body computes.
constexpr llvm::StringLiteral kFunction = "etch.math";

/// Registers that calling conventions return a vector in, and as many chains of operations as keep a core busy.
constexpr int64_t kRegisters = 4;

mlir::func::FuncOp declare(mlir::OpBuilder &b, MathFn fn, mlir::Type type) {
  auto module = b.getInsertionBlock()->getParentOp()->getParentOfType<mlir::ModuleOp>();
  std::string name;
  auto vector = llvm::cast<mlir::VectorType>(type);
  llvm::raw_string_ostream(name) << kSharedPrefix << mathName(fn) << "_x" << vector.getNumElements() << 'x'
                                 << vector.getElementType();
  if (auto existing = module.lookupSymbol<mlir::func::FuncOp>(name)) return existing;
  mlir::OpBuilder end = mlir::OpBuilder::atBlockEnd(module.getBody());
  llvm::SmallVector<mlir::Type> operands(mathArity(fn), type);
  auto function = mlir::func::FuncOp::create(end, module.getLoc(), name, b.getFunctionType(operands, {type}));
  function.setPrivate();
  alignStack(function);
  function->setAttr(kFunction, b.getI64IntegerAttr(static_cast<int64_t>(fn)));
  return function;
}

}  // namespace

Value callMathRoutine(mlir::OpBuilder &b, mlir::Location at, MathFn fn, mlir::ValueRange operands) {
  auto type = llvm::cast<mlir::VectorType>(operands[0].getType());
  llvm::SmallVector<Value> lanes(operands);
  if (type.getElementType().isF16()) {
    auto wide = type.clone(b.getF32Type());
    for (Value &operand : lanes) operand = arith::ExtFOp::create(b, at, wide, operand);
    return arith::TruncFOp::create(b, at, type, callMathRoutine(b, at, fn, lanes));
  }
  auto module = b.getInsertionBlock()->getParentOp()->getParentOfType<mlir::ModuleOp>();
  return inParts(b, at, kRegisters * vectorUnitOf(module).bits, lanes, [&](llvm::ArrayRef<Value> part) -> Value {
    return mlir::func::CallOp::create(b, at, declare(b, fn, part[0].getType()), part).getResult(0);
  });
}

void alignStack(mlir::func::FuncOp function) {
  mlir::Builder b(function.getContext());
  function->setAttr("passthrough", b.getStrArrayAttr({"stackrealign"}));
}

bool isMathRoutine(mlir::func::FuncOp declaration) {
  return declaration.isDeclaration() && declaration->hasAttr(kFunction);
}

void emitMathRoutine(mlir::func::FuncOp declaration) {
  auto fn = static_cast<MathFn>(declaration->getAttrOfType<mlir::IntegerAttr>(kFunction).getInt());
  mlir::OpBuilder b = mlir::OpBuilder::atBlockBegin(declaration.addEntryBlock());
  Value result = emitMath(b, declaration.getLoc(), fn, declaration.getArguments());
  mlir::func::ReturnOp::create(b, declaration.getLoc(), result);
}

}  // namespace etch::codegen

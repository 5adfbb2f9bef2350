#include "passes/buffer/RunTimeExtents.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/SymbolTable.h"

#include "ir/dialect/EtchDialect.h"
#include "passes/fusion/Grouping.h"

namespace etch::passes {

using mlir::Value;

namespace {

bool isKnown(Value tensor) {
  auto type = llvm::dyn_cast<mlir::RankedTensorType>(tensor.getType());
  return !type || type.hasStaticShape();
}

}  // namespace

mlir::OwningOpRef<mlir::func::FuncOp> functionOfExtents(mlir::MLIRContext *context) {
  context->getOrLoadDialect<mlir::arith::ArithDialect>();
  mlir::OpBuilder b(context);
  auto function = mlir::func::FuncOp::create(b.getUnknownLoc(), "extents", b.getFunctionType({}, {}));
  function.addEntryBlock();
  return function;
}

RunTimeExtents::RunTimeExtents(mlir::func::FuncOp function, mlir::SymbolTable &symbols)
    : scratch(functionOfExtents(function.getContext())),
      b(mlir::OpBuilder::atBlockEnd(&scratch->getBody().front())),
      extents(b, &symbols) {
  extents.readDataWith([this](Value scalar) {
    Value &known = dataScalars[scalar];
    return known ? known : known = dataLeaf();
  });
  for (mlir::BlockArgument argument : function.getArguments()) {
    Extents size;
    for (int64_t extent : llvm::cast<mlir::RankedTensorType>(argument.getType()).getShape())
      size.push_back(mlir::ShapedType::isDynamic(extent) ? leaf() : extents.constant(extent));
    extents.bind(argument, size);
  }
  // Most modules have no unknown extents at all.
  bool hasUnknown = false;
  function->getParentOp()->walk([&](mlir::Operation *op) {
    hasUnknown |= llvm::any_of(op->getResults(), [](Value value) { return !isKnown(value); });
    return hasUnknown ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance();
  });
  if (!hasUnknown) return;
  analyze(function.getBody().front());
  collect(function);
}

Value RunTimeExtents::leaf() { return scratch->getBody().front().addArgument(b.getI64Type(), b.getUnknownLoc()); }

Value RunTimeExtents::dataLeaf() {
  Value made = leaf();
  data.insert(made);
  return made;
}

void RunTimeExtents::bindToData(Value tensor) {
  Extents size;
  for (int64_t extent : llvm::cast<mlir::RankedTensorType>(tensor.getType()).getShape())
    size.push_back(mlir::ShapedType::isDynamic(extent) ? dataLeaf() : extents.constant(extent));
  extents.bind(tensor, size);
}

bool RunTimeExtents::isData(Value expression) const {
  if (llvm::isa<mlir::BlockArgument>(expression)) return data.contains(expression);
  return llvm::any_of(expression.getDefiningOp()->getOperands(), [&](Value part) { return isData(part); });
}

bool RunTimeExtents::isData(llvm::ArrayRef<Value> expressions) const {
  return llvm::any_of(expressions, [&](Value expression) { return isData(expression); });
}

Extents RunTimeExtents::extentsOf(Value tensor) {
  try {
    return extents.of(tensor);
  } catch (const UnsupportedError &) {
    return {};  // the code generator says so
  }
}

void RunTimeExtents::analyze(mlir::Block &block) {
  for (mlir::Operation &op : block) {
    if (llvm::isa<ir::WhileOp, ir::ForOp>(op))
      analyzeLoop(&op);
    else if (llvm::isa<ir::IfOp>(op))
      analyzeIf(&op);
  }
}

void RunTimeExtents::analyzeIf(mlir::Operation *op) {
  auto branch = llvm::cast<ir::IfOp>(op);
  for (mlir::Region *region : {&branch.getThenRegion(), &branch.getElseRegion()}) analyze(region->front());
  auto yields = branch.getThenRegion().front().getTerminator()->getOperands();
  auto others = branch.getElseRegion().front().getTerminator()->getOperands();
  // Where all are known beforehand, the branches' are compared beforehand.
  bool anyData = llvm::any_of(yields, [&](Value x) { return isData(extentsOf(x)); }) ||
                 llvm::any_of(others, [&](Value y) { return isData(extentsOf(y)); });
  if (!anyData) return;
  for (auto [result, x, y] : llvm::zip(op->getResults(), yields, others))
    if (!isKnown(result) && (isData(extentsOf(x)) || extentsOf(x) != extentsOf(y))) bindToData(result);
}

void RunTimeExtents::analyzeLoop(mlir::Operation *loop) {
  unsigned offset = llvm::isa<ir::ForOp>(loop) ? 1 : 0;
  mlir::ValueRange inits = loop->getOperands().take_back(loop->getNumResults());
  mlir::ValueRange yields = loop->getRegions().back().front().getTerminator()->getOperands();
  auto bindCarried = [&](unsigned i, const Extents &size) {
    for (mlir::Region &region : loop->getRegions()) extents.bind(region.getArgument(i + offset), size);
    extents.bind(loop->getResult(i), size);
  };
  // Each value is taken to keep its extents until the body turns out to change them.
  llvm::SmallVector<bool> varies(inits.size());
  for (unsigned i = 0; i < inits.size(); ++i)
    if (!isKnown(inits[i])) bindCarried(i, extentsOf(inits[i]));
  for (bool again = true; again;) {
    again = false;
    extents.forgetTensors();
    for (mlir::Region &region : loop->getRegions()) analyze(region.front());
    for (unsigned i = 0; i < inits.size(); ++i) {
      if (varies[i] || isKnown(inits[i]) || extentsOf(yields[i]) == extentsOf(loop->getResult(i))) continue;
      varies[i] = again = true;
      bindToData(loop->getResult(i));
      bindCarried(i, extents.of(loop->getResult(i)));
    }
  }
}

void RunTimeExtents::collect(mlir::func::FuncOp function) {
  auto note = [&](Value value) {
    bool depends = !isKnown(value) && isData(extentsOf(value));
    if (depends) values.insert(value);
    return depends;
  };
  function.walk([&](mlir::Operation *op) {
    bool concerned = false;
    for (mlir::Region &region : op->getRegions())
      for (mlir::BlockArgument argument : region.getArguments()) concerned |= note(argument);
    if (op == function) return;
    for (Value operand : op->getOperands()) concerned |= note(operand);
    for (Value result : op->getResults()) concerned |= note(result);
    if (op->hasAttr(kExtent) && isData(extents.scalar(op->getResult(0)))) {
      values.insert(op->getResult(0));
      concerned = true;
    }
    if (llvm::isa<ir::LaunchOp>(op)) {
      ExtentEmitter inner = extents.inside(op);
      for (mlir::Operation &made : extents.shapeOf(op).getBody().front().without_terminator())
        for (Value result : made.getResults()) {
          if (isKnown(result)) continue;
          try {
            concerned |= isData(inner.of(result));
          } catch (const UnsupportedError &) {
          }
        }
    }
    if (concerned) ops.insert(op);
  });
}

}  // namespace etch::passes

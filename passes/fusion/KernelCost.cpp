#include "passes/fusion/KernelCost.h"

#include "ir/dialect/EtchDialect.h"
#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"

namespace etch::passes {

using ir::typeOf;

namespace {

/// -1 when an extent is unknown; so are sums and products with such.
int64_t elementsOf(mlir::Value value) { return typeOf(value).hasStaticShape() ? typeOf(value).getNumElements() : -1; }
int64_t extentOf(mlir::Value value, int64_t axis) {
  return typeOf(value).isDynamicDim(axis) ? -1 : typeOf(value).getDimSize(axis);
}
int64_t plus(int64_t a, int64_t b) { return a < 0 || b < 0 ? -1 : a + b; }
int64_t times(int64_t a, int64_t b) { return a < 0 || b < 0 ? -1 : a * b; }

int64_t productOf(llvm::ArrayRef<int64_t> extents) {
  int64_t product = 1;
  for (int64_t extent : extents) product *= extent;
  return product;
}

int64_t flopsOf(ir::DotGeneralOp dot) {
  int64_t flops = times(2, elementsOf(dot.getResult()));
  for (int64_t axis : dot.getLhsContract()) flops = times(flops, extentOf(dot.getLhs(), axis));
  return flops;
}

int64_t flopsOf(ir::ConvolutionOp convolution) {
  const int64_t filters = elementsOf(convolution.getRhs()),
                features = extentOf(convolution.getRhs(), convolution.getRhsAxes()[0]);
  if (filters < 0 || features <= 0) return filters < 0 || features < 0 ? -1 : 0;
  return times(2 * (filters / features), elementsOf(convolution.getResult()));
}

/// Products of all queries with all keys of which each number is a sum of `depth` products.
int64_t scoresTimes(mlir::Value query, mlir::Value key, int64_t depth) {
  const int64_t rank = typeOf(query).getRank(), queries = times(elementsOf(query), extentOf(key, rank - 2)),
                width = extentOf(query, rank - 1);
  if (queries < 0 || width <= 0) return width == 0 ? 0 : -1;
  return times(2 * (queries / width), depth);
}

int64_t flopsOf(ir::DotProductAttentionOp attention) {
  mlir::Value query = attention.getQuery(), value = attention.getValue();
  const int64_t last = typeOf(query).getRank() - 1;
  return scoresTimes(query, attention.getKey(), plus(extentOf(query, last), extentOf(value, last)));
}

// Scores and their derivative; the derivatives by query, key and value.
int64_t flopsOf(ir::DotProductAttentionGradientOp attention) {
  mlir::Value query = attention.getQuery(), value = attention.getValue();
  const int64_t last = typeOf(query).getRank() - 1;
  return scoresTimes(query, attention.getKey(), plus(times(3, extentOf(query, last)), times(2, extentOf(value, last))));
}

int64_t flopsOf(mlir::Operation *op) {
  if (auto dot = llvm::dyn_cast<ir::DotGeneralOp>(op)) return flopsOf(dot);
  if (auto convolution = llvm::dyn_cast<ir::ConvolutionOp>(op)) return flopsOf(convolution);
  if (auto attention = llvm::dyn_cast<ir::DotProductAttentionOp>(op)) return flopsOf(attention);
  if (auto attention = llvm::dyn_cast<ir::DotProductAttentionGradientOp>(op)) return flopsOf(attention);
  if (auto scatter = llvm::dyn_cast<ir::ScatterAddOp>(op)) return elementsOf(scatter.getUpdates());
  if (auto scan = llvm::dyn_cast<ir::LinearScanOp>(op)) return times(2, elementsOf(scan.getResult()));
  switch (roleOf(op)) {
    case Role::Loop: return elementsOf(op->getResult(0));
    case Role::Reduce:
    case Role::Scan: return elementsOf(op->getOperand(0));
    case Role::Window: {
      auto window = op->getAttrOfType<mlir::DenseI64ArrayAttr>("window");
      // What lies in the windows is looked at once for each of them: there is one a result, or one a source.
      const bool scatters = llvm::isa<ir::SelectAndScatterAddOp>(op);
      return times(productOf(window.asArrayRef()), elementsOf(scatters ? op->getOperand(1) : op->getResult(0)));
    }
    default: return 0;
  }
}

/// What the ops read of a parameter.
int64_t bytesRead(mlir::BlockArgument parameter) {
  const int64_t whole = bytesOf(parameter.getType());
  int64_t parts = 0;
  for (mlir::OpOperand &use : parameter.getUses()) {
    mlir::Operation *user = use.getOwner();
    if (llvm::isa<ir::DimOp>(user)) continue;
    const bool isOperand = use.getOperandNumber() == 0;
    if (isOperand && llvm::isa<ir::SliceOp, ir::DynamicSliceOp, ir::TakeOp>(user))
      parts = plus(parts, bytesOf(user->getResult(0).getType()));
    else if (isOperand && llvm::isa<ir::ScatterAddOp>(user))
      parts = plus(parts, bytesOf(user->getOperand(2).getType()));
    else if (isOperand && llvm::isa<ir::DynamicUpdateSliceOp>(user))
      continue;
    else
      return whole;
  }
  return whole < 0 || parts < 0 ? -1 : std::min(whole, parts);
}

int64_t bytesWritten(mlir::Value result) {
  mlir::Operation *op = result.getDefiningOp();
  if (auto scatter = llvm::dyn_cast_or_null<ir::ScatterAddOp>(op)) return bytesOf(scatter.getUpdates().getType());
  if (auto update = llvm::dyn_cast_or_null<ir::DynamicUpdateSliceOp>(op)) return bytesOf(update.getUpdate().getType());
  return bytesOf(result.getType());
}

}  // namespace

KernelCost costOf(mlir::func::FuncOp kernel) {
  KernelCost cost;
  mlir::Block &body = kernel.getBody().front();
  for (mlir::BlockArgument parameter : body.getArguments()) cost.read = plus(cost.read, bytesRead(parameter));
  for (mlir::Value result : body.getTerminator()->getOperands())
    cost.written = plus(cost.written, bytesWritten(result));
  for (mlir::Operation &op : body.without_terminator()) cost.flops = plus(cost.flops, flopsOf(&op));
  return cost;
}

}  // namespace etch::passes

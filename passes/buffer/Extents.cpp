#include "passes/buffer/Extents.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/SymbolTable.h"

#include "ir/dialect/EtchDialect.h"

namespace etch::passes {

namespace arith = mlir::arith;

std::optional<int64_t> constantOf(mlir::Value value) {
  if (auto constant = value.getDefiningOp<arith::ConstantOp>())
    if (auto integer = llvm::dyn_cast<mlir::IntegerAttr>(constant.getValue())) return integer.getInt();
  return std::nullopt;
}

bool isExtentArithmetic(mlir::Operation *op) {
  return llvm::isa<ir::ConstantOp, ir::DimOp, ir::ReshapeOp, ir::StopGradientOp, ir::AddOp, ir::SubOp, ir::MulOp,
                   ir::DivOp, ir::MaximumOp>(op);
}

mlir::Value ExtentEmitter::constant(int64_t value) {
  mlir::Value &cached = constants[value];
  if (!cached) {
    // In the function's first block, where it dominates every later use.
    mlir::OpBuilder::InsertionGuard guard(b);
    mlir::Region *region = b.getInsertionBlock()->getParent();
    while (!llvm::isa<mlir::func::FuncOp>(region->getParentOp())) region = region->getParentOp()->getParentRegion();
    b.setInsertionPointToStart(&region->front());
    cached = arith::ConstantOp::create(b, b.getUnknownLoc(), b.getI64IntegerAttr(value));
  }
  return cached;
}

template <class Op> mlir::Value ExtentEmitter::expression(mlir::Value x, mlir::Value y) {
  // Kernels compute in loops as well, where what was computed inside does not dominate what comes after.
  if (!symbols) return Op::create(b, b.getUnknownLoc(), x, y);
  mlir::Value &known = expressions[{mlir::TypeID::get<Op>(), x, y}];
  if (!known) known = Op::create(b, b.getUnknownLoc(), x, y);
  return known;
}

mlir::Value ExtentEmitter::add(mlir::Value x, mlir::Value y) {
  if (constantOf(x)) std::swap(x, y);
  std::optional<int64_t> n = constantOf(y);
  if (!n) return expression<arith::AddIOp>(x, y);
  if (std::optional<int64_t> m = constantOf(x)) return constant(*m + *n);
  // (x + m) + n: what grows and shrinks by the same is the same value.
  if (auto inner = x.getDefiningOp<arith::AddIOp>())
    if (std::optional<int64_t> m = constantOf(inner.getRhs())) return add(inner.getLhs(), constant(*m + *n));
  return *n == 0 ? x : expression<arith::AddIOp>(x, y);
}

mlir::Value ExtentEmitter::sub(mlir::Value x, mlir::Value y) {
  if (std::optional<int64_t> n = constantOf(y)) return add(x, constant(-*n));
  return x == y ? constant(0) : expression<arith::SubIOp>(x, y);
}

mlir::Value ExtentEmitter::mul(mlir::Value x, mlir::Value y) {
  if (constantOf(x)) std::swap(x, y);
  std::optional<int64_t> n = constantOf(y);
  if (!n) return expression<arith::MulIOp>(x, y);
  if (std::optional<int64_t> m = constantOf(x)) return constant(*m * *n);
  return *n == 1 ? x : *n == 0 ? y : expression<arith::MulIOp>(x, y);
}

mlir::Value ExtentEmitter::div(mlir::Value x, mlir::Value y) {
  std::optional<int64_t> n = constantOf(y);
  if (n == 1) return x;
  if (n && *n > 0) {
    if (std::optional<int64_t> m = constantOf(x)) return constant(*m / *n);
    return expression<arith::DivSIOp>(x, y);
  }
  // As etch.div: x / 0 = -1.
  mlir::Location at = b.getUnknownLoc();
  mlir::Value isZero = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, y, constant(0));
  mlir::Value divisor = arith::SelectOp::create(b, at, isZero, constant(1), y);
  return arith::SelectOp::create(b, at, isZero, constant(-1), arith::DivSIOp::create(b, at, x, divisor));
}

mlir::Value ExtentEmitter::max(mlir::Value x, mlir::Value y) {
  if (x == y) return x;
  std::optional<int64_t> m = constantOf(x), n = constantOf(y);
  return m && n ? constant(std::max(*m, *n)) : expression<arith::MaxSIOp>(x, y);
}

mlir::Value ExtentEmitter::product(llvm::ArrayRef<mlir::Value> extents) {
  int64_t known = 1;
  mlir::Value result;
  for (mlir::Value extent : extents) {
    if (auto value = constantOf(extent))
      known *= *value;
    else
      result = result ? mul(result, extent) : extent;
  }
  return result ? mul(result, constant(known)) : constant(known);
}

ExtentEmitter ExtentEmitter::inside(mlir::Operation *launch) {
  auto inputs = llvm::cast<ir::LaunchOp>(launch).getInputs();
  ExtentEmitter inner(b, symbols);
  inner.constants = constants;
  // Known extents stand in the kernel, even of weights whose elements a launch passes in another order.
  for (auto [argument, value] : llvm::zip(shapeOf(launch).getArguments(), inputs)) {
    auto type = llvm::dyn_cast<mlir::ShapedType>(argument.getType());
    if (!type || !type.hasStaticShape()) inner.bind(argument, of(value));
  }
  inner.readDataWith([this, inputs](mlir::Value scalar) {
    if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(scalar))
      return this->scalar(inputs[argument.getArgNumber()]);
    throw InternalError("an extent that its own kernel computes", ir::toUserLocation(scalar.getLoc()));
  });
  return inner;
}

mlir::func::FuncOp ExtentEmitter::shapeOf(mlir::Operation *launch) {
  llvm::StringRef name = llvm::cast<ir::LaunchOp>(launch).getKernel();
  if (auto shape = symbols->lookup<mlir::func::FuncOp>((name + ".shape").str())) return shape;
  return symbols->lookup<mlir::func::FuncOp>(name);
}

Extents ExtentEmitter::of(mlir::Value tensor) {
  if (auto it = known.find(tensor); it != known.end()) return it->second;
  if (auto it = computed.find(tensor); it != computed.end()) return it->second;
  auto type = llvm::cast<mlir::RankedTensorType>(tensor.getType());
  Extents extents;
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    extents.push_back(type.isDynamicDim(axis) ? dynamicExtent(tensor, axis) : constant(type.getDimSize(axis)));
  computed[tensor] = extents;
  return extents;
}

mlir::Value ExtentEmitter::dynamicExtent(mlir::Value tensor, unsigned axis) {
  if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(tensor)) {
    mlir::Operation *parent = argument.getOwner()->getParentOp();
    // Carried values keep their extents.
    if (auto loop = llvm::dyn_cast<ir::WhileOp>(parent)) return of(loop.getInits()[argument.getArgNumber()])[axis];
    if (auto loop = llvm::dyn_cast<ir::ForOp>(parent)) return of(loop.getInits()[argument.getArgNumber() - 1])[axis];
    throw InternalError("extent of an argument that was not bound");
  }
  return throughOp(tensor.getDefiningOp(), llvm::cast<mlir::OpResult>(tensor), axis);
}

mlir::Value ExtentEmitter::scalar(mlir::Value tensor) {
  if (auto it = scalars.find(tensor); it != scalars.end()) return it->second;
  mlir::DenseElementsAttr constantValue;
  if (mlir::matchPattern(tensor, mlir::m_Constant(&constantValue)))
    return constant(constantValue.getSplatValue<llvm::APInt>().getSExtValue());
  mlir::Operation *op = tensor.getDefiningOp();
  if (auto dim = llvm::dyn_cast_or_null<ir::DimOp>(op)) return of(dim.getOperand())[dim.getAxis()];
  if (llvm::isa_and_nonnull<ir::ReshapeOp, ir::StopGradientOp>(op)) return scalar(op->getOperand(0));
  // Keep in step with isExtentArithmetic.
  auto x = [&] { return scalar(op->getOperand(0)); };
  auto y = [&] { return scalar(op->getOperand(1)); };
  if (llvm::isa_and_nonnull<ir::AddOp>(op)) return add(x(), y());
  if (llvm::isa_and_nonnull<ir::SubOp>(op)) return sub(x(), y());
  if (llvm::isa_and_nonnull<ir::MulOp>(op)) return mul(x(), y());
  if (llvm::isa_and_nonnull<ir::DivOp>(op)) return div(x(), y());
  if (llvm::isa_and_nonnull<ir::MaximumOp>(op)) return max(x(), y());
  if (readData) return readData(tensor);
  throw UnsupportedError("a shape depends on a computed value; sizes must follow from the shapes of the arguments",
                         ir::toUserLocation(tensor.getLoc()));
}

mlir::Value ExtentEmitter::throughOp(mlir::Operation *op, mlir::OpResult result, unsigned axis) {
  auto operand = [&](unsigned i, unsigned a) { return of(op->getOperand(i))[a]; };
  auto isDynamic = [](mlir::Value value, unsigned a) {
    return llvm::cast<mlir::RankedTensorType>(value.getType()).isDynamicDim(a);
  };
  if (op->hasTrait<ir::ElementwiseOp>()) {
    for (auto [i, value] : llvm::enumerate(op->getOperands()))
      if (isDynamic(value, axis)) return operand(i, axis);
    return constant(llvm::cast<mlir::RankedTensorType>(op->getOperand(0).getType()).getDimSize(axis));
  }
  auto nthKept = [](llvm::ArrayRef<int64_t> removed, unsigned n) {
    for (unsigned a = 0;; ++a)
      if (!llvm::is_contained(removed, static_cast<int64_t>(a)) && n-- == 0) return a;
  };
  if (auto axes = op->getAttrOfType<mlir::DenseI64ArrayAttr>("axes"); axes && !llvm::isa<ir::ReverseOp>(op))
    return operand(0, nthKept(axes.asArrayRef(), axis));
  if (llvm::isa<ir::ArgmaxOp, ir::ArgminOp>(op))
    return operand(0, nthKept({op->getAttrOfType<mlir::IntegerAttr>("axis").getInt()}, axis));
  if (auto dot = llvm::dyn_cast<ir::DotGeneralOp>(op)) {
    unsigned batch = dot.getLhsBatch().size();
    if (axis < batch) return operand(0, dot.getLhsBatch()[axis]);
    llvm::SmallVector<int64_t> used(dot.getLhsBatch());
    llvm::append_range(used, dot.getLhsContract());
    unsigned lhsFree = llvm::cast<mlir::ShapedType>(dot.getLhs().getType()).getRank() - used.size();
    if (axis < batch + lhsFree) return operand(0, nthKept(used, axis - batch));
    llvm::SmallVector<int64_t> usedRhs(dot.getRhsBatch());
    llvm::append_range(usedRhs, dot.getRhsContract());
    return operand(1, nthKept(usedRhs, axis - batch - lhsFree));
  }
  if (auto attention = llvm::dyn_cast<ir::DotProductAttentionOp>(op)) {
    bool isDepth =
        result == attention.getResult() && axis + 1 == llvm::cast<mlir::ShapedType>(result.getType()).getRank();
    return operand(isDepth ? 2 : 0, axis);
  }
  // The derivatives are like the operands.
  if (llvm::isa<ir::DotProductAttentionGradientOp>(op)) return operand(result.getResultNumber(), axis);
  if (ir::family_of(*ir::opCodeOf(op)) == ir::Family::Window) return throughWindow(op, axis);
  if (auto shape = op->getAttrOfType<mlir::DenseI64ArrayAttr>("shape")) {
    unsigned position = llvm::count(shape.asArrayRef().take_front(axis), int64_t{-1});
    unsigned lead = llvm::isa<ir::IotaOp>(op) ? 0 : 1;
    return scalar(op->getOperand(lead + position));
  }
  if (auto transpose = llvm::dyn_cast<ir::TransposeOp>(op)) return operand(0, transpose.getPermutation()[axis]);
  if (auto concatenate = llvm::dyn_cast<ir::ConcatenateOp>(op)) {
    if (axis != concatenate.getAxis()) {
      for (auto [i, value] : llvm::enumerate(op->getOperands()))
        if (!isDynamic(value, axis)) return operand(i, axis);
      return operand(0, axis);
    }
    mlir::Value sum = operand(0, axis);
    for (unsigned i = 1; i < op->getNumOperands(); ++i) sum = add(sum, operand(i, axis));
    return sum;
  }
  if (auto slice = llvm::dyn_cast<ir::SliceOp>(op)) {
    int64_t limit = slice.getLimits()[axis], start = slice.getStarts()[axis], stride = slice.getStrides()[axis];
    mlir::Value end = limit < 0 ? operand(0, axis) : constant(limit);
    mlir::Value length = sub(end, constant(start));
    length = max(length, constant(0));
    if (stride == 1) return length;
    length = add(length, constant(stride - 1));
    return div(length, constant(stride));
  }
  if (auto pad = llvm::dyn_cast<ir::PadOp>(op)) {
    mlir::Value extent = operand(0, axis);
    if (int64_t interior = pad.getInterior()[axis]) {
      mlir::Value gaps = sub(extent, constant(1));
      gaps = max(gaps, constant(0));
      extent = add(extent, mul(gaps, constant(interior)));
    }
    return add(extent, constant(pad.getLow()[axis] + pad.getHigh()[axis]));
  }
  if (llvm::isa<ir::ReverseOp, ir::DynamicUpdateSliceOp, ir::ScatterAddOp, ir::CumsumOp, ir::CumprodOp, ir::CummaxOp,
                ir::CumminOp, ir::LinearScanOp>(op))
    return operand(0, axis);
  if (auto take = llvm::dyn_cast<ir::TakeOp>(op)) {
    unsigned at_axis = take.getAxis(), rank = llvm::cast<mlir::ShapedType>(take.getIndices().getType()).getRank();
    if (axis < at_axis) return operand(0, axis);
    if (axis < at_axis + rank) return operand(1, axis - at_axis);
    return operand(0, axis - rank + 1);
  }
  if (auto launch = llvm::dyn_cast<ir::LaunchOp>(op)) {
    mlir::Value made = shapeOf(launch).getBody().front().getTerminator()->getOperand(result.getResultNumber());
    return inside(launch).of(made)[axis];
  }
  if (auto branch = llvm::dyn_cast<ir::IfOp>(op))
    return of(branch.getThenRegion().front().getTerminator()->getOperand(result.getResultNumber()))[axis];
  if (auto loop = llvm::dyn_cast<ir::WhileOp>(op)) return of(loop.getInits()[result.getResultNumber()])[axis];
  if (auto loop = llvm::dyn_cast<ir::ForOp>(op)) return of(loop.getInits()[result.getResultNumber()])[axis];
  if (auto pop = llvm::dyn_cast<ir::StackPopOp>(op)) {
    unsigned position = 0;
    for (unsigned a = 0; a < axis; ++a) position += isDynamic(result, a);
    return scalar(pop.getSizes()[position]);
  }
  throw UnsupportedError("etch." + op->getName().stripDialect().str() + " with unknown extents is not supported yet",
                         ir::toUserLocation(op->getLoc()));
}

}  // namespace etch::passes

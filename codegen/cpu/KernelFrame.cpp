// What the emitters of all kernel kinds share: operands and results, numbers, loops over lanes.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "ir/dialect/EtchDialect.h"
#include "passes/buffer/Partials.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;

KernelFrame::KernelFrame(mlir::func::FuncOp source, mlir::func::FuncOp target, Policy policy)
    : source(source),
      target(target),
      b(mlir::OpBuilder::atBlockBegin(target.addEntryBlock())),
      at(source.getLoc()),
      policy(policy),
      begin(target.getArgument(1)),
      end(target.getArgument(2)),
      extents(b),
      elements(b, extents, policy) {
  Value params = target.getArgument(0);
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  int32_t word = 0;
  auto next = [&](mlir::Type type) -> Value {
    Value address = LLVM::GEPOp::create(b, at, pointer, b.getI64Type(), params, llvm::ArrayRef<LLVM::GEPArg>{word++});
    auto load = LLVM::LoadOp::create(b, at, type, address, 8);
    load.setInvariant(true);
    return load;
  };
  for (mlir::BlockArgument argument : source.getArguments()) {
    operands.push_back(next(pointer));
    elements.bindPointer(argument, operands.back());
  }
  for (size_t i = 0; i < outputs().size(); ++i) results.push_back(next(pointer));
  if (source->hasAttr(passes::kPartials)) partials = next(pointer);
  for (mlir::BlockArgument argument : source.getArguments()) {
    auto type = llvm::cast<mlir::RankedTensorType>(argument.getType());
    Extents known;
    for (int64_t extent : type.getShape())
      known.push_back(mlir::ShapedType::isDynamic(extent) ? next(b.getI64Type()) : extents.constant(extent));
    extents.bind(argument, known);
  }
  extents.readDataWith([this](Value scalar) {
    auto argument = llvm::dyn_cast<mlir::BlockArgument>(scalar);
    if (!argument) throw InternalError("an extent that its own kernel computes", ir::toUserLocation(scalar.getLoc()));
    return loadScalar(b, at, DType::i64, operands[argument.getArgNumber()], extents.constant(0));
  });
}

VectorUnit KernelFrame::vectorUnit() const {
  return vectorUnitOf(mlir::func::FuncOp(source)->getParentOfType<mlir::ModuleOp>());
}

Value KernelFrame::add(Value x, Value y) {
  if (auto a = constantOf(x), c = constantOf(y); a && c) return constant(*a + *c);
  return constantOf(x) == 0 ? y : constantOf(y) == 0 ? x : arith::AddIOp::create(b, at, x, y).getResult();
}
Value KernelFrame::sub(Value x, Value y) {
  if (auto a = constantOf(x), c = constantOf(y); a && c) return constant(*a - *c);
  return arith::SubIOp::create(b, at, x, y);
}
Value KernelFrame::mul(Value x, Value y) { return extents.product({x, y}); }
Value KernelFrame::minimum(Value x, Value y) {
  if (auto a = constantOf(x), c = constantOf(y); a && c) return constant(std::min(*a, *c));
  return arith::MinSIOp::create(b, at, x, y);
}
Value KernelFrame::maximum(Value x, Value y) {
  if (auto a = constantOf(x), c = constantOf(y); a && c) return constant(std::max(*a, *c));
  return arith::MaxSIOp::create(b, at, x, y);
}
Value KernelFrame::quotient(Value x, Value y) {
  if (auto a = constantOf(x), c = constantOf(y); a && c && *c != 0) return constant(*a / *c);
  return constantOf(y) == 1 ? x : arith::DivUIOp::create(b, at, x, y).getResult();
}
Value KernelFrame::quotientUp(Value x, Value y) { return quotient(add(x, sub(y, constant(1))), y); }
Value KernelFrame::less(Value x, Value y) { return arith::CmpIOp::create(b, at, arith::CmpIPredicate::slt, x, y); }

Value KernelFrame::allocate(int64_t bytes) {
  mlir::OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&target.getBody().front());
  Value size = arith::ConstantOp::create(b, at, b.getI64IntegerAttr(bytes));
  return LLVM::AllocaOp::create(b, at, LLVM::LLVMPointerType::get(b.getContext()), b.getI8Type(), size, 64);
}

std::pair<Value, Value> KernelFrame::split(Value x, int64_t by) {
  if (by == 1) return {x, constant(0)};
  return {arith::DivSIOp::create(b, at, x, constant(by)), arith::RemSIOp::create(b, at, x, constant(by))};
}

void KernelFrame::storeResults(Value made, Value value, const Index &index, int64_t lanes, Value mask) {
  elements.enterBody(lanes, mask);
  elements.setValue(made, value);
  llvm::SmallVector<Value> values;
  for (Value output : outputs()) values.push_back(elements.at(output, index));
  for (auto [output, result, pointer] : llvm::zip(outputs(), values, results))
    elements.store(at, result, pointer, output, index);
}

llvm::SmallVector<Value> KernelFrame::loop(Value lower, Value upper, int64_t step, mlir::ValueRange carried,
                                           Body body) {
  auto first = constantOf(lower), last = constantOf(upper);
  if (first && last && *last - *first <= step && *last > *first) return body(lower, carried);
  auto forOp = mlir::scf::ForOp::create(b, at, lower, upper, constant(step), carried);
  {
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(forOp.getBody());
    extents.forget();
    llvm::SmallVector<Value> next = body(forOp.getInductionVar(), forOp.getRegionIterArgs());
    if (!carried.empty()) mlir::scf::YieldOp::create(b, at, next);
  }
  extents.forget();
  return llvm::to_vector_of<Value>(forOp.getResults());
}

void KernelFrame::loop(Value lower, Value upper, int64_t step, llvm::function_ref<void(Value)> body) {
  loop(lower, upper, step, {}, [&](Value i, mlir::ValueRange) {
    body(i);
    return llvm::SmallVector<Value>();
  });
}

void KernelFrame::branch(Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise) {
  auto both = mlir::scf::IfOp::create(b, at, condition, /*withElseRegion=*/bool(otherwise));
  mlir::OpBuilder::InsertionGuard guard(b);
  auto emitIn = [&](mlir::Block *block, llvm::function_ref<void()> body) {
    b.setInsertionPointToStart(block);
    extents.forget();
    body();
  };
  emitIn(both.thenBlock(), then);
  if (otherwise) emitIn(both.elseBlock(), otherwise);
  extents.forget();
}

llvm::SmallVector<Value> KernelFrame::where(Value condition, mlir::ValueRange carried,
                                            llvm::function_ref<llvm::SmallVector<Value>()> body) {
  auto both = mlir::scf::IfOp::create(b, at, carried.getTypes(), condition, /*withElseRegion=*/true);
  mlir::OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(both.thenBlock());
  extents.forget();
  mlir::scf::YieldOp::create(b, at, body());
  b.setInsertionPointToStart(both.elseBlock());
  mlir::scf::YieldOp::create(b, at, carried);
  extents.forget();
  return llvm::to_vector_of<Value>(both.getResults());
}

Value KernelFrame::laneMask(Value count, int64_t lanes) {
  auto positions = llvm::to_vector(llvm::seq<int32_t>(lanes));
  auto type = mlir::VectorType::get({lanes}, b.getI32Type());
  // 32-bit comparisons: half the registers, and no count of lanes needs more.
  Value lane = arith::ConstantOp::create(b, at, mlir::DenseElementsAttr::get(type, llvm::ArrayRef<int32_t>(positions)));
  Value most = minimum(count, constant(lanes));
  Value limit = arith::TruncIOp::create(b, at, b.getI32Type(), most);
  return arith::CmpIOp::create(b, at, arith::CmpIPredicate::slt, lane,
                               mlir::vector::BroadcastOp::create(b, at, type, limit));
}

llvm::SmallVector<Value> KernelFrame::laneLoop(Value lower, Value upper, mlir::ValueRange carried, LaneBody body) {
  auto first = constantOf(lower), last = constantOf(upper);
  bool known = first && last;
  int64_t length = known ? *last - *first : -1;
  llvm::SmallVector<Value> values = llvm::to_vector_of<Value>(carried);
  Value middle = lower;
  if (!known || length >= kLanes) {
    Value whole = known ? constant(length / kLanes * kLanes)
                        : arith::AndIOp::create(b, at, sub(upper, lower), constant(-kLanes)).getResult();
    middle = known ? constant(*first + length / kLanes * kLanes) : add(lower, whole);
    values = loop(lower, middle, kLanes, values,
                  [&](Value start, mlir::ValueRange inner) { return body(start, Value(), inner); });
  }
  if (known && length % kLanes == 0) return values;
  if (known) {
    Value mask = laneMask(constant(length % kLanes));
    return body(middle, mask, values);
  }
  // A loop of at most one iteration carries values like any other.
  return loop(middle, upper, kLanes, values,
              [&](Value start, mlir::ValueRange inner) { return body(start, laneMask(sub(upper, start)), inner); });
}

Value loadVector(KernelFrame &f, DType dtype, Value from, Value mask) {
  auto type = mlir::VectorType::get({kLanes}, memoryType(dtype, f.b.getContext()));
  return fromMemory(f.b, f.at, dtype, loadLine(f.b, f.at, type, from, mask));
}

void storeVector(KernelFrame &f, DType dtype, Value value, Value to, Value mask) {
  storeLine(f.b, f.at, toMemory(f.b, f.at, dtype, value), to, mask);
}

int64_t laneAxisOf(mlir::RankedTensorType domain) {
  for (int64_t axis = domain.getRank() - 1; axis >= 0; --axis)
    if (domain.getDimSize(axis) != 1) return axis;
  return domain.getRank() - 1;
}

}  // namespace etch::codegen

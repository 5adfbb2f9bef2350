// Kernels that write into part of a copy of their first operand. When the plan put the result over that operand there
// is nothing to copy.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/Kernel.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

void copyUnlessInPlace(KernelFrame &f, Value tensor, DType dtype) {
  auto word = f.b.getI64Type();
  Value from = LLVM::PtrToIntOp::create(f.b, f.at, word, f.operands[0]),
        to = LLVM::PtrToIntOp::create(f.b, f.at, word, f.results[0]);
  Value apart = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::ne, from, to);
  auto guard = mlir::scf::IfOp::create(f.b, f.at, apart);
  mlir::OpBuilder::InsertionGuard insertion(f.b);
  f.b.setInsertionPointToStart(guard.thenBlock());
  Extents size = f.extents.of(tensor);
  size.push_back(f.constant(size_of(dtype)));
  LLVM::MemcpyOp::create(f.b, f.at, f.results[0], f.operands[0], f.extents.product(size), /*isVolatile=*/false);
  f.extents.forget();
}

/// One loop an axis, vectors along the last one: body(index, mask).
void forEachBlock(KernelFrame &f, llvm::ArrayRef<Value> size, Index &index, size_t axis,
                  llvm::function_ref<void(Value mask)> body) {
  if (axis == size.size()) {
    f.elements.enterBody(0, {});
    return body({});
  }
  if (axis + 1 < size.size()) {
    f.loop(f.constant(0), size[axis], 1, [&](Value i) {
      index[axis] = {i, 0, {}};
      forEachBlock(f, size, index, axis + 1, body);
    });
    return;
  }
  f.laneLoop(f.constant(0), size[axis], {}, [&](Value start, Value mask, mlir::ValueRange) {
    index[axis] = {start, 1, {}};
    f.elements.enterBody(kLanes, mask);
    body(mask);
    return llvm::SmallVector<Value>();
  });
}

void emitDynamicUpdateSlice(KernelFrame &f, ir::DynamicUpdateSliceOp op, DType dtype) {
  copyUnlessInPlace(f, op.getOperand(), dtype);
  Extents size = f.extents.of(op.getOperand()), block = f.extents.of(op.getUpdate());
  llvm::SmallVector<Value> starts;
  f.elements.enterBody(0, {});
  for (auto [axis, operand] : llvm::enumerate(op.getStarts())) {
    Value start = f.elements.at(operand, {});
    start = f.minimum(start, f.sub(size[axis], block[axis]));
    starts.push_back(arith::MaxSIOp::create(f.b, f.at, start, f.constant(0)));
  }
  Index index(block.size());
  forEachBlock(f, block, index, 0, [&](Value) {
    Index target(index);
    for (auto [position, start] : llvm::zip(target, starts)) position.base = f.add(position.base, start);
    f.elements.store(f.at, f.elements.at(op.getUpdate(), index), f.results[0], op.getOperand(), target);
  });
}

}  // namespace

void emitUpdateKernel(KernelFrame &f) {
  mlir::Operation *op = f.outputs()[0].getDefiningOp();
  if (llvm::isa<ir::ScatterAddOp>(op)) {
    f.setForm("rows added in place");
    return emitScatterKernel(f);
  }
  f.setForm("a block in place");
  f.setTrips(f.constant(1), 1);
  DType dtype = ir::toDType(llvm::cast<mlir::RankedTensorType>(op->getResult(0).getType()).getElementType());
  emitDynamicUpdateSlice(f, llvm::cast<ir::DynamicUpdateSliceOp>(op), dtype);
}

}  // namespace etch::codegen

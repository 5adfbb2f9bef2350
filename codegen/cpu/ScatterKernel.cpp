// scatter_add: slices added at indices along an axis, one after the other in order of their indices, so that equal
// indices add up the same way every time.
//
// Parallel tasks take parts of the axis, not of the indices: each looks at all indices and adds the slices that fall
// into its part, in order. The parts follow from the shape alone.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "codegen/cpu/BFloat16.h"
#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/ScalarOps.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

/// Parts of the axis: every part passes over all indices, so that more of them cost more than they save.
constexpr int64_t kParts = 8;

/// The tensors as matrices of rows: operand and result [outer, axis, inner], updates [outer, indices, inner].
class ScatterEmitter {
 public:
  ScatterEmitter(KernelFrame &f, ir::ScatterAddOp op) : f(f), b(f.b), at(f.at), op(op) {
    dtype = ir::toDType(op.getType().getElementType());
    indexDType = ir::toDType(llvm::cast<mlir::RankedTensorType>(op.getIndices().getType()).getElementType());
    Extents size = f.extents.of(op.getOperand()), indices = f.extents.of(op.getIndices());
    auto axis = static_cast<int64_t>(op.getAxis());
    outer = f.extents.product(llvm::ArrayRef(size).take_front(axis));
    extent = size[axis];
    inner = f.extents.product(llvm::ArrayRef(size).drop_front(axis + 1));
    count = f.extents.product(indices);
    // Every operand is in memory and is read by its position there.
    f.elements.flat = true;
  }

  void emit() {
    Value work = f.extents.product({outer, inner, sum(count, extent)});
    f.setTrips(extent, quotientUp(work, extent), quotientUp(extent, f.constant(kParts)));
    copyUnlessInPlace();
    f.loop(f.constant(0), outer, 1, [&](Value matrix) {
      f.loop(f.constant(0), count, 1, [&](Value i) {
        f.elements.enterBody(0, {});
        Value picked = f.elements.at(op.getIndices(), Index{{i, 0, {}}});
        picked = emitCast(b, at, picked, indexDType, DType::i64);
        Value inside = arith::AndIOp::create(
            b, at, arith::CmpIOp::create(b, at, arith::CmpIPredicate::sge, picked, f.begin), f.less(picked, f.end));
        auto guard = mlir::scf::IfOp::create(b, at, inside);
        mlir::OpBuilder::InsertionGuard insertion(b);
        b.setInsertionPointToStart(guard.thenBlock());
        addRow(f.mul(f.add(f.mul(matrix, extent), picked), inner), f.mul(f.add(f.mul(matrix, count), i), inner));
      });
    });
  }

 private:
  KernelFrame &f;
  mlir::OpBuilder &b;
  mlir::Location at;
  ir::ScatterAddOp op;
  DType dtype, indexDType;
  Value outer, extent, inner, count;

  Value sum(Value x, Value y) {
    auto a = constantOf(x), c = constantOf(y);
    return a && c ? f.constant(*a + *c) : f.add(x, y);
  }
  /// At least 1.
  Value quotientUp(Value value, Value by) {
    auto x = constantOf(value), y = constantOf(by);
    if (x && y)
      return f.constant(std::max<int64_t>(1, *x / std::max<int64_t>(1, *y) + (*x % std::max<int64_t>(1, *y) != 0)));
    Value one = f.constant(1);
    Value divisor = arith::MaxUIOp::create(b, at, by, one);
    Value quotient = arith::DivUIOp::create(b, at, f.sub(f.add(value, divisor), one), divisor);
    return arith::MaxUIOp::create(b, at, quotient, one);
  }

  /// This part of the operand, unless the plan put the result over it.
  void copyUnlessInPlace() {
    Value from = LLVM::PtrToIntOp::create(b, at, b.getI64Type(), f.operands[0]),
          to = LLVM::PtrToIntOp::create(b, at, b.getI64Type(), f.results[0]);
    Value apart = arith::CmpIOp::create(b, at, arith::CmpIPredicate::ne, from, to);
    auto guard = mlir::scf::IfOp::create(b, at, apart);
    mlir::OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(guard.thenBlock());
    f.loop(f.constant(0), outer, 1, [&](Value matrix) {
      Value first = f.mul(f.add(f.mul(matrix, extent), f.begin), inner);
      Value bytes = f.extents.product({f.sub(f.end, f.begin), inner, f.constant(size_of(dtype))});
      LLVM::MemcpyOp::create(b, at, elementPointer(b, at, dtype, f.results[0], first),
                             elementPointer(b, at, dtype, f.operands[0], first), bytes, /*isVolatile=*/false);
    });
  }

  /// result[to + c] += updates[from + c] for the columns of a row.
  void addRow(Value to, Value from) {
    auto add = [&](Value column, int64_t step) {
      Value update = f.elements.at(op.getUpdates(), Index{{f.add(from, column), step, {}}});
      // The running sum lives in the result.
      f.elements.bindPointer(op.getOperand(), f.results[0]);
      Index target{{f.add(to, column), step, {}}};
      Value sum = f.elements.at(op.getOperand(), target);
      f.elements.bindPointer(op.getOperand(), f.operands[0]);
      sum = is_floating(dtype) ? arith::AddFOp::create(b, at, sum, update).getResult()
                               : arith::AddIOp::create(b, at, sum, update).getResult();
      if (dtype == DType::bf16) sum = roundToBFloat16(b, at, sum);
      f.elements.store(at, sum, f.results[0], op.getOperand(), target);
    };
    if (constantOf(inner) == 1) {
      f.elements.enterBody(0, {});
      return add(f.constant(0), 0);
    }
    f.laneLoop(f.constant(0), inner, {}, [&](Value column, Value mask, mlir::ValueRange) {
      f.elements.enterBody(kLanes, mask);
      add(column, 1);
      return llvm::SmallVector<Value>();
    });
  }
};

}  // namespace

void emitScatterKernel(KernelFrame &f) { ScatterEmitter(f, llvm::cast<ir::ScatterAddOp>(f.body().front())).emit(); }

}  // namespace etch::codegen

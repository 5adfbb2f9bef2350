// Blocks of scores and arithmetic on their rows.

#include "codegen/cpu/attention/AttentionKernel.h"
#include "codegen/cpu/gemm/GemmDots.h"
#include "codegen/cpu/gemm/GemmRoutine.h"
#include "codegen/cpu/elements/ScalarOps.h"
#include "codegen/cpu/math/VectorMath.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
namespace vector = mlir::vector;
using mlir::Value;

AttentionEmitter::AttentionEmitter(KernelFrame &f, Value query, Value key, Value value, Value mask, bool causal)
    : f(f), dtype(dtypeOf(query)), causal(causal), mask(mask) {
  Extents ofQuery = f.extents.of(query), ofKey = f.extents.of(key), ofValue = f.extents.of(value);
  leading.assign(ofQuery.begin(), ofQuery.end() - 2);
  batch = f.extents.product(leading);
  queries = ofQuery[leading.size()], depth = ofQuery.back();
  keys = ofKey[leading.size()], valueDepth = ofValue.back();
  queryMemory = f.pointerOf(query), keyMemory = f.pointerOf(key), valueMemory = f.pointerOf(value);
  gemm = declareGemm(f.target->getParentOfType<mlir::ModuleOp>(), dtype, f.policy);
}

GemmTiles AttentionEmitter::tiles() const { return gemmTilesFor(dtype, f.vectorUnit(), f.policy); }

Value AttentionEmitter::scratch(Value elements) {
  auto module = f.target->getParentOfType<mlir::ModuleOp>();
  // The product writes there too, from the beginning.
  Value products = f.constant(gemmScratchBytes(tiles()));
  Value bytes = f.mul(elements, f.constant(static_cast<int64_t>(size_of(dtype))));
  Value memory = mlir::func::CallOp::create(f.b, f.at, declareScratch(module), mlir::ValueRange{f.add(bytes, products)})
                     .getResult(0);
  return LLVM::GEPOp::create(f.b, f.at, memory.getType(), f.b.getI8Type(), memory,
                             llvm::ArrayRef<LLVM::GEPArg>{products});
}

void AttentionEmitter::multiply(const Matrix &x, const Matrix &y, Value out, Value outRow, Value m, Value n, Value k) {
  Value null = LLVM::ZeroOp::create(f.b, f.at, LLVM::LLVMPointerType::get(f.b.getContext()));
  // The score of an only key has no derivative: exactly none, if products are added up as the sums over rows are.
  Value isOnlyKey = arith::ExtUIOp::create(f.b, f.at, f.b.getI64Type(), f.less(n, f.constant(2)));
  Value zero = f.constant(0), areDots = f.maximum(isOnlyKey, dotsPay(f, tiles(), m, n, k));
  mlir::func::CallOp::create(f.b, f.at, gemm,
                             mlir::ValueRange{x.base, y.base, out, m, n, k, x.row, x.column, y.row, y.column, outRow,
                                              null, null, zero, zero, null, null, areDots, f.mul(m, n)});
}

void AttentionEmitter::multiplyKeys(const Block &block, Value scores) {
  Value query = offset(queryMemory, f.mul(f.add(f.mul(block.batch, queries), block.firstQuery), depth));
  Value key = offset(keyMemory, f.mul(f.add(f.mul(block.batch, keys), block.firstKey), depth));
  multiply(rowMajor(query, depth), rowMajor(key, depth).transposed(), scores, f.constant(kScoreStride), block.rows,
           block.columns, depth);
}

Value AttentionEmitter::maskRow(const Block &block, Value row) {
  if (!mask) return {};
  auto type = llvm::cast<mlir::RankedTensorType>(mask.getType());
  Extents size = f.extents.of(mask);
  Value position = block.firstKey, rest = block.batch;
  auto stride = [&](int64_t axis) { return f.extents.product(llvm::ArrayRef(size).drop_front(axis + 1)); };
  auto rows = static_cast<int64_t>(leading.size());
  if (type.getDimSize(rows) != 1) position = f.add(position, f.mul(f.add(block.firstQuery, row), stride(rows)));
  for (int64_t axis = rows - 1; axis >= 0; --axis) {
    Value own = axis == 0 ? rest : arith::RemUIOp::create(f.b, f.at, rest, leading[axis]).getResult();
    if (axis > 0) rest = f.quotient(rest, leading[axis]);
    if (type.getDimSize(axis) != 1) position = f.add(position, f.mul(own, stride(axis)));
  }
  return elementPointer(f.b, f.at, dtypeOf(mask), f.pointerOf(mask), position);
}

Value AttentionEmitter::visibleColumns(const Block &block, Value row) {
  if (!causal) return block.columns;
  // Keys up to the query's own number.
  Value last = f.add(f.add(block.firstQuery, row), f.constant(1));
  Value count = f.minimum(f.sub(last, block.firstKey), block.columns);
  return arith::MaxSIOp::create(f.b, f.at, count, f.constant(0));
}

Value AttentionEmitter::scoresAt(Value line, Value maskLine, Value position, Value lanes) {
  Value scores = load(offset(line, position), lanes);
  if (maskLine) {
    DType stored = dtypeOf(mask);
    mlir::Type memory = mlir::VectorType::get({kLanes}, memoryType(stored, f.b.getContext()));
    Value address = elementPointer(f.b, f.at, stored, maskLine, position);
    auto alignment = static_cast<unsigned>(size_of(stored));
    Value values = lanes ? LLVM::MaskedLoadOp::create(f.b, f.at, memory, address, lanes,
                                                      splatConstant(f.b, f.at, memory, int64_t{0}), alignment)
                               .getResult()
                         : LLVM::LoadOp::create(f.b, f.at, memory, address, alignment).getResult();
    if (stored == DType::boolean) {
      Value isSeen = arith::CmpIOp::create(f.b, f.at, arith::CmpIPredicate::ne, values,
                                           splatConstant(f.b, f.at, memory, int64_t{0}));
      scores = select(isSeen, scores, vectorOf(-INFINITY));
    } else {
      scores = plus(scores, values);
    }
  }
  return lanes ? select(lanes, scores, vectorOf(-INFINITY)) : scores;
}

//===-- Arithmetic -------------------------------------------------------------------------------------------===//

mlir::Type AttentionEmitter::vectorType() const {
  return mlir::VectorType::get({kLanes}, registerType(dtype, f.b.getContext()));
}

Value AttentionEmitter::load(Value address, Value lanes) {
  auto alignment = static_cast<unsigned>(size_of(dtype));
  if (!lanes) return LLVM::LoadOp::create(f.b, f.at, vectorType(), address, alignment);
  return LLVM::MaskedLoadOp::create(f.b, f.at, vectorType(), address, lanes, vectorOf(0), alignment);
}

void AttentionEmitter::store(Value value, Value address, Value lanes) {
  auto alignment = static_cast<unsigned>(size_of(dtype));
  if (lanes)
    LLVM::MaskedStoreOp::create(f.b, f.at, value, address, lanes, alignment);
  else
    LLVM::StoreOp::create(f.b, f.at, value, address, alignment);
}

Value AttentionEmitter::splat(Value scalar) { return vector::BroadcastOp::create(f.b, f.at, vectorType(), scalar); }
Value AttentionEmitter::vectorOf(double number) { return splatConstant(f.b, f.at, vectorType(), number); }
Value AttentionEmitter::scalarOf(double number) {
  return splatConstant(f.b, f.at, registerType(dtype, f.b.getContext()), number);
}
Value AttentionEmitter::plus(Value x, Value y) {
  return arith::AddFOp::create(f.b, f.at, x, y, fastMathFlags(f.policy));
}
Value AttentionEmitter::minus(Value x, Value y) {
  return arith::SubFOp::create(f.b, f.at, x, y, fastMathFlags(f.policy));
}
Value AttentionEmitter::times(Value x, Value y) {
  return arith::MulFOp::create(f.b, f.at, x, y, fastMathFlags(f.policy));
}
Value AttentionEmitter::exponential(Value x) { return emitExpOfNonPositive(f.b, f.at, x); }
Value AttentionEmitter::equals(Value x, double number) {
  return arith::CmpFOp::create(f.b, f.at, arith::CmpFPredicate::OEQ, x, splatConstant(f.b, f.at, x.getType(), number));
}
Value AttentionEmitter::select(Value condition, Value x, Value y) {
  return arith::SelectOp::create(f.b, f.at, condition, x, y);
}
Value AttentionEmitter::larger(Value x, Value y) {
  return select(arith::CmpFOp::create(f.b, f.at, arith::CmpFPredicate::OGT, x, y), x, y);
}

Value AttentionEmitter::fold(Value value, llvm::function_ref<Value(Value, Value)> join) {
  for (int64_t half = kLanes / 2; half >= 1; half /= 2) {
    auto low = llvm::to_vector(llvm::seq<int64_t>(half)), high = llvm::to_vector(llvm::seq<int64_t>(half, 2 * half));
    value = join(vector::ShuffleOp::create(f.b, f.at, value, value, low),
                 vector::ShuffleOp::create(f.b, f.at, value, value, high));
  }
  return vector::ExtractOp::create(f.b, f.at, value, llvm::ArrayRef<int64_t>{0});
}

void AttentionEmitter::fillWithZeros(Value base, Value from, Value to) {
  f.laneLoop(from, to, {}, [&](Value start, Value lanes, mlir::ValueRange) {
    store(vectorOf(0), offset(base, start), lanes);
    return llvm::SmallVector<Value>();
  });
}

void AttentionEmitter::addRows(Value to, Value from, Value rows, Value length, Value factors) {
  f.loop(f.constant(0), rows, 1, [&](Value row) {
    Value factor = factors ? splat(loadOne(factors, row)) : Value();
    Value first = f.mul(row, length);
    f.laneLoop(f.constant(0), length, {}, [&](Value start, Value lanes, mlir::ValueRange) {
      Value position = f.add(first, start), place = offset(to, position), old = load(place, lanes);
      store(plus(factor ? times(old, factor) : old, load(offset(from, position), lanes)), place, lanes);
      return llvm::SmallVector<Value>();
    });
  });
}

}  // namespace etch::codegen

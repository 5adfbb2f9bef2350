#include "codegen/cpu/math/WideVectors.h"

#include "codegen/cpu/VectorUnit.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

namespace etch::codegen {

namespace arith = mlir::arith;
using mlir::Value;
using mlir::VectorType;

static int64_t bitsOf(mlir::Type type) {
  auto vector = llvm::dyn_cast<VectorType>(type);
  return vector ? vector.getNumElements() * vector.getElementTypeBitWidth() : 0;
}

bool fillsWideVectors(mlir::OpBuilder &b, mlir::Type type) {
  if (bitsOf(type) == 0 || bitsOf(type) % 512 != 0) return false;
  auto module = b.getInsertionBlock()->getParentOp()->getParentOfType<mlir::ModuleOp>();
  return !module || vectorUnitOf(module).bits == 512;
}

static Value lanesOf(mlir::OpBuilder &b, mlir::Location at, Value x, int64_t first, int64_t count) {
  return mlir::vector::ShuffleOp::create(b, at, x, x, llvm::to_vector(llvm::seq(first, first + count)));
}

static Value concatenate(mlir::OpBuilder &b, mlir::Location at, Value low, Value high) {
  int64_t lanes = llvm::cast<VectorType>(low.getType()).getNumElements();
  return mlir::vector::ShuffleOp::create(b, at, low, high, llvm::to_vector(llvm::seq<int64_t>(2 * lanes)));
}

Value inParts(mlir::OpBuilder &b, mlir::Location at, int64_t bits, llvm::ArrayRef<Value> operands,
              llvm::function_ref<Value(llvm::ArrayRef<Value>)> op) {
  auto type = llvm::cast<VectorType>(operands[0].getType());
  if (bitsOf(type) <= bits) return op(operands);
  int64_t half = type.getNumElements() / 2;
  auto part = [&](int64_t first) {
    llvm::SmallVector<Value> lanes;
    for (Value operand : operands) lanes.push_back(lanesOf(b, at, operand, first, half));
    return inParts(b, at, bits, lanes, op);
  };
  Value low = part(0), high = part(half);
  return concatenate(b, at, low, high);
}

Value emitScaleByPowerOfTwo(mlir::OpBuilder &b, mlir::Location at, Value x, Value k) {
  if (!fillsWideVectors(b, x.getType())) return {};
  bool isDouble = mlir::getElementTypeOrSelf(x.getType()).isF64();
  auto all = b.getIntegerAttr(b.getIntegerType(isDouble ? 8 : 16), -1);
  Value everyLane = arith::ConstantOp::create(b, at, all);
  Value currentRounding = arith::ConstantOp::create(b, at, b.getI32IntegerAttr(4));
  auto name = b.getStringAttr(isDouble ? "llvm.x86.avx512.mask.scalef.pd.512" : "llvm.x86.avx512.mask.scalef.ps.512");
  return inParts(b, at, 512, {x, k}, [&](llvm::ArrayRef<Value> xk) -> Value {
    return mlir::LLVM::CallIntrinsicOp::create(b, at, xk[0].getType(), name,
                                               mlir::ValueRange{xk[0], xk[1], xk[0], everyLane, currentRounding})
        .getResult(0);
  });
}

static bool isConstant(Value x) {
  if (auto broadcast = x.getDefiningOp<mlir::vector::BroadcastOp>()) x = broadcast.getSource();
  return mlir::matchPattern(x, mlir::m_Constant());
}

Value emitExtreme(mlir::OpBuilder &b, mlir::Location at, Extreme which, Value x, Value y) {
  if (!fillsWideVectors(b, x.getType()) || bitsOf(x.getType()) > 512 || isConstant(x) || isConstant(y)) return {};
  const mlir::Type element = mlir::getElementTypeOrSelf(x.getType());
  const bool isDouble = element.isF64();
  if (!isDouble && !element.isF32()) return {};
  // Of two numbers the smaller or the larger with its sign; of a number and NaN the number.
  const int32_t ofNumbers = which == Extreme::maximum ? 0b0101 : 0b0100;
  Value choice = arith::ConstantOp::create(b, at, b.getI32IntegerAttr(ofNumbers));
  Value everyLane = arith::ConstantOp::create(b, at, b.getIntegerAttr(b.getIntegerType(isDouble ? 8 : 16), -1));
  Value currentRounding = arith::ConstantOp::create(b, at, b.getI32IntegerAttr(4));
  auto name = b.getStringAttr(isDouble ? "llvm.x86.avx512.mask.range.pd.512" : "llvm.x86.avx512.mask.range.ps.512");
  const Value operands[] = {x, y, choice, x, everyLane, currentRounding};
  Value number = mlir::LLVM::CallIntrinsicOp::create(b, at, x.getType(), name, operands).getResult(0);
  Value isNaN = arith::CmpFOp::create(b, at, arith::CmpFPredicate::UNO, x, y);
  Value nan = arith::AddFOp::create(b, at, x, y);
  return arith::SelectOp::create(b, at, isNaN, nan, number);
}

/// What AVX2's permutation looks up at a time.
static constexpr int64_t kTable = 8;

/// A vector of `lanes` of i32 that begins with those of `x` and repeats them.
static Value padded(mlir::OpBuilder &b, mlir::Location at, Value x, int64_t lanes) {
  auto vector = llvm::dyn_cast<VectorType>(x.getType());
  if (!vector) return mlir::vector::BroadcastOp::create(b, at, VectorType::get({lanes}, x.getType()), x);
  auto repeated = llvm::map_range(llvm::seq(lanes), [&](int64_t lane) { return lane % vector.getNumElements(); });
  return mlir::vector::ShuffleOp::create(b, at, x, x, llvm::to_vector(repeated));
}

Value emitLookup(mlir::OpBuilder &b, mlir::Location at, llvm::ArrayRef<float> entries, Value index) {
  assert(entries.size() == kTable && "indices are three bits");
  auto module = b.getInsertionBlock()->getParentOp()->getParentOfType<mlir::ModuleOp>();
  if (module && vectorUnitOf(module).bits < 256) return {};
  auto vector = llvm::dyn_cast<VectorType>(index.getType());
  const int64_t lanes = vector ? vector.getNumElements() : 1;
  if (lanes % kTable != 0) {
    Value found = emitLookup(b, at, entries, padded(b, at, index, (lanes + kTable - 1) / kTable * kTable));
    return vector ? lanesOf(b, at, found, 0, lanes) : mlir::vector::ExtractOp::create(b, at, found, 0).getResult();
  }
  const bool isWide = fillsWideVectors(b, index.getType());
  llvm::SmallVector<float> table(entries);
  if (isWide) llvm::append_range(table, entries);  // whose permutation takes four bits of the index
  auto type = VectorType::get({static_cast<int64_t>(table.size())}, b.getF32Type());
  Value memory = arith::ConstantOp::create(b, at, mlir::DenseElementsAttr::get(type, llvm::ArrayRef(table)));
  auto name = b.getStringAttr(isWide ? "llvm.x86.avx512.permvar.sf.512" : "llvm.x86.avx2.permps");
  return inParts(b, at, isWide ? 512 : 256, {index}, [&](llvm::ArrayRef<Value> part) -> Value {
    return mlir::LLVM::CallIntrinsicOp::create(b, at, type, name, mlir::ValueRange{memory, part[0]}).getResult(0);
  });
}

}  // namespace etch::codegen

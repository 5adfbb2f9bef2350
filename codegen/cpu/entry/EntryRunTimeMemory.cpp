// Entry functions: memory that is sized while the program runs.

#include "codegen/cpu/entry/EntryEmitter.h"

#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using mlir::Value;

Value EntryEmitter::block(int64_t number, llvm::ArrayRef<Value> factors) {
  Value memory =
      callRuntime("etch_rt_block",
                  {context, extents.constant(number - passes::kFirstRunTimeBlock), boundedBytes(factors)}, pointer)
          .front();
  Value none = LLVM::ZeroOp::create(b, at(), pointer);
  Value there = LLVM::ICmpOp::create(b, at(), LLVM::ICmpPredicate::ne, memory, none);
  returnUnless(there);
  return memory;
}

llvm::SmallVector<EntryEmitter::Moving> EntryEmitter::movingResults(mlir::Operation *op) {
  llvm::SmallVector<Moving> moving;
  forEachPlaced(op, [&](Value value, int64_t slot) {
    if (!passes::isRunTimeBlock(slot)) return;
    Moving m{value, slot, stack(pointer, 1), {}};
    for (int64_t i = llvm::cast<mlir::ShapedType>(value.getType()).getNumDynamicDims(); i > 0; --i)
      m.extentHomes.push_back(stack(word, 1));
    moving.push_back(std::move(m));
  });
  return moving;
}

bool EntryEmitter::isMoving(llvm::ArrayRef<Moving> moving, Value value) {
  return llvm::any_of(moving, [&](const Moving &m) { return m.value == value; });
}

void EntryEmitter::store(const Moving &m, Value memory, Extents size) {
  LLVM::StoreOp::create(b, at(), memory, m.home, 8);
  auto type = llvm::cast<mlir::RankedTensorType>(m.value.getType());
  const Value *home = m.extentHomes.begin();
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (type.isDynamicDim(axis)) LLVM::StoreOp::create(b, at(), size[axis], *home++, 8);
}

void EntryEmitter::load(const Moving &m, mlir::ValueRange others) {
  Value memory = LLVM::LoadOp::create(b, at(), pointer, m.home, 8);
  Extents size;
  const Value *home = m.extentHomes.begin();
  for (int64_t extent : llvm::cast<mlir::RankedTensorType>(m.value.getType()).getShape())
    size.push_back(mlir::ShapedType::isDynamic(extent) ? LLVM::LoadOp::create(b, at(), word, *home++, 8).getResult()
                                                       : extents.constant(extent));
  llvm::SmallVector<Value> values(others);
  values.push_back(m.value);
  for (Value value : values) {
    storage[value] = memory;
    extents.bind(value, size);
  }
}

Value EntryEmitter::copyToBlock(int64_t number, Value from) {
  Value memory = block(number, factorsOf(from));
  LLVM::MemcpyOp::create(b, at(), memory, addressOf(from), bytesOf(from), /*isVolatile=*/false);
  return memory;
}

void EntryEmitter::copyInto(mlir::ValueRange values, mlir::ValueRange places, llvm::ArrayRef<Moving> moving) {
  auto isUnwritten = [](Value value) {
    mlir::Operation *op = value.getDefiningOp();
    return op && op->hasAttr(passes::kUnwritten);
  };
  llvm::SmallVector<Copy> copies;
  for (auto [value, place] : llvm::zip(values, places))
    if (!isMoving(moving, place) && !isUnwritten(value)) copies.push_back({storageOf(value), storageOf(place), place});
  copyAll(copies);
}

void EntryEmitter::settleExtents(mlir::Operation *op) {
  if (op->hasAttr(passes::kExtent)) {
    extents.bindScalar(op->getResult(0), extents.scalar(op->getResult(0)));
    return;
  }
  if (op->getNumRegions() != 0) return;
  StatedExtents stated;
  checkExtents(op, stated);
  for (Value result : op->getResults())
    if (!llvm::cast<mlir::ShapedType>(result.getType()).hasStaticShape()) extents.bind(result, extents.of(result));
}

}  // namespace etch::codegen

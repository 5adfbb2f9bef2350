// Entry functions: where values lie, as PlanBuffers decided.

#include "codegen/cpu/entry/EntryEmitter.h"

#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;

Value EntryEmitter::bytesOf(Value tensor) {
  Extents size = extents.of(tensor);
  size.push_back(extents.constant(size_of(dtypeOf(tensor.getType()))));
  return extents.product(size);
}

void EntryEmitter::layOutSlots() {
  if (source->hasAttr(passes::kSlotOffsets)) {
    arenaBytes = extents.constant(source->getAttrOfType<mlir::IntegerAttr>(passes::kArenaBytes).getInt());
    return;
  }
  int64_t count = source->getAttrOfType<mlir::IntegerAttr>(passes::kNumSlots).getInt();
  llvm::SmallVector<Value> sizes(count);
  source.walk([&](mlir::Operation *op) {
    forEachPlaced(op, [&](Value value, int64_t slot) {
      if (slot < 0 || passes::isRunTimeBlock(slot)) return;
      Value bytes = bytesOf(value);
      sizes[slot] = sizes[slot] ? arith::MaxSIOp::create(b, at(), sizes[slot], bytes).getResult() : bytes;
    });
  });
  Value total = extents.constant(0);
  slotOffsets.clear();
  for (Value size : sizes) {
    slotOffsets.push_back(total);
    Value padded =
        arith::AddIOp::create(b, at(), size ? size : extents.constant(0), extents.constant(passes::kSlotAlignment - 1));
    total = arith::AddIOp::create(b, at(), total,
                                  arith::AndIOp::create(b, at(), padded, extents.constant(-passes::kSlotAlignment)));
  }
  arenaBytes = total;
}

void EntryEmitter::forEachPlaced(mlir::Operation *op, llvm::function_ref<void(Value, int64_t)> visit) {
  llvm::ArrayRef<int64_t> slots = passes::slotsOf(op);
  if (slots.empty()) return;
  if (auto loop = llvm::dyn_cast<ir::ForOp>(op)) {
    visit(loop.getBody().getArgument(0), slots[0]);
    slots = slots.drop_front();
  }
  for (auto [result, slot] : llvm::zip(op->getResults(), slots)) visit(result, slot);
}

Value EntryEmitter::slotAddress(int64_t slot) {
  if (Value home = elsewhere.lookup(slot)) return home;
  if (outer && (slot < 0 || outer->elsewhere.contains(slot))) return captured(outer->slotAddress(slot));
  if (slot < 0) return resultPointers[-1 - slot];
  auto known = source->getAttrOfType<mlir::DenseI64ArrayAttr>(passes::kSlotOffsets);
  Value offset = known ? extents.constant(known[slot]) : slotOffsets[slot];
  return LLVM::GEPOp::create(b, at(), pointer, b.getI8Type(), outer ? captured(outer->arena) : arena,
                             llvm::ArrayRef<LLVM::GEPArg>{offset});
}

Value EntryEmitter::addressOf(Value tensor) {
  if (auto it = address.find(tensor); it != address.end()) return it->second;
  if (outer) return captured(outer->addressOf(tensor));
  throw InternalError("a value without memory: " + std::string(tensor.getDefiningOp()->getName().getStringRef()));
}

void EntryEmitter::placeResults(mlir::Operation *op) {
  forEachPlaced(op, [&](Value value, int64_t slot) {
    address[value] = passes::isRunTimeBlock(slot) ? block(slot, bytesOf(value)) : slotAddress(slot);
  });
}

void EntryEmitter::placeFixedResults(mlir::Operation *op) {
  forEachPlaced(op, [&](Value value, int64_t slot) {
    if (!passes::isRunTimeBlock(slot)) address[value] = slotAddress(slot);
  });
}

Value EntryEmitter::sliceAddress(ir::StoreSliceOp store) {
  Value last = extents.constant(llvm::cast<mlir::ShapedType>(store.getType()).getDimSize(0) - 1);
  Value index = arith::MinSIOp::create(b, at(), loadExtent(store.getIndex()), last);
  index = arith::MaxSIOp::create(b, at(), index, extents.constant(0));
  Value offset = arith::MulIOp::create(b, at(), index, bytesOf(store.getSlice()));
  return LLVM::GEPOp::create(b, at(), pointer, b.getI8Type(), addressOf(store.getOperand()),
                             llvm::ArrayRef<LLVM::GEPArg>{offset});
}

void EntryEmitter::placeSlices(ir::LaunchOp launch) {
  for (Value result : launch.getResults())
    if (ir::StoreSliceOp store = passes::sliceStoreOf(result); store && store.getInPlace())
      address[result] = sliceAddress(store);
}

void EntryEmitter::emitStoreSlice(ir::StoreSliceOp store) {
  address[store.getResult()] = addressOf(store.getOperand());
  if (!store.getInPlace()) copy(addressOf(store.getSlice()), sliceAddress(store), store.getSlice());
}

void EntryEmitter::copy(Value from, Value to, Value tensor) {
  if (from == to) return;
  if (passes::hasFewElements(tensor)) {
    // As one value, which LLVM can keep in a register.
    mlir::Type type = typeOfFew(tensor);
    const auto alignment = static_cast<unsigned>(size_of(dtypeOf(tensor.getType())));
    LLVM::StoreOp::create(b, at(), LLVM::LoadOp::create(b, at(), type, from, alignment), to, alignment);
    return;
  }
  Value bytes = bytesOf(tensor);
  LLVM::MemcpyOp::create(b, at(), to, from, bytes, /*isVolatile=*/false);
}

Value EntryEmitter::stack(mlir::Type type, int64_t count) {
  mlir::OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&function.getBody().front());
  Value number = arith::ConstantOp::create(b, at(), b.getI64IntegerAttr(count));
  return LLVM::AllocaOp::create(b, at(), pointer, type, number, 8);
}

}  // namespace etch::codegen

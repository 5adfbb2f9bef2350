// Entry functions: where values lie, as PlanBuffers decided.

#include "codegen/cpu/entry/EntryEmitter.h"

#include "passes/buffer/Partials.h"
#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"
#include "runtime/executable/abi.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
using mlir::Value;

Value EntryEmitter::boundedBytes(llvm::ArrayRef<Value> factors) {
  Value bytes = extents.product(factors), most = extents.constant(ETCH_MOST_BYTES);
  if (constantOf(bytes)) return bytes;
  // The product may wrap around; of floats it does not.
  mlir::Type real = b.getF64Type();
  Value product = arith::ConstantOp::create(b, at(), b.getF64FloatAttr(1));
  for (Value factor : factors)
    product = arith::MulFOp::create(b, at(), product, arith::SIToFPOp::create(b, at(), real, factor));
  Value limit = arith::ConstantOp::create(b, at(), b.getF64FloatAttr(static_cast<double>(ETCH_MOST_BYTES)));
  Value tooMany = arith::CmpFOp::create(b, at(), arith::CmpFPredicate::OGE, product, limit);
  return arith::SelectOp::create(b, at(), tooMany, most, bytes);
}

Extents EntryEmitter::factorsOf(Value tensor) {
  Extents factors = extents.of(tensor);
  factors.push_back(extents.constant(size_of(dtypeOf(tensor.getType()))));
  return factors;
}

Extents EntryEmitter::partialFactors(ir::LaunchOp launch) {
  auto kernel = symbols.lookup<mlir::func::FuncOp>(launch.getKernel());
  const int64_t known = kernel->getAttrOfType<mlir::IntegerAttr>(passes::kPartials).getInt();
  if (known >= 0) return {extents.constant(known)};
  ExtentEmitter inner = extents.inside(launch);
  return passes::partialSums(inner, extents.shapeOf(launch));
}

void EntryEmitter::layOutSlots(Slots slots) {
  if (source->hasAttr(passes::kSlotOffsets)) {
    arenaBytes = extents.constant(source->getAttrOfType<mlir::IntegerAttr>(passes::kArenaBytes).getInt());
    return;
  }
  int64_t count = source->getAttrOfType<mlir::IntegerAttr>(passes::kNumSlots).getInt();
  llvm::SmallVector<Value> sizes(count);
  auto put = [&](int64_t slot, llvm::function_ref<Extents()> factors) {
    if (slot < 0 || passes::isRunTimeBlock(slot)) return;
    Value bytes = slots == Slots::bounded ? boundedBytes(factors()) : extents.product(factors());
    // Where a loop does not run, what its body would make may have less than nothing.
    sizes[slot] = extents.max(sizes[slot] ? sizes[slot] : extents.constant(0), bytes);
  };
  source.walk([&](mlir::Operation *op) {
    forEachPlaced(op, [&](Value value, int64_t slot) { put(slot, [&] { return factorsOf(value); }); });
    if (auto launch = llvm::dyn_cast<ir::LaunchOp>(op))
      if (std::optional<int64_t> slot = passes::partialSlot(launch)) put(*slot, [&] { return partialFactors(launch); });
  });
  Value total = extents.constant(0);
  slotOffsets.clear();
  for (Value size : sizes) {
    slotOffsets.push_back(total);
    Value padded =
        arith::AddIOp::create(b, at(), size ? size : extents.constant(0), extents.constant(passes::kSlotAlignment - 1));
    total = arith::AddIOp::create(b, at(), total,
                                  arith::AndIOp::create(b, at(), padded, extents.constant(-passes::kSlotAlignment)));
    if (slots == Slots::bounded) total = arith::MinSIOp::create(b, at(), total, extents.constant(ETCH_MOST_BYTES));
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

EntryEmitter::Storage EntryEmitter::inSlot(int64_t slot) {
  if (auto place = elsewhere.find(slot); place != elsewhere.end()) return place->second;
  if (outer) {
    Storage outside = outer->inSlot(slot);
    return outside.isPointer() ? Storage(captured(outside.pointer)) : outside;
  }
  if (slot < 0) return {Storage::Kind::result, -1 - slot};
  return {Storage::Kind::slot, slot};
}

EntryEmitter::Storage EntryEmitter::storageOf(Value tensor) {
  if (auto it = storage.find(tensor); it != storage.end()) return it->second;
  if (!outer)
    throw InternalError("a value without memory: " + std::string(tensor.getDefiningOp()->getName().getStringRef()));
  Storage outside = outer->storageOf(tensor);
  return outside.isPointer() ? Storage(captured(outside.pointer)) : outside;
}

Value EntryEmitter::addressOf(const Storage &place) {
  switch (place.kind) {
    case Storage::Kind::pointer: return place.pointer;
    case Storage::Kind::argument:
    case Storage::Kind::weights:
    case Storage::Kind::result: return constantField(baseOf(place.kind), place.number);
    case Storage::Kind::turn: return field(baseOf(place.kind), place.number, pointer);
    case Storage::Kind::constant: return LLVM::AddressOfOp::create(b, at(), pointer, nameOfConstant(place.number));
    case Storage::Kind::slot: break;
  }
  auto known = source->getAttrOfType<mlir::DenseI64ArrayAttr>(passes::kSlotOffsets);
  Value offset = known ? extents.constant(known[place.number]) : slotOffsets[place.number];
  return LLVM::GEPOp::create(b, at(), pointer, b.getI8Type(), baseOf(place.kind), llvm::ArrayRef<LLVM::GEPArg>{offset});
}

Value EntryEmitter::baseOf(Storage::Kind kind) {
  switch (kind) {
    case Storage::Kind::argument: return ofCall(&EntryEmitter::args);
    case Storage::Kind::weights: return ofCall(&EntryEmitter::weights);
    case Storage::Kind::result: return ofCall(&EntryEmitter::results);
    case Storage::Kind::slot: return ofCall(&EntryEmitter::arena);
    case Storage::Kind::turn: return ofCall(&EntryEmitter::turnWords);
    case Storage::Kind::pointer:
    case Storage::Kind::constant: break;
  }
  llvm_unreachable("places that are not counted from a pointer");
}

void EntryEmitter::placeResults(mlir::Operation *op) {
  forEachPlaced(op, [&](Value value, int64_t slot) {
    storage[value] = passes::isRunTimeBlock(slot) ? Storage(block(slot, factorsOf(value))) : inSlot(slot);
  });
}

void EntryEmitter::placeFixedResults(mlir::Operation *op) {
  forEachPlaced(op, [&](Value value, int64_t slot) {
    if (!passes::isRunTimeBlock(slot)) storage[value] = inSlot(slot);
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
      storage[result] = sliceAddress(store);
}

void EntryEmitter::emitStoreSlice(ir::StoreSliceOp store) {
  storage[store.getResult()] = storageOf(store.getOperand());
  if (!store.getInPlace()) copy(storageOf(store.getSlice()), sliceAddress(store), store.getSlice());
}

void EntryEmitter::copy(const Storage &source, const Storage &target, Value tensor) {
  if (source == target) return;
  Value from = addressOf(source), to = addressOf(target);
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

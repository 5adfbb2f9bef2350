// Entry functions: launches of kernels. Their parameters are stored one by one where they are few; of hundreds, a loop
// copies those that a table names.

#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/entry/EntryEmitter.h"
#include "ir/dialect/FunctionAttributes.h"
#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

namespace arith = mlir::arith;
namespace cf = mlir::cf;
namespace func = mlir::func;
namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

/// Parameters from which on a loop is less code than a load and a store of each.
constexpr size_t kFewestInLoop = 16;

}  // namespace

int64_t EntryEmitter::wordsOf(ir::LaunchOp launch) {
  int64_t words = static_cast<int64_t>(launch->getNumOperands() + passes::slotsOf(launch).size());
  for (mlir::Type type : launch->getOperandTypes()) words += llvm::cast<mlir::ShapedType>(type).getNumDynamicDims();
  return words;
}

int64_t EntryEmitter::maxWords(mlir::Operation *op) {
  int64_t most = 1;
  op->walk([&](ir::LaunchOp launch) { most = std::max(most, wordsOf(launch)); });
  return most;
}

void EntryEmitter::emitLaunch(ir::LaunchOp launch) {
  placeResults(launch);
  placeSlices(launch);
  Value params = paramsOf(launch);
  llvm::SmallVector<Storage> places;
  for (Value input : launch.getInputs()) places.push_back(storageOf(input));
  for (Value result : launch.getResults()) places.push_back(storageOf(result));
  if (std::optional<int64_t> slot = passes::partialSlot(launch))
    places.push_back(passes::isRunTimeBlock(*slot) ? Storage(block(*slot, partialFactors(launch))) : inSlot(*slot));
  // Parameters of straight lines become values, which a loop over them would prevent.
  putAddresses(params, places, isStraight(launch) ? places.size() + 1 : kFewestInLoop);
  auto next = static_cast<int64_t>(places.size());
  auto put = [&](Value value) { LLVM::StoreOp::create(b, at(), value, wordAt(params, next++), 8); };
  for (Value input : launch.getInputs()) {
    auto type = llvm::cast<mlir::RankedTensorType>(input.getType());
    if (type.hasStaticShape()) continue;
    Extents size = extents.of(input);
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      if (type.isDynamicDim(axis)) put(size[axis]);
  }
  auto kernel = symbols.lookup<func::FuncOp>(launch.getKernel());
  const bool isFlat = kernel->hasAttr(ir::kFlat);
  int64_t trips = -1;  // all
  if (auto known = kernel->getAttrOfType<mlir::IntegerAttr>(kTrips)) trips = known.getInt();
  if (isFlat) trips = llvm::cast<mlir::RankedTensorType>(launch.getResultTypes()[0]).getNumElements();
  if (isSplit(kernel, trips)) {
    llvm::SmallVector<Value> arguments = {func::ConstantOp::create(b, at(), kernel.getFunctionType(), kernel.getName()),
                                          params, extents.constant(trips)};
    for (llvm::StringRef number : {kGrain, kRanges})
      if (auto value = kernel->getAttrOfType<mlir::IntegerAttr>(number))
        arguments.push_back(extents.constant(value.getInt()));
    callRuntime(kernel->hasAttr(kRanges) ? kParallelRanges : kParallelFor, arguments);
    return;
  }
  func::CallOp::create(b, launch.getLoc(), kernel,
                       mlir::ValueRange{params, extents.constant(0), extents.constant(isFlat ? trips : -1)});
}

void EntryEmitter::putAddresses(Value words, llvm::ArrayRef<Storage> places, size_t fewestInLoop) {
  const bool knowsSlots = source->hasAttr(passes::kSlotOffsets);
  auto isNumbered = [&](const Storage &place) {
    return !place.isPointer() && place.kind != Storage::Kind::constant &&
           (place.kind != Storage::Kind::slot || knowsSlots);
  };
  for (size_t first = 0, last = 0; first < places.size(); first = last) {
    while (last < places.size() && places[last].kind == places[first].kind && isNumbered(places[last])) ++last;
    if (last - first >= fewestInLoop) {
      putNumbered(wordAt(words, static_cast<int64_t>(first)), places.slice(first, last - first));
      continue;
    }
    last = std::max(last, first + 1);
    for (size_t i = first; i < last; ++i)
      LLVM::StoreOp::create(b, at(), addressOf(places[i]), wordAt(words, static_cast<int64_t>(i)), 8);
  }
}

void EntryEmitter::putNumbered(Value words, llvm::ArrayRef<Storage> places) {
  const Storage::Kind kind = places.front().kind;
  const auto count = static_cast<int64_t>(places.size());
  auto known = source->getAttrOfType<mlir::DenseI64ArrayAttr>(passes::kSlotOffsets);
  llvm::SmallVector<int64_t> numbers;
  for (const Storage &place : places)
    numbers.push_back(kind == Storage::Kind::slot ? known[place.number] : place.number);
  Value base = baseOf(kind);
  if (kind != Storage::Kind::slot && llvm::equal(numbers, llvm::seq(numbers.front(), numbers.front() + count))) {
    LLVM::MemcpyOp::create(b, at(), words, wordAt(base, numbers.front()), extents.constant(8 * count),
                           /*isVolatile=*/false);
    return;
  }
  Value table = tableOf(numbers);
  forEach(count, [&](Value i) {
    Value number = LLVM::LoadOp::create(b, at(), word, wordAt(table, i), 8);
    Value address =
        kind == Storage::Kind::slot
            ? LLVM::GEPOp::create(b, at(), pointer, b.getI8Type(), base, llvm::ArrayRef<LLVM::GEPArg>{number})
                  .getResult()
            : LLVM::LoadOp::create(b, at(), pointer, wordAt(base, number), 8).getResult();
    LLVM::StoreOp::create(b, at(), address, wordAt(words, i), 8);
  });
}

Value EntryEmitter::tableOf(llvm::ArrayRef<int64_t> numbers) {
  auto type = LLVM::LLVMArrayType::get(word, numbers.size());
  auto shape = mlir::RankedTensorType::get({static_cast<int64_t>(numbers.size())}, word);
  auto elements = mlir::DenseElementsAttr::get(shape, numbers);
  return LLVM::AddressOfOp::create(b, at(), globalData(type, elements, "etch.table." + std::to_string(nextGlobal())));
}

void EntryEmitter::forEach(int64_t count, llvm::function_ref<void(Value)> emit) {
  mlir::Block *body = newBlock(), *after = newBlock();
  Value i = body->addArgument(word, at());
  cf::BranchOp::create(b, at(), body, mlir::ValueRange{extents.constant(0)});
  b.setInsertionPointToEnd(body);
  emit(i);
  Value next = arith::AddIOp::create(b, at(), i, extents.constant(1));
  Value isOver = arith::CmpIOp::create(b, at(), arith::CmpIPredicate::eq, next, extents.constant(count));
  cf::CondBranchOp::create(b, at(), isOver, after, mlir::ValueRange(), body, mlir::ValueRange{next});
  b.setInsertionPointToEnd(after);  // dominated by all that came before: nothing is forgotten
}

}  // namespace etch::codegen

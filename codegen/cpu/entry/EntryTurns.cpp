// Entry functions: what loops carry in places that change each time round.

#include "codegen/cpu/entry/EntryEmitter.h"

#include "passes/buffer/PassedOn.h"
#include "passes/buffer/Placement.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

/// As many as registers hold, about. Of more, LLVM looks for registers in a time that grows with their square.
constexpr size_t kMostInRegisters = 32;

bool isPassedOn(mlir::Block &body, Value yield, unsigned position) {
  auto argument = llvm::dyn_cast<mlir::BlockArgument>(yield);
  return argument && argument.getOwner() == &body && argument.getArgNumber() != position;
}

}  // namespace

void EntryEmitter::allocateTurns() {
  int64_t words = 0;
  source.walk([&](mlir::Operation *op) {
    const size_t most = 2 * op->getNumResults();
    if (llvm::isa<ir::ForOp, ir::WhileOp>(op) && most > kMostInRegisters) words += static_cast<int64_t>(most);
  });
  if (words != 0) turnWords = stack(word, words);
}

llvm::SmallVector<unsigned> EntryEmitter::turnsOf(mlir::Operation *loop, unsigned offset) {
  auto seconds = loop->getAttrOfType<mlir::DenseI64ArrayAttr>(passes::kTurns);
  mlir::Block &body = loop->getRegions().back().front();
  llvm::SmallVector<unsigned> numbers;
  for (auto [number, yield] : llvm::enumerate(body.getTerminator()->getOperands()))
    if (isPassedOn(body, yield, number + offset) || (seconds && seconds[number] >= 0)) numbers.push_back(number);
  return numbers;
}

EntryEmitter::Turns EntryEmitter::beginTurns(mlir::Operation *loop, unsigned offset, mlir::Block *top,
                                             llvm::SmallVectorImpl<Value> &first) {
  auto seconds = loop->getAttrOfType<mlir::DenseI64ArrayAttr>(passes::kTurns);
  Turns turns{loop, offset, turnsOf(loop, offset), llvm::SmallVector<int64_t>(loop->getNumResults(), -1), {}};
  if (seconds) turns.seconds.assign(seconds.asArrayRef().begin(), seconds.asArrayRef().end());
  llvm::ArrayRef<int64_t> slots = passes::slotsOf(loop).take_back(loop->getNumResults());
  for (unsigned number : turns.numbers) turns.places.push_back({slots[number], {}});
  for (unsigned number : turns.numbers)
    if (turns.seconds[number] >= 0) turns.places.push_back({turns.seconds[number], {}});
  turns.areInMemory = turns.places.size() > kMostInRegisters;
  for (Place &place : turns.places) {
    Value address = addressOf(inSlot(place.slot));
    if (turns.areInMemory) {
      place.now = {Storage::Kind::turn, nextTurnWord()};
      LLVM::StoreOp::create(b, at(), address, wordAt(ofCall(&EntryEmitter::turnWords), place.now.number), 8);
    } else {
      place.now = top->addArgument(pointer, at());
      first.push_back(address);
    }
  }
  return turns;
}

void EntryEmitter::takeTurns(const Turns &turns) {
  for (const Place &place : turns.places) elsewhere[place.slot] = place.now;
  for (auto [place, number] : llvm::zip(turns.places, turns.numbers))
    for (mlir::Region &region : turns.loop->getRegions())
      storage[region.getArgument(number + turns.offset)] = place.now;
}

llvm::SmallVector<EntryEmitter::Storage> EntryEmitter::moveOn(const Turns &turns) {
  mlir::Operation *terminator = turns.loop->getRegions().back().front().getTerminator();
  llvm::SmallVector<Storage> places;
  llvm::DenseMap<unsigned, Storage> now;
  for (auto [place, number] : llvm::zip(turns.places, turns.numbers)) {
    const Storage next = storageOf(terminator->getOperand(number));
    places.push_back(next);
    now[number] = place.now;
    storage[turns.loop->getResult(number)] = next;  // carryOn has nothing to copy
  }
  // Where a value was made in its second place, the chain it begins gives one up, of the same size.
  for (unsigned number : turns.numbers)
    if (turns.seconds[number] >= 0) places.push_back(now.lookup(passes::chainOf(turns.loop, number).back()));
  return places;
}

void EntryEmitter::passOn(const Turns &turns, llvm::ArrayRef<Storage> places, llvm::SmallVectorImpl<Value> &next) {
  if (!turns.areInMemory) {
    for (const Storage &place : places) next.push_back(place.pointer);
    return;
  }
  llvm::SmallVector<int64_t> order;
  const int64_t first = turns.places.front().now.number;
  for (const Storage &place : places) order.push_back(place.number - first);
  permute(first, order);
}

void EntryEmitter::permute(int64_t first, llvm::ArrayRef<int64_t> order) {
  const auto count = static_cast<int64_t>(order.size());
  Value words = wordAt(ofCall(&EntryEmitter::turnWords), first), moved = stack(word, count), table = tableOf(order);
  forEach(count, [&](Value i) {
    Value from = LLVM::LoadOp::create(b, at(), word, wordAt(table, i), 8);
    LLVM::StoreOp::create(b, at(), LLVM::LoadOp::create(b, at(), pointer, wordAt(words, from), 8), wordAt(moved, i), 8);
  });
  LLVM::MemcpyOp::create(b, at(), words, moved, extents.constant(8 * count), /*isVolatile=*/false);
}

void EntryEmitter::endTurns(const Turns &turns) {
  for (const Place &place : turns.places) elsewhere.erase(place.slot);
  for (auto [place, number] : llvm::zip(turns.places, turns.numbers)) {
    mlir::OpResult result = turns.loop->getResult(number);
    storage[result] = place.now;
    if (!outer) continue;
    // Behind a strand its values are looked for in their slots.
    storage[result] = inSlot(place.slot);
    copy(place.now, storage[result], result);
  }
}

}  // namespace etch::codegen

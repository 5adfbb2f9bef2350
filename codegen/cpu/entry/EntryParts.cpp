// Entry functions: long schedules. LLVM takes time that grows faster than the function it works on, and the more so the
// longer its blocks are; so plain stretches of a long schedule are functions of their own.

#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/entry/EntryEmitter.h"
#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

namespace func = mlir::func;
namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

/// Parameters that the launches of a part store, about: 1,000 instructions.
constexpr int64_t kWordsOfPart = 256;

/// What a branch or a loop costs besides its launches, what is copied to a slice or a stack, and what of a launch's
/// parameters is not stored by a loop.
constexpr int64_t kWordsOfJumps = 8, kWordsOfCopy = 4, kMostWords = 32;

}  // namespace

/// Does every function of the program find the value? What is not known yet an op of the stretch makes.
bool EntryEmitter::isFound(Value value) {
  auto known = storage.find(value);
  return known == storage.end() || !known->second.isPointer();
}

/// Do all its tensors lie where every function of the program finds them, and does it return to where it was? What goes
/// straight into a slice is found by the block it is in alone.
bool EntryEmitter::isPlain(mlir::Operation *op, bool isInside) {
  if (op->hasAttr(passes::kRunTime) || op->hasAttr(passes::kExtent) || op->hasAttr(passes::kStrand)) return false;
  bool areFound = llvm::all_of(op->getOperands(), [this](Value operand) { return isFound(operand); });
  forEachPlaced(op,
                [&](Value, int64_t slot) { areFound &= !passes::isRunTimeBlock(slot) && !inSlot(slot).isPointer(); });
  if (!areFound) return false;
  if (llvm::isa<ir::LaunchOp>(op))
    return !isStraight(op) && (isInside || llvm::none_of(op->getResults(), passes::sliceStoreOf));
  if (llvm::isa<ir::StoreSliceOp>(op)) return isInside;
  if (llvm::isa<ir::StackPushOp, ir::StackPopOp>(op)) return true;
  if (llvm::isa<ir::ForOp>(op) && !turnsOf(op, 1).empty()) return false;
  if (llvm::isa<ir::WhileOp>(op) && !turnsOf(op, 0).empty()) return false;
  if (!llvm::isa<ir::ReshapeOp, ir::ConstantOp, ir::YieldOp, ir::IfOp, ir::ForOp, ir::WhileOp>(op)) return false;
  for (mlir::Region &region : op->getRegions())
    for (mlir::Operation &inner : region.front())
      if (!isPlain(&inner, /*isInside=*/true)) return false;
  return true;
}

int64_t EntryEmitter::codeOf(mlir::Operation *op) {
  int64_t words = 0;
  op->walk([&](mlir::Operation *each) {
    if (auto launch = llvm::dyn_cast<ir::LaunchOp>(each))
      words += std::min(wordsOf(launch), kMostWords);
    else if (each->getNumRegions() != 0)
      words += kWordsOfJumps + 2 * each->getNumResults();
    else if (llvm::isa<ir::StoreSliceOp, ir::StackPushOp, ir::StackPopOp>(each))
      words += kWordsOfCopy;
  });
  return words;
}

EntryEmitter::Range EntryEmitter::stretchAt(mlir::Block::iterator first, mlir::Block::iterator end) {
  // With unknown extents slots lie where the function has computed.
  if (outer || !source->hasAttr(passes::kSlotOffsets)) return {first, first};
  auto last = first;
  while (last != end && isPlain(&*last)) ++last;
  return {first, last};
}

bool EntryEmitter::isLong(Range stretch) {
  int64_t words = 0;
  for (mlir::Operation &op : stretch) words += codeOf(&op);
  return words > 2 * kWordsOfPart;
}

void EntryEmitter::emitInParts(Range stretch) {
  int64_t words = 0, most = 1;
  auto first = stretch.begin();
  for (auto op = first; op != stretch.end();) {
    words += codeOf(&*op);
    most = std::max(most, maxWords(&*op));
    ++op;
    if (words < kWordsOfPart && op != stretch.end()) continue;
    emitPart(most, [&](EntryEmitter &inner) {
      for (mlir::Operation &each : Range{first, op}) inner.emitOp(&each);
    });
    first = op;
    words = 0;
  }
}

void EntryEmitter::copyAll(llvm::ArrayRef<Copy> copies) {
  auto isPlain = [](const Copy &copy) { return !copy.from.isPointer() && !copy.to.isPointer(); };
  if (outer || copies.size() <= static_cast<size_t>(kWordsOfPart) || !llvm::all_of(copies, isPlain) ||
      !source->hasAttr(passes::kSlotOffsets))
    for (const Copy &each : copies) copy(each.from, each.to, each.tensor);
  else
    for (; !copies.empty(); copies = copies.drop_front(std::min<size_t>(copies.size(), kWordsOfPart / 2)))
      emitPart(1, [&](EntryEmitter &inner) {
        for (const Copy &each : copies.take_front(kWordsOfPart / 2)) inner.copy(each.from, each.to, each.tensor);
      });
}

void EntryEmitter::emitPart(int64_t words, llvm::function_ref<void(EntryEmitter &)> emit) {
  EntryEmitter inner(module, symbols, source, sites);
  const std::string name = source.getName().str() + "_part_" + std::to_string(numParts++) + "_entry";
  auto exchange = [&] {
    inner.storage.swap(storage);
    inner.elsewhere.swap(elsewhere);
    std::swap(inner.numGlobals, numGlobals);
    std::swap(inner.numParts, numParts);
  };
  exchange();
  llvm::SmallVector<Value> arguments{call};
  if (turnWords) arguments.push_back(turnWords);
  mlir::FunctionType type = b.getFunctionType(mlir::ValueRange(arguments).getTypes(), {});
  inner.b.setInsertionPointToEnd(module.getBody());
  inner.function = func::FuncOp::create(inner.b, at(), name, type);
  inner.function.setPrivate();
  inner.b.setInsertionPointToStart(inner.function.addEntryBlock());
  inner.bindCall(inner.function.getArgument(0));
  if (turnWords) inner.turnWords = inner.function.getArgument(1);
  inner.params = LLVM::AllocaOp::create(inner.b, at(), pointer, word, inner.extents.constant(words), 8);
  emit(inner);
  func::ReturnOp::create(inner.b, at());
  exchange();
  func::CallOp::create(b, at(), inner.function, arguments);
}

}  // namespace etch::codegen

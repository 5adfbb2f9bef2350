// Entry functions: ops that run side by side. The strands of a section are the tasks of a loop; its body is a function
// that is told which one to run.

#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/entry/EntryEmitter.h"
#include "passes/buffer/Placement.h"

namespace etch::codegen {

namespace cf = mlir::cf;
namespace func = mlir::func;
namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {

llvm::ArrayRef<int64_t> strandOf(mlir::Operation *op) {
  auto strand = op->getAttrOfType<mlir::DenseI64ArrayAttr>(passes::kStrand);
  return strand ? strand.asArrayRef() : llvm::ArrayRef<int64_t>();
}

}  // namespace

EntryEmitter::Range EntryEmitter::sectionAt(mlir::Block::iterator first, mlir::Block::iterator end) {
  llvm::ArrayRef<int64_t> section = strandOf(&*first);
  if (section.empty()) return {first, first};
  auto last = first;
  while (last != end && !strandOf(&*last).empty() && strandOf(&*last)[0] == section[0]) ++last;
  return {first, last};
}

Value EntryEmitter::captured(Value outside) {
  auto [place, isNew] = capturedAt.try_emplace(outside, Value());
  if (!isNew) return place->second;
  mlir::OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(function.getBody().front().getTerminator());
  place->second = field(function.getArgument(0), static_cast<int64_t>(captures.size()), pointer);
  captures.push_back(outside);
  return place->second;
}

int64_t EntryEmitter::emitStrands(Range section, const std::string &name) {
  b.setInsertionPointToEnd(module.getBody());
  function = func::FuncOp::create(b, at(), name, b.getFunctionType({pointer, word, word}, {}));
  function.setPrivate();
  b.setInsertionPointToStart(function.addEntryBlock());
  params = LLVM::AllocaOp::create(b, at(), pointer, word, extents.constant(maxWords(source)), 8);
  mlir::Block *start = b.getInsertionBlock(), *after = newBlock();
  llvm::SmallVector<mlir::Block *> strands;
  llvm::SmallVector<int64_t> numbers;
  // Values from outside are loaded before this jump, which gets its targets when they are known.
  auto jump = cf::BranchOp::create(b, at(), after);
  for (auto first = section.begin(); first != section.end();) {
    auto last = first;
    const int64_t strand = strandOf(&*first)[1];
    while (last != section.end() && strandOf(&*last)[1] == strand) ++last;
    strands.push_back(newBlock());
    numbers.push_back(static_cast<int64_t>(strands.size()) - 1);
    enter(strands.back());
    emitOps({first, last});
    cf::BranchOp::create(b, at(), after);
    first = last;
  }
  const llvm::SmallVector<mlir::ValueRange> none(strands.size() - 1);
  b.setInsertionPoint(jump);
  auto cases = mlir::DenseIntElementsAttr::get(mlir::VectorType::get({static_cast<int64_t>(numbers.size()) - 1}, word),
                                               llvm::ArrayRef(numbers).drop_back());
  cf::SwitchOp::create(b, at(), start->getArgument(1), strands.back(), mlir::ValueRange(), cases,
                       mlir::BlockRange(llvm::ArrayRef(strands).drop_back()), none);
  jump.erase();
  b.setInsertionPointToEnd(after);
  func::ReturnOp::create(b, at());
  return static_cast<int64_t>(strands.size());
}

void EntryEmitter::emitSection(Range section) {
  const std::string name =
      source.getName().str() + "_strands_" + std::to_string(strandOf(&*section.begin())[0]) + "_entry";
  EntryEmitter inner(module, symbols, source, sites);
  inner.outer = this;
  const int64_t strands = inner.emitStrands(section, name);

  Value words = stack(word, std::max<int64_t>(1, static_cast<int64_t>(inner.captures.size())));
  for (auto [i, value] : llvm::enumerate(inner.captures))
    LLVM::StoreOp::create(b, at(), value, wordAt(words, static_cast<int64_t>(i)), 8);
  Value body = func::ConstantOp::create(b, at(), inner.function.getFunctionType(), inner.function.getName());
  callRuntime(kParallelFor, {body, words, extents.constant(strands), extents.constant(1)});

  // Where what the strands made is for what comes behind them.
  for (mlir::Operation &op : section) {
    if (auto reshape = llvm::dyn_cast<ir::ReshapeOp>(op)) {
      storage[reshape.getResult()] = storageOf(reshape.getOperand());
    } else if (auto store = llvm::dyn_cast<ir::StoreSliceOp>(op)) {
      storage[store.getResult()] = storageOf(store.getOperand());
    } else {
      placeFixedResults(&op);
      if (auto launch = llvm::dyn_cast<ir::LaunchOp>(op)) placeSlices(launch);
    }
  }
}

}  // namespace etch::codegen

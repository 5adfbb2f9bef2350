// Entry functions: what loops carry in registers. Memory on the stack whose address nobody else gets is what LLVM makes
// values of: tensors of a few elements that straight-line kernels alone read and write lie there as long as their loop
// runs. These kernels are part of the entry function then (InlineKernels.h).

#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/entry/EntryEmitter.h"
#include "ir/dialect/FunctionAttributes.h"
#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using mlir::Value;

bool EntryEmitter::isStraight(mlir::Operation *op) {
  auto launch = llvm::dyn_cast<ir::LaunchOp>(op);
  if (!launch) return false;
  return ir::kernelKind(symbols.lookup<mlir::func::FuncOp>(launch.getKernel())) == "straight";
}

llvm::DenseSet<int64_t> EntryEmitter::slotsInMemory(mlir::Operation *loop, unsigned offset) {
  llvm::DenseSet<int64_t> slots;
  bool hasStrands = false;
  loop->walk([&](mlir::Operation *op) {
    if (op == loop) return;
    hasStrands |= op->hasAttr(passes::kStrand);
    if (!isStraight(op)) slots.insert_range(passes::slotsOf(op));
  });
  // Strands run in a function of their own.
  if (hasStrands) slots.insert_range(passes::slotsOf(loop).drop_front(offset));
  return slots;
}

bool EntryEmitter::isForStraightLines(mlir::Operation *loop, unsigned position) {
  for (mlir::Region &region : loop->getRegions())
    for (mlir::Operation *user : region.getArgument(position).getUsers())
      if (!isStraight(user) && !user->hasTrait<mlir::OpTrait::IsTerminator>() &&
          !llvm::isa<ir::ForOp, ir::WhileOp>(user))
        return false;
  return true;
}

void EntryEmitter::moveToStack(mlir::Operation *loop, unsigned offset) {
  if (llvm::none_of(loop->getResults(), passes::hasFewElements)) return;
  const llvm::DenseSet<int64_t> inMemory = slotsInMemory(loop, offset);
  for (mlir::OpResult result : loop->getResults()) {
    const unsigned position = result.getResultNumber() + offset;
    const int64_t slot = passes::slotsOf(loop)[position];
    if (passes::isRunTimeBlock(slot) || !passes::hasFewElements(result) || inMemory.contains(slot) ||
        !isForStraightLines(loop, position))
      continue;
    Value home = stack(typeOfFew(result), 1);
    elsewhere[slot] = home;
    storage[result] = home;
  }
}

void EntryEmitter::leaveStack(mlir::Operation *loop, unsigned offset) {
  for (mlir::OpResult result : loop->getResults()) {
    const int64_t slot = passes::slotsOf(loop)[result.getResultNumber() + offset];
    if (!elsewhere.erase(slot)) continue;
    const Storage home = std::exchange(storage[result], inSlot(slot));
    if (!result.use_empty()) copy(home, storage[result], result);
  }
}

mlir::Type EntryEmitter::typeOfFew(Value tensor) {
  const int64_t elements = ir::typeOf(tensor).getNumElements();
  mlir::Type element = memoryType(dtypeOf(tensor.getType()), b.getContext());
  return elements == 1 ? element : mlir::VectorType::get({elements}, element);
}

Value EntryEmitter::paramsOf(ir::LaunchOp launch) {
  if (!isStraight(launch)) return params;
  const auto words = static_cast<int64_t>(launch->getNumOperands() + launch->getNumResults());
  return stack(LLVM::LLVMArrayType::get(word, words), 1);
}

}  // namespace etch::codegen

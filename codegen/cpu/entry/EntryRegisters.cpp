// Entry functions: what loops carry in registers. Memory on the stack whose address nobody else gets is what LLVM makes
// values of: tensors of a few elements that straight-line kernels alone read and write lie there as long as their loop
// runs. These kernels are part of the entry function then (InlineKernels.h).

#include "codegen/cpu/Kernel.h"
#include "codegen/cpu/entry/EntryEmitter.h"
#include "passes/buffer/Placement.h"
#include "passes/fusion/Grouping.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using mlir::Value;

bool EntryEmitter::isStraight(mlir::Operation *op) {
  auto launch = llvm::dyn_cast<ir::LaunchOp>(op);
  if (!launch) return false;
  auto kernel = symbols.lookup<mlir::func::FuncOp>(launch.getKernel());
  return kernel->getAttrOfType<mlir::StringAttr>("etch.kernel") == "straight";
}

bool EntryEmitter::isCarriedInRegisters(mlir::Operation *loop, mlir::OpResult result, unsigned offset) {
  const int64_t slot = passes::slotsOf(loop)[result.getResultNumber() + offset];
  if (passes::isRunTimeBlock(slot) || !passes::hasFewElements(result)) return false;
  for (mlir::Region &region : loop->getRegions())
    for (mlir::Operation *user : region.getArgument(result.getResultNumber() + offset).getUsers())
      if (!isStraight(user) && !user->hasTrait<mlir::OpTrait::IsTerminator>() &&
          !llvm::isa<ir::ForOp, ir::WhileOp>(user))
        return false;
  // Strands run in a function of their own.
  return !loop->walk([&](mlir::Operation *op) {
                const bool writes = op != loop && !isStraight(op) && llvm::is_contained(passes::slotsOf(op), slot);
                const bool isApart = op != loop && op->hasAttr(passes::kStrand);
                return writes || isApart ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance();
              })
              .wasInterrupted();
}

void EntryEmitter::moveToStack(mlir::Operation *loop, unsigned offset) {
  for (mlir::OpResult result : loop->getResults()) {
    if (!isCarriedInRegisters(loop, result, offset)) continue;
    Value home = stack(typeOfFew(result), 1);
    elsewhere[passes::slotsOf(loop)[result.getResultNumber() + offset]] = home;
    address[result] = home;
  }
}

void EntryEmitter::leaveStack(mlir::Operation *loop, unsigned offset) {
  for (mlir::OpResult result : loop->getResults()) {
    const int64_t slot = passes::slotsOf(loop)[result.getResultNumber() + offset];
    if (!elsewhere.erase(slot)) continue;
    Value home = std::exchange(address[result], slotAddress(slot));
    if (!result.use_empty()) copy(home, address[result], result);
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

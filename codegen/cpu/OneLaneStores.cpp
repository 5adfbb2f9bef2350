#include "codegen/cpu/OneLaneStores.h"

#include <optional>

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

namespace etch::codegen {

static std::optional<unsigned> onlyLane(llvm::Value *mask) {
  auto *lanes = llvm::dyn_cast<llvm::Constant>(mask);
  std::optional<unsigned> only;
  const unsigned count = llvm::cast<llvm::FixedVectorType>(mask->getType())->getNumElements();
  for (unsigned lane = 0; lanes && lane < count; ++lane) {
    llvm::Constant *is = lanes->getAggregateElement(lane);
    if (is && is->isNullValue()) continue;
    if (!is || !is->isOneValue() || only) return std::nullopt;
    only = lane;
  }
  return only;
}

void storeSingleLanes(llvm::Module &module) {
  for (llvm::Function &function : module)
    for (llvm::Instruction &instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
      auto *store = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
      if (!store || store->getIntrinsicID() != llvm::Intrinsic::masked_store) continue;
      std::optional<unsigned> lane = onlyLane(store->getArgOperand(2));
      if (!lane) continue;
      llvm::IRBuilder<> b(store);
      llvm::Value *element = b.CreateExtractElement(store->getArgOperand(0), *lane);
      llvm::Value *address = b.CreateConstInBoundsGEP1_64(element->getType(), store->getArgOperand(1), *lane);
      const uint64_t bytes = module.getDataLayout().getTypeStoreSize(element->getType());
      b.CreateAlignedStore(element, address,
                           llvm::commonAlignment(store->getParamAlign(1).valueOrOne(), *lane * bytes));
      store->eraseFromParent();
    }
}

}  // namespace etch::codegen

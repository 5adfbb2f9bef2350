#include "codegen/cpu/InlineKernels.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Transforms/Utils/Cloning.h"

namespace etch::codegen {

namespace {

/// In instructions. A long block takes longer to schedule and to find registers for than its parts.
constexpr size_t kSmall = 100;
/// A loop or two.
constexpr size_t kFewBlocks = 8;

llvm::CallInst *onlyCall(llvm::Function &function) {
  if (!function.hasOneUse()) return nullptr;
  auto *call = llvm::dyn_cast<llvm::CallInst>(*function.user_begin());
  return call && call->getCalledFunction() == &function ? call : nullptr;
}

bool isSmall(llvm::Function &function) {
  if (function.isDeclaration() || !function.hasLocalLinkage() || function.size() > kFewBlocks) return false;
  // Their stack would be that of the whole program.
  return function.getInstructionCount() <= kSmall &&
         llvm::none_of(llvm::instructions(function),
                       [](llvm::Instruction &instruction) { return llvm::isa<llvm::AllocaInst>(instruction); });
}

}  // namespace

void inlineSmallKernels(llvm::Module &module) {
  for (llvm::Function &function : llvm::make_early_inc_range(module)) {
    llvm::CallInst *call = isSmall(function) ? onlyCall(function) : nullptr;
    if (!call || call->getFunction() == &function) continue;
    // The parameters of a launch never change during a call of the kernel, but the caller's next launch writes them.
    for (llvm::Instruction &instruction : llvm::instructions(function))
      instruction.setMetadata(llvm::LLVMContext::MD_invariant_load, nullptr);
    function.removeFnAttr(llvm::Attribute::NoInline);
    if (function.hasFnAttribute("stackrealign")) call->getFunction()->addFnAttr("stackrealign");
    llvm::InlineFunctionInfo info;
    if (llvm::InlineFunction(*call, info).isSuccess()) function.eraseFromParent();
  }
}

}  // namespace etch::codegen

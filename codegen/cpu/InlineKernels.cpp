#include "codegen/cpu/InlineKernels.h"

#include "codegen/cpu/Kernel.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Transforms/Utils/Cloning.h"

namespace etch::codegen {

namespace {

/// In instructions. A long block takes longer to schedule and to find registers for than its parts.
constexpr size_t kSmall = 100;
/// A loop or two.
constexpr size_t kFewBlocks = 8;

/// A call an iteration costs as much as what a straight line does, and keeps what the loop carries in memory.
bool isStraight(const llvm::Function &function) { return function.hasFnAttribute(kStraightLine); }

/// The calls to replace: of a straight line all, of others the only one. None where the function is also handed over.
llvm::SmallVector<llvm::CallInst *> callsOf(llvm::Function &function) {
  llvm::SmallVector<llvm::CallInst *> calls;
  for (llvm::User *user : function.users()) {
    auto *call = llvm::dyn_cast<llvm::CallInst>(user);
    if (!call || call->getCalledFunction() != &function || call->getFunction() == &function) return {};
    calls.push_back(call);
  }
  if (calls.size() > 1 && !isStraight(function)) return {};
  return calls;
}

}  // namespace

bool isSmall(llvm::Function &function) {
  if (function.isDeclaration() || !function.hasLocalLinkage()) return false;
  if (!isStraight(function) && (function.size() > kFewBlocks || function.getInstructionCount() > kSmall)) return false;
  // Their stack would be that of the whole program.
  return llvm::none_of(llvm::instructions(function),
                       [](llvm::Instruction &instruction) { return llvm::isa<llvm::AllocaInst>(instruction); });
}

void inlineSmallKernels(llvm::Module &module) {
  for (llvm::Function &function : llvm::make_early_inc_range(module)) {
    llvm::SmallVector<llvm::CallInst *> calls;
    if (isSmall(function)) calls = callsOf(function);
    if (calls.empty()) continue;
    // The parameters of a launch never change during a call of the kernel, but the caller's next launch writes them.
    for (llvm::Instruction &instruction : llvm::instructions(function))
      instruction.setMetadata(llvm::LLVMContext::MD_invariant_load, nullptr);
    function.removeFnAttr(llvm::Attribute::NoInline);
    for (llvm::CallInst *call : calls) {
      if (function.hasFnAttribute("stackrealign")) call->getFunction()->addFnAttr("stackrealign");
      llvm::InlineFunctionInfo info;
      llvm::InlineFunction(*call, info);
    }
    if (function.use_empty()) function.eraseFromParent();
  }
}

}  // namespace etch::codegen

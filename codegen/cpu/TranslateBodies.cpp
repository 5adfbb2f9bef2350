#include "codegen/cpu/TranslateBodies.h"

#include "codegen/cpu/TranslateOps.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Target/LLVMIR/Export.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using mlir::Operation;

void Bodies::translate(LLVM::LLVMFuncOp from, mlir::Region &body) {
  auto *function = llvm::cast<llvm::Function>(named(from.getName()));
  values.clear();
  blocks.clear();
  for (auto [parameter, argument] : llvm::zip_equal(body.getArguments(), function->args()))
    values[parameter] = &argument;
  for (mlir::Block &block : body) blocks[&block] = llvm::BasicBlock::Create(module.getContext(), "", function);
  for (mlir::Block *block : mlir::getBlocksSortedByDominance(body)) translate(*block);
  for (mlir::Block &block : llvm::drop_begin(body)) connect(block);
}

/// Arguments of blocks are phis, whose values are there when all blocks are.
void Bodies::translate(mlir::Block &block) {
  b.SetInsertPoint(blocks[&block]);
  b.clearFastMathFlags();
  if (!block.isEntryBlock()) {
    const auto predecessors = static_cast<unsigned>(std::distance(block.pred_begin(), block.pred_end()));
    for (mlir::BlockArgument argument : block.getArguments())
      values[argument] = b.CreatePHI(type(argument.getType()), predecessors);
  }
  for (Operation &op : block) translateOp(*this, op);
}

void Bodies::connect(mlir::Block &block) {
  for (auto it = block.pred_begin(), end = block.pred_end(); it != end; ++it) {
    auto branch = llvm::cast<mlir::BranchOpInterface>((*it)->getTerminator());
    mlir::SuccessorOperands operands = branch.getSuccessorOperands(it.getSuccessorIndex());
    for (mlir::BlockArgument argument : block.getArguments())
      llvm::cast<llvm::PHINode>(values[argument])->addIncoming(values[operands[argument.getArgNumber()]], blocks[*it]);
  }
}

namespace {

/// Has nothing that MLIR's translation gives a function together with its body.
bool isPlain(LLVM::LLVMFuncOp function) {
  using Has = LLVM::LLVMFuncOp::Properties;
  return saysOnly(function, &Has::sym_name, &Has::sym_visibility, &Has::function_type, &Has::linkage, &Has::CConv,
                  &Has::dso_local, &Has::visibility_, &Has::unnamed_addr, &Has::passthrough) &&
         function->getDiscardableAttrDictionary().empty();
}

}  // namespace

bool isTranslatedByTable(Operation *op) {
  auto function = llvm::dyn_cast<LLVM::LLVMFuncOp>(op);
  if (!function || function.isExternal() || !isPlain(function)) return false;
  return llvm::all_of(function.getBody(), [](mlir::Block &block) { return llvm::all_of(block, isInTable); });
}

std::unique_ptr<llvm::Module> translateToLLVMIR(mlir::ModuleOp module, llvm::LLVMContext &context) {
  // Without their bodies functions are declarations, which MLIR translates.
  std::vector<std::pair<LLVM::LLVMFuncOp, std::unique_ptr<mlir::Region>>> bodies;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    if (isTranslatedByTable(function)) {
      bodies.emplace_back(function, std::make_unique<mlir::Region>(function));
      bodies.back().second->takeBody(function.getBody());
    }
  auto translated = mlir::translateModuleToLLVMIR(module, context, "etch", /*disableVerification=*/true);
  if (!translated) return nullptr;
  Bodies translation(*translated);
  for (auto &[function, body] : bodies) {
    translation.translate(function, *body);
    function.getBody().takeBody(*body);
  }
  return translated;
}

}  // namespace etch::codegen

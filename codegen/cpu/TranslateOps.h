#pragma once
// Ops of the LLVM dialect as instructions of LLVM IR, one by one.

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/TypeToLLVM.h"
#include "llvm/Analysis/TargetFolder.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/Module.h"

namespace etch::codegen {

/// A module in translation: the values and blocks of the function that is translated now, and what all functions share.
class Bodies {
 public:
  explicit Bodies(llvm::Module &module)
      : b(module.getContext(), llvm::TargetFolder(module.getDataLayout())),
        module(module),
        types(module.getContext()) {}

  void translate(mlir::LLVM::LLVMFuncOp from, mlir::Region &body);

  llvm::IRBuilder<llvm::TargetFolder> b;

  llvm::Value *operator[](mlir::Value value) { return values.lookup(value); }
  llvm::SmallVector<llvm::Value *> operator[](mlir::ValueRange range) {
    return llvm::map_to_vector(range, [&](mlir::Value value) { return values.lookup(value); });
  }
  llvm::BasicBlock *operator[](mlir::Block *block) { return blocks.lookup(block); }
  llvm::GlobalValue *named(llvm::StringRef name) { return module.getNamedValue(name); }
  llvm::Type *type(mlir::Type from) { return types.translateType(from); }
  void set(mlir::Operation *op, llvm::Value *value) { values[op->getResult(0)] = value; }

  /// `overload`: null for intrinsics of one type.
  llvm::Function *intrinsic(llvm::Intrinsic::ID id, llvm::Type *overload) {
    llvm::Function *&known = intrinsics[{id, overload}];
    if (!known)
      known = overload ? llvm::Intrinsic::getOrInsertDeclaration(&module, id, {overload})
                       : llvm::Intrinsic::getOrInsertDeclaration(&module, id);
    return known;
  }

 private:
  llvm::Module &module;
  mlir::LLVM::TypeToLLVMIRTranslator types;
  llvm::DenseMap<mlir::Value, llvm::Value *> values;
  llvm::DenseMap<mlir::Block *, llvm::BasicBlock *> blocks;
  llvm::DenseMap<std::pair<llvm::Intrinsic::ID, llvm::Type *>, llvm::Function *> intrinsics;

  void translate(mlir::Block &block);
  void connect(mlir::Block &block);
};

/// Are all properties but these as they are where nothing is said of them?
template <typename Op, typename... Members>
bool saysOnly(Op op, Members... members) {
  const auto &all = op.getProperties();
  typename Op::Properties plain;
  ((plain.*members = all.*members), ...);
  return all == plain;
}

/// Has the op one of the instructions of the table, and do its attributes say no more than that does?
bool isInTable(mlir::Operation &op);
/// Appends the instruction of such an op.
void translateOp(Bodies &bodies, mlir::Operation &op);

}  // namespace etch::codegen

#pragma once
// The LLVM dialect to LLVM IR.

#include <memory>

#include "llvm/IR/Module.h"
#include "mlir/IR/BuiltinOps.h"

namespace etch::codegen {

/// As mlir::translateModuleToLLVMIR does; null where that fails. Bodies of ops that kernels and entry functions consist
/// of are translated op by op through a table. MLIR's translation, which asks each op for all that it might be and for
/// attributes that none has here, gets what is left: declarations, globals, and functions with other ops.
std::unique_ptr<llvm::Module> translateToLLVMIR(mlir::ModuleOp module, llvm::LLVMContext &context);

/// Has the function a body, all of whose ops are in the table?
bool isTranslatedByTable(mlir::Operation *function);

}  // namespace etch::codegen

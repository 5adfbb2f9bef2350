#pragma once
// Kernels that several programs of a process call are compiled once (docs/decisions/0139-kernels-of-a-process.md).

#include <optional>
#include <string>
#include <vector>

#include "llvm/ADT/StringMap.h"
#include "llvm/IR/Module.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "codegen/abi/compiler.h"

namespace etch::codegen {

/// What one program borrows and may lend.
struct KernelSharing {
  std::vector<runtime::SharedKernel> borrowed;
  llvm::StringMap<std::string> symbols;  ///< of kernels that are borrowed or may be lent, by their names in the module
};

/// Whether every extent in a kernel's body is known.
bool hasKnownExtents(mlir::func::FuncOp kernel);

/// The symbol of a kernel in all programs, before it is emitted: says everything that its code depends on. Nothing for
/// kernels that stay with their program: of unknown extents, a few elements, or large constants.
std::optional<std::string> sharedSymbolOf(mlir::func::FuncOp kernel, Policy policy);

/// Replaces a kernel by the declaration of the same one in a program that is loaded; false where there is none.
bool borrowKernel(mlir::func::FuncOp kernel, const std::string &symbol, KernelSharing &sharing);

/// Remembers what launches ask of a kernel that has just been emitted.
void mayBeLent(mlir::func::FuncOp emitted, const std::string &symbol, KernelSharing &sharing);

/// Before anything else is done with the module: gives kernels the names by which other programs find them.
void nameSharedKernels(llvm::Module &module, const KernelSharing &sharing);

/// Lets other programs see those that are still functions of their own.
void exposeSharedKernels(llvm::Module &module);

}  // namespace etch::codegen

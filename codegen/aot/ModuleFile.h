#pragma once
// Modules that come from files. A tape is right by construction; a file can hold anything MLIR can parse, so what the
// stages take for granted is checked here first.

#include <string>

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "codegen/abi/compiler.h"

namespace etch::codegen {

/// Parses `path` and makes it a module of the trace stage. With `entry`, that function is made the public one and the
/// others private; without, the module must have one public function. Throws UserError for what is wrong,
/// UnsupportedError for what MLIR knows and Etch does not compile.
mlir::OwningOpRef<mlir::ModuleOp> loadModuleFile(const std::string &path, const std::string &entry,
                                                 mlir::MLIRContext &context);

/// The public function of such a module.
mlir::func::FuncOp entryOf(mlir::ModuleOp module);

/// The policy that the module was saved under: strict with the attribute etch.policy = "strict".
Policy policyOf(mlir::ModuleOp module);

/// Host functions live in the process that traced them. Throws UserError at the user's line when the entry can reach
/// one; `purpose` ends the sentence: "cannot be called from an exported program".
void refuseHostCalls(mlir::ModuleOp module, const std::string &purpose);

}  // namespace etch::codegen

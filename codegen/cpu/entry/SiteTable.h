#pragma once
// The user's lines that errors of a program name: the global `<name>_sites`, an array of (file, line, column). Code
// reads them from there when it fails, so that a program that comes out of a cache can be told where it stands now.

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

#include "runtime/base/error.h"

namespace etch::codegen {

class SiteTable {
 public:
  SiteTable(mlir::ModuleOp module, const std::string &program);

  /// Loads file, line and column of a site, which gets a place in the table on its first use.
  llvm::SmallVector<mlir::Value, 3> load(mlir::OpBuilder &b, mlir::Location at, etch::Location user);
  /// Adds the table to the module, if anything was loaded from it.
  void finish();

 private:
  mlir::ModuleOp module;
  mlir::OpBuilder outside;
  std::string name;
  mlir::Type pointer;
  mlir::LLVM::LLVMStructType site;
  std::vector<etch::Location> all;
  llvm::StringMap<mlir::LLVM::GlobalOp> files;

  mlir::LLVM::GlobalOp textOf(llvm::StringRef file);
};

/// The table's name in the module of program `name`.
std::string siteTableSymbol(llvm::StringRef name);

/// What the table of a module at the end of the `target` stage holds.
std::vector<etch::Location> sitesOf(mlir::ModuleOp module);

}  // namespace etch::codegen

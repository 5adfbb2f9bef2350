#pragma once
// The functions that groups of ops become.

#include <map>
#include <vector>

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

#include "passes/fusion/Grouping.h"

namespace etch::passes {

/// A group with what crosses its border.
struct Outline {
  const Group *group = nullptr;
  int step = 0;  // of the schedule
  llvm::DenseSet<mlir::Operation *> members;
  llvm::SetVector<mlir::Value> inputs;
  llvm::SmallVector<mlir::Operation *> body;  // its ops and the lazy ops they read, in program order
  llvm::SmallVector<mlir::Value> outputs;
};

/// One private function for all groups of one structure: equal ops, attributes and types, connected in the same way.
class KernelTable {
 public:
  explicit KernelTable(mlir::ModuleOp module) : module(module), symbols(module) {}

  /// Its arguments are the outline's inputs, its results the outputs.
  mlir::func::FuncOp kernelFor(const Outline &outline);

 private:
  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  std::map<std::vector<uintptr_t>, mlir::func::FuncOp> kernels;  // by structure

  mlir::func::FuncOp build(const Outline &outline);
};

}  // namespace etch::passes

#pragma once
// Which values take part in a derivative.

#include "llvm/ADT/DenseSet.h"

#include "ir/dialect/EtchDialect.h"

namespace etch::passes::autodiff {

/// A floating-point value is active when it depends on a source and a target depends on it, through ops that have a
/// derivative. Values on a stack depend on whatever is pushed on it.
class Activity {
 public:
  Activity(mlir::Block &block, llvm::ArrayRef<mlir::Value> sources, llvm::ArrayRef<mlir::Value> targets);

  bool isActive(mlir::Value value) const { return varied_.values.contains(value) && useful_.values.contains(value); }
  bool isActiveStack(int64_t id) const { return varied_.stacks.contains(id) && useful_.stacks.contains(id); }
  /// Whether a loop has to carry the derivative of the carried value that is `argument` inside and `result` after it.
  bool isActiveCarried(mlir::Value argument, mlir::Value result) const {
    return varied_.values.contains(result) && (useful_.values.contains(argument) || useful_.values.contains(result));
  }
  /// Whether anything inside the op's regions writes or reads an active stack.
  bool touchesActiveStack(mlir::Operation *op) const;

 private:
  struct Marks {
    llvm::DenseSet<mlir::Value> values;
    llvm::DenseSet<int64_t> stacks;
    bool changed = false;
    bool has(mlir::Value value) const { return values.contains(value); }
    void mark(mlir::Value value);
    void markStack(int64_t id) { changed |= stacks.insert(id).second; }
  };
  void markVaried(mlir::Block &block);
  void markUseful(mlir::Block &block);

  Marks varied_, useful_;
};

}  // namespace etch::passes::autodiff

#pragma once
// Results too large for the caches, stored past them. A store of a line that no cache holds reads it first, although
// all of it is overwritten, and pushes out something else to keep what nobody will find there any more. Non-temporal
// stores do neither, on machines where that has been found to pay (VectorUnit::streams).
// docs/decisions/0070-streamed-results.md has measurements.

#include "codegen/cpu/Kernel.h"

namespace etch::codegen {

/// Outputs of a kernel that are worth it: so large that the caches hold neither them nor what is read beside them.
llvm::SmallVector<unsigned> streamableOutputs(mlir::func::FuncOp kernel);

class StreamedStores {
 public:
  /// Those of `outputs` have whole vectors at lines where element `first` lies at one.
  StreamedStores(KernelFrame &f, llvm::ArrayRef<unsigned> outputs, mlir::Value first);

  /// Emits `body` where vectors are stored past the caches, and once more as it is where results do not begin at a line
  /// or lie over an operand, whose lines are in a cache when they are overwritten.
  void emit(llvm::function_ref<void()> body);
  /// At the end of the kernel: non-temporal stores are not ordered with what other threads read next.
  void finish();

 private:
  KernelFrame &f;
  llvm::SmallVector<mlir::Value> pointers;
  mlir::Value condition;
};

}  // namespace etch::codegen

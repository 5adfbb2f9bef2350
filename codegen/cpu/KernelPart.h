#pragma once
// A second function of a kernel, whose tasks the kernel itself starts: k.NAME(params, begin, end), where words of the
// kernel's own follow its parameters.

#include "codegen/cpu/Kernel.h"

namespace etch::codegen {

class KernelPart {
 public:
  KernelPart(KernelFrame &kernel, llvm::StringRef name);

  //===-- In the part ------------------------------------------------------------------------------------------===//
  KernelFrame frame;  ///< begin and end are the bounds of a task
  mlir::Value word(int64_t number, mlir::Type type);
  void end();

  //===-- In the kernel ----------------------------------------------------------------------------------------===//
  /// Memory for the parameters and `words` more: made where the kernel begins, and filled here but for those.
  static mlir::Value parametersOf(KernelFrame &kernel, int64_t words);
  static void setWord(KernelFrame &kernel, mlir::Value parameters, int64_t number, mlir::Value value);
  /// Runs tasks of `grain` trips; of a kernel that is split in ranges, ranges of at least so many.
  void run(KernelFrame &kernel, mlir::Value parameters, mlir::Value trips, mlir::Value grain);
};

}  // namespace etch::codegen

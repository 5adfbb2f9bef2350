#pragma once
// What fusion made of a function, as text: each kernel with its ops and the user's lines, what it reads, writes and
// computes, and why neighbours did not share one.

#include <string>
#include <vector>

#include "mlir/IR/BuiltinOps.h"

namespace etch::codegen {

class FusionReport {
 public:
  /// `module` is at the end of stage fused; `remarks` are those of FormKernels, with their places. Bytes count every
  /// operand and result once, flops every element of an arithmetic op as one and of a contraction's product as two;
  /// both are for one launch, and absent where extents are unknown.
  void addKernels(mlir::ModuleOp module, const std::vector<std::string> &remarks);
  /// `remarks` are those of FormStrands.
  void addStrands(const std::vector<std::string> &remarks);
  /// At the end of stage kernels: which emitter made each of them.
  void addForms(mlir::ModuleOp module);

  std::string text() const;

 private:
  struct Kernel {
    std::string name, kind, form, rest;
  };
  std::vector<Kernel> kernels;
  std::string apart, strands;
};

}  // namespace etch::codegen

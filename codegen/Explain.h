#pragma once
// What fusion made of a function, as text: each kernel with its ops and the user's lines, what it reads, writes and
// computes, and why neighbours did not share one.

#include <string>
#include <vector>

#include "mlir/IR/BuiltinOps.h"

namespace etch::codegen {

/// `module` is at the end of stage fused; `remarks` are those of FormKernels, with their places. Bytes count every
/// operand and result once, flops every element of an arithmetic op as one and of a contraction's product as two; both
/// are for one launch, and absent where extents are unknown.
std::string fusionReport(mlir::ModuleOp module, const std::vector<std::string> &remarks);

/// `remarks` are those of FormStrands.
std::string strandReport(const std::vector<std::string> &remarks);

}  // namespace etch::codegen

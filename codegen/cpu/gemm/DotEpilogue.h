#pragma once
// Elementwise ops behind a contraction, as a function that the matrix product calls for each finished part.

#include "codegen/cpu/Kernel.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

/// Number of the kernel's result whose memory takes the sums: the product itself, or else a result of its type, which
/// the epilogue then writes over them. Nothing when the kernel has no such result.
std::optional<unsigned> memoryOfProduct(KernelFrame &kernel, ir::DotGeneralOp dot);

/// Emits "<kernel>.epilogue", as GemmRoutine.h calls it with the kernel's parameters as context. Rows count through the
/// batches: row i of batch j is j * m + i, and a part lies in one batch. All results are stored but the one whose
/// memory has the product. Null when the product is all that the kernel makes.
mlir::func::FuncOp emitDotEpilogue(KernelFrame &kernel, ir::DotGeneralOp dot);

}  // namespace etch::codegen

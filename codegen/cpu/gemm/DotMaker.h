#pragma once
// Elementwise ops before a contraction, as a function that the matrix product calls while it packs an operand.

#include "codegen/cpu/Kernel.h"

namespace etch::codegen {

/// Emits "<kernel>.<name>", as GemmRoutine.h calls it with the kernel's parameters as context: computes part of a
/// matrix of the kernel and stores it.
mlir::func::FuncOp emitDotMaker(KernelFrame &kernel, mlir::Value matrix, llvm::StringRef name);

}  // namespace etch::codegen

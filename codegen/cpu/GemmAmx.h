#pragma once
// The matrix product of bf16 where the processor has AMX.

#include "codegen/cpu/GemmEmitter.h"

namespace etch::codegen {

/// Whether the routine's dtype, policy and machine are such.
bool hasAmxProduct(const GemmEmitter &e);
/// Emits the routine's body (GemmRoutine.h says what it does) and the functions that are its own.
void emitAmxProduct(GemmEmitter &e, mlir::func::FuncOp routine);

}  // namespace etch::codegen

#pragma once
// The matrix product of bf16 where the processor has AMX.

#include "codegen/cpu/gemm/GemmEmitter.h"

namespace etch::codegen {

inline constexpr int64_t kAmxSide = 16;            ///< rows and columns of sums of a tile
inline constexpr int64_t kAmxPart = 2 * kAmxSide;  ///< of the depth that one instruction takes

/// Whether the routine of the dtype goes that way.
bool hasAmxProduct(const VectorUnit &unit, DType dtype, Policy policy);
/// Emits the routine's body (GemmRoutine.h says what it does) and the functions that are its own.
void emitAmxProduct(GemmEmitter &e, mlir::func::FuncOp routine);

}  // namespace etch::codegen

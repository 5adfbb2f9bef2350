#pragma once
// The matrix product shared by all shapes of one element type.
//
//   gemm(left, right, out, m, n, k, leftRow, leftDepth, rightDepth, rightColumn, outRow,
//        epilogue, context, firstRow, firstColumn, leftMaker, rightMaker, areDots, results)
//
// out[i, j] = sum over p of left[i, p] * right[p, j], in the order of p whatever the blocks, threads and layout (but
// for dot products, and for bf16 where the processor multiplies pairs of it, under the standard policy). Strides are in
// elements; of each operand's two strides one is 1. A right operand with a `rightDepth` of 0 is laid out in panels,
// `rightColumn` apart (PackedWeights.h). `epilogue`, unless null, is called as
//   epilogue(context, rowBegin, rowEnd, columnBegin, columnEnd, product, productRow)
// as soon as that part of the result is complete: it lies at `product`, its rows productRow elements apart. Positions
// are counted from (firstRow, firstColumn); of those counted from 0, columns of parts begin at whole panels.
//
// An operand may be computed while it is packed: `leftMaker` and `rightMaker`, unless null, are called as
//   maker(context, rowBegin, rowEnd, columnBegin, columnEnd, to, toRow)
// and store that part of the operand, rows toRow elements apart. Rows of the left one are counted from firstRow,
// columns of the right one from firstColumn. Such an operand has the strides (0, 1), and a type that is not widened.
//
// `areDots` is an AreDots: what dotsPay and turnsForDots (GemmDots.h) say of the whole product, of which this may
// be a thread's part. So the bits are the same for any number of threads.
//
// `results` counts the elements of all results that the caller has computed one after the other, this one's among them:
// whether they are in the L1 and L2 caches before they are written.

#include "codegen/cpu/Kernel.h"

namespace etch::codegen {

inline constexpr llvm::StringLiteral kGemmPrefix = "etch_shared_gemm_";

/// What `areDots` says: no dot products, those of two operands that lie along the depth, or those for which one of
/// them, which lies across, is copied so that it does.
enum class AreDots : int64_t { no, ofLines, withLeftTurned, withRightTurned };

/// The name of the routine. It says all that the code depends on but instruction sets, and also which of them give
/// other bits: bf16 on processors that multiply pairs of it ("..._bf16_pairs") or tiles ("..._bf16_amx").
std::string gemmName(const VectorUnit &unit, DType dtype, Policy policy);

/// The routine's declaration in the module, made on first use. Bodies follow at the end of the stage.
mlir::func::FuncOp declareGemm(mlir::ModuleOp module, DType dtype, Policy policy);

/// Emits the body of a declared routine (and the functions that are its own: "<name>.tile14x2"). What to emit follows
/// from the name.
void emitGemmRoutine(mlir::func::FuncOp declaration);

}  // namespace etch::codegen

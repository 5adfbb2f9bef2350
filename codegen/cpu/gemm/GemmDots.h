#pragma once
// Products of few rows or columns of operands that lie along the depth.

#include "codegen/cpu/gemm/GemmBlocks.h"

namespace etch::codegen {

/// The functions, for one row, two, ... at a time.
///   dots(left, right, out, leftRow, rightColumn, outRow, outColumn, m, n, depth)
/// is the product where both operands lie along the depth, as dot products over lanes; m is no less than its rows. The
/// only ones that do not add in the order of the depth, so not for policy strict; a sum is the same in all of them.
llvm::SmallVector<mlir::func::FuncOp> emitGemmDots(GemmEmitter &e, llvm::StringRef routine);

/// Calls the one for a product that is not empty. `copy` is the routine's (emitGemmCopy).
void callGemmDots(GemmEmitter &e, llvm::ArrayRef<mlir::func::FuncOp> dots, mlir::func::FuncOp copy,
                  const GemmOperands &given);

/// i64: 1 if products of so many rows and columns are dot products wherever both operands lie along the depth.
mlir::Value dotsPay(KernelFrame &f, const GemmTiles &tiles, mlir::Value rows, mlir::Value columns, mlir::Value depth);

/// Whether a product of few lines by many, of which the many lie along the depth and the few across, is one of dot
/// products of the few ones' copies: AreDots::withLeftTurned of few rows (a^T, b^T), AreDots::withRightTurned of few
/// columns (both as they are).
bool turnsForDots(const GemmTiles &tiles, int64_t few, int64_t many, int64_t depth);

}  // namespace etch::codegen

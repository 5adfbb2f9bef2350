#pragma once
// The arguments of the routine, and the functions among them that make operands or go on with results.

#include "codegen/cpu/gemm/GemmEmitter.h"

namespace etch::codegen {

/// Values of the routine's arguments; GemmRoutine.h says what they are.
struct GemmOperands {
  mlir::Value left, right, out, m, n, k, leftRow, leftDepth, rightDepth, rightColumn, outRow, epilogue, context,
      firstRow, firstColumn, leftMaker, rightMaker, areDots, results;
  mlir::Value turned;  ///< i1: rows and columns have changed places; null where they never do

  llvm::SmallVector<mlir::Value *> fields() {
    return {&left,        &right,      &out,         &m,       &n,        &k,       &leftRow,
            &leftDepth,   &rightDepth, &rightColumn, &outRow,  &epilogue, &context, &firstRow,
            &firstColumn, &leftMaker,  &rightMaker,  &areDots, &results};
  }
};

/// A range of rows or columns.
struct Part {
  mlir::Value begin, count;
};
/// Calls an epilogue or a maker of an operand (GemmRoutine.h) for a part of its tensor, at `memory`.
void callGemmPart(GemmEmitter &e, mlir::Value function, mlir::Value context, Part rows, Part columns,
                  mlir::Value memory, mlir::Value apart);

/// Calls the epilogue, if there is one, for a complete part of the result.
void emitGemmEpilogue(GemmEmitter &e, const GemmOperands &given, mlir::Value row, mlir::Value rows, mlir::Value column,
                      mlir::Value columns);

}  // namespace etch::codegen

#pragma once
// A product through blocks and register tiles, emitted in place: what the routine does unless there are few rows.

#include <map>

#include "codegen/cpu/gemm/GemmEmitter.h"

namespace etch::codegen {

/// Elements between packed panels, so that they do not begin in the same cache set.
inline constexpr int64_t kPanelGap = 16;

/// Values of the routine's arguments; GemmRoutine.h says what they are.
struct GemmOperands {
  mlir::Value left, right, out, m, n, k, leftRow, leftDepth, rightDepth, rightColumn, outRow, epilogue, context,
      firstRow, firstColumn, leftMaker, rightMaker, areDots;
  mlir::Value turned;  ///< i1: rows and columns have changed places; null where they never do
};

GemmOperands gemmOperandsOf(mlir::func::FuncOp routine);

/// What the loops call; GemmEmitter.h says what they do.
struct GemmFunctions {
  mlir::func::FuncOp pack, copy;
  mlir::func::FuncOp fill;  ///< the tallest, widest tile that packs as well; null where all is packed before
  std::map<std::pair<int64_t, int64_t>, mlir::func::FuncOp> tiles;  ///< by rows and vectors
};

/// Scratch memory that the blocks take, from its beginning.
int64_t gemmScratchBytes(const GemmTiles &tiles);

void emitGemmBlocks(GemmEmitter &e, const GemmFunctions &functions, const GemmOperands &given);
/// The same for sums that are wider than results and wait for the next pass elsewhere: of some rows at a time.
void emitRoundedBlocks(GemmEmitter &e, const GemmFunctions &functions, const GemmOperands &given);

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

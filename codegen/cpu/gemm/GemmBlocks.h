#pragma once
// A product through blocks and register tiles, emitted in place: what the routine does unless there are few rows.

#include <map>

#include "codegen/cpu/gemm/GemmOperands.h"

namespace etch::codegen {

/// Elements between packed panels, so that they do not begin in the same cache set (docs/decisions/0093).
inline constexpr int64_t kPanelGap = 16;

/// What the loops call; GemmEmitter.h says what they do.
struct GemmFunctions {
  mlir::func::FuncOp pack, copy;
  mlir::func::FuncOp fill;  ///< the tallest, widest tile that packs as well; null where all is packed before
  std::map<std::pair<int64_t, int64_t>, mlir::func::FuncOp> tiles;  ///< by rows and vectors
  llvm::SmallVector<mlir::func::FuncOp> shallow;                    ///< by steps of the depth, from one on
};

/// Scratch memory that the blocks take, from its beginning.
int64_t gemmScratchBytes(const GemmTiles &tiles);

void emitGemmBlocks(GemmEmitter &e, const GemmFunctions &functions, const GemmOperands &given);
/// The same for sums that are wider than results and wait for the next pass elsewhere: of some rows at a time.
void emitRoundedBlocks(GemmEmitter &e, const GemmFunctions &functions, const GemmOperands &given);

}  // namespace etch::codegen

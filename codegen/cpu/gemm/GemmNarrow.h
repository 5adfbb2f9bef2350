#pragma once
// Products whose result is one vector wide.

#include "codegen/cpu/gemm/GemmEmitter.h"

namespace etch::codegen {

/// Rows of the tiles, the lowest first, each with a function of its own.
llvm::ArrayRef<int64_t> narrowHeights(const VectorUnit &unit);

///   narrow(InPlaceArguments)
/// is the product for at most `lanes` columns, which are neighbours, in tiles of at most `height` rows; of `rows` there
/// are more than of the next lower height.
mlir::func::FuncOp emitGemmNarrow(GemmEmitter &e, llvm::StringRef routine, int64_t height);

}  // namespace etch::codegen

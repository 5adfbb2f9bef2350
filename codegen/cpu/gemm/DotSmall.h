#pragma once
// Batches of products of small matrices.

#include "codegen/cpu/Kernel.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

/// Emits a kernel of a batch of contractions whose matrices have at most 16, 24 or 32 rows and columns, and of what
/// stands behind them. False for others (docs/decisions/0126-small-products.md).
bool emitSmallDotKernel(KernelFrame &f, ir::DotGeneralOp dot);

}  // namespace etch::codegen

#pragma once
// Products of tiny matrices, many at a time.

#include "codegen/cpu/Kernel.h"
#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

/// Emits a kernel that is nothing but a contraction whose matrices fit into a vector each: batches of them, or the rows
/// of a tall matrix times one. False for others (docs/decisions/0086-tiny-products.md).
bool emitTinyDotKernel(KernelFrame &f, ir::DotGeneralOp dot);

}  // namespace etch::codegen

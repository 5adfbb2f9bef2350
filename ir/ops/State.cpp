// State family: what the grad stage keeps for the reverse sweep.

#include "ir/dialect/EtchDialect.h"

namespace etch::ir {

llvm::LogicalResult StackPopOp::verify() {
  // stack_pop_c1: there is one size operand for each unknown extent.
  const int64_t unknown = getType().getNumDynamicDims();
  if (unknown != static_cast<int64_t>(getSizes().size()))
    return emitOpError() << "has " << getSizes().size() << " sizes for " << unknown << " unknown extents of "
                         << getType();
  return mlir::success();
}

}  // namespace etch::ir
